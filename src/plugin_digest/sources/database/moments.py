"""How a table writes the time of an event, and how a moment is compared with it.

Owns the formats and how one is recognised. Knows no weeks: it is given moments.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

import sqlalchemy as sa

from plugin_digest.errors import Rejected

TimeFormat = Literal["timestamptz", "timestamp", "iso_text", "epoch_s", "epoch_ms"]

_ISO_TEXT = re.compile(r"\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d(\.\d+)?(Z|[+]00(:?00)?)?")
_SECONDS = range(10**8, 10**11)
_MILLISECONDS = range(10**11, 10**14)
"""1973 to 5138 in seconds and 1973 to 5138 in milliseconds: no moment of today is in both."""
_UNITS: Mapping[TimeFormat, int] = {"epoch_s": 1, "epoch_ms": 1000}
EXPECTED = (
    "expected a timestamp with or without time zone, text like 2026-11-09T08:30:00.000Z in UTC, "
    "or seconds or milliseconds since 1970"
)


@dataclass(frozen=True)
class Clock:
    """The format of a time column; text has ``separator`` between date and time.

    A timestamp without time zone, and text without one, are UTC.
    """

    format: TimeFormat
    separator: str = "T"

    def value(self, moment: datetime) -> Any:
        """The moment as the column would hold it.

        Text is cut after the seconds: whatever fraction or zone follows in the column, text of the same
        second compares as not earlier.
        """
        moment = moment.astimezone(UTC)
        match self.format:
            case "timestamptz":
                return moment
            case "timestamp":
                return moment.replace(tzinfo=None)
            case "iso_text":
                return f"{moment:%Y-%m-%d}{self.separator}{moment:%H:%M:%S}"
            case "epoch_s" | "epoch_ms":
                return int(moment.timestamp()) * _UNITS[self.format]

    @property
    def type(self) -> sa.types.TypeEngine[Any]:
        match self.format:
            case "timestamptz":
                return sa.DateTime(timezone=True)
            case "timestamp":
                return sa.DateTime()
            case "iso_text":
                return sa.String()
            case "epoch_s" | "epoch_ms":
                return sa.BigInteger()

    def bound(self, moment: datetime) -> sa.BindParameter[Any]:
        return sa.literal(self.value(moment), self.type)

    def is_readable(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """Whether a value is a moment in UTC; of text this is not sure."""
        if self.format != "iso_text":
            return sa.true()
        second = "____-__-__" + self.separator + "__:__:__"
        has_no_zone = sa.and_(column.not_like(second + "%+%"), column.not_like(second + "%-%"))
        is_utc = sa.or_(column.like("%Z"), column.like("%+00:00"), column.like("%+00"), has_no_zone)
        return sa.and_(column.like(second + "%"), is_utc)

    def moment(self, value: Any) -> datetime | None:
        """The moment that a value of the column means, None if it is none."""
        try:
            if isinstance(value, datetime):
                return value if value.tzinfo else value.replace(tzinfo=UTC)
            if self.format in _UNITS:
                return datetime.fromtimestamp(float(value) / _UNITS[self.format], UTC)
            parsed = datetime.fromisoformat(str(value))
        except (ArithmeticError, OSError, ValueError):
            return None
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def recognise(sample: Any) -> Clock | None:
    """The format of a column that holds ``sample``, None if it is no moment."""
    if isinstance(sample, datetime):
        return Clock("timestamptz" if sample.tzinfo else "timestamp")
    if isinstance(sample, str):
        match = _ISO_TEXT.fullmatch(sample)
        return Clock("iso_text", match[1]) if match else None
    if isinstance(sample, int | float | Decimal) and not isinstance(sample, bool):
        for form, span in (("epoch_s", _SECONDS), ("epoch_ms", _MILLISECONDS)):
            if int(sample) in span:
                return Clock(form)  # type: ignore[arg-type]
    return None


def choose(sample: Any, wanted: TimeFormat | None, column: str) -> Clock:
    """The format that is configured, or else the one that is recognised.

    Raises:
        Rejected: neither. The sample is not quoted: the wrong column may hold users.
    """
    found = recognise(sample)
    if wanted == "iso_text":
        return found if found and found.format == "iso_text" else Clock("iso_text")
    if wanted:
        return Clock(wanted)
    if found is None:
        raise Rejected(f"source.columns.time: column {column} does not hold moments: {EXPECTED}")
    return found
