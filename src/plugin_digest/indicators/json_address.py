"""An indicator behind an address that answers with JSON: a list of objects, one per week and key.

Owns where in the answer the list and its fields are. Must not know HTTP.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from plugin_digest.errors import Malformed
from plugin_digest.indicators.reading import Reading, Request
from plugin_digest.indicators.rows import MOST_ROWS, Row, values_of
from plugin_digest.model import Indicator, Scope

_MISSING = object()


class Address(Protocol):
    """What is asked; ``name`` is for people."""

    name: str

    def get(self) -> Any: ...


@dataclass(frozen=True)
class JsonSource:
    """``items`` is where the list is, with dots, empty where the answer is the list.

    ``fields`` maps the fields of a `Row` to where they are in an item, with dots too; ``optional`` are those
    that an item need not have.
    """

    indicator: Indicator
    scope: Scope
    address: Address = field(repr=False)
    items: str
    fields: Mapping[str, str]
    optional: frozenset[str] = frozenset()

    def read(self, request: Request) -> Reading:
        """As `Source.read`.

        Raises:
            SourceError: there is no answer.
            Malformed: it has no list at ``items``.
        """
        items = self._items(self.address.get())
        return values_of(self._rows(items), self.indicator, self.scope, request)

    def _items(self, answer: Any) -> list[Any]:
        items = _at(answer, self.items) if self.items else answer
        if not isinstance(items, list):
            where = f"no list at {self.items!r}" if self.items else "no list"
            keys = f"; it has: {', '.join(map(str, answer))}" if isinstance(answer, dict) else ""
            raise Malformed(f"{self.address.name}: the answer has {where}{keys[:200]}")
        if len(items) > MOST_ROWS:
            raise Malformed(f"{self.address.name}: the answer has more than {MOST_ROWS:,} items")
        return items

    def _rows(self, items: list[Any]) -> Iterator[Row]:
        for number, item in enumerate(items, 1):
            found = {name: _at(item, path) for name, path in self.fields.items()}
            missing = [
                self.fields[name]
                for name, value in found.items()
                if value is _MISSING and name not in self.optional
            ]
            where = f"{self.address.name}: item {number}"
            if missing:
                yield Row(where, flaw=f"has no {missing[0]!r}")
            else:
                yield Row(where, **{name: value for name, value in found.items() if value is not _MISSING})


def _at(value: Any, path: str) -> Any:
    for step in path.split("."):
        if not isinstance(value, dict) or step not in value:
            return _MISSING
        value = value[step]
    return value
