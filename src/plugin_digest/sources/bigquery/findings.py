"""What `check` says about an export: its days, its cost, what the newest day holds. Pure."""

from datetime import date

from plugin_digest.sources.bigquery.query import Export
from plugin_digest.sources.bigquery.reading import Reading
from plugin_digest.sources.bigquery.warehouse import DayTables


def describe_cost(size_bytes: int, allowed_bytes: int | None, *, looks_back: bool) -> str:
    """``looks_back``: whether the four weeks before a week are read too."""
    limit = "nothing limits it" if allowed_bytes is None else f"it may read {describe_size(allowed_bytes)}"
    without = "" if looks_back else ", too little for the four weeks before it, so there are no new users"
    size = describe_size(size_bytes)
    return f"a week's query reads {size}; {limit} (source.maximum_bytes_billed){without}"


def describe_day(day: date, found: Reading, export: Export) -> list[str]:
    views, users = found.portal.views, found.portal.users
    if not views:
        return [f"{day} has no page_view or navigate event"]
    ranked = sorted(found.plugins.items(), key=lambda item: (-_number(item[1].views), item[0]))
    most = ", ".join(f"{plugin} {usage.views:,}" for plugin, usage in ranked[:5])
    text = (
        f"{day}: {views:,} views by {users:,} users ({export.user}) of {len(ranked):,} plugins "
        f"({export.plugin_parameter}); most viewed: {most or 'none'}"
    )
    lines = [text]
    if not ranked:
        lines.append(_UNNAMED.format(parameter=export.plugin_parameter))
    if not users:
        lines.append(f"no view has a {export.user}: users will not be available")
    return lines


_UNNAMED = (
    "no view names its plugin in {parameter}: in the portal's app-config put pluginId into "
    "app.analytics.ga4.allowedContexts for c_pluginId, or set app.analytics.ga4.contentGrouping: pluginId "
    "for content_group, and name the one in source.plugin_parameter"
)


def describe_tables(tables: DayTables) -> str:
    parts = [
        f"{len(days):,} {kind} table{'s' if len(days) > 1 else ''} of {days[0]} to {days[-1]}"
        for kind, days in (("daily", tables.daily), ("intraday", tables.intraday))
        if days
    ]
    missing = "" if tables.daily else "; switch the daily export on, the intraday one is never final"
    return " and ".join(parts) + missing


def _number(count: object) -> int:
    return count if isinstance(count, int) else 0


def describe_size(size_bytes: int) -> str:
    """In decimal units, in which Google bills."""
    size = float(size_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1_000:  # noqa: PLR2004 - the units' own step
            return f"{size:,.4g} {unit}"
        size /= 1_000
    return f"{size:,.4g} TB"
