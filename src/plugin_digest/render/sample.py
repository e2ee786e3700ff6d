"""Digests of a made-up portal in which everything happens that a letter can tell: to try templates on."""

from dataclasses import replace
from datetime import UTC, date, datetime

from plugin_digest.diff import Series, portal_digest, team_digest
from plugin_digest.model import (
    HISTORY_WEEKS,
    Annotation,
    Break,
    BreakKind,
    Flaw,
    FlawKind,
    Indicator,
    IndicatorChange,
    MailStatistics,
    Move,
    Note,
    NoteKind,
    Ownership,
    Page,
    PortalDigest,
    Restatement,
    Scope,
    Search,
    Snapshot,
    Status,
    Team,
    TeamDigest,
    TeamUsage,
    Usage,
    Week,
    last_weeks,
)

WEEK = Week(date(2026, 11, 9))
_VIEWS = {"jenkins": 900, "flux": 300, "argo-cd": 600, "techdocs": 2000}
_TEAM = Team("sample", "Sample Team", ("sample@example.org",), frozenset(_VIEWS) - {"techdocs"}, "teams.yaml")


def sample_team() -> TeamDigest:
    """One plugin far above what is usual, one measured differently, an ordinary one, and notes."""
    digest = team_digest(_series(), _TEAM, moves=(_move(),), edition=2)
    restated = (Restatement("Jenkins", "views", 880, 890),)
    return replace(digest, restated=restated, portal_views=digest.views)


def sample_portal() -> PortalDigest:
    unread = Team("unread", "Unread Team", (), frozenset({"kafka"}), "teams.yaml")
    idle = Team("idle", "Idle Team", ("idle@example.org",), frozenset(), "teams.yaml")
    flaw = Flaw(FlawKind.DANGLING_OWNER, "group:default/x", "does not exist", "catalog-info.yaml")
    return portal_digest(
        _series(),
        Ownership((_TEAM, unread, idle), flaws=(flaw,)),
        ("portal@example.org",),
        moves=(_move(),),
        head_count=2_000,
        central_teams={"core"},
        mail=MailStatistics(WEEK.plus(-1), 40, 1, 1, 1, 2),
        hold_reason="views fell by half",
    )


def sample_alone() -> TeamDigest:
    """A team of one plugin, whose words stand beside the summary."""
    return team_digest(_series(), replace(_TEAM, key="alone", plugins=frozenset({"jenkins"})))


def _series() -> Series:
    weeks = last_weeks(WEEK, HISTORY_WEEKS)
    shipped = Indicator("deploys", "Deploys", "a day", 1)
    return Series(
        WEEK,
        {week: _snapshot(week, n) for n, week in enumerate(weeks)},
        dict.fromkeys(_VIEWS, weeks[0]),
        {"jenkins": "Jenkins", "flux": "Flux", "argo-cd": "Argo CD"},
        breaks={"flux": Break("flux", BreakKind.USERS_LOST, WEEK)},
        annotations=(
            Annotation(WEEK, "Release 2.1", "jenkins", link="https://example.org/releases"),
            Annotation(WEEK.plus(-2), "Outage of the portal", day=date(2026, 10, 28)),
        ),
        indicator_changes=(
            IndicatorChange(shipped, Scope.TEAM, _TEAM.key, 4.5, WEEK, None, 4.0, 3.5, 5.0),
            IndicatorChange(shipped, Scope.PLUGIN, "jenkins", 312, WEEK, 900, 298, 290, 305),
            IndicatorChange(shipped, Scope.PLUGIN, "argo-cd", 72, WEEK, 900, 70),
            IndicatorChange(shipped, Scope.PORTAL, "", 9.5, WEEK.plus(-1)),
        ),
    )


def _snapshot(week: Week, n: int) -> Snapshot:
    is_last = week == WEEK
    views = {plugin: count + 7 * (n * 5 % 9) for plugin, count in _VIEWS.items()}
    if is_last:
        views["jenkins"] *= 2
    usages = {plugin: Usage(count, count // 4, count // 20) for plugin, count in views.items()}
    every = sum(views.values())
    together = sum(views[plugin] for plugin in _TEAM.plugins)
    return Snapshot(
        week,
        "events",
        "UTC",
        datetime(2026, 11, 16, 8, tzinfo=UTC),
        Status.PROVISIONAL if is_last else Status.FINAL,
        Usage(every + 100, every // 6),
        Usage(100, 50),
        usages,
        {_TEAM.key: TeamUsage(_TEAM.plugins, Usage(together, together // 5))},
        {"jenkins": (Page("/ci", 120, 40),)},
        notes=(Note(NoteKind.OTHER, "the sample is made up"),),
        four_weeks=Usage(4 * every, every // 3),
        searches={"jenkins": (Search("deploy key", 12),)},
        revision=1,
    )


def _move() -> Move:
    return Move("argo-cd", "Argo CD", "Former Team", _TEAM.name)
