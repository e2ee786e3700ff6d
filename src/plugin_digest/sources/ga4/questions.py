"""Which reports are asked for about weeks and periods. Pure.

Views and users are asked apart: asked together, GA4 may count recent views low.
"""

from collections.abc import Sequence

from plugin_digest.model import Week
from plugin_digest.sources.ga4.dimension import PluginDimension
from plugin_digest.sources.ga4.figures import Units
from plugin_digest.sources.ga4.reports import VIEW_METRIC, Report, Span, four_weeks_to, span_of


def ask_views_by(dimension: str, spans: tuple[Span, ...], top: int | None = None) -> Report:
    """All rows, or the ``top`` ones."""
    return Report("views", spans, (VIEW_METRIC,), (dimension,), top=top)


def ask_by_row(dimension: PluginDimension, spans: tuple[Span, ...], user_metric: str) -> dict[str, Report]:
    """Days, views by plugin, users of the portal, and by row where rows are plugins."""
    reports = {
        "days": ask_views_by("date", spans),
        "views": ask_views_by(dimension.name, spans),
        "portal_users": Report("users", spans, (user_metric,)),
    }
    if dimension.has_users_per_row:
        reports["users"] = Report("users", spans, (user_metric,), (dimension.name,))
    return reports


def ask_about_weeks(
    dimension: PluginDimension, weeks: Sequence[Week], user_metric: str, *, with_pages: bool
) -> dict[str, Report]:
    """The same of each week, with its 28 days, and its pages where they are wanted."""
    spans = tuple(span_of(week, week) for week in weeks)
    reports = ask_by_row(dimension, spans, user_metric)
    reports["four_weeks"] = Report("users", tuple(map(four_weeks_to, weeks)), (user_metric,))
    if with_pages:
        reports["pages"] = Report("pages", spans, (VIEW_METRIC, user_metric), dimension.page_dimensions)
    return reports


def ask_users_of(
    dimension: PluginDimension, units: Units, spans: tuple[Span, ...], user_metric: str
) -> Report:
    """The users of some units together, as one distinct count."""
    return Report("users", spans, (user_metric,), only=dimension.only(units))
