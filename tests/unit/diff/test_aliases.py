"""Snapshots under aliases that were not known when they were read."""

from factories import AS_OF, W46, snapshot
from plugin_digest.diff import (
    aliases_of_stored,
    first_weeks,
    period_under_aliases,
    renamed_in,
    under_aliases,
    without_new_users,
)
from plugin_digest.model import Absent, Page, Period, PeriodUsage, Search, Status, TeamUsage, Usage

ALIASES = {"azuredevops": "azure-devops", "old": "new"}


def test_an_id_of_before_is_counted_as_the_one_of_now():
    """A plugin that changed its id keeps its history: figures, pages, searches and its team's set."""
    before = snapshot(
        plugins={"azuredevops": (40, 9), "jenkins": (5, 2)},
        pages={"azuredevops": (Page("/azure", 30, 8),)},
        searches={"azuredevops": (Search("pipelines", 3),)},
        teams={"cloud": TeamUsage(frozenset({"azuredevops"}), Usage(40, 9))},
    )
    now = under_aliases(before, ALIASES)
    assert now.plugins == {"azure-devops": Usage(40, 9), "jenkins": Usage(5, 2)}
    assert now.pages == {"azure-devops": (Page("/azure", 30, 8),)}
    assert now.searches == {"azure-devops": (Search("pipelines", 3),)}
    assert now.teams["cloud"].plugins == {"azure-devops"}
    assert now.portal == before.portal


def test_views_of_two_ids_add_up_and_users_do_not():
    """In a week in which both ids were in use the source was not asked how many people used both."""
    both = under_aliases(snapshot(plugins={"old": (30, 9), "new": (12, 4)}, pages={}), ALIASES)
    assert both.plugins == {"new": Usage(42, Absent.NO_DATA)}


def test_users_of_the_only_id_in_use_stay():
    """An id without views has no users to be distinct from."""
    assert under_aliases(snapshot(plugins={"old": (0, 0), "new": (12, 4)}), ALIASES).plugins["new"].users == 4
    assert under_aliases(snapshot(plugins={"old": (30, 9), "new": (0, 0)}), ALIASES).plugins["new"].users == 9


def test_views_that_are_not_known_stay_so():
    """A sum with a gap is a gap."""
    gap = under_aliases(snapshot(plugins={"old": (Absent.NO_DATA, Absent.NO_DATA), "new": (12, 4)}), ALIASES)
    assert gap.plugins["new"] == Usage(Absent.NO_DATA, Absent.NO_DATA)


def test_pages_of_both_ids_come_most_viewed_first():
    """As if they had been read as one plugin's."""
    pages = {"new": (Page("/b", 7, 1), Page("/c", 1, 1)), "old": (Page("/a", 9, 1),)}
    found = under_aliases(snapshot(plugins={"old": (9, 1), "new": (8, 1)}, pages=pages), ALIASES)
    assert [page.path for page in found.pages["new"]] == ["/a", "/b", "/c"]


def test_a_snapshot_without_aliases_is_left_alone():
    """The usual case costs nothing."""
    one = snapshot()
    assert under_aliases(one, ALIASES) is one


def test_what_is_stored_under_a_former_alias_goes_with_its_plugin():
    """An alias that is turned to another id, or ended, moves no plugin."""
    former = [{"azuredevops": "azure-devops", "old": "new"}]
    now = aliases_of_stored({"azuredevops": "ado"}, former, {"ado", "old"})
    assert now == {"azuredevops": "ado", "azure-devops": "ado", "new": "old"}


def test_an_id_that_is_owned_stays_what_it_is():
    """The former target may be a plugin of its own."""
    former = [{"azuredevops": "azure-devops"}]
    now = {"azuredevops": "ado"}
    assert aliases_of_stored(now, former, {"ado", "azure-devops"}) == now
    assert aliases_of_stored({}, former, {"jenkins"}) == {}


def test_who_is_new_is_not_known_where_the_id_was_another_before():
    """Everybody is new under an id of this week; the truth is in no figure."""
    before = [snapshot(W46.plus(-1), {"old": (40, 9)}), snapshot(W46.plus(-2), {"jenkins": (5, 2)})]
    now = snapshot(
        W46,
        plugins={"new": (41, 10, 10), "jenkins": (5, 2, 1)},
        teams={"cloud": TeamUsage(frozenset({"new", "jenkins"}), Usage(46, 11, 10))},
    )
    assert renamed_in([*before, now], ALIASES) == {"new"}
    known = without_new_users(now, renamed_in([*before, now], ALIASES))
    assert known.plugins == {"new": Usage(41, 10), "jenkins": Usage(5, 2, 1)}
    assert known.teams["cloud"].usage == Usage(46, 11)


def test_a_plugin_was_first_seen_under_whatever_id():
    """A renamed plugin is not new."""
    seen = {"old": W46.plus(-9), "new": W46, "jenkins": W46.plus(-3)}
    assert first_weeks(seen, ALIASES) == {"new": W46.plus(-9), "jenkins": W46.plus(-3)}


def test_a_teams_figures_without_a_plugin_that_an_alias_brings_are_not_its():
    """Asked for without the old id, they would make a renamed plugin a jump of the whole team."""
    before = snapshot(
        plugins={"old": (40, 9), "jenkins": (5, 2)},
        teams={"ci": TeamUsage(frozenset({"new", "jenkins"}), Usage(5, 2))},
        pages={},
    )
    assert under_aliases(before, ALIASES).teams == {}


def test_a_period_goes_by_its_aliases_too():
    """Four weeks under the old id are the new one's."""
    period = PeriodUsage(
        Period(W46.plus(-3), W46), "events", "UTC", AS_OF, Status.FINAL, Usage(50, 12),
        {"old": Usage(40, 9), "jenkins": Usage(5, 2)},
        {
            "ci": TeamUsage(frozenset({"old"}), Usage(40, 9)),
            "web": TeamUsage(frozenset({"new"}), Usage(0, 0)),
        },
    )  # fmt: skip
    found = period_under_aliases(period, ALIASES)
    assert found.plugins == {"new": Usage(40, 9), "jenkins": Usage(5, 2)}
    assert found.teams == {"ci": TeamUsage(frozenset({"new"}), Usage(40, 9))}
    assert period_under_aliases(found, ALIASES) is found
