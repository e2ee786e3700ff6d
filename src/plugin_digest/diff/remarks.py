"""What stands beside a digest's counts: annotations and indicators of the things that it is about. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from plugin_digest.diff.series import Series
from plugin_digest.model import Annotation, IndicatorChange, Scope, Team


def annotations_of(series: Series, about: Collection[str] | None) -> tuple[Annotation, ...]:
    """Those in the weeks of the history, of some plugins (the empty id is the portal), or of everything."""
    weeks = set(series.weeks())
    return tuple(
        one
        for one in sorted(series.annotations, key=lambda one: (one.week, one.day or one.week.first_day))
        if one.week in weeks and (about is None or one.plugin in about)
    )


def indicators_of_teams(series: Series, teams: Sequence[Team]) -> tuple[IndicatorChange, ...]:
    """Those of each team, with its name where there are several."""
    return tuple(
        replace(each, owner=team.name if len(teams) > 1 else "")
        for team in teams
        for each in indicators_of(series, Scope.TEAM, team.key)
    )


def indicators_of(series: Series, scope: Scope, key: str) -> tuple[IndicatorChange, ...]:
    """The series' indicators for one plugin, team or the portal."""
    return tuple(each for each in series.indicator_changes if (each.scope, each.key) == (scope, key))
