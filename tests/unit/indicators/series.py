"""What indicators are asked for in these tests: four weeks up to 2026-W46."""

from typing import Any
from zoneinfo import ZoneInfo

from factories import AS_OF, W46
from plugin_digest.indicators import Request
from plugin_digest.model import Indicator, last_weeks

DAYS = Indicator("onboarding-days", "Days until the first merge", "days", 1)


def request(**changes: Any) -> Request:
    values: dict[str, Any] = {
        "weeks": last_weeks(W46, 4),
        "timezone": ZoneInfo("Europe/Stockholm"),
        "as_of": AS_OF,
        "plugins": frozenset({"jenkins", "catalog"}),
        "teams": frozenset({"ci", "Cloud"}),
        "aliases": {"jenkins-old": "jenkins"},
    }
    return Request(**{**values, **changes})


def found(reading: Any) -> list[tuple[str, str, float]]:
    """Week, key and value of each."""
    return [(str(value.week), value.key, value.value) for value in reading.values]
