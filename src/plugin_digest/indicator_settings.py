"""The section ``indicators`` of ``digest.yaml``: weekly series that come from elsewhere than page views.

Owns the meaning of each kind's keys; must not open any. The JSON Schema comes from these models.
"""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, PositiveFloat, WithJsonSchema, model_validator

from plugin_digest.documents import (
    DatabaseUrl,
    FilePath,
    Identifier,
    Line,
    Misfit,
    MountedSecret,
    Secret,
    Section,
    WebUrl,
    is_loopback,
)
from plugin_digest.model import Indicator

_FILTER_SIGNS = frozenset(" ,=")
_PLACEHOLDER_OR_ADDRESS = {"type": "string", "pattern": r"^\s*https?://|\$\{"}


def _address(text: str) -> str:
    """An address whose answer is JSON. The text is not shown: it may hold a key."""
    wrong = Misfit.here("expected an address like https://metrics.acme.example/weekly.json")
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        raise wrong from None
    if url.scheme not in {"http", "https"} or not url.hostname or not text.isprintable() or " " in text:
        raise wrong
    if url.scheme == "http" and not is_loopback(url.hostname):
        raise Misfit.here("http would show the figures, and a token, on the way; expected https")
    if url.username is not None or url.fragment:
        raise Misfit.here("holds a user name or a # part; expected a plain address, and a token beside it")
    return text


def _query(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    return text


def _annotations(text: str) -> str:
    if any(not name or set(name) & _FILTER_SIGNS for name in split_names(text)):
        raise ValueError("is not the name of an annotation; expected one like jenkins.io/job-full-name")
    return text


def _filter(text: str) -> str:
    if " " in text or not all(text.split(",")):
        raise ValueError("is no filter; expected conditions like kind=component,spec.lifecycle=production")
    return text


def split_names(names: str) -> tuple[str, ...]:
    """The annotations of one plugin, which stand with commas."""
    return tuple(name.strip() for name in names.split(","))


AnnotationNames = Annotated[str, AfterValidator(_annotations)]
JsonAddress = Annotated[str, AfterValidator(_address), WithJsonSchema(_PLACEHOLDER_OR_ADDRESS)]


class _IndicatorSettings(Section):
    """What every indicator has."""

    name: Identifier = Field(examples=["onboarding-days"])
    """Its key in the store; another name begins another series."""
    title: Line = Field(examples=["Days until a new developer's first merge"])
    """As it stands in the digests."""
    unit: Line | None = None
    """What is counted, in the plural, such as days or %."""
    decimals: Annotated[int, Field(ge=0, le=6)] = 0
    """How many decimals are shown."""

    @property
    def indicator(self) -> Indicator:
        return Indicator(self.name, self.title, self.unit or "", self.decimals)


class IndicatorColumns(Section):
    """How the fields of a row are called, where they are not called so."""

    week: Line = "week"
    """A week like 2026-W46, or a date in it."""
    key: Line = "key"
    """The plugin's id or the team's key; none for the portal."""
    value: Line = "value"
    """The number."""
    out_of: Line | None = None
    """The whole that the value is a part of; without it, out_of where there is one."""


class CsvIndicator(_IndicatorSettings):
    """A CSV file with a row per week and key."""

    type: Literal["csv"]
    """Which kind of indicator this is."""
    scope: Literal["portal", "team", "plugin"] = Field(examples=["portal"])
    """What each value is about."""
    path: FilePath = Field(examples=["indicators/onboarding.csv"])
    """The file, relative to this one."""
    columns: IndicatorColumns = IndicatorColumns()


class _TokenSettings(_IndicatorSettings):
    """What every indicator has that is asked for over HTTP."""

    token: Secret | None = None
    """A bearer token; better ${METRICS_TOKEN} than the token itself."""
    token_file: MountedSecret | None = None
    """A file that holds the token, such as a mounted secret."""
    timeout_s: PositiveFloat = 30
    """Seconds to wait for each answer."""

    @property
    def secret(self) -> str | None:
        """The token, from wherever it was given."""
        given = self.token or self.token_file
        return given.get_secret_value() if given else None

    @model_validator(mode="after")
    def _one_token(self) -> Self:
        if self.token and self.token_file:
            raise Misfit({"token_file": "stands beside token; expected one of them"})
        return self


class JsonIndicator(_TokenSettings):
    """An address that answers with JSON: a list of objects, one per week and key."""

    type: Literal["json"]
    """Which kind of indicator this is."""
    scope: Literal["portal", "team", "plugin"] = Field(examples=["team"])
    """What each value is about."""
    url: JsonAddress = Field(repr=False, examples=["https://metrics.acme.example/weekly.json"])
    """The address; all that is wanted must come in one answer."""
    items: Line | None = None
    """Where in the answer the list is, such as data.items; without it, the answer is the list."""
    fields_: IndicatorColumns = Field(default=IndicatorColumns(), alias="fields")


class SqlIndicator(_IndicatorSettings):
    """A query to a database, which gives a row per week and key."""

    type: Literal["sql"]
    """Which kind of indicator this is."""
    scope: Literal["portal", "team", "plugin"] = Field(examples=["plugin"])
    """What each value is about."""
    url: DatabaseUrl = Field(repr=False, examples=["postgresql+psycopg://db.acme.example/metrics"])
    """An SQLAlchemy URL; a file in it is relative to this one."""
    query: Annotated[str, AfterValidator(_query)] = Field(examples=["SELECT week, value FROM deploys"])
    """Gives the columns week, key and value, and out_of if there is one; :from and :to may bound it."""
    statement_timeout_s: PositiveFloat = 60
    """Seconds that the query may take."""


class _CatalogSettings(_TokenSettings):
    """What every indicator has that the Backstage catalog counts."""

    url: WebUrl = Field(examples=["https://backstage.acme.example"])
    """The portal's backend (backend.baseUrl), without /api/catalog."""


class CatalogAnnotation(_CatalogSettings):
    """How many entities of the Backstage catalog carry a plugin's annotation: adoption, not only clicks."""

    type: Literal["catalog_annotation"]
    """Which kind of indicator this is."""
    name: Identifier = "adoption"
    """Its key in the store; another name begins another series."""
    title: Line = "Set up for"
    """As it stands in the digests."""
    unit: Line | None = "components"
    """What is counted, in the plural."""
    annotations: dict[Line, AnnotationNames] = Field(
        min_length=1, examples=["{jenkins: jenkins.io/job-full-name}"]
    )
    """A plugin and its annotation, or several with commas: an entity with any of them counts."""
    filter: Annotated[str, AfterValidator(_filter)] = "kind=component"
    """Which entities could carry it, as in the catalog's API; commas mean and."""


class CatalogPeople(_CatalogSettings):
    """How many people the Backstage catalog has: who could use the portal."""

    type: Literal["catalog_people"]
    """Which kind of indicator this is."""
    name: Identifier = "people"
    """Its key in the store; another name begins another series."""
    title: Line = "People in the catalog"
    """As it stands in the digests."""


IndicatorSettings = Annotated[
    CsvIndicator | JsonIndicator | SqlIndicator | CatalogAnnotation | CatalogPeople,
    Field(discriminator="type"),
]


def _unique(indicators: tuple[IndicatorSettings, ...]) -> tuple[IndicatorSettings, ...]:
    seen: set[str] = set()
    for one in indicators:
        if one.name in seen:
            raise Misfit.here(f"two indicators are named {one.name!r}; expected another name for each")
        seen.add(one.name)
    return indicators


IndicatorsSettings = Annotated[tuple[IndicatorSettings, ...], AfterValidator(_unique)]
