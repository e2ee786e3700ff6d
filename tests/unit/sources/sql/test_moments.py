"""How the time of an event may be written."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from plugin_digest.sources.database.moments import Clock, recognise

MOMENT = datetime(2026, 11, 9, 8, 30, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sample", "clock"),
    [
        (MOMENT, Clock("timestamptz")),
        (MOMENT.replace(tzinfo=None), Clock("timestamp")),
        ("2026-11-09T08:30:15.123Z", Clock("iso_text", "T")),
        ("2026-11-09 08:30:15", Clock("iso_text", " ")),
        ("2026-11-09 08:30:15.123456+00", Clock("iso_text", " ")),
        ("2026-11-09T08:30:15+00:00", Clock("iso_text", "T")),
        (1_794_213_015, Clock("epoch_s")),
        (1_794_213_015.25, Clock("epoch_s")),
        (Decimal(1794213015000), Clock("epoch_ms")),
        ("2026-11-09T08:30:15+01:00", None),
        ("2026-11-09", None),
        ("1794213015", None),
        (12, None),
        (True, None),
        (MOMENT.date(), None),
        (None, None),
    ],
)
def test_a_format_is_recognised_from_a_value(sample, clock):
    """Anything that is not surely a moment in UTC is not taken for one."""
    assert recognise(sample) == clock


@pytest.mark.parametrize(
    "clock",
    [
        Clock("timestamptz"),
        Clock("timestamp"),
        Clock("iso_text"),
        Clock("iso_text", " "),
        Clock("epoch_s"),
        Clock("epoch_ms"),
    ],
    ids=str,
)
def test_a_moment_survives_being_written(clock):
    """What is compared with the column is the same moment, from whatever zone it came."""
    elsewhere = MOMENT.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert clock.moment(clock.value(elsewhere)) == MOMENT


def test_text_compares_as_its_moments_do():
    """Text cut after the second is not later than any text of that second, and later than all before."""
    border = Clock("iso_text").value(MOMENT)
    for fraction in ("", "Z", ".000Z", ".999999", "+00:00"):
        assert f"2026-11-09T08:30:15{fraction}" >= border
        assert f"2026-11-09T08:30:14{fraction}" < border


@pytest.mark.parametrize("value", ["garbage", None, "", 10**30])
def test_a_value_that_is_no_moment_is_none(value):
    """Reading the span of a table does not fail over one broken row."""
    assert Clock("iso_text").moment(value) is None
