"""What a letter says first, and what its subject says."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factories import W46
from plugin_digest.diff import Series, compare, team_digest
from plugin_digest.model import Absent, Change, Status, Week
from plugin_digest.render.findings import (
    findings,
    portal_subject,
    portal_summary,
    team_subject,
    team_summary,
)
from plugin_digest.render.names import clean
from render_examples import (
    CI,
    first_seen,
    incomplete,
    of_series,
    ordinary,
    portal,
    renamed,
    snapshots,
    without_users,
)

PORTAL = "Acme Portal"
FLAT = (100, 102, 99, 101, 100, 98, 103, 100, 101, 99, 100, 101)
SPELLINGS = {"jenkins": "Jenkins"}


def subject(digest, name=PORTAL):
    return " · ".join(team_subject(digest, findings(digest.plugins), name)).replace("\u00a0", " ")


def summary(digest):
    return team_summary(digest, findings(digest.plugins)).replace("\u00a0", " ")


def ending(*last_two, others=0):
    """A team of one plugin whose last two weeks have these views, and some that did not change."""
    views = {"jenkins": (*[last_two[0]] * 10, *last_two), **{f"p{n}": FLAT for n in range(others)}}
    return of_series(views, SPELLINGS)


@pytest.mark.parametrize(
    ("last_two", "others", "line"),
    [
        ((1160, 1520), 2, "Jenkins: 31 % more views · Acme Portal, week 46"),
        ((1520, 1160), 2, "Jenkins: 24 % fewer views · Acme Portal, week 46"),
        ((1000, 1003), 2, "No change to speak of in your 3 plugins · Acme Portal, week 46"),
        ((1000, 1003), 0, "No change to speak of in Jenkins · Acme Portal, week 46"),
        ((42, 0), 2, "Jenkins: no views, 42 before · Acme Portal, week 46"),
        ((0, 14), 2, "Jenkins: new, 14 views · Acme Portal, week 46"),
        ((2, 30), 0, "Jenkins: 28 more views · Acme Portal, week 46"),
        ((3, 0), 1, "No change to speak of in your 2 plugins · Acme Portal, week 46"),
    ],
)
def test_the_subject_carries_the_finding(last_two, others, line):
    """In a phone's list one reads what happened, not that a report has come."""
    assert subject(ending(*last_two, others=others)) == line


def test_several_findings_share_a_subject_as_far_as_it_goes():
    """Two are both named if they fit, more are counted."""
    two = of_series({"jenkins": (*[100] * 11, 200), "argo": (*[90] * 11, 0)}, SPELLINGS)
    assert subject(two, "P") == "argo: no views, 90 before; Jenkins: 100 % more views · P, week 46"
    assert subject(two, "A Portal") == "argo: no views, 90 before; Jenkins: 100 % more views · week 46"
    three = of_series({f"plugin-{n}": (*[100] * 11, 200 + n) for n in range(3)})
    assert subject(three) == "plugin-2: 102 % more views, 2 others changed · Acme Portal, week 46"


def test_weeks_from_sunday_and_incomplete_ones_have_their_own_subject():
    """No ISO number where there is none, and five days are not sold as a week."""
    assert subject(incomplete()) == "2,506 views in five days of seven · Acme Portal, week of 12 December"


def test_a_corrected_edition_says_so_first():
    """A second mail of the same week is told from the first by its subject."""
    assert subject(ordinary(edition=2)).startswith("Corrected: Jenkins: 31 % more views")


@given(st.text(st.characters(), max_size=80), st.text(min_size=1, max_size=60), st.integers(1, 30))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_no_subject_is_longer_than_70_characters_or_than_a_line(name, portal_name, edition):
    """Whatever plugins and portal are called (google/ggrc-core#9154)."""
    for digest in (ordinary(), incomplete()):
        line = subject(renamed(replace(digest, edition=edition), name), clean(portal_name))
        assert len(line) <= 70
        assert "\n" not in line
        assert "\r" not in line


def test_the_summary_is_one_plain_sentence():
    """Figures with their base; what is not unusual is said to be so."""
    assert summary(ordinary()) == (
        "Jenkins had 31 % more views (1,520 after 1,160), SonarQube had no views (42 the week before) and "
        "Flux is new (14 views); nothing unusual in the other 3."
    )
    assert summary(ending(1000, 1003, others=2)) == (
        "No change to speak of in your 3 plugins: 1,205 views by 201 users; 1,200 views the week before."
    )
    assert summary(ending(0, 0)) == "No views of Jenkins, as in the week before."
    assert (
        summary(incomplete())
        == "2,506 views in five days of seven; so this week is not compared with others."
    )
    back = of_series({"jenkins": (*[40] * 10, 0, 60)}, SPELLINGS)
    assert summary(back) == "Jenkins is back (60 views after none)."


def test_more_than_three_findings_are_counted():
    """A letter of ten changes is no sentence of ten parts."""
    ten = of_series({f"p{n}": (*[100] * 11, 200 + n) for n in range(10)})
    assert summary(ten) == (
        "p9 had 109 % more views (209 after 100) and p8 had 108 % more views (208 after 100); "
        "8 more plugins changed as well."
    )


def test_users_can_be_the_finding():
    """The same views by half the people is worth a word."""
    digest = ending(400, 400)
    changed = replace(digest.plugins[0], users=compare(50, 100), attention=4.1)
    assert subject(replace(digest, plugins=(changed,))) == "Jenkins: 50 % fewer users · Acme Portal, week 46"


def test_nothing_known_is_not_nothing_happened():
    """A team whose plugins have no data is told so (PostHog/posthog#72105)."""
    unknown = replace(ordinary(), views=Change(Absent.NO_DATA, 10), users=Change(Absent.NO_DATA, 5))
    assert (
        summary(unknown)
        == "There are no data for your 6 plugins this week, which is not the same as no views."
    )
    assert subject(unknown) == "No data for your 6 plugins · Acme Portal, week 46"


def test_without_a_week_before_there_is_no_finding():
    """The first week ever makes no claims."""
    weeks = {W46: snapshots()[W46]}
    digest = team_digest(Series(W46, weeks, first_seen(weeks)), CI)
    assert summary(digest).startswith("2,506 views by 418 users of your 6 plugins. They are not compared")
    assert subject(digest) == "2,506 views of your 6 plugins · Acme Portal, week 46"


def test_the_portals_subject_and_summary():
    """The portal team reads size, change and what is new or silent."""
    line = " · ".join(portal_subject(portal(), "Acme Developer Portal")).replace("\u00a0", " ")
    assert line == "4 % more views, 1 new, 1 silent · Acme Developer Portal, week 46"
    assert portal_summary(portal()).replace("\u00a0", " ") == (
        "9,675 views by 1,353 users, 8 plugins in use; 4 % more views than the week before."
    )
    partial = replace(portal(), provenance=replace(portal().provenance, status=Status.INCOMPLETE))
    assert portal_summary(partial).endswith(
        "in a week that was not over; so this week is not compared with others."
    )


def test_no_sentence_praises_or_blames():
    """A rise is not good and a fall not bad (matomo-org/matomo#16643)."""
    for digest in (ordinary(), incomplete(), without_users(), ending(1520, 1160)):
        said = (summary(digest) + subject(digest)).lower()
        assert not any(
            word in said for word in ("great", "good", "bad", "congrat", "unfortunately", "only", "!")
        )


def test_a_week_in_another_year_keeps_its_number():
    """Week 53 is week 53 (arp242/goatcounter#680)."""
    weeks = snapshots(week=Week(date(2026, 12, 28)))
    digest = team_digest(Series(max(weeks), weeks, first_seen(weeks), {}), CI)
    assert subject(digest).endswith("week 53")
