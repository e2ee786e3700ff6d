"""The ``matomo`` source: weeks and periods of a site of a Matomo, through its Reporting API.

Owns what is asked for and in which order; what it looks like and what follows from it is next door.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import requests

from plugin_digest.errors import NotCovered, Rejected
from plugin_digest.model import (
    Period,
    PeriodUsage,
    Progress,
    PullRequest,
    Snapshot,
    Week,
    no_progress,
)
from plugin_digest.sources.attribution import PluginFrom
from plugin_digest.sources.coverage import name_weeks
from plugin_digest.sources.http import HttpSession, Patience
from plugin_digest.sources.matomo.answers import Site
from plugin_digest.sources.matomo.api import PAGE_ROWS, MatomoApi
from plugin_digest.sources.matomo.figures import (
    SOURCE,
    Reading,
    Rules,
    period_usage,
    refuse_gaps,
    site_zone,
    snapshot,
)
from plugin_digest.sources.matomo.pages import SeenPages, sort_pages
from plugin_digest.sources.matomo.refusals import may_pass
from plugin_digest.sources.period_coverage import days_of
from plugin_digest.weeks import WEEKDAYS, bounds, now, week_of

log = logging.getLogger(__name__)

MAX_PLUGIN_REQUESTS = 300
"""Segments of single plugins that are asked for at most, a span: each makes Matomo read its log anew."""

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class _Asked:
    """A week or a period, its days that have ``begun``, and whether all of it is over."""

    span: Week | Period
    begun: tuple[date, ...]
    is_over: bool

    @classmethod
    def of(cls, span: Week | Period, request: PullRequest, zone: ZoneInfo) -> Self:
        """``zone`` is the site's."""
        days, last = (days_of(span), span.last) if isinstance(span, Period) else (span.days, span)
        today = request.as_of.astimezone(zone).date()
        begun = tuple(day for day in days if day <= today)
        return cls(span, begun, is_over=bounds(last, zone)[1] <= request.as_of)


class MatomoSource:
    """A site of a Matomo.

    Args:
        url: where Matomo is, with or without ``index.php``.
        site_id: the site's number in Matomo.
        token: an auth token of a user with view access to the site.
        plugin_from: how a page's path names its plugin: ``first_path_segment`` or rules.
        plugin_users: whether Matomo is asked for the distinct users of each plugin too, a request for each.
        quiet_days: weekdays on which nobody may have used the portal, so that they are not missing.
        settling_hours: how long after the week's end Matomo may still add late views.
        timeout_s: how long Matomo may be silent before it answers; it may have to count first.
    """

    name = SOURCE
    weeks_at_once = 4

    def __init__(
        self,
        url: str,
        site_id: int,
        token: str,
        *,
        plugin_from: PluginFrom,
        plugin_users: bool = False,
        quiet_days: Collection[str] = frozenset(),
        settling_hours: float = 6,
        timeout_s: float = 120,
        page_rows: int = PAGE_ROWS,
        session_factory: Callable[[], requests.Session] = requests.Session,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._url = url.strip()
        self._site_id = site_id
        self._token = token.strip()
        self._plugin_from = plugin_from
        self._rules = Rules(timedelta(hours=settling_hours), frozenset(quiet_days), plugin_users)
        self._patience = Patience(read_s=timeout_s, whole_s=max(300.0, 2 * timeout_s))
        self._page_rows = page_rows
        self._session_factory = session_factory
        self._sleep = sleep
        self._clock = clock

    def check(self) -> Sequence[str]:
        """What the site is, and what its last whole week (from Monday) holds.

        Raises:
            SourceError: it cannot be read, or had no page view in that week.
        """
        week = week_of(self._clock().date(), "monday").plus(-1)
        with self._open() as api:
            site = api.site()
            views = sum(api.views_by_day(week.days).values())
            if not views:
                raise Rejected(
                    f"Matomo site {self._site_id} ({site.name}) has no page view in {week}: is "
                    "app.analytics.matomo.siteId in the portal's app-config this site?"
                )
            seen = sort_pages(api.pages(week), self._plugin_from, {})
            users = api.users(week)
        return [*self._describe_site(site), *_describe_pages(seen, week, views), _describe_users(users)]

    def _describe_site(self, site: Site) -> Iterator[str]:
        yield f"site {self._site_id} ({site.name}, {site.url}), time zone {site.timezone or 'not said'}"
        parts = urlsplit(self._url)
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            yield "better: an https address, as the token travels unencrypted"

    def pull(self, request: PullRequest, progress: Progress = no_progress) -> Sequence[Snapshot]:
        """The snapshots of the weeks that have any page view.

        Raises:
            Rejected: Matomo refuses, or has no view in any of the weeks.
            Unreachable: it does not answer, or not in time.
            Malformed: an answer is not whole; no week is returned then.
        """
        weeks = sorted(set(request.weeks))
        if not weeks:
            return ()
        with self._open() as api:
            site = api.site()
            zone = site_zone(site.timezone, request.timezone)
            readings = {
                week: self._read(api, _Asked.of(week, request, zone), request, progress) for week in weeks
            }
        made = [
            snapshot(reading, week, request, site.timezone, self._rules)
            for week, reading in readings.items()
            if reading
        ]
        if not made:
            raise NotCovered(f"Matomo site {self._site_id} has no page view in {name_weeks(weeks)}")
        return made

    def pull_period(
        self, period: Period, request: PullRequest, progress: Progress = no_progress
    ) -> PeriodUsage:
        """The period as a range; its users only where Matomo is set up to count those of ranges.

        Raises:
            SourceError: as `pull`.
        """
        with self._open() as api:
            site = api.site()
            zone = site_zone(site.timezone, request.timezone)
            reading = self._read(api, _Asked.of(period, request, zone), request, progress)
        if reading is None:
            raise NotCovered(f"Matomo site {self._site_id} has no page view in {period}")
        return period_usage(reading, period, request, site.timezone, self._rules)

    def _open(self) -> MatomoApi:
        endpoint = _endpoint(self._url)
        if not self._token:
            raise Rejected("source.token is empty: Matomo answers only who has a token")
        if self._plugin_from == "dimension":
            raise Rejected(
                "source.plugin_from: Matomo knows pages, not plugin ids; use first_path_segment or rules"
            )
        for day in self._rules.quiet_days.difference(WEEKDAYS):
            raise Rejected(f"source.quiet_days: {day!r} is no weekday; they are {', '.join(WEEKDAYS)}")
        http = HttpSession(
            self._session_factory(),
            "Matomo",
            patience=self._patience,
            passing=may_pass,
            sleep=self._sleep,
        )
        return MatomoApi(http, endpoint, self._site_id, self._token, self._page_rows)

    def _read(
        self,
        api: MatomoApi,
        asked: _Asked,
        request: PullRequest,
        progress: Progress,
    ) -> Reading | None:
        """All about one week or period, None if it has no view.

        Days come first: the pages may then only be more.
        """
        span = asked.span
        if not asked.begun:
            return None
        progress(f"{span}: days and pages", 0, 2)
        days = api.views_by_day(asked.begun)
        if not any(days.values()):
            return None
        progress(f"{span}: days and pages", 1, 2)
        seen = sort_pages(api.pages(span), self._plugin_from, request.aliases)
        refuse_gaps(Reading(span, days, seen, None, {}), is_over=asked.is_over)
        portal_users = api.users(span)
        users = {} if portal_users is None else self._ask_users(api, span, seen, request.teams, progress)
        return Reading(span, days, seen, portal_users, users)

    def _ask_users(
        self,
        api: MatomoApi,
        span: Week | Period,
        seen: SeenPages,
        teams: Mapping[str, frozenset[str]],
        progress: Progress,
    ) -> dict[frozenset[str], int | None]:
        """Distinct users by set of plugins, each set once: users are never added up."""
        plugins = seen.plugins
        wanted = [frozenset(owned & plugins.keys()) for owned in teams.values()]
        if self._rules.wants_plugin_users:
            wanted += [frozenset({plugin}) for plugin in list(plugins)[:MAX_PLUGIN_REQUESTS]]
        sets = [some for some in dict.fromkeys(wanted) if some]
        users: dict[frozenset[str], int | None] = {}
        for done, some in enumerate(sets):
            progress(f"{span}: distinct users", done, len(sets))
            segment = seen.segment(some)
            users[some] = api.users(span, segment) if segment else None
        return users


def _endpoint(url: str) -> str:
    """The address of the API.

    Raises:
        Rejected: it is no address of a Matomo, or holds more than that.
    """
    try:
        parts = urlsplit(url)
        is_plain = (
            parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.username)
        )
    except ValueError:
        is_plain = False
    if not is_plain:
        raise Rejected("source.url: expected Matomo's address alone, like https://matomo.acme.example")
    return f"{url.split('#', 1)[0].removesuffix('/index.php').rstrip('/')}/index.php"


def _describe_pages(seen: SeenPages, week: Week, views: int) -> Iterator[str]:
    plugins = seen.plugins
    most = ", ".join(f"{plugin} {count:,}" for plugin, count in list(plugins.items())[:5])
    named = sum(plugins.values())
    yield (
        f"{week}: {views:,} page views of {len(seen.pages):,} pages; {named:,} views of {len(plugins):,} "
        f"plugins, most viewed: {most or 'none'}"
    )
    if named < views:
        some = ", ".join(page.path for page in seen.top(None, 3)) or "none"
        yield f"{(views - named) / views:.0%} of the views name no plugin; the most viewed such pages: {some}"
    if seen.is_truncated:
        yield (
            "Matomo puts pages together under “Others”: raise datatable_archiving_maximum_rows_actions "
            "and datatable_archiving_maximum_rows_subtable_actions in Matomo's config.ini.php"
        )


def _describe_users(users: int | None) -> str:
    if users is None:
        return (
            "users are not available: Matomo does not count unique visitors of weeks "
            "(enable_processing_unique_visitors_week in its config.ini.php)"
        )
    return f"{users:,} unique visitors in that week"
