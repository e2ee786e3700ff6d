"""The portal digest as ready strings, for the same templates' parts as a team's."""

from plugin_digest.model import PORTAL, PluginChange, PortalDigest, Team, is_known
from plugin_digest.render import fineprint
from plugin_digest.render.dates import days_in_words, week_title
from plugin_digest.render.findings import is_compared, portal_subject, portal_summary
from plugin_digest.render.numbers import against, count, counted, plural
from plugin_digest.render.sparkline import PANEL
from plugin_digest.render.view import (
    Limits,
    Listing,
    Portal,
    Sketches,
    Table,
    View,
    chart_label,
    edition_of,
    href_of,
    listing,
    short_name,
    total,
)


def portal_view(digest: PortalDigest, portal: Portal, limits: Limits) -> View:
    """What the central team's letter says."""
    finding, place = portal_subject(digest, portal.name)
    sketches = Sketches(digest, PORTAL)
    table = Table(fineprint.has_users(digest), is_compared(digest), sketches, digest.owners)
    return View(
        finding=finding,
        place=place,
        preheader=_preheader(digest),
        portal=portal,
        contact_href=href_of(portal.contact),
        title="The whole portal",
        week=week_title(digest.week),
        edition=edition_of(digest.edition),
        summary=portal_summary(digest),
        totals=(
            total("Views", digest.views),
            total("Users", digest.users),
            *([total("Users in 28 days", digest.four_week_users)] if has_four_weeks(digest) else []),
            total("Plugins in use", digest.plugins_in_use),
            total("Views of no plugin", digest.unattributed),
        ),
        chart=sketches.picture(digest.history, PANEL),
        chart_label=chart_label(digest.history),
        weeks=f"{len(digest.history)} weeks",
        plugins_title=f"All {plural(len(digest.plugins), 'plugin')}",
        has_users=table.has_users,
        has_changes=table.has_changes,
        plugins=tuple(table.row(plugin) for plugin in digest.plugins[: limits.rows]),
        rest=table.rest(digest.plugins[limits.rows :], limits.listed),
        pages=(),
        listings=_listings(digest),
        notes=fineprint.notes(digest),
        meanings=(
            *fineprint.meanings(digest, "the whole portal"),
            "Views of no plugin: of the start page and of pages whose plugin analytics does not know.",
        ),
        origin=fineprint.origin(digest.provenance),
        why=fineprint.why_portal(),
        sketches=sketches.drawn,
    )


def has_four_weeks(digest: PortalDigest) -> bool:
    """Whether the source counts users over four weeks; few do."""
    return is_known(digest.four_week_users.current)


def _listings(digest: PortalDigest) -> tuple[Listing, ...]:
    """What the portal team may want to act on; a list without entries is left out."""
    every = (
        listing("New this week", (_seen(digest, plugin) for plugin in digest.new)),
        listing("Silent this week", (_silent(digest, plugin) for plugin in digest.silent)),
        listing("Viewed, but owned by no team", (_unowned(plugin) for plugin in digest.orphans)),
        listing("Teams without a recipient", map(_unread, digest.teams_without_recipients)),
        listing("Teams without a plugin", (short_name(team.name) for team in digest.teams_without_plugins)),
    )
    return tuple(each for each in every if each.items)


def _seen(digest: PortalDigest, plugin: PluginChange) -> str:
    return f"{short_name(plugin.name)}, {_owner(digest, plugin)}: {counted(plugin.views.current, 'view')}"


def _silent(digest: PortalDigest, plugin: PluginChange) -> str:
    before = count(plugin.views.previous)
    return f"{short_name(plugin.name)}, {_owner(digest, plugin)}: no views, {before} the week before"


def _unowned(plugin: PluginChange) -> str:
    return f"{short_name(plugin.name)}: {counted(plugin.views.current, 'view')}"


def _unread(team: Team) -> str:
    return f"{short_name(team.name)} ({plural(len(team.plugins), 'plugin')})"


def _owner(digest: PortalDigest, plugin: PluginChange) -> str:
    return short_name(digest.owners.get(plugin.plugin, "no owner"))


def _preheader(digest: PortalDigest) -> str:
    users = f" by {plural(digest.users.current, 'user')}" if is_known(digest.users.current) else ""
    text = f"{counted(digest.views.current, 'view')}{users}, {days_in_words(digest.week)}"
    return f"{text}. Views: {against(digest.views)}. {plural(digest.team_count, 'team')}."
