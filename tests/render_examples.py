"""Digests to render: a made-up portal's twelve weeks, put together as the weekly run does it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

from factories import AS_OF, W46, snapshot, team
from plugin_digest.diff import PrivacyLimits, Series, find_breaks, portal_digest, suppress, team_digest
from plugin_digest.model import (
    Absent,
    Annotation,
    Indicator,
    IndicatorChange,
    Letter,
    MailStatistics,
    Move,
    Note,
    NoteKind,
    Ownership,
    Page,
    PluginChange,
    PortalDigest,
    Restatement,
    Scope,
    Snapshot,
    Status,
    Team,
    TeamDigest,
    TeamUsage,
    Usage,
    Week,
    last_weeks,
)
from plugin_digest.render import Renderer
from plugin_digest.render.branding import make_brand
from plugin_digest.render.letterhead import Letterhead
from plugin_digest.render.words.language import load_language
from plugin_digest.resources import templates_dir

PORTAL_URL = "https://backstage.acme.example"
ONBOARDING = Indicator("onboarding", "Days from first day to first deploy", "days", 1)
COMPONENTS = Indicator("components", "Components that use it", "components")
RESTORE = Indicator("restore", "Time to restore", "hours", 1)


def letterhead(language: str = "en", **brand: Any) -> Letterhead:
    """The made-up portal's; ``brand`` as `make_brand` takes it."""
    made, logo = make_brand(**{"name": "Acme Developer Portal", "url": PORTAL_URL, **brand})
    return Letterhead(
        made,
        load_language(language),
        contact="portal-team@acme.example",
        logo=logo,
        link_base=PORTAL_URL,
        docs=f"{PORTAL_URL}/docs/default/system/digest",
        stop="mailto:portal-team@acme.example?subject=stop",
    )


TEMPLATES = (templates_dir(),)
SENDER: Mapping[str, Letterhead] = {"letterhead": letterhead()}

VIEWS: Mapping[str, Sequence[int]] = {
    "jenkins": (980, 1010, 1100, 1060, 1190, 1220, 1150, 1090, 1130, 1180, 1160, 1520),
    "github-actions": (610, 640, 600, 655, 630, 700, 690, 640, 660, 671, 668, 671),
    "argo-cd": (300, 310, 280, 305, 330, 290, 300, 310, 320, 315, 330, 301),
    "flux": (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 14),
    "sonarqube": (40, 35, 44, 50, 38, 41, 39, 47, 40, 44, 42, 0),
    "tekton": (9, 4, 7, 3, 5, 2, 0, 1, 0, 0, 0, 0),
}
SPELLINGS = {
    "jenkins": "Jenkins",
    "github-actions": "GitHub Actions",
    "argo-cd": "Argo CD",
    "flux": "Flux",
    "sonarqube": "SonarQube",
    "tekton": "Tekton",
}
CI = team("ci-platform", name="CI Platform", plugins=frozenset(VIEWS), origin="teams.yaml")


def snapshots(
    views: Mapping[str, Sequence[Any]] = VIEWS,
    week: Week = W46,
    teams: Sequence[Team] = (CI,),
    *,
    users: bool = True,
) -> dict[Week, Snapshot]:
    """One whole snapshot for each week of ``views``; about every third or fourth view is a new user."""
    length = len(next(iter(views.values())))
    return {
        each: _week(each, {plugin: series[n] for plugin, series in views.items()}, teams, users=users)
        for n, each in enumerate(last_weeks(week, length))
    }


def _week(week: Week, views: Mapping[str, Any], teams: Sequence[Team], *, users: bool) -> Snapshot:
    def people(count: Any, per: int = 4) -> Any:
        return -(-count // per) if users and isinstance(count, int) else Absent.NOT_AVAILABLE

    def together(plugins: frozenset[str], per: int) -> Usage:
        total = sum(count for plugin, count in views.items() if plugin in plugins and isinstance(count, int))
        return Usage(total, people(total, per))

    every = together(frozenset(views), 7)
    assert isinstance(every.views, int)
    return snapshot(
        week,
        {plugin: (count, people(count)) for plugin, count in views.items()},
        portal=Usage(every.views + 210, every.users),
        unattributed=Usage(210, people(210)),
        teams={each.key: TeamUsage(each.plugins, together(each.plugins, 6)) for each in teams},
        pages={
            "jenkins": (
                Page("/catalog/default/component/checkout/ci-cd", 402, people(402)),
                Page("/ci-cd", 118, people(118)),
            ),
            "github-actions": (Page("/github-actions/runs", 96, people(96)),),
        },
        as_of=AS_OF,
        notes=(),
        revision=1,
    )


def first_seen(weeks: Mapping[Week, Snapshot]) -> dict[str, Week]:
    seen: dict[str, Week] = {}
    for week in sorted(weeks):
        for plugin, usage in weeks[week].plugins.items():
            if usage.views != 0:
                seen.setdefault(plugin, week)
    return seen


def series(weeks: Mapping[Week, Snapshot]) -> Series:
    return Series(max(weeks), weeks, first_seen(weeks), SPELLINGS)


def ordinary(**changes: Any) -> TeamDigest:
    """A week in which one plugin grew, one is new, one went silent and three did little."""
    return replace(team_digest(series(snapshots()), CI), **changes)


def incomplete() -> TeamDigest:
    """The real week of 12 December 2021: five days of seven, weeks from Sunday to Saturday."""
    week = Week(date(2021, 12, 12))
    weeks = snapshots(week=week, users=False)
    missing = tuple(week.first_day + timedelta(days=n) for n in (5, 6))
    note = Note(NoteKind.MISSING_DAYS, "no data for 2 days")
    weeks[week] = replace(weeks[week], status=Status.INCOMPLETE, missing_days=missing, notes=(note,))
    return team_digest(series(weeks), CI)


def without_users() -> TeamDigest:
    """A source that tells views only."""
    weeks = snapshots(users=False)
    note = Note(NoteKind.NOT_AVAILABLE, "the export has no column of users")
    weeks[W46] = replace(weeks[W46], source="ga4_csv", notes=(note,))
    weeks[W46.plus(-1)] = replace(weeks[W46.plus(-1)], source="ga4_csv")
    return team_digest(series(weeks), CI)


def of_series(
    views: Mapping[str, Sequence[Any]], spellings: Mapping[str, str] | None = None, **about: Any
) -> TeamDigest:
    """One team that owns all of ``views``."""
    owner = replace(CI, plugins=frozenset(views), **about)
    weeks = snapshots(views, teams=(owner,))
    return team_digest(Series(W46, weeks, first_seen(weeks), spellings or {}), owner)


def many(
    count: int, name: str = "plugin-{n}-with-a-name-that-is-far-too-long-for-any-column-of-a-mail"
) -> TeamDigest:
    """A team of ``count`` plugins with long names."""
    views = {f"p{n}": [100 + n + 7 * week for week in range(12)] for n in range(count)}
    return of_series(views, {f"p{n}": name.format(n=n) for n in range(count)})


def renamed(digest: TeamDigest, name: str) -> TeamDigest:
    """The digest with every name that comes from data replaced."""
    plugins = tuple(replace(plugin, name=name) for plugin in digest.plugins)
    pages = tuple(replace(page, name=name, page=replace(page.page, path=name)) for page in digest.pages)
    return replace(digest, plugins=plugins, pages=pages, team=replace(digest.team, name=name, origin=name))


def portal(**changes: Any) -> PortalDigest:
    """The whole of the ordinary week: two teams, a plugin that nobody owns, a team that nobody reads for."""
    views = {
        **VIEWS,
        "catalog": (4100, 4210, 4050, 4300, 4280, 4410, 4390, 4200, 4380, 4420, 4405, 4512),
        "techdocs": (2010, 1980, 2044, 2100, 2075, 2150, 2090, 2060, 2111, 2150, 2098, 2020),
        "scaffolder": (310, 290, 350, 320, 340, 360, 330, 300, 352, 347, 339, 402),
        "cost-insights": (22, 18, 25, 30, 24, 19, 27, 21, 20, 26, 23, 25),
    }
    core = team("core", name="Developer Experience", plugins=frozenset({"catalog", "techdocs", "scaffolder"}))
    lost = team("lost", name="Lost and Found", recipients=(), plugins=frozenset({"kafka"}))
    idle = team("idle", name="Data Platform", plugins=frozenset())
    ownership = Ownership((CI, core, lost, idle))
    weeks = snapshots(views, teams=(CI, core))
    weeks[W46] = replace(weeks[W46], four_weeks=Usage(38_410, 2_204))
    before = W46.plus(-1)
    weeks[before] = replace(weeks[before], four_weeks=Usage(38_020, 2_161))
    whole = replace(
        series(weeks),
        indicator_changes=(
            IndicatorChange(ONBOARDING, Scope.PORTAL, "", 11.5, W46, None, 12.0, 9.5, 14.0),
            IndicatorChange(COMPONENTS, Scope.PLUGIN, "jenkins", 312, W46, 900, 298, 290, 305),
        ),
        annotations=(Annotation(before, "Backstage 1.46", link=f"{PORTAL_URL}/releases"),),
    )
    digest = portal_digest(
        whole,
        ownership,
        ("portal-team@acme.example",),
        moves=(Move("techdocs", "techdocs", "Docs", "Developer Experience"),),
        head_count=3_100,
        central_teams={"core"},
        mail=MailStatistics(before, sent=41, refused=1, opted_out=3),
    )
    return replace(digest, **changes)


def plugin_of(digest: TeamDigest, plugin: str) -> PluginChange:
    return next(each for each in digest.plugins if each.plugin == plugin)


# The golden set: eleven digests that a reader may find in the post, each with a trouble of its own.


def noted() -> TeamDigest:
    """An ordinary week with what stands beside the figures: a release, an outage, indicators."""
    whole = replace(
        series(snapshots()),
        annotations=(
            Annotation(W46.plus(-4), "Jenkins plugin 2.1 released", "jenkins", link=f"{PORTAL_URL}/releases"),
            Annotation(W46, "single sign-on was down for two hours"),
        ),
        indicator_changes=(
            IndicatorChange(RESTORE, Scope.TEAM, CI.key, 6.5, W46, None, 4.0, 2.0, 5.5),
            IndicatorChange(COMPONENTS, Scope.PLUGIN, "jenkins", 312, W46, 900, 298, 290, 320),
            IndicatorChange(COMPONENTS, Scope.PLUGIN, "argo-cd", 72, W46, 900, 70),
        ),
    )
    return team_digest(whole, CI)


def one_plugin() -> TeamDigest:
    return of_series({"jenkins": VIEWS["jenkins"]}, SPELLINGS)


def sixty() -> TeamDigest:
    """A platform team that owns nearly everything."""
    views = {f"tool-{n}": [20 + 9 * n + (n * 7 + week * 5) % 11 for week in range(12)] for n in range(60)}
    return of_series(views, {f"tool-{n}": f"Golden Path {n + 1}" for n in range(60)})


def all_new() -> TeamDigest:
    return of_series({name: (*[0] * 11, 30 + 9 * n) for n, name in enumerate(("flux", "tekton", "kafka"))},
                     {"flux": "Flux", "tekton": "Tekton", "kafka": "Kafka"})  # fmt: skip


def provisional() -> TeamDigest:
    digest = ordinary()
    return replace(digest, provenance=replace(digest.provenance, status=Status.PROVISIONAL))


def restated() -> TeamDigest:
    changes = (Restatement("", "views", 2340, 2210), Restatement("Jenkins", "views", 1240, 1160))
    return ordinary(edition=2, restated=changes)


def suppressed() -> TeamDigest:
    """As of an installation that tells no count of people, nor of their views, below twenty."""
    limits = PrivacyLimits(pages=20, plugins=20)
    return suppress(team_digest(replace(series(snapshots()), hidden_below=limits.plugins), CI), limits)


def broken_series() -> TeamDigest:
    """An upgrade of the portal: an id changed, and a plugin's entity tabs count for the catalog now."""
    views = {
        "jenkins": (980, 1010, 1100, 1060, 1190, 1220, 1150, 1090, 1130, 1180, 1160, 340),
        "sonarqube": (240, 235, 244, 250, 238, 241, 239, 247, 240, 244, 242, 239),
        "argo-cd": (300, 310, 280, 305, 330, 290, 300, 310, 320, 315, 330, 0),
        "argocd": (*[0] * 11, 322),
        "github-actions": (610, 640, 600, 655, 630, 700, 690, 640, 660, 671, 668, 671),
        "catalog": (2050, 2105, 2025, 2150, 2140, 2205, 2195, 2100, 2190, 2210, 2202, 3030),
        "techdocs": (2010, 1980, 2044, 2100, 2075, 2150, 2090, 2060, 2111, 2150, 2098, 2120),
        "scaffolder": (310, 290, 350, 320, 340, 360, 330, 300, 352, 347, 339, 341),
    }
    owner = replace(CI, plugins=frozenset(views) - {"catalog", "techdocs", "scaffolder"})
    whole = series(snapshots(views, teams=(owner,)))
    return team_digest(replace(whole, breaks=find_breaks(whole)), owner)


def right_to_left() -> TeamDigest:
    return renamed(noted(), "لوحة الموثوقية")


def long_names() -> TeamDigest:
    """One family of plugins, which differ in their last word, and one without a blank to break at."""
    names = [f"Kubernetes Cluster Cost and Capacity Overview for Regulated Workloads, EU {n}" for n in "1234"]
    names += ["KubernetesClusterCostAndCapacityOverviewForRegulatedWorkloads", "Tekton"]
    digest = ordinary()
    spelt = dict(zip(sorted(VIEWS), names, strict=True))
    plugins = tuple(replace(each, name=spelt[each.plugin]) for each in digest.plugins)
    pages = tuple(replace(each, name=spelt[each.plugin]) for each in digest.pages)
    return replace(digest, plugins=plugins, pages=pages)


def gaps() -> TeamDigest:
    """Five days of seven after a week that nobody read and one that was read in part."""
    weeks = snapshots()
    order = sorted(weeks)
    del weeks[order[4]]
    for week, days in ((order[8], (1,)), (W46, (5, 6))):
        missing = tuple(week.first_day + timedelta(days=n) for n in days)
        weeks[week] = replace(weeks[week], status=Status.INCOMPLETE, missing_days=missing)
    return team_digest(series(weeks), CI)


def logo() -> bytes:
    """A dark word on a transparent ground."""
    image = Image.new("RGBA", (320, 80), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 8, 63, 71), 16, fill=(24, 34, 45, 255))
    draw.text((80, 14), "ACME", fill=(24, 34, 45, 255), font_size=48)
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


GOLDEN: Mapping[str, Callable[[], TeamDigest]] = {
    "ordinary": noted,
    "one-plugin": one_plugin,
    "sixty-plugins": sixty,
    "all-new": all_new,
    "provisional": provisional,
    "restated": restated,
    "suppressed": suppressed,
    "broken-series": broken_series,
    "right-to-left": right_to_left,
    "long-names": long_names,
    "gaps": gaps,
}


def _written(digest: Callable[[], TeamDigest]) -> Callable[[Renderer], Letter]:
    return lambda renderer: renderer.team(digest())


GOLDEN_LETTERS = {name: _written(digest) for name, digest in GOLDEN.items()}
"""The golden set as a renderer writes it."""
