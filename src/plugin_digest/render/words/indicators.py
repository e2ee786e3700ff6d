"""Figures that come from elsewhere than page views: adoption, surveys, deploys."""

from collections.abc import Iterable, Sequence

from plugin_digest.model import IndicatorChange, PluginChange, Week
from plugin_digest.render.layout import Cell, DataTable, Figure, Row
from plugin_digest.render.names import clean
from plugin_digest.render.words.numbers import NBSP
from plugin_digest.render.words.writer import Writer

_TITLE_MOST = 60
_UNIT_MOST = 20


def indicator_figure(change: IndicatorChange, week: Week, writer: Writer) -> Figure:
    """As a figure of a card or of the whole digest."""
    return Figure(
        label=clean(change.indicator.title, _TITLE_MOST),
        value=_number(change.value, change, writer),
        unit=_unit(change, writer),
        is_number=True,
        change=_difference(change, writer),
        usual=_usual(change, writer),
        about=_about(change, week, writer),
        is_news=_is_outside(change),
    )


def indicator_table(
    title: str,
    own: Iterable[IndicatorChange],
    plugins: Sequence[PluginChange],
    week: Week,
    writer: Writer,
    most: int,
) -> DataTable | None:
    """The digest's own indicators and those of its plugins, a line each."""
    rows = [_row(change, "", week, writer) for change in own]
    rows += [
        _row(change, clean(plugin.name), week, writer) for plugin in plugins for change in plugin.indicators
    ]
    if not rows:
        return None
    left = len(rows) - most
    more = writer.plural("and {n} more", "and {n} more", left) if left > 0 else ""
    has_usual = any(row.cells[1].value for row in rows)
    heads = (writer.say("Value"), *((writer.say("Usual"),) if has_usual else ()))
    kept = rows if has_usual else [Row(row.name, row.cells[:1], row.about) for row in rows]
    return DataTable(title, writer.say("Figure"), heads, tuple(kept[:most]), more)


def _row(change: IndicatorChange, plugin: str, week: Week, writer: Writer) -> Row:
    cells = (Cell(_value(change, writer), _signed(change, writer)), Cell(_range(change, writer)))
    about = ", ".join(filter(None, (plugin, _about(change, week, writer))))
    return Row(clean(change.indicator.title, _TITLE_MOST), cells, about)


def _value(change: IndicatorChange, writer: Writer) -> str:
    value, unit = _number(change.value, change, writer), _unit(change, writer)
    return f"{value} {unit}" if unit else value


def _unit(change: IndicatorChange, writer: Writer) -> str:
    """``days``, ``of 900``, ``of 900 components``."""
    unit = clean(change.indicator.unit, _UNIT_MOST) if change.indicator.unit else ""
    if change.out_of is None:
        return unit
    whole = writer.say("of {all}", all=_number(change.out_of, change, writer)).replace(" ", NBSP)
    return f"{whole} {unit}" if unit else whole


def _is_outside(change: IndicatorChange) -> bool:
    if change.low is None or change.high is None:
        return False
    return not change.low <= change.value <= change.high


def _number(value: float, change: IndicatorChange, writer: Writer) -> str:
    return writer.numbers.decimal(value, change.indicator.decimals)


def _difference(change: IndicatorChange, writer: Writer) -> str:
    if not change.difference:
        return ""
    size = _number(abs(change.difference), change, writer)
    if change.difference > 0:
        text = writer.say("{n} more", n=size)
    else:
        text = writer.say("{n} fewer", n=size) if _is_count(change) else writer.say("{n} less", n=size)
    return text.replace(" ", NBSP)


def _is_count(change: IndicatorChange) -> bool:
    """Things are fewer; a share or a measure is less."""
    return not change.indicator.decimals and "%" not in change.indicator.unit


def _signed(change: IndicatorChange, writer: Writer) -> str:
    if not change.difference:
        return ""
    text = _number(change.difference, change, writer)
    return f"+{text}" if change.difference > 0 else text


def _range(change: IndicatorChange, writer: Writer) -> str:
    if change.low is None or change.high is None:
        return ""
    low, high = (_number(end, change, writer) for end in (change.low, change.high))
    return low if low == high else f"{low}–{high}"  # noqa: RUF001 - a span is written with a dash


def _usual(change: IndicatorChange, writer: Writer) -> str:
    text = _range(change, writer)
    return writer.say("usual: {range}", range=text) if text else ""


def _about(change: IndicatorChange, week: Week, writer: Writer) -> str:
    """Whose it is, and from which week, where that is not plain."""
    earlier = "" if change.week == week else writer.dates.week_name(change.week)
    owner = clean(change.owner, _TITLE_MOST) if change.owner else ""
    return ", ".join(filter(None, (owner, earlier)))
