"""What every digest says of its figures: where they come from, what was restated, what the portal did."""

from datetime import date

from plugin_digest.diff.periods import both_periods
from plugin_digest.diff.restated import restated_figures
from plugin_digest.diff.series import Series
from plugin_digest.model import (
    Absent,
    Change,
    Count,
    Period,
    Provenance,
    Restatement,
    Status,
)


def provenance_of(series: Series, weeks: int = 1) -> Provenance:
    """Of all weeks that the figures are about, and of as many before them."""
    now, before = both_periods(series.week, weeks)
    reported = [series.snapshots.get(week) for week in now.weeks]
    previous = [series.snapshots.get(week) for week in before.weeks]
    current = series.current
    statuses = {Status.INCOMPLETE if one is None else one.status for one in reported}
    worst = (s for s in (Status.INCOMPLETE, Status.PROVISIONAL, Status.FINAL) if s in statuses)
    weeks_read = (*now.weeks, *before.weeks)
    return Provenance(
        source=current.source,
        as_of=current.as_of,
        timezone=current.timezone,
        revision=current.revision,
        status=next(worst),
        missing_days=_missing_days(series, now),
        notes=current.notes,
        previous_missing_days=_missing_days(series, before),
        has_previous=any(one is not None for one in previous),
        set_aside=tuple(week for week in sorted(weeks_read) if week in series.set_aside),
    )


def _missing_days(series: Series, period: Period) -> tuple[date, ...]:
    """Days without data, those of weeks that are not there included; none where there is no week at all."""
    snapshots = {week: series.snapshots.get(week) for week in period.weeks}
    if not any(snapshots.values()):
        return ()
    return tuple(
        day for week, one in snapshots.items() for day in (week.days if one is None else one.missing_days)
    )


def restated_of(series: Series, plugins: frozenset[str] | None) -> tuple[Restatement, ...]:
    """For a team its plugins too; for the portal its totals, as single plugins are their teams' business."""
    names = [(plugin, series.spellings.get(plugin, plugin)) for plugin in sorted(plugins or ())]
    return restated_figures(series.mailed, series.previous, names, plugins, series.restated_share)


def portal_change(series: Series, figure: str) -> Change:
    previous = series.previous
    before: Count = Absent.NO_DATA if previous is None else getattr(previous.portal, figure)
    return series.change(getattr(series.current.portal, figure), before)
