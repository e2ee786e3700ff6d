"""Series that broke: changed ids, moved views, lost or multiplied users; and what is none of these."""

from dataclasses import replace
from math import exp
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import W46, snapshot
from plugin_digest.diff.breaks import find_breaks, usable_weeks
from plugin_digest.diff.ids import are_alike
from plugin_digest.diff.series import Series
from plugin_digest.model import Absent, Break, BreakKind, Status, Usage, Week, last_weeks

WEEKS = 13
OTHERS = {f"other-{n}": 120 + 60 * n for n in range(8)}


def noisy(random, mean, sd=0.08):
    return round(mean * exp(random.gauss(0, sd)))


def ordinary(weeks=WEEKS, seed=1, **levels):
    """Views by plugin and week: some ordinary plugins, and those named with their level."""
    random = Random(seed)
    return {
        plugin: [noisy(random, level) for _ in range(weeks)] for plugin, level in {**OTHERS, **levels}.items()
    }


def series(views, users=None, portal_users=None, first_seen=None, **changes):
    """The week 46 at the end of the rows; a plugin has a user for every four views unless told."""
    length = max(map(len, views.values()))
    weeks = last_weeks(W46, length)
    snapshots = {}
    for n, week in enumerate(weeks):
        figures = {
            plugin: (row[n], (users or {}).get(plugin, [count // 4 for count in row])[n])
            for plugin, row in views.items()
            if row[n]
        }
        total = sum(count for count, _ in figures.values())
        portal = Usage(total, (portal_users or [total // 8] * length)[n] if portal_users or total else 0)
        snapshots[week] = snapshot(week, figures, portal=portal, **changes.get(str(week), {}))
    seen: dict[str, Week] = {}
    for week in weeks:
        for plugin in snapshots[week].plugins:
            seen.setdefault(plugin, week)
    return Series(W46, snapshots, {**seen, **(first_seen or {})})


def at(age):
    """Where a break stands that is so many weeks old: 0 is the newest week."""
    return WEEKS - 1 - age


def renamed(old, new, age, level=80, new_level=None):
    rows = ordinary(**{old: level, new: new_level or level})
    rows[old][at(age) :] = [0] * (age + 1)
    rows[new][: at(age)] = [0] * at(age)
    return rows


def moved(names, to, age, part=0.7, levels=None):
    """Of each of ``names`` a part of the views goes to ``to``, from a week on."""
    rows = ordinary(**{**dict.fromkeys(names, 300), to: 700, **(levels or {})})
    for n in range(at(age), WEEKS):
        for name in names:
            gone = round(part * rows[name][n])
            rows[name][n] -= gone
            rows[to][n] += gone
    return rows


def test_an_ordinary_portal_has_no_break():
    """Weeks that only scatter are of one kind."""
    assert find_breaks(series(ordinary())) == {}


@pytest.mark.parametrize("age", [0, 1, 4, 10, 11])
def test_a_plugin_whose_id_changed_is_told_with_its_twin(age):
    """Not -100 % here and "new" there; the same from the first week until it leaves the history."""
    week = W46.plus(-age)
    assert find_breaks(series(renamed("cicd", "azure-devops", age))) == {
        "cicd": Break("cicd", BreakKind.ID_CHANGED, week, "azure-devops"),
        "azure-devops": Break("azure-devops", BreakKind.ID_CHANGED, week, "cicd", gained=True),
    }


def test_a_break_that_is_older_than_the_history_is_gone():
    """After twelve weeks the figures are of one kind again."""
    assert find_breaks(series(renamed("cicd", "azure-devops", 12))) == {}


def test_an_id_that_changed_on_a_wednesday_broke_in_that_week():
    """Half a week under each id, then nothing under the old one: the same week, then and later."""
    rows = ordinary(cicd=500, pipelines=500)
    rows["cicd"] = [*rows["cicd"][:10], 210, 0, 3]
    rows["pipelines"] = [*[0] * 10, 290, *rows["pipelines"][11:]]
    found = find_breaks(series(rows))
    assert {(b.kind, str(b.week)) for b in found.values()} == {(BreakKind.ID_CHANGED, "2026-W44")}
    in_that_week = series({plugin: row[:11] for plugin, row in rows.items()})
    assert {(p, b.twin, str(b.week)) for p, b in find_breaks(in_that_week).items()} == {
        ("cicd", "pipelines", "2026-W46"),
        ("pipelines", "cicd", "2026-W46"),
    }


def test_a_plugin_that_ends_as_an_unlike_one_begins_is_no_twin():
    """One was taken out, another of three times its size came in: that is news, and told as such."""
    assert find_breaks(series(renamed("old-wiki", "chat", 2, level=60, new_level=200))) == {}


def test_ids_that_look_alike_need_not_be_at_the_same_level():
    """The likeness of the names is evidence of its own."""
    found = find_breaks(series(renamed("azuredevops", "azure-devops", 2, level=60, new_level=130)))
    assert found["azuredevops"].twin == "azure-devops"


def test_of_two_candidates_the_one_of_like_name_is_the_twin():
    """Even if the other one's level is nearer."""
    rows = renamed("flux", "weaveworks-flux", 2, new_level=100)
    rows["chat"] = [0 if count == 0 else 80 for count in rows["weaveworks-flux"]]
    found = find_breaks(series(rows))
    assert (found["flux"].twin, found["weaveworks-flux"].twin, "chat" in found) == (
        "weaveworks-flux",
        "flux",
        False,
    )


def test_a_plugin_that_was_seen_before_did_not_just_begin():
    """Views of half a year ago say that the id is an old one: the views moved, the id did not change."""
    rows = renamed("cicd", "azure-devops", 2)
    found = find_breaks(series(rows, first_seen={"azure-devops": W46.plus(-30)}))
    assert {one.kind for one in found.values()} == {BreakKind.MOVED}


def test_a_plugin_of_a_few_views_is_not_gone_after_a_week():
    """Six views, then none: that happens."""
    assert find_breaks(series(renamed("cicd", "azure-devops", 0, level=6))) == {}


@pytest.mark.parametrize("age", [0, 3, 9])
def test_views_that_moved_to_another_plugin_are_told(age):
    """A Backstage upgrade books an entity tab's views on `catalog` (backstage/backstage#34770)."""
    week = W46.plus(-age)
    assert find_breaks(series(moved(["tech-radar"], "catalog", age, levels={"catalog": 350}))) == {
        "tech-radar": Break("tech-radar", BreakKind.MOVED, week, "catalog"),
        "catalog": Break("catalog", BreakKind.MOVED, week, "tech-radar", gained=True),
    }


def test_many_tabs_may_lose_to_one_plugin_at_once():
    """What `catalog` gained is the sum of what the tabs lost; its twin is the largest of them."""
    rows = moved(["a-tab", "b-tab", "c-tab"], "catalog", 2, levels={"b-tab": 500})
    found = find_breaks(series(rows))
    assert {plugin: (b.kind, b.twin, b.gained) for plugin, b in found.items()} == {
        "a-tab": (BreakKind.MOVED, "catalog", False),
        "b-tab": (BreakKind.MOVED, "catalog", False),
        "c-tab": (BreakKind.MOVED, "catalog", False),
        "catalog": (BreakKind.MOVED, "b-tab", True),
    }


def test_tabs_that_move_into_a_far_larger_plugin_are_told_in_their_first_week():
    """Nobody would see the rise of `catalog` alone; that three tabs fall at once is what tells."""
    rows = moved(["a-tab", "b-tab", "c-tab"], "catalog", 0, levels={"catalog": 6000})
    found = find_breaks(series(rows))
    assert {plugin: b.twin for plugin, b in found.items() if not b.gained} == dict.fromkeys(
        ("a-tab", "b-tab", "c-tab"), "catalog"
    )


@pytest.mark.parametrize("part", [0.7, 1.0])
def test_views_may_move_to_no_plugin_at_all(part):
    """Routes whose plugin is not found are booked on `root` (backstage/backstage#17998)."""
    rows = moved(["tech-radar"], "nobody", 0, part=part, levels={"nobody": 400})
    nobodys = rows.pop("nobody")
    whole = series(rows)
    snapshots = {
        week: replace(
            one,
            unattributed=Usage(count, count // 4),
            portal=Usage(one.portal.views + count, one.portal.users),
        )
        for (week, one), count in zip(sorted(whole.snapshots.items()), nobodys, strict=True)
    }
    found = find_breaks(replace(whole, snapshots=snapshots))
    assert found == {"tech-radar": Break("tech-radar", BreakKind.MOVED, W46, "")}


def test_several_plugins_that_lose_for_real_have_not_moved():
    """Three fall to a third in one week, and nobody has their views."""
    rows = ordinary(catalog=2000, wiki=300, chat=400, docs=350)
    for name in ("wiki", "chat", "docs"):
        rows[name][-1] //= 3
    assert find_breaks(series(rows)) == {}


def test_views_may_move_back_to_many():
    """The repair of such an upgrade breaks the series once more, the other way round."""
    rows = moved(["a-tab", "b-tab"], "catalog", 2)
    back = {plugin: row[::-1] for plugin, row in rows.items()}
    found = find_breaks(series(back))
    assert {plugin: (b.twin, b.gained) for plugin, b in found.items()} == {
        "a-tab": ("catalog", True),
        "b-tab": ("catalog", True),
        "catalog": (found["catalog"].twin, False),
    }
    assert found["catalog"].twin in {"a-tab", "b-tab"}


def test_a_plugin_that_won_did_not_take_it_from_all_others():
    """A campaign triples one plugin; the others only look smaller beside it."""
    rows = ordinary(catalog=900)
    rows["catalog"][at(1) :] = [2700, 2650]
    assert find_breaks(series(rows)) == {}


def test_a_rise_that_is_no_match_for_a_fall_is_no_move():
    """One lost 200 and another won 600: two stories."""
    rows = ordinary(wiki=300, chat=300)
    rows["wiki"][at(1) :] = [100, 95]
    rows["chat"][at(1) :] = [900, 910]
    assert find_breaks(series(rows)) == {}


def test_a_slow_drift_is_no_break():
    """People who go over from one plugin to another take weeks; that is not how it is measured."""
    rows = ordinary()
    rows["old"] = [600 - 40 * n for n in range(WEEKS)]
    rows["new"] = [100 + 40 * n for n in range(WEEKS)]
    assert find_breaks(series(rows)) == {}


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(0.1, 2.0), min_size=WEEKS, max_size=WEEKS))
def test_what_befalls_the_whole_portal_breaks_no_series(factors):
    """Holidays, outages and campaigns, whatever their size and order."""
    rows = {
        plugin: [round(count * factor) for count, factor in zip(row, factors, strict=True)]
        for plugin, row in ordinary().items()
    }
    assert find_breaks(series(rows)) == {}


@pytest.mark.parametrize("age", [0, 5])
def test_users_that_vanish_while_views_stay_are_told(age):
    """No users in a plugin that is viewed as ever is a fault of tracking."""
    rows = ordinary(jenkins=200)
    users = {"jenkins": [50] * at(age) + [0] * (age + 1)}
    assert find_breaks(series(rows, users)) == {
        "jenkins": Break("jenkins", BreakKind.USERS_LOST, W46.plus(-age))
    }


def test_views_of_nobody_are_a_fault_of_measuring_at_any_size():
    """Twenty-five views cannot come from nobody, however few users there were before."""
    users = {"tech-radar": [8] * (WEEKS - 1) + [0]}
    found = find_breaks(series(ordinary(**{"tech-radar": 25}), users))
    assert found == {"tech-radar": Break("tech-radar", BreakKind.USERS_LOST, W46)}


def test_users_that_vanish_with_the_views_are_news():
    """A plugin that nobody uses any more has no broken series."""
    rows = ordinary(jenkins=200)
    rows["jenkins"][at(1) :] = [0, 0]
    assert find_breaks(series(rows)) == {}


@pytest.mark.parametrize(("before", "now"), [(25, 110), (110, 25)])
def test_users_that_jump_out_of_proportion_are_told(before, now):
    """Spotify Insights: a changed user subject inflates active users, and views do not move."""
    rows = ordinary(jenkins=200)
    users = {"jenkins": [before] * at(2) + [now] * 3}
    assert find_breaks(series(rows, users)) == {
        "jenkins": Break("jenkins", BreakKind.USERS_JUMPED, W46.plus(-2))
    }


def test_a_rise_of_views_alone_is_no_jump_of_users():
    """Five times the views of as many users is a plugin's own story."""
    rows = ordinary(jenkins=200)
    rows["jenkins"][at(1) :] = [1000, 1050]
    assert find_breaks(series(rows, {"jenkins": [50] * WEEKS})) == {}


def test_a_changed_identity_breaks_every_plugin():
    """Where the portal's users jumped, the small plugins' did too; one that was not touched is left out."""
    rows = ordinary(tiny=12, own=200)
    users = {p: [c // 8 for c in row[: at(1)]] + [c // 2 for c in row[at(1) :]] for p, row in rows.items()}
    users["own"] = [50] * WEEKS
    portal = [200] * at(1) + [800] * 2
    found = find_breaks(series(rows, users, portal))
    assert {b.kind for b in found.values()} == {BreakKind.USERS_JUMPED}
    assert {str(b.week) for b in found.values()} == {"2026-W45"}
    assert set(found) == set(rows) - {"own"}


def test_users_that_are_not_available_are_not_lost():
    """A source that stops telling users says so; that is no figure (matomo-org/matomo#20463)."""
    rows = ordinary(jenkins=200)
    gone = {"jenkins": [50] * at(1) + [Absent.NOT_AVAILABLE] * 2}
    assert find_breaks(series(rows, gone)) == {}


def test_weeks_that_were_not_read_whole_are_skipped():
    """Two days of seven look like a fall, and are none."""
    rows = moved(["a-tab"], "catalog", 0)
    assert find_breaks(series(rows, **{str(W46): {"status": Status.INCOMPLETE}})) == {}
    renamed_long_ago = series(
        renamed("cicd", "azure-devops", 3), **{str(W46.plus(-1)): {"status": Status.INCOMPLETE}}
    )
    assert find_breaks(renamed_long_ago)["cicd"].week == W46.plus(-3)


def test_weeks_of_another_source_are_not_looked_at():
    """Two sources count differently: that is known, and no suspicion."""
    rows = renamed("cicd", "azure-devops", 2)
    other = {str(W46.plus(-n)): {"source": "ga4_csv"} for n in range(3, WEEKS)}
    assert find_breaks(series(rows, **other)) == {}


def test_three_weeks_are_too_few_to_tell():
    """A series must have been steady before it can break."""
    rows = {plugin: row[-3:] for plugin, row in renamed("cicd", "azure-devops", 0).items()}
    assert find_breaks(series(rows)) == {}


def test_of_two_breaks_the_newest_counts():
    """Figures are of one kind from the last break on."""
    rows = moved(["tech-radar"], "catalog", 8)
    users = {"tech-radar": [count // 4 for count in rows["tech-radar"][: at(1)]] + [0, 0]}
    found = find_breaks(series(rows, users))
    assert (found["tech-radar"].kind, found["catalog"].kind) == (BreakKind.USERS_LOST, BreakKind.MOVED)


def test_chance_hardly_ever_breaks_a_series():
    """Forty plugins of any size, with the seasons of the portal: at most one plugin-week in two hundred."""
    flagged = weeks = 0
    for seed in range(3):
        rows, users = portal(Random(seed), plugins=40, weeks=26)
        for end in range(WEEKS, 27):
            part = {plugin: row[end - WEEKS : end] for plugin, row in rows.items()}
            theirs = {plugin: row[end - WEEKS : end] for plugin, row in users.items()}
            flagged += len(find_breaks(series(part, theirs)))
            weeks += len(rows)
    assert flagged <= weeks / 200


def portal(random, plugins, weeks):
    """Views and users of independent plugins: people open many pages, interest swings, weeks are short."""
    season = [random.choices([1.0, 0.8, 0.3], [8, 2, 1])[0] * exp(random.gauss(0, 0.1)) for _ in range(weeks)]
    rows, users = {}, {}
    for n in range(plugins):
        people = 3 * 1.15**n
        rows[f"p{n}"], users[f"p{n}"] = [], []
        for share in season:
            mean = people * share * exp(random.gauss(0, 0.1))
            present = max(round(random.gauss(mean, mean**0.5)), 0)
            users[f"p{n}"].append(present)
            rows[f"p{n}"].append(sum(1 + int(random.expovariate(0.3)) for _ in range(present)))
    return rows, users


def test_a_restless_portal_breaks_no_series():
    """At the start of a season everything moves, each in its own way, by half or to the double."""
    random = Random(5)
    rows = ordinary(seed=2)
    for row in rows.values():
        factor = exp(random.gauss(0, 0.7))
        row[at(3) :] = [round(count * factor) for count in row[at(3) :]]
    assert find_breaks(series(rows)) == {}


def test_weeks_before_a_break_are_not_held_against_those_after_it():
    """Neither figure across a changed id; across a break of users, views still are."""
    weeks = last_weeks(W46, 5)
    by_id = Break("cicd", BreakKind.ID_CHANGED, W46.plus(-1), "azure-devops")
    by_users = Break("jenkins", BreakKind.USERS_LOST, W46.plus(-1))
    assert usable_weeks(by_id, weeks, "views") == usable_weeks(by_id, weeks, "users") == weeks[-2:]
    assert usable_weeks(by_users, weeks, "views") == weeks
    assert usable_weeks(by_users, weeks, "users") == weeks[-2:]
    assert usable_weeks(None, weeks, "views") == weeks


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("azuredevops", "azure-devops", True),
        ("flux", "weaveworks-flux", True),
        ("backstage-plugin-jenkins", "jenkins", True),
        ("cloud-cost", "cost-cloud", True),
        ("tech_radar", "tech-radar", True),
        ("jenkins", "jira", False),
        ("ci", "gitlab-ci", False),
        ("catalog", "cost", False),
        ("-", "jenkins", False),
    ],
)
def test_ids_of_one_name_look_alike(one, other, expected):
    """Spellings of one name are, two names are not, in either order."""
    assert are_alike(one, other) is are_alike(other, one) is expected


def test_the_twin_is_spelled_as_people_write_it():
    """It goes into an alias, and may be another team's plugin."""
    whole = replace(series(renamed("old-id", "oldid-new", 1)), spellings={"oldid-new": "oldId-new"})
    found = find_breaks(whole)
    assert (found["old-id"].twin, found["old-id"].twin_name) == ("oldid-new", "oldId-new")
    assert found["oldid-new"].twin_name == ""
