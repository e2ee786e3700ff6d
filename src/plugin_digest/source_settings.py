"""The section ``source`` of ``digest.yaml``: every system that counts can be pulled from.

Owns the meaning of each source's keys; must not open any. The JSON Schema comes from these models.
"""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, NonNegativeFloat, PositiveFloat, PositiveInt, Tag

from plugin_digest.documents import (
    DatabaseUrl,
    ExistingFile,
    Line,
    Pattern,
    Secret,
    Section,
    UrlPath,
    WebUrl,
    Weekday,
)

Share = Annotated[float, Field(ge=0, le=1)]


class ColumnsSettings(Section):
    """Column names of a flat table, where they are not the usual ones; `=navigate`: every row is that."""

    time: Line | None = None
    """When it happened."""
    action: Line | None = None
    """What happened; a view is `navigate`."""
    plugin: Line | None = None
    """The plugin id."""
    path: Line | None = None
    """The page's path."""
    user: Line | None = None
    """Who it was; used to count, never stored."""
    session: Line | None = None
    """The browser session; tells two events apart."""

    @property
    def named(self) -> dict[str, str]:
        """Field to column, of those that are given."""
        return self.model_dump(exclude_none=True)


class EventsSettings(Section):
    """Files of Backstage analytics events."""

    type: Literal["events"]
    """Which kind of source this is."""
    path: Pattern = Field(examples=["data/events/*.ndjson.gz"])
    """The files, relative to this one; * and ** stand for any names."""
    format: Literal["auto", "ndjson", "json", "csv", "parquet"] = "auto"
    """What the files hold; auto goes by their names."""
    columns: ColumnsSettings = ColumnsSettings()
    quiet_days: frozenset[Weekday] = frozenset()
    """Weekdays on which nobody may have used the portal; without an event they do not count as missing."""
    max_unreadable_share: Share = 0.01
    """Above this share of lines that cannot be read, the pull fails."""
    settling_hours: NonNegativeFloat = 2
    """How long after its end a week may still get late events."""
    exclude_users: tuple[Line, ...] = ()
    """Users that are not counted, such as service accounts: user:default/svc-*."""
    memory_limit_mb: Annotated[int, Field(ge=64)] = 512
    """How much memory reading may take; what does not fit goes to temporary files."""


class RuleSettings(Section):
    """Pages that belong to one plugin."""

    prefix: UrlPath = Field(examples=["/catalog/"])
    """How the page's path begins."""
    plugin: Line = Field(examples=["catalog"])
    """The plugin they belong to."""


class RulesSettings(Section):
    """Which pages belong to which plugin; what no rule takes belongs to none."""

    rules: Annotated[tuple[RuleSettings, ...], Field(min_length=1)]
    """Path prefixes and their plugins; the longest prefix wins."""


def _json_type(value: Any) -> str:
    return "object" if isinstance(value, dict) else "string"


PluginFrom = Annotated[
    Annotated[Literal["first_path_segment", "dimension"], Tag("string")]
    | Annotated[RulesSettings, Tag("object")],
    Discriminator(_json_type),
]


PagesFrom = Annotated[
    Annotated[Literal["first_path_segment"], Tag("string")] | Annotated[RulesSettings, Tag("object")],
    Discriminator(_json_type),
]


class Ga4CsvSettings(Section):
    """Google Analytics 4 "Download CSV" exports, one file per week."""

    type: Literal["ga4_csv"]
    """Which kind of source this is."""
    path: Pattern = Field(examples=["exports/*.csv"])
    """The files, relative to this one; * and ** stand for any names."""
    plugin_from: PluginFrom = Field(examples=["first_path_segment"])
    """How the first column names the plugin: by a path's first part, by itself, or by rules for paths."""
    settling_hours: NonNegativeFloat = 48
    """How long after its end Google may still change a week's figures."""


class Ga4Settings(Section):
    """A Google Analytics 4 property, through its Data API."""

    type: Literal["ga4"]
    """Which kind of source this is."""
    property_id: Annotated[Line, Field(pattern=r"^[0-9]+$")] = Field(examples=["123456789"])
    """The property's number, as GA4 shows it under Admin > Property details; not the G-… of its stream."""
    credentials_file: ExistingFile | None = None
    """A service account's key or a workload identity file; without it, application default credentials."""
    dimension: Line | None = None
    """What tells plugins apart, like customEvent:c_pluginId or contentGroup; without it, it is found."""
    plugin_from: PluginFrom = "dimension"
    """How a value names its plugin: by itself, or as a path by its first part or by rules."""
    user_metric: Literal["totalUsers", "activeUsers"] = "totalUsers"
    """Which of GA4's counts a user is."""
    quiet_days: frozenset[Weekday] = frozenset()
    """Weekdays on which nobody may have used the portal; without an event they do not count as missing."""
    settling_hours: NonNegativeFloat = 72
    """How long after its end Google may still change a week's figures."""
    max_concurrent: Annotated[int, Field(ge=1, le=10)] = 3
    """Requests at once."""
    timeout_s: PositiveFloat = 60
    """Seconds to wait for an answer."""
    endpoint: WebUrl = "https://analyticsdata.googleapis.com"
    """Where the API is, for those who reach it through a proxy."""


class BigQuerySettings(Section):
    """The export of Google Analytics 4 to BigQuery."""

    type: Literal["ga4_bigquery"]
    """Which kind of source this is."""
    project: Line = Field(examples=["acme-analytics"])
    """The project of the export."""
    dataset: Line = Field(examples=["analytics_123456789"])
    """The dataset of the export."""
    job_project: Line | None = None
    """The project that pays for the queries; without it the export's."""
    location: Line | None = None
    """Where the dataset is, like EU; without it BigQuery finds it."""
    plugin_parameter: Line = "c_pluginId"
    """The event parameter that names the plugin: c_pluginId or content_group."""
    user: Literal["user_pseudo_id", "user_id"] = "user_pseudo_id"
    """What a user is counted by."""
    credentials_file: ExistingFile | None = None
    """A service account's key or a workload identity file; without it, application default credentials."""
    maximum_bytes_billed: PositiveInt | None = None
    """A query that would read more is not run; where only the four weeks before would exceed it, or it is
    below 500 MB, new users are not available."""
    quiet_days: frozenset[Weekday] = frozenset()
    """Weekdays on which nobody may have used the portal; without an event they do not count as missing."""
    settling_hours: NonNegativeFloat = 72
    """How long after its end Google may still change a week's figures."""
    timeout_s: PositiveFloat = 300
    """Seconds that a query may take."""


class SqlSettings(Section):
    """A table of analytics events in a database, counted by the database."""

    type: Literal["sql"]
    """Which kind of source this is."""
    url: DatabaseUrl = Field(repr=False, examples=["postgresql+psycopg://db.acme.example/events"])
    """An SQLAlchemy URL; a file in it is relative to this one."""
    preset: Literal["adoption_insights"] | None = None
    """The table of a known product; what is given beside it goes first."""
    table: Line | None = None
    """The table of events, one a row."""
    db_schema: Line | None = Field(default=None, alias="schema")
    """The schema that the table is in."""
    columns: ColumnsSettings = ColumnsSettings()
    time_format: Literal["timestamptz", "timestamp", "iso_text", "epoch_s", "epoch_ms"] | None = None
    """How the column of the time is written; without it, it is recognised."""
    queries: dict[Line, str] = Field(default={})
    """In place of a table: a query of your own per figure."""
    quiet_days: frozenset[Weekday] = frozenset()
    """Weekdays on which nobody may have used the portal; without an event they do not count as missing."""
    exclude_users: tuple[Line, ...] = ()
    """Users that are not counted, such as service accounts: user:default/svc-*."""
    max_unreadable_share: Share = 0.01
    """Above this share of rows without a valid time, the pull fails."""
    settling_hours: NonNegativeFloat = 2
    """How long after its end a week may still get late events."""
    statement_timeout_s: PositiveFloat = 300
    """Seconds that a statement may take."""


class AdoptionInsightsSettings(Section):
    """Adoption Insights of Red Hat Developer Hub, through its REST API: views only."""

    type: Literal["adoption_insights"]
    """Which kind of source this is."""
    url: WebUrl = Field(examples=["https://backstage.acme.example"])
    """Where the portal's backend is."""
    token: Secret
    """A user's token; service tokens are refused."""
    quiet_days: frozenset[Weekday] = frozenset()
    """Weekdays on which nobody may have used the portal; without an event they do not count as missing."""
    settling_hours: NonNegativeFloat = 2
    """How long after its end a week may still get late events."""
    timeout_s: PositiveFloat = 60
    """Seconds to wait for an answer."""


class MatomoSettings(Section):
    """A site in Matomo, through its Reporting API."""

    type: Literal["matomo"]
    """Which kind of source this is."""
    url: WebUrl = Field(examples=["https://matomo.acme.example"])
    """Where Matomo is."""
    site_id: PositiveInt = Field(examples=[3])
    """The site's number."""
    token: Secret
    """A token with view access to the site; better ${MATOMO_TOKEN} than the token itself."""
    plugin_from: PagesFrom = Field(examples=["first_path_segment"])
    """How a page names its plugin: by its path's first part, or by rules."""
    plugin_users: bool = False
    """Whether users are asked for plugin by plugin, which takes a request for each."""
    quiet_days: frozenset[Weekday] = frozenset()
    """Weekdays on which nobody may have used the portal; without a view they do not count as missing."""
    settling_hours: NonNegativeFloat = 6
    """How long after its end Matomo may still change a week's figures."""
    timeout_s: PositiveFloat = 120
    """Seconds to wait for an answer."""


class PackageSettings(Section):
    """A source that an installed package brings."""

    type: Literal["package"]
    """Which kind of source this is."""
    name: Line = Field(examples=["acme-warehouse"])
    """The name under which the package offers it in the entry-point group plugin_digest.sources."""
    options: dict[Line, Any] = Field(default={})
    """What the package wants to be told."""


SourceSettings = Annotated[
    EventsSettings
    | Ga4CsvSettings
    | Ga4Settings
    | BigQuerySettings
    | SqlSettings
    | AdoptionInsightsSettings
    | MatomoSettings
    | PackageSettings,
    Field(discriminator="type"),
]
