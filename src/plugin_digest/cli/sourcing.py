"""From a source's settings to the source; each engine is imported only when its source is used."""

from functools import singledispatch

from plugin_digest.errors import Rejected
from plugin_digest.ports import Source
from plugin_digest.source_settings import (
    AdoptionInsightsSettings,
    BigQuerySettings,
    EventsSettings,
    Ga4CsvSettings,
    Ga4Settings,
    MatomoSettings,
    PackageSettings,
    RulesSettings,
    SqlSettings,
)
from plugin_digest.sources.attribution import PathRule, PluginFrom

GROUP = "plugin_digest.sources"
"""The entry-point group in which packages offer sources of their own."""


@singledispatch
def make_source(settings: object) -> Source:
    """The source that the settings describe."""
    raise TypeError(f"no source is known for {type(settings).__name__}")


@make_source.register
def _events(settings: EventsSettings) -> Source:
    from plugin_digest.sources.events import EventsSource

    return EventsSource(
        settings.path,
        format=settings.format,
        columns=settings.columns.named,
        max_unreadable_share=settings.max_unreadable_share,
        quiet_days=settings.quiet_days,
        settling_hours=settings.settling_hours,
        memory_limit_mb=settings.memory_limit_mb,
        exclude_users=settings.exclude_users,
    )


@make_source.register
def _ga4_csv(settings: Ga4CsvSettings) -> Source:
    from plugin_digest.sources.ga4_csv import Ga4CsvSource

    return Ga4CsvSource(
        settings.path,
        plugin_from=_plugin_from(settings.plugin_from),
        settling_hours=settings.settling_hours,
    )


@make_source.register
def _ga4(settings: Ga4Settings) -> Source:
    from plugin_digest.sources.ga4 import Ga4Source

    return Ga4Source(
        settings.property_id,
        credentials_file=settings.credentials_file,
        endpoint=settings.endpoint,
        dimension=settings.dimension,
        plugin_from=_plugin_from(settings.plugin_from),
        user_metric=settings.user_metric,
        quiet_days=settings.quiet_days,
        settling_hours=settings.settling_hours,
        max_concurrent=settings.max_concurrent,
        timeout_s=settings.timeout_s,
    )


@make_source.register
def _ga4_bigquery(settings: BigQuerySettings) -> Source:
    from plugin_digest.sources.bigquery import BigQuerySource

    return BigQuerySource(
        settings.project,
        settings.dataset,
        plugin_parameter=settings.plugin_parameter,
        user=settings.user,
        settling_hours=settings.settling_hours,
        quiet_days=settings.quiet_days,
        maximum_bytes_billed=settings.maximum_bytes_billed,
        timeout_s=settings.timeout_s,
        job_project=settings.job_project,
        location=settings.location,
        credentials_file=settings.credentials_file,
    )


@make_source.register
def _sql(settings: SqlSettings) -> Source:
    from plugin_digest.sources.database import SqlSource

    return SqlSource(
        settings.url,
        table=settings.table,
        schema=settings.db_schema,
        columns=settings.columns.named or None,
        preset=settings.preset,
        time_format=settings.time_format,
        queries=settings.queries or None,
        quiet_days=settings.quiet_days,
        settling_hours=settings.settling_hours,
        statement_timeout_s=settings.statement_timeout_s,
        exclude_users=settings.exclude_users,
        max_unreadable_share=settings.max_unreadable_share,
    )


@make_source.register
def _adoption_insights(settings: AdoptionInsightsSettings) -> Source:
    from plugin_digest.sources.adoption_insights import AdoptionInsightsSource

    return AdoptionInsightsSource(
        settings.url,
        settings.token.get_secret_value(),
        quiet_days=settings.quiet_days,
        settling_hours=settings.settling_hours,
        timeout_s=settings.timeout_s,
    )


@make_source.register
def _matomo(settings: MatomoSettings) -> Source:
    from plugin_digest.sources.matomo import MatomoSource

    return MatomoSource(
        settings.url,
        settings.site_id,
        settings.token.get_secret_value(),
        plugin_from=_plugin_from(settings.plugin_from),
        plugin_users=settings.plugin_users,
        quiet_days=settings.quiet_days,
        settling_hours=settings.settling_hours,
        timeout_s=settings.timeout_s,
    )


@make_source.register
def _package(settings: PackageSettings) -> Source:
    """A source of an installed package: what its entry point names is called with the options.

    Raises:
        Rejected: no package offers it, or the package refuses the options.
    """
    from importlib.metadata import entry_points

    found = entry_points(group=GROUP, name=settings.name)
    if not found:
        raise Rejected(
            f"source.name: no installed package offers a source {settings.name!r} (entry-point group {GROUP})"
        )
    try:
        source: Source = next(iter(found)).load()(**settings.options)
    except (TypeError, ValueError, ImportError) as error:
        raise Rejected(f"source {settings.name}: {error}") from error
    return source


def _plugin_from(setting: str | RulesSettings) -> PluginFrom:
    if isinstance(setting, RulesSettings):
        return tuple(PathRule(rule.prefix, rule.plugin) for rule in setting.rules)
    return "dimension" if setting == "dimension" else "first_path_segment"
