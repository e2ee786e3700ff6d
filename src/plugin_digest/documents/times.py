"""Time zones, times of day and weekdays that a configuration names."""

import re
from datetime import time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from plugin_digest.documents.texts import one_line
from plugin_digest.documents.validation import near

_LAST_HOUR, _LAST_MINUTE = 23, 59
_TIME = re.compile("([0-9]{1,2}):([0-9]{2})")


def _time_of_day(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    match = _TIME.fullmatch(value.strip())
    if not match or int(match[1]) > _LAST_HOUR or int(match[2]) > _LAST_MINUTE:
        raise ValueError("is not a time of day; expected one like 09:00, up to 23:59")
    return time(int(match[1]), int(match[2]))


def _time_zone(text: str) -> str:
    """A zone that this machine's data know, written as they do."""
    one_line(text)
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        hint = _same_city(text) or near(text, available_timezones()) or "; expected one like Europe/Stockholm"
        raise ValueError(f"is not a time zone{hint}") from None
    return text


def _same_city(text: str) -> str:
    """A hint at the zone whose last part is the whole text, as in ``Stockholm``."""
    city = text.rpartition("/")[2].replace(" ", "_").lower()
    zones = sorted(zone for zone in available_timezones() if zone.lower().rpartition("/")[2] == city)
    return f"; did you mean {zones[0]!r}?" if zones else ""


def _lower(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


TimeOfDay = Annotated[
    time,
    BeforeValidator(_time_of_day),
    WithJsonSchema({"type": "string", "pattern": r"^\s*([01]?[0-9]|2[0-3]):[0-5][0-9]\s*$|\$\{"}),
]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Weekday = Annotated[
    Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
    BeforeValidator(_lower),
]
WeekStart = Annotated[Literal["monday", "sunday"], BeforeValidator(_lower)]
