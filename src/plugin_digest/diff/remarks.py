"""What stands beside a digest's counts: annotations and indicators of the things that it is about. Pure."""

from collections.abc import Collection

from plugin_digest.diff.series import Series
from plugin_digest.model import Annotation, IndicatorChange, Scope


def annotations_of(series: Series, about: Collection[str] | None) -> tuple[Annotation, ...]:
    """Those in the weeks of the history, of some plugins (the empty id is the portal), or of everything."""
    weeks = set(series.weeks())
    return tuple(
        one
        for one in sorted(series.annotations, key=lambda one: (one.week, one.day or one.week.first_day))
        if one.week in weeks and (about is None or one.plugin in about)
    )


def indicators_of(series: Series, scope: Scope, key: str) -> tuple[IndicatorChange, ...]:
    """The series' indicators for one plugin, team or the portal."""
    return tuple(each for each in series.indicator_changes if (each.scope, each.key) == (scope, key))
