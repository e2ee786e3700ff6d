"""Team digests and the portal digest from a series of snapshots."""

from datetime import date

import pytest

from factories import W46, snapshot, team
from plugin_digest.diff import Series, is_empty, portal_digest, team_digest
from plugin_digest.model import (
    Absent,
    Ownership,
    Page,
    PluginState,
    Status,
    TeamUsage,
    Usage,
    Week,
)

W45 = W46.plus(-1)


def series(*snapshots, **changes):
    """The week 46 with what is stored."""
    first_seen: dict[str, Week] = {}
    for one in sorted(snapshots, key=lambda s: s.week):
        for plugin, usage in one.plugins.items():
            if usage.views != 0:
                first_seen.setdefault(plugin, one.week)
    values = {"week": W46, "snapshots": {s.week: s for s in snapshots}, "first_seen": first_seen}
    return Series(**{**values, **changes})


def test_each_week_of_the_history_has_its_own_figure():
    """Figures stand under their own week, oldest first (healthchecks/healthchecks#497, #539, #736)."""
    weeks = [W46.plus(-n) for n in range(14)]
    stored = series(*(snapshot(w, {"jenkins": (100 + n, 10 + n)}) for n, w in enumerate(weeks)))
    digest = team_digest(stored, team())
    expected = [(str(W46.plus(-n)), 100 + n, 10 + n) for n in reversed(range(12))]
    points = digest.plugins[0].history
    assert [(str(p.week), p.usage.views, p.usage.users) for p in points] == expected
    assert (digest.views.current, digest.views.previous) == (100, 101)


def test_what_moved_most_for_its_size_comes_first():
    """Plugins are ordered by what is worth attention, then by size, then by name."""
    before = snapshot(W45, {"big": (10_000, 900), "small": (30, 9), "b": (5, 5), "a": (5, 5)})
    now = snapshot(W46, {"big": (10_050, 900), "small": (90, 20), "b": (5, 5), "a": (5, 5)})
    owner = team(plugins=frozenset({"big", "small", "a", "b"}))
    assert [c.plugin for c in team_digest(series(before, now), owner).plugins] == ["small", "big", "a", "b"]


def test_a_team_is_counted_as_one():
    """The team's users are the distinct ones over its plugins, in both weeks and in the history."""
    plugins = frozenset({"jenkins", "catalog"})
    stored = [
        snapshot(week, teams={"ci": TeamUsage(plugins, Usage(420, users))})
        for week, users in ((W45, 95), (W46, 97))
    ]
    digest = team_digest(series(*stored), team(plugins=plugins))
    assert (digest.users.current, digest.users.previous, digest.users.difference) == (97, 95, 2)
    assert digest.history[-1].usage == Usage(420, 97)


def test_a_team_whose_plugins_changed_is_not_compared_by_users():
    """Users of last week's set are not held against this week's (google/site-kit-wp#2240)."""
    plugins = frozenset({"jenkins", "catalog"})
    before = snapshot(W45, teams={"ci": TeamUsage(frozenset({"jenkins"}), Usage(120, 40))})
    now = snapshot(W46, teams={"ci": TeamUsage(plugins, Usage(420, 97))})
    users = team_digest(series(before, now), team(plugins=plugins)).users
    assert (users.current, users.previous, users.difference) == (97, Absent.NO_DATA, None)


def test_a_team_without_plugins_gets_nothing():
    """No plugins never means all plugins (getsentry/sentry#73594)."""
    with pytest.raises(ValueError, match="owns no plugin"):
        team_digest(series(snapshot()), team(plugins=frozenset()))


def test_an_incomplete_week_is_shown_and_not_compared():
    """Five days of seven keep their figures, without a difference, and say which days are missing."""
    missing = (date(2026, 11, 14), date(2026, 11, 15))
    partial = snapshot(status=Status.INCOMPLETE, missing_days=missing)
    digest = team_digest(series(snapshot(W45), partial), team())
    assert (digest.views.current, digest.views.difference) == (120, None)
    assert digest.plugins[0].state is PluginState.ACTIVE
    assert digest.provenance.missing_days == missing
    assert not is_empty(digest)


def test_the_week_before_may_be_missing():
    """Without a previous week there is no difference, and the digest knows why."""
    provenance = team_digest(series(snapshot()), team()).provenance
    assert not provenance.has_previous
    gap = snapshot(W45, status=Status.INCOMPLETE, missing_days=(date(2026, 11, 8),))
    assert team_digest(series(gap, snapshot()), team()).provenance.previous_missing_days == (
        date(2026, 11, 8),
    )


def test_the_first_stored_week_makes_nothing_new():
    """A plugin is new only if an earlier whole week lacks it."""
    only = team_digest(series(snapshot()), team())
    later = team_digest(series(snapshot(W45, {"catalog": (1, 1)}), snapshot()), team())
    assert only.plugins[0].state is PluginState.ACTIVE
    assert later.plugins[0].state is PluginState.NEW


def test_a_digest_without_any_view_is_empty():
    """Weeks of nothing are nothing to report (matomo-org/matomo#13351, getsentry/sentry#41690)."""
    silent = team(plugins=frozenset({"never"}))
    assert is_empty(team_digest(series(snapshot(W45), snapshot()), silent))
    once = snapshot(W46.plus(-11), {"never": (1, 1)})
    assert not is_empty(team_digest(series(once, snapshot()), silent))


def test_pages_are_the_most_viewed_of_all_the_teams_plugins():
    """Pages of several plugins stand in one order, cut to what was asked for."""
    pages = {"jenkins": (Page("/ci", 80, 30),), "catalog": (Page("/a", 90, 8), Page("/b", 7, 7))}
    owner = team(plugins=frozenset({"jenkins", "catalog"}))
    digest = team_digest(series(snapshot(pages=pages)), owner, pages=2)
    assert [(p.plugin, p.page.path) for p in digest.pages] == [("catalog", "/a"), ("jenkins", "/ci")]
    assert team_digest(series(snapshot(pages=pages)), owner, weeks=4).pages == ()


def test_names_are_written_as_the_owner_writes_them():
    """The canonical id finds the figures, the owner's spelling names them."""
    digest = team_digest(series(snapshot(), spellings={"jenkins": "Jenkins"}), team())
    assert (digest.plugins[0].name, digest.pages[0].name) == ("Jenkins", "Jenkins")


def test_the_portal_digest_holds_the_whole_portal():
    """Totals, all plugins, new and silent ones, orphans, unattributed views, teams without readers."""
    before = snapshot(W45, {"jenkins": (100, 30), "old": (40, 9), "orphan": (3, 2)})
    now = snapshot(W46, {"jenkins": (120, 40), "born": (8, 4), "orphan": (2, 1)})
    teams = (team(), team("web", plugins=frozenset({"old", "born", "never"}), recipients=()),
             team("idle", plugins=frozenset()))  # fmt: skip
    digest = portal_digest(series(before, now), Ownership(teams), ["portal@acme.example"])
    assert (digest.views.current, digest.views.previous) == (137, 150)
    assert [c.plugin for c in digest.plugins] == ["jenkins", "born", "orphan", "never", "old"]
    assert [c.plugin for c in digest.new] == ["born"]
    assert [c.plugin for c in digest.silent] == ["old"]
    assert [c.plugin for c in digest.orphans] == ["orphan"]
    assert (digest.plugins_in_use.current, digest.plugins_in_use.previous) == (3, 3)
    assert (digest.unattributed.current, digest.unattributed.previous) == (7, 7)
    assert [t.key for t in digest.teams_without_recipients] == ["web"]
    assert [t.key for t in digest.teams_without_plugins] == ["idle"]
    assert digest.owners["jenkins"] == "CI"


def test_a_snapshot_against_itself_changes_nothing():
    """The same week twice gives differences of zero everywhere."""
    digest = team_digest(series(snapshot(W45), snapshot()), team())
    assert (digest.views.difference, digest.views.ratio) == (0, 0)
    assert {c.views.difference for c in digest.plugins} == {0}


def test_users_of_four_weeks_are_the_sources():
    """The portal's users of 28 days are held against those of the 28 days a week earlier."""
    now = snapshot(four_weeks=Usage(Absent.NOT_AVAILABLE, 190))
    before = snapshot(W45, four_weeks=Usage(Absent.NOT_AVAILABLE, 180))
    users = portal_digest(series(before, now), Ownership((team(),)), []).four_week_users
    assert (users.current, users.previous, users.difference) == (190, 180, 10)
    assert (
        portal_digest(series(snapshot()), Ownership(()), []).four_week_users.current is Absent.NOT_AVAILABLE
    )


def test_users_of_four_weeks_need_four_whole_weeks():
    """A day that is missing in any of them, also in the reported week, leaves no figure."""
    whole = Usage(Absent.NOT_AVAILABLE, 190)

    def told(*weeks):
        return portal_digest(series(*weeks), Ownership((team(),)), []).four_week_users.current

    torn = {"status": Status.INCOMPLETE, "four_weeks": whole}
    assert told(snapshot(W45, four_weeks=whole), snapshot(**torn)) is Absent.NO_DATA
    assert told(snapshot(W45, **torn), snapshot(four_weeks=whole)) is Absent.NO_DATA
    assert told(snapshot(four_weeks=Usage(Absent.NOT_AVAILABLE, Absent.NO_DATA))) is Absent.NO_DATA


def test_what_comes_from_outside_is_of_what_is_owned():
    """Plugins without an owner come from neither side; keys are compared without case."""
    owners = Ownership((team("core", plugins=frozenset({"catalog"})), team("ci")))
    week = snapshot(plugins={"catalog": (9, 1), "jenkins": (9, 1), "orphan": (9, 1)})

    def outside(*central):
        return portal_digest(series(week), owners, [], central_teams=central).outside_plugins

    assert outside("Core") == (1, 2)
    assert outside("core", "typo") == (1, 2)
    assert outside("typo") is None
    flaws = portal_digest(series(week), owners, [], central_teams=["CORE", "typo"]).flaws
    assert [flaw.sentence for flaw in flaws] == ["typo is no team's key (portal_team.teams)"]
    assert outside() is None


def test_a_plugin_that_is_silent_is_no_orphan_beside():
    """Viewed, but owned by no team: not what had views the week before only."""
    digest = portal_digest(
        series(snapshot(W45, {"gone": (9, 1), "here": (9, 1)}), snapshot(plugins={"here": (9, 1)})),
        Ownership(()),
        [],
    )
    assert [plugin.plugin for plugin in digest.silent] == ["gone"]
    assert [plugin.plugin for plugin in digest.orphans] == ["here"]
