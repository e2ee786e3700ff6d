"""A made-up portal's visits, and its figures by a plain count of them."""

import random
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from plugin_digest.model import PullRequest, Week
from plugin_digest.weeks import local_moment
from unit.sources.matomo.fake_matomo import STOCKHOLM, Visit

HOME = "https://portal.acme.example"
PATHS = (
    "/",
    "/catalog",
    "/catalog/default/component/shop",
    "/catalog?filters%5Bkind%5D=api",
    "/docs/default/component/shop/",
    "/docs/",
    "/Docs/default/system/pay",
    "/docs-search/x",
    "/jenkins/build/1",
    "/jenkins#latest",
    "/my_plugin/a",
    "/my-plugin/b",
    "/tech-radar",
)
TEAMS = {
    "ci": frozenset({"jenkins"}),
    "docs": frozenset({"docs", "docs-search"}),
    "core": frozenset({"catalog", "tech-radar", "my_plugin"}),
    "new": frozenset({"not-yet-used"}),
}


def make_visits(weeks: Sequence[Week], *, seed: int = 7, visitors: int = 40) -> list[Visit]:
    """Each week some 150 visits, one each near the week's first and last moment."""
    chance = random.Random(seed)
    return [visit for week in weeks for visit in _week(week, chance, visitors)]


def _week(week: Week, chance: random.Random, visitors: int) -> list[Visit]:
    starts = [
        local_moment(chance.choice(week.days), time(chance.randrange(23), chance.randrange(60)), STOCKHOLM)
        for _ in range(143)
    ]
    starts += [local_moment(day, time(12), STOCKHOLM) for day in week.days]
    starts += [
        local_moment(week.first_day, time(0), STOCKHOLM),
        local_moment(week.last_day, time(23, 40), STOCKHOLM),
    ]
    return [_visit(start, f"visitor-{chance.randrange(visitors)}", chance) for start in starts]


def _visit(start: datetime, visitor: str, chance: random.Random) -> Visit:
    paths = chance.choices(PATHS, k=chance.randint(1, 4))
    return Visit(
        visitor, tuple((start + timedelta(minutes=n), f"{HOME}{path}") for n, path in enumerate(paths))
    )


def plugin_of(url: str) -> str:
    """By the first segment of the path; empty for the bare ``/``."""
    return urlsplit(url).path.strip("/").split("/")[0].lower()


def within(week: Week, zone: ZoneInfo = STOCKHOLM) -> Callable[[datetime], bool]:
    return lambda moment: moment.astimezone(zone).date() in week.days


def count(visits: Sequence[Visit], week: Week, plugins: Collection[str] | None = None) -> tuple[int, int]:
    """Views and distinct visitors of the plugins in the week; of the whole portal if none are named."""
    is_in = within(week)
    seen = [
        visit.visitor
        for visit in visits
        for moment, url in visit.views
        if is_in(moment) and (plugins is None or plugin_of(url) in plugins)
    ]
    return len(seen), len(set(seen))


def request(*weeks: Week, **changes: object) -> PullRequest:
    values: dict[str, object] = {
        "weeks": weeks,
        "timezone": STOCKHOLM,
        "as_of": datetime.combine(max(weeks).plus(2).first_day, time(8), tzinfo=UTC),
        "teams": TEAMS,
    }
    return PullRequest(**{**values, **changes})  # type: ignore[arg-type]
