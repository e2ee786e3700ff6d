"""Options that several commands share."""

from typing import Annotated

import typer

A_WEEK = "The week, as 2026-W46 or any day in it"
WeekOption = Annotated[
    str | None, typer.Option("--week", metavar="W", help=f"{A_WEEK}; the last slot's if not given.")
]
OneWeekOption = Annotated[str | None, typer.Option("--week", metavar="W", help=f"{A_WEEK}.")]
"""Of a command that does something else without it, and says so."""
WeeksOption = Annotated[
    int | None,
    typer.Option("--weeks", metavar="N", min=1, max=520, help="So many weeks, up to the last whole one."),
]
TeamsOption = Annotated[
    list[str] | None,
    typer.Option("--team", metavar="T", help="Only this team (its key, or portal); may be repeated."),
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; kept with the decision.")]
