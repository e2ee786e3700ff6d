"""What the letters tell of holds, of other figures, and of what went wrong with them."""

from dataclasses import replace

import pytest

from factories import AS_OF, W46
from plugin_digest.audience import Rules
from plugin_digest.errors import Held
from plugin_digest.model import HoldState, Indicator, IndicatorValue, Scope
from unit.pipeline.weekly_job import CI, DOCS, PORTAL_TEAM, week

SATISFIED = Indicator("nps", "Satisfied", "%")
NOTHING = week(W46, jenkins=0)


def test_a_released_week_says_why_it_was_held(job):
    """In every letter: what looked wrong, and the words of the person who let it go."""
    job.source.known[W46] = NOTHING
    with pytest.raises(Held):
        job.run()
    job.store.holds.decide(W46, HoldState.RELEASED, "everybody was on strike", AS_OF)
    job.choices = replace(job.choices, send_empty=True)
    job.run()
    for recipient in (PORTAL_TEAM, "ci@acme.example"):
        text = job.server.text(recipient)
        assert "This week was held at first (no view of 2026-W46 is attributed to a plugin)" in text
        assert "and then released: everybody was on strike." in text


def test_a_week_of_which_nothing_was_sent_stands_in_the_next_portal_digest(job):
    """The mails of a rejected week are none, for the reason that was given."""
    job.source.known[W46] = NOTHING
    with pytest.raises(Held):
        job.run()
    job.store.holds.decide(W46, HoldState.REJECTED, "the collector was down", AS_OF)
    job.a_week_later()
    job.source.known[W46.plus(1)] = week(W46.plus(1), jenkins=60, sonarqube=24, techdocs=300)
    job.run(W46.plus(1))
    text = job.server.text(PORTAL_TEAM)
    assert "Mails of week 46" in text
    assert "none was sent; rejected: the collector was down" in text


def test_trouble_with_an_indicator_stands_in_the_portal_digest(job):
    """With its own words and the day of its newest value; that of another week's reading is no news."""
    merges = Indicator("merges", "Merges")
    job.choices = replace(job.choices, indicators=(SATISFIED, merges))
    values = [IndicatorValue("nps", W46.plus(-1), Scope.PORTAL, "", 70, None, AS_OF)]
    job.store.indicators.put(values)
    job.store.indicators.note("nps", W46, ("survey.csv cannot be read",), AS_OF)
    job.store.indicators.note("merges", W46.plus(-1), ("no answer",), AS_OF)
    job.run()
    text = job.server.text(PORTAL_TEAM)
    assert "Satisfied: survey.csv cannot be read." in text
    assert "Satisfied: the last value was read on 16 November." in text
    assert "no answer" not in text


def test_a_combined_digest_has_each_teams_indicators(job):
    """With the team's name, which a digest of one team has no need of."""
    lead = "lead@acme.example"
    job.teams = tuple(replace(team, recipients=(*team.recipients, lead)) for team in (CI, DOCS))
    job.choices = replace(job.choices, rules=Rules(combine=True), indicators=(SATISFIED,))
    job.store.indicators.put(
        [IndicatorValue("nps", W46, Scope.TEAM, key, number) for key, number in (("ci", 71), ("docs", 64))]
    )
    job.run()
    text = job.server.text(lead)
    assert "CI Platform" in text[text.index("Satisfied") :][:60]
    assert ("71 %" in text, "64 %" in text) == (True, True)
    alone = job.server.text("ci@acme.example")
    assert "71 %" in alone
    assert "64 %" not in alone
