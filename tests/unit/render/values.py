"""Digests to word, each figure given: what is usual is not worked out here."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from factories import AS_OF, W46, team
from plugin_digest.diff import compare
from plugin_digest.model import (
    NOT_JUDGED,
    Absent,
    Judgement,
    PluginChange,
    PluginState,
    Point,
    PortalDigest,
    Provenance,
    Status,
    TeamDigest,
    Usage,
    UsualRange,
    Verdict,
    last_weeks,
)
from plugin_digest.render.layout import Brand, Cell, DataTable, Section, View
from plugin_digest.render.letterhead import Letterhead
from plugin_digest.render.words.language import load_language
from plugin_digest.render.words.limits import Limits
from plugin_digest.render.words.portal import portal_view
from plugin_digest.render.words.team import team_view
from plugin_digest.render.words.writer import Writer

BRAND = Brand("Backstage", "https://backstage.acme.example", "#1c5da8", "#8ab8f0")
LIMITS = Limits(cards=8, rows=30, listed=270)
ENGLISH = load_language("en")
WRITER = Writer(ENGLISH)


def letterhead(language: str = "en", **changes: Any) -> Letterhead:
    values: dict[str, Any] = {
        "contact": "portal-team@acme.example",
        "link_base": "https://backstage.acme.example/",
    }
    return Letterhead(BRAND, load_language(language), **{**values, **changes})


def judged(count: Any, usual: tuple[int, int] | None, weeks: int = 12) -> Judgement:
    """A count against a range that is given."""
    if usual is None or isinstance(count, Absent):
        return NOT_JUDGED
    low, high = usual
    verdict = Verdict.ABOVE if count > high else Verdict.BELOW if count < low else Verdict.USUAL
    outside = max(low - count, count - high, 0)
    return Judgement(UsualRange(low, high), verdict, weeks, 2 * outside / max(high - low, 1))


def history(views: Any, users: Any, status: Status = Status.FINAL) -> tuple[Point, ...]:
    weeks = last_weeks(W46)
    points = [Point(week, Usage(100 + n, 20 + n), Status.FINAL) for n, week in enumerate(weeks[:-1])]
    return (*points, Point(W46, Usage(views, users), status))


def plugin(
    name: str = "Jenkins",
    views: tuple[Any, Any] = (110, 105),
    users: tuple[Any, Any] = (31, 30),
    usual: tuple[int, int] | None = (80, 130),
    usual_users: tuple[int, int] | None = (20, 40),
    **changes: Any,
) -> PluginChange:
    """An ordinary week of a plugin; ``views`` and ``users`` are this week's and the last one's."""
    values: dict[str, Any] = {
        "plugin": name.lower().replace(" ", "-"),
        "name": name,
        "state": PluginState.ACTIVE,
        "views": compare(*views),
        "users": compare(*users),
        "first_seen": W46.plus(-30),
        "history": history(views[0], users[0]),
        "attention": 0.5,
        "views_judgement": judged(views[0], usual),
        "users_judgement": judged(users[0], usual_users),
    }
    return PluginChange(**{**values, **changes})


def new(name: str = "Flux", views: int = 14, **changes: Any) -> PluginChange:
    return plugin(name, (views, 0), (4, 0), None, None, **{"state": PluginState.NEW, **changes})


def silent(name: str = "SonarQube", before: int = 42, **changes: Any) -> PluginChange:
    state = {"state": PluginState.SILENT, "attention": before**0.5}
    return plugin(name, (0, before), (0, 11), (20, 60), (4, 20), **{**state, **changes})


def grown(name: str = "Jenkins", **changes: Any) -> PluginChange:
    """523 views where 310 to 420 are usual."""
    return plugin(name, (523, 400), (50, 48), (310, 420), (30, 70), **changes)


PLUGINS = (plugin("Argo CD"), plugin("GitHub Actions"), plugin("Jenkins"))


def provenance(**changes: Any) -> Provenance:
    values: dict[str, Any] = {
        "source": "events",
        "as_of": AS_OF,
        "timezone": "Europe/Stockholm",
        "revision": 1,
        "status": Status.FINAL,
        "missing_days": (),
        "notes": (),
    }
    return Provenance(**{**values, **changes})


def team_digest(
    *plugins: PluginChange,
    views: tuple[Any, Any] = (1234, 1220),
    users: tuple[Any, Any] = (210, 205),
    usual: tuple[int, int] | None = (1100, 1300),
    usual_users: tuple[int, int] | None = (180, 240),
    about: dict[str, Any] | None = None,
    **changes: Any,
) -> TeamDigest:
    """An ordinary week of a team; ``about`` changes the provenance."""
    owned = plugins or PLUGINS
    values: dict[str, Any] = {
        "week": W46,
        "team": team("ci-platform", name="CI Platform", plugins=frozenset(each.plugin for each in owned)),
        "edition": 1,
        "views": compare(*views),
        "users": compare(*users),
        "history": history(views[0], users[0]),
        "plugins": owned,
        "pages": (),
        "provenance": provenance(**(about or {})),
        "views_judgement": judged(views[0], usual),
        "users_judgement": judged(users[0], usual_users),
    }
    return TeamDigest(**{**values, **changes})


def portal_digest(
    *plugins: PluginChange, about: dict[str, Any] | None = None, **changes: Any
) -> PortalDigest:
    """An ordinary week of a portal."""
    seen = plugins or PLUGINS
    values: dict[str, Any] = {
        "week": W46,
        "edition": 1,
        "recipients": ("portal-team@acme.example",),
        "views": compare(9675, 9275),
        "users": compare(1353, 1295),
        "unattributed": compare(210, 205),
        "plugins_in_use": compare(8, 7),
        "history": history(9675, 1353),
        "plugins": seen,
        "new": tuple(each for each in seen if each.state is PluginState.NEW),
        "silent": tuple(each for each in seen if each.state is PluginState.SILENT),
        "orphans": (),
        "owners": {each.plugin: "CI Platform" for each in seen},
        "teams_without_recipients": (),
        "teams_without_plugins": (),
        "team_count": 15,
        "provenance": provenance(**(about or {})),
        "views_judgement": judged(9675, (8000, 11000)),
        "users_judgement": judged(1353, (1100, 1500)),
        "movers": tuple(each for each in seen if each.is_news),
    }
    return PortalDigest(**{**values, **changes})


def incomplete(*days: int) -> dict[str, Any]:
    """The provenance of a week of which these days of November 2026 are missing."""
    return {"status": Status.INCOMPLETE, "missing_days": tuple(date(2026, 11, day) for day in days)}


def as_ratio(percent: int) -> Fraction:
    """The multiple that a change by so many per cent makes."""
    return Fraction(100 + percent, 100)


def view(digest: TeamDigest, limits: Limits = LIMITS, language: str = "en", **changes: Any) -> View:
    return team_view(digest, letterhead(language, **changes), limits)


def portal(digest: PortalDigest, limits: Limits = LIMITS, language: str = "en", **changes: Any) -> View:
    return portal_view(digest, letterhead(language, **changes), limits)


def plain(text: str) -> str:
    """With ordinary blanks, to be compared."""
    return text.replace("\u00a0", " ")


def subject(shown: View) -> str:
    return plain(f"{shown.finding} · {shown.place}")


def part(shown: View, title: str) -> DataTable | Section:
    return next(each for each in shown.parts if each.title == title)


def lines(section: Any) -> list[str]:
    """The texts of a list, or of a table's rows."""
    if section is None:
        return []
    if isinstance(section, Section):
        return [plain(item.text) for item in section.items]
    return [plain(" | ".join([row.name, row.about, *map(figures, row.cells)])) for row in section.rows]


def figures(cell: Cell) -> str:
    return f"{cell.value} {cell.under}".strip()


def day(offset: int) -> date:
    """A day of the reported week, from 0 for Monday."""
    return W46.first_day + timedelta(days=offset)
