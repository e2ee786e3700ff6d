"""One count against another: differences, percentages and states."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import W46, snapshot, usage
from plugin_digest.diff import compare, usage_of
from plugin_digest.diff.change import are_comparable, attention_of, state_of, usage_of_set
from plugin_digest.model import Absent, Change, PluginState, Status, TeamUsage, Usage

counts = st.integers(0, 10**9)


@given(previous=counts, current=counts)
def test_the_percentage_is_of_the_previous_week(previous, current):
    """previous * (1 + ratio) is the current count, exactly (mcguirepr89/BirdNET-Pi#666)."""
    change = compare(current, previous)
    assert change.difference == current - previous
    if change.ratio is not None:
        assert previous * (1 + change.ratio) == current
    else:
        assert previous < 20


@given(counts)
def test_a_week_against_itself_is_no_change(count):
    """Equal counts differ by nothing, and by nothing per cent where a percentage is given."""
    change = compare(count, count)
    assert change.difference == 0
    assert change.ratio in (0, None)


@pytest.mark.parametrize(
    ("previous", "current", "difference", "ratio"),
    [
        (0, 0, 0, None),
        (0, 5, 5, None),
        (5, 0, -5, None),
        (5, 5, 0, None),
        (None, 5, None, None),
        (1000, 1003, 3, Fraction(3, 1000)),
        (20, 10, -10, Fraction(-1, 2)),
        (19, 38, 19, None),
    ],
)
def test_a_percentage_needs_a_base(previous, current, difference, ratio):
    """No percentage of nothing and none of a handful (plausible/analytics#3642, #2397, #1307)."""
    change = compare(current, Absent.NO_DATA if previous is None else previous)
    assert (change.difference, change.ratio) == (difference, ratio)


@pytest.mark.parametrize("absent", list(Absent))
def test_what_is_absent_is_not_compared(absent):
    """No data, not available and hidden stay what they are; none becomes zero (matomo-org/matomo#20463)."""
    assert compare(absent, 5) == Change(absent, 5)
    assert compare(5, absent) == Change(5, absent)


def test_only_whole_weeks_of_one_source_are_compared():
    """Five days are not held against seven (google/site-kit-wp#12043), nor one source against another."""
    whole = snapshot()
    assert are_comparable(whole, snapshot(W46.plus(-1)))
    assert not are_comparable(whole, None)
    assert not are_comparable(whole, snapshot(W46.plus(-1), status=Status.INCOMPLETE))
    assert not are_comparable(snapshot(status=Status.INCOMPLETE), whole)
    assert not are_comparable(whole, snapshot(W46.plus(-1), source="ga4_csv"))
    assert not are_comparable(whole, snapshot(W46.plus(-1), timezone="UTC"))
    assert are_comparable(snapshot(status=Status.PROVISIONAL), whole)


def test_a_plugin_missing_from_a_whole_week_had_no_view():
    """Zero needs a whole week; a week with gaps, or none at all, has no data (PostHog/posthog#72105)."""
    nothing = Usage(Absent.NO_DATA, Absent.NO_DATA)
    assert usage_of(snapshot(), "gone") == Usage(0, 0)
    assert usage_of(snapshot(status=Status.INCOMPLETE), "gone") == nothing
    assert usage_of(None, "gone") == nothing


def test_no_users_where_the_source_knows_none():
    """A source without users does not say that a silent plugin had none."""
    blind = snapshot(plugins={"a": (3, Absent.NOT_AVAILABLE)})
    assert usage_of(blind, "gone") == Usage(0, Absent.NOT_AVAILABLE)


def test_users_of_a_set_are_never_a_sum():
    """A set's users are what the source counted for it, and else not there (plausible/analytics#1444)."""
    both = frozenset({"jenkins", "catalog"})
    assert usage_of_set(snapshot(), both) == Usage(420, Absent.NO_DATA)
    blind = snapshot(plugins={"jenkins": (3, Absent.NOT_AVAILABLE), "catalog": (4, Absent.NOT_AVAILABLE)})
    assert usage_of_set(blind, both) == Usage(7, Absent.NOT_AVAILABLE)
    asked = snapshot(teams={"x": TeamUsage(both, Usage(420, 95))})
    assert usage_of_set(asked, both) == Usage(420, 95)
    assert usage_of_set(asked, frozenset({"jenkins"})) == Usage(120, 40)


def test_a_set_with_a_gap_has_no_total():
    """One plugin without data leaves the team without a total instead of a smaller one."""
    partial = snapshot(status=Status.INCOMPLETE)
    assert usage_of_set(partial, frozenset({"jenkins", "gone"})).views is Absent.NO_DATA


@pytest.mark.parametrize(
    ("current", "previous", "first_seen", "has_earlier", "state"),
    [
        (5, 4, W46.plus(-3), True, PluginState.ACTIVE),
        (5, 0, W46, True, PluginState.NEW),
        (5, 0, W46, False, PluginState.ACTIVE),
        (5, 0, W46.plus(-3), True, PluginState.BACK),
        (0, 4, W46.plus(-3), True, PluginState.SILENT),
        (0, 0, W46.plus(-3), True, PluginState.QUIET),
        (0, Absent.NO_DATA, W46.plus(-3), True, PluginState.QUIET),
        (0, 0, None, True, PluginState.NEVER_SEEN),
        (0, 0, W46.plus(1), True, PluginState.NEVER_SEEN),
        (Absent.NO_DATA, 4, W46.plus(-3), True, PluginState.NO_DATA),
    ],
)
def test_the_state_of_a_plugin(current, previous, first_seen, has_earlier, state):
    """New, back, silent, quiet and never seen follow from this week, the last one and the first."""
    assert state_of(compare(current, previous), W46, first_seen, has_earlier=has_earlier) is state


def test_attention_weighs_a_change_against_its_size():
    """Ten more of ten views matter more than ten more of a thousand; no comparison draws none."""
    small, large = compare(20, 10), compare(1010, 1000)
    same = compare(7, 7)
    assert attention_of(small, same) > attention_of(large, same) > attention_of(same, same) == 0
    assert attention_of(Change(5, 9), Change(Absent.NOT_AVAILABLE, 3)) == 0
    assert attention_of(same, small) == attention_of(small, same)


def test_usage_has_a_readable_form():
    """A value shows what it holds."""
    assert repr(usage(3, Absent.HIDDEN)) == (
        "Usage(views=3, users=<Absent.HIDDEN: 'hidden'>, new_users=<Absent.NOT_AVAILABLE: 'not available'>)"
    )
    assert snapshot(as_of=datetime(2026, 11, 16, tzinfo=UTC)).days_covered == 7
