"""Reads from the store what a week's digests are put together from; writes nothing."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace

from plugin_digest.diff import (
    FOUR_WEEKS,
    Series,
    aliases_of_stored,
    find_breaks,
    first_weeks,
    indicator_changes,
    period_under_aliases,
    periods_of,
    renamed_in,
    under_aliases,
    without_new_users,
)
from plugin_digest.errors import Held
from plugin_digest.model import (
    FRESH_WEEKS,
    HISTORY_WEEKS,
    REJECTED,
    DeliveryState,
    HoldState,
    Indicator,
    IndicatorTrouble,
    MailStatistics,
    Ownership,
    Period,
    PeriodUsage,
    Scope,
    Snapshot,
    Week,
    last_weeks,
)
from plugin_digest.plan import Choices
from plugin_digest.ports import PeriodStore, Store

SERIES_WEEKS = HISTORY_WEEKS + 1
"""The history that is drawn, and the week before it."""


def read_series(
    week: Week,
    ownership: Ownership,
    choices: Choices,
    records: Store,
    *,
    lengths: Collection[int] = (),
    span: int = SERIES_WEEKS,
) -> Series:
    """The week and what is stored of the ``span`` weeks up to it, each as last read.

    ``lengths`` is how many weeks its digests are about, of those that are about more than one. Where digests
    of the week are frozen, the reading that they were made from counts, not a later one.

    Raises:
        Held: no figures of the week are stored.
    """
    before = week.plus(-1)
    found = records.snapshots.newest_of(last_weeks(week, span))
    if (frozen := _as_frozen(week, choices.edition, records)) is not None:
        found[week] = frozen
    set_aside = frozenset(each for each in found if each < week and _is_set_aside(each, records))
    found = {each: snapshot for each, snapshot in found.items() if each not in set_aside}
    if week not in found:
        raise Held(f"no figures of {week} are stored; read them with: plugin-digest pull --week {week}")
    mailed = _as_frozen(before, choices.edition, records)
    former = records.ownerships.aliases_since(week.plus(-span))
    aliases = aliases_of_stored(ownership.aliases, former, ownership.owned_plugins())
    snapshots = {each: under_aliases(snapshot, aliases) for each, snapshot in found.items()}
    looked_back = (found[each] for each in last_weeks(week, FOUR_WEEKS + 1) if each in found)
    snapshots[week] = without_new_users(snapshots[week], renamed_in(looked_back, aliases))
    series = Series(
        week,
        snapshots,
        first_weeks(records.snapshots.first_seen(), aliases),
        ownership.spellings,
        choices.min_base,
        None if mailed is None else under_aliases(mailed, aliases),
        choices.restated_share,
        periods={
            period: period_under_aliases(usage, aliases)
            for period, usage in _periods(week, lengths, records.periods).items()
        },
        annotations=tuple(
            replace(one, plugin=aliases.get(one.plugin, one.plugin)) for one in choices.annotations
        ),
        holidays=choices.holidays,
        work_days=choices.work_days,
        hidden_below=choices.privacy.plugins,
        set_aside=set_aside,
        indicator_changes=indicator_changes(
            choices.indicators, records.indicators.of(last_weeks(week, SERIES_WEEKS + FRESH_WEEKS)), week
        ),
    )
    drawn = {each: snapshots[each] for each in last_weeks(week, SERIES_WEEKS) if each in snapshots}
    return replace(series, breaks=find_breaks(replace(series, snapshots=drawn)))


def _is_set_aside(week: Week, records: Store) -> bool:
    """Whether the week looked wrong and nobody let it pass: then no later week is held against it."""
    decision = records.holds.of(week)
    return decision is not None and decision.state is not HoldState.RELEASED


def _periods(week: Week, lengths: Collection[int], periods: PeriodStore) -> dict[Period, PeriodUsage]:
    """What is stored of the periods that the week's digests may speak of."""
    wanted = periods_of(week, lengths)
    read = {period: periods.newest(period) for period in wanted}
    return {period: usage for period, usage in read.items() if usage is not None}


def _as_frozen(week: Week, edition: int, records: Store) -> Snapshot | None:
    """The reading that the week's digests were made from, if any was."""
    revision = next((digest.revision for digest in records.digests.of_week(week, edition)), None)
    return None if revision is None else records.snapshots.revision(week, revision)


def _none_sent(week: Week, records: Store) -> MailStatistics | None:
    """Why, where a hold is the reason."""
    hold = records.holds.of(week)
    if hold is None or hold.state is HoldState.RELEASED:
        return None
    return MailStatistics(week, held=f"{hold.state.value}: {hold.reason.removeprefix(REJECTED)}")


def indicator_troubles(
    week: Week, indicators: Iterable[Indicator], records: Store
) -> tuple[IndicatorTrouble, ...]:
    """What was wrong when each of the indicators was last read, if that was for the week."""
    troubles, last = records.indicators.troubles(week), records.indicators.last_read()
    return tuple(
        IndicatorTrouble(one.title, troubles[one.name], last.get(one.name))
        for one in indicators
        if troubles.get(one.name)
    )


def people_in(series: Series, indicator: str) -> int | None:
    """How many people the indicator of all people knows of, as last read."""
    found = (
        change.value
        for change in series.indicator_changes
        if change.indicator.name == indicator and change.scope is Scope.PORTAL
    )
    return next((round(value) for value in found), None)


def mail_statistics(week: Week, edition: int, records: Store) -> MailStatistics | None:
    """What became of the digests of a week; None if there were none."""
    rows = records.deliveries.of_week(week, edition)
    if not any(row.attempts for row in rows):
        return _none_sent(week, records)
    states = Counter(row.state for row in rows)
    return MailStatistics(
        week,
        sent=states[DeliveryState.SENT],
        refused=states[DeliveryState.REFUSED],
        deferred=states[DeliveryState.DEFERRED],
        unknown=states[DeliveryState.UNKNOWN],
        opted_out=sum(1 for row in rows if "opted out" in row.reason),
    )
