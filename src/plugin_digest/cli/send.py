"""`send`: plans a week and delivers what is not delivered yet."""

from typing import TYPE_CHECKING, Annotated

import typer

from plugin_digest.cli.console import Invocation, progress, waiting, write
from plugin_digest.cli.options import TeamsOption, WeekOption
from plugin_digest.cli.plan import show
from plugin_digest.cli.status import write_rows
from plugin_digest.cli.stopping import stopping

if TYPE_CHECKING:
    from plugin_digest.cli.wiring import Setup
    from plugin_digest.pipeline import Report
    from plugin_digest.plan import Plan


def send(
    context: typer.Context,
    week: WeekOption = None,
    team: TeamsOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be sent.")] = False,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="ADDRESS", help="Send the digests to this address alone, as a test; not recorded."
        ),
    ] = None,
    resend_unknown: Annotated[
        bool,
        typer.Option("--resend-unknown", help="Send what is in doubt again, with its Message-ID."),
    ] = False,
) -> None:
    """Plan a week and deliver what is not delivered yet; a second call sends nothing twice."""
    from plugin_digest import intake
    from plugin_digest.cli.wiring import load

    invocation: Invocation = context.obj
    setup = load(invocation)
    wanted = setup.week(week)
    intake.refuse_unfinished(wanted, setup.request([wanted]))
    with setup.open_store() as store:
        teams = setup.digests(store, wanted, team)
        if dry_run:
            show(setup.draft(store, wanted, teams), store)
            return
        with progress(invocation) as advance, stopping(setup.stop):
            if to is not None:
                planned = _some(setup.draft(store, wanted, teams))
                sent = setup.mailer(store).send_test(planned, _address(to, setup), advance)
                write(f"{wanted}: {sent} digests sent to {to} as a test; nothing is recorded")
                raise typer.Exit(1 if setup.stop.is_set() else 0)
            report = setup.send_and_tell(
                store, wanted, teams, resend_unknown=resend_unknown, on_wait=waiting, progress=advance
            )
    finish(report)


def _address(text: str, setup: "Setup") -> str:
    """Raises UsageError if no mail can go there, or none may."""
    from plugin_digest.deliver.address import addr_spec
    from plugin_digest.errors import Refused, UsageError
    from plugin_digest.guards import is_allowed

    try:
        address = addr_spec(text)
    except Refused as error:
        raise UsageError(f"--to: {error}") from error
    domains = setup.settings.mail.allowed_domains
    if not is_allowed(address, domains):
        raise UsageError(f"--to: {address} is not of a domain in mail.allowed_domains: {', '.join(domains)}")
    return address


def _some(planned: "Plan") -> "Plan":
    """Raises Held if no digest is in it, with the reasons."""
    from plugin_digest.errors import Held

    if not any(draft.letter for draft in planned.drafts):
        reasons = "; ".join(f"team {draft.team.key}: {draft.reason}" for draft in planned.drafts)
        raise Held(f"{planned.week}: there is no digest to send: {reasons}")
    return planned


def finish(report: "Report") -> None:
    """Says what became of each mail of the week and what this call did; ends with its exit code."""
    if report.rows:
        write_rows(report.rows)
    outcome = report.outcome
    write(f"{report.plan.week}: this call sent {outcome.sent} mails{_remarks(report)}")
    raise typer.Exit(report.exit_code)


def _remarks(report: "Report") -> str:
    outcome = report.outcome
    counts = {
        "refused": outcome.refused,
        "deferred": outcome.deferred,
        "in doubt": outcome.unknown + len(report.stranded),
        "not written": len(report.broken),
        "left for the next call": 0 if outcome.stopped else outcome.left,
    }
    remarks = "".join(f", {number} {what}" for what, number in counts.items() if number)
    return remarks + (", then was stopped; the rest stays planned" if outcome.stopped else "")
