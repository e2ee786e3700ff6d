"""From an indicator's settings to the place that knows it; each engine is imported only when it is used."""

from collections.abc import Callable
from functools import singledispatch
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from plugin_digest.indicator_settings import (
    CatalogAnnotation,
    CatalogPeople,
    CsvIndicator,
    IndicatorColumns,
    JsonIndicator,
    SqlIndicator,
    split_names,
)
from plugin_digest.indicators.reading import Source
from plugin_digest.model import Scope

if TYPE_CHECKING:
    from plugin_digest.ownership.catalog_http import Backend


@singledispatch
def make_source(settings: object) -> Source:
    """The source of the indicator that the settings describe; what is wrong is told when it is read."""
    raise TypeError(f"no indicator is known for {type(settings).__name__}")


@make_source.register
def _csv(settings: CsvIndicator) -> Source:
    from plugin_digest.indicators.csv_file import CsvSource  # noqa: PLC0415 - as all below

    scope = Scope(settings.scope)
    columns, optional = _named(settings.columns, scope)
    return CsvSource(settings.indicator, scope, settings.path, columns, optional)


@make_source.register
def _json(settings: JsonIndicator) -> Source:
    from plugin_digest.indicators.json_address import JsonSource  # noqa: PLC0415
    from plugin_digest.indicators.json_http import JsonAddress  # noqa: PLC0415 - requests takes its time

    scope = Scope(settings.scope)
    fields, optional = _named(settings.fields_, scope)
    address = JsonAddress(settings.url, settings.secret, timeout_s=settings.timeout_s)
    return JsonSource(settings.indicator, scope, address, settings.items or "", fields, optional)


@make_source.register
def _sql(settings: SqlIndicator) -> Source:
    from plugin_digest.indicators.sql_query import SqlSource  # noqa: PLC0415 - sqlalchemy takes its time

    return SqlSource(
        settings.indicator,
        Scope(settings.scope),
        settings.url,
        settings.query,
        settings.statement_timeout_s,
    )


@make_source.register
def _annotation(settings: CatalogAnnotation) -> Source:
    from plugin_digest.indicators.catalog_counts import AnnotationSource  # noqa: PLC0415 - requests again

    annotations = {plugin: split_names(names) for plugin, names in settings.annotations.items()}
    return AnnotationSource(settings.indicator, _catalog(settings), annotations, settings.filter)


@make_source.register
def _people(settings: CatalogPeople) -> Source:
    from plugin_digest.indicators.catalog_counts import PeopleSource  # noqa: PLC0415

    return PeopleSource(settings.indicator, _catalog(settings))


def _catalog(settings: CatalogAnnotation | CatalogPeople) -> "Callable[[], Backend]":
    from plugin_digest.ownership.catalog_http import Backend  # noqa: PLC0415

    url = settings.url.removesuffix("/api/catalog")
    name = f"catalog {urlsplit(url).netloc}"
    return lambda: Backend(url, settings.secret, name=name, timeout_s=settings.timeout_s)


def _named(columns: IndicatorColumns, scope: Scope) -> tuple[dict[str, str], frozenset[str]]:
    """The name of each field's column, and the fields whose column need not be there."""
    names = {"week": columns.week, "value": columns.value, "out_of": columns.out_of or "out_of"}
    if scope is not Scope.PORTAL:
        names["key"] = columns.key
    return names, frozenset() if columns.out_of else frozenset({"out_of"})
