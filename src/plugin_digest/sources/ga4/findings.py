"""What `check` says about a GA4 property: what was found, and what would be better. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from plugin_digest.sources.ga4.dimension import CUSTOM, GROUP, SEND_IDS, Finding, PluginDimension
from plugin_digest.sources.ga4.notes import data_notes
from plugin_digest.sources.ga4.reports import Answer

_MUCH = 0.2
"""The share of views without a plugin from which on something is likely wrong."""

_REGISTER = (
    "in the portal's app-config put pluginId into app.analytics.ga4.allowedContexts, and in Google Analytics "
    "register the event parameter c_pluginId under Admin > Custom definitions, scope Event"
)


def describe(dimension: PluginDimension, findings: Sequence[Finding], events: Answer) -> list[str]:
    """Lines about the last 28 days. ``events`` are the views by event name; a finding knows the dimension."""
    by_name = {finding.dimension: finding for finding in findings}
    views = {row.values[0]: row.counts[0] for row in events.rows}
    plugins = by_name[dimension.name].by_plugin(dimension)
    return [
        _events(views),
        _plugins(dimension, by_name[dimension.name], plugins, sum(views.values())),
        *_unnamed(dimension, by_name[dimension.name], sum(plugins.values()), sum(views.values())),
        *_better(dimension, by_name),
        *(note.text for note in data_notes({"views": [events]}, 0)),
    ]


def _events(views: Mapping[str, int]) -> str:
    parts = ", ".join(f"{name} {count:,}" for name, count in sorted(views.items(), key=lambda item: -item[1]))
    remark = "; navigate comes from the new Backstage frontend, and GA4's own “Views” leave it out"
    return f"views of the last 28 days by event: {parts}{remark if 'navigate' in views else ''}"


def _plugins(dimension: PluginDimension, finding: Finding, plugins: Mapping[str, int], total: int) -> str:
    most = ", ".join(f"{plugin} {views:,}" for plugin, views in list(plugins.items())[:5])
    least = "" if finding.is_all else "at least "
    return (
        f"plugins from {dimension.name}: {least}{len(plugins):,} found, with {least}"
        f"{sum(plugins.values()):,} of {total:,} views; most viewed: {most or 'none'}"
    )


def _unnamed(dimension: PluginDimension, finding: Finding, named: int, total: int) -> Iterator[str]:
    """What to look at if many views belong to no plugin."""
    if not finding.is_all or total - named < _MUCH * total:
        return
    share = f"{(total - named) / total:.0%} of the views name no plugin"
    if not dimension.has_users_per_row:
        pages = [value for value in finding.views if dimension.plugin(value) is None][:3]
        yield f"{share}; the most viewed such pages: {', '.join(pages)}"
        return
    yield (
        f"{share}; where GA4 sends page views of its own on top, switch off page changes based on browser "
        "history in the data stream's enhanced measurement and app.analytics.ga4.enableSendPageView"
    )


def _better(dimension: PluginDimension, by_name: Mapping[str, Finding]) -> Iterator[str]:
    if not dimension.has_users_per_row:
        yield f"better: let the portal send plugin ids. {SEND_IDS.partition(', or')[0]}"
    if dimension.name == GROUP and CUSTOM in by_name:
        yield f"better: {CUSTOM} is registered but names fewer views: {_REGISTER.partition(', and')[0]}"
    elif dimension.name == GROUP:
        yield f"better: {CUSTOM}, which no tag can overwrite as it can a content group: {_REGISTER}"
    group = by_name.get(GROUP)
    if dimension.name != GROUP and group and group.filled and not group.holds_ids:
        some = ", ".join(list(group.filled)[:3])
        yield f"contentGroup holds no plugin ids ({some}): app.analytics.ga4.contentGrouping is not pluginId"
