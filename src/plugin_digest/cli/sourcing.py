"""From a source's settings to the source; each engine is imported only when its source is used."""

from functools import singledispatch

from plugin_digest.config import EventsSettings, Ga4CsvSettings
from plugin_digest.intake import Source
from plugin_digest.settings import RulesSettings


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
    from plugin_digest.sources.attribution import PathRule
    from plugin_digest.sources.ga4_csv import Ga4CsvSource

    rules = settings.plugin_from
    plugin_from = (
        tuple(PathRule(rule.prefix, rule.plugin) for rule in rules.rules)
        if isinstance(rules, RulesSettings)
        else rules
    )
    return Ga4CsvSource(settings.path, plugin_from=plugin_from, settling_hours=settings.settling_hours)
