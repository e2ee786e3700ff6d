"""The ``adoption_insights`` source against a backend on the loopback that counts as the real one."""

import json
import logging
import re
import traceback
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from plugin_digest.errors import Malformed, Rejected, SourceError, Unreachable
from plugin_digest.model import Absent, NoteKind, Status, Usage
from plugin_digest.sources.adoption_insights import AdoptionInsightsSource
from plugin_digest.weeks import bounds
from unit.sources.adoption_insights.fake_insights import SERVICE_TOKEN, USER_TOKEN, FakeInsights, Fault
from unit.sources.sql.portal_events import (
    NEW_YORK,
    STOCKHOLM,
    TEAMS,
    WEEKS,
    count_by_hand,
    make_events,
    request,
)

GONE = Absent.NOT_AVAILABLE


def _events(zone=STOCKHOLM):
    """Adoption Insights has no empty plugin id, and counts an event that came twice as two."""
    events = [replace(e, plugin=e.plugin or "root") for e in make_events(zone, count=1_500)]
    return [replace(e, session=f"{number}") for number, e in enumerate(events)]


@pytest.fixture
def insights():
    with FakeInsights(_events()) as fake:
        yield fake


def _source(fake, token=USER_TOKEN, **settings):
    return AdoptionInsightsSource(fake.url, token, sleep=lambda _: None, **settings)


@pytest.mark.parametrize("numbers", [int, str])
@pytest.mark.parametrize("zone", [STOCKHOLM, NEW_YORK], ids=str)
def test_views_are_those_of_a_count_by_hand(numbers, zone):
    """Counts come as numbers or as texts; borders and clock changes are those of the portal's zone."""
    events, asked = _events(zone), request(zone=zone)
    with FakeInsights(events) as fake:
        fake.numbers = numbers
        snapshots = _source(fake).pull(asked)
    for snapshot, expected in zip(snapshots, count_by_hand(events, asked).values(), strict=True):
        portal, unattributed, plugins, teams, _ = expected
        assert snapshot.portal == Usage(portal[0], GONE)
        assert snapshot.unattributed == Usage(unattributed[0], GONE)
        assert snapshot.plugins == {plugin: Usage(views, GONE) for plugin, (views, _) in plugins.items()}
        assert {team: t.usage for team, t in snapshot.teams.items()} == {
            team: Usage(views, GONE) for team, (views, _) in teams.items()
        }
        assert {team: t.plugins for team, t in snapshot.teams.items()} == TEAMS
        assert (snapshot.status, snapshot.missing_days, snapshot.pages) == (Status.FINAL, (), {})


def test_every_plugin_is_asked_for_in_the_portals_own_days(insights):
    """Without a limit there would be three plugins, and without a time zone the days of another place."""
    _source(insights).pull(request(WEEKS[:1]))
    assert insights.asked == [
        {
            "type": "top_plugins",
            "start_date": "2026-10-19",
            "end_date": "2026-10-25",
            "timezone": "Europe/Stockholm",
            "grouping": "daily",
            "limit": "100000",
        }
    ]


def test_the_reader_learns_that_users_are_not_available(insights):
    """What the API does not know is said, and is not zero (matomo-org/matomo#20463)."""
    snapshot = _source(insights).pull(request(WEEKS[:1]))[0]
    note = next(note for note in snapshot.notes if note.kind is NoteKind.NOT_AVAILABLE)
    assert note.text.startswith("users are not available: the API of Adoption Insights counts views only")


def test_a_day_on_which_nothing_was_viewed_is_missing(insights):
    """A gap is no small week, unless the day is one on which nobody is expected."""
    gap = WEEKS[0].days[5]
    insights.events = [e for e in insights.events if e.time.astimezone(STOCKHOLM).date() != gap]
    snapshot = _source(insights).pull(request(WEEKS[:1]))[0]
    assert (snapshot.status, snapshot.missing_days) == (Status.INCOMPLETE, (gap,))
    quiet = _source(insights, quiet_days={"saturday"}).pull(request(WEEKS[:1]))[0]
    assert (quiet.status, quiet.missing_days) == (Status.FINAL, ())


def test_a_week_is_incomplete_until_it_is_over_and_provisional_until_it_has_settled(insights):
    """Events can still be on their way for some hours."""
    source, end = _source(insights), bounds(WEEKS[0], STOCKHOLM)[1]
    found = [
        source.pull(request(WEEKS[:1], as_of=end + timedelta(hours=hours)))[0].status for hours in (-1, 1, 2)
    ]
    assert found == [Status.INCOMPLETE, Status.PROVISIONAL, Status.FINAL]


def test_a_week_that_has_not_begun_is_not_asked_for(insights):
    """Nothing is asked about the future."""
    assert _source(insights).pull(request(WEEKS, as_of=datetime(2026, 10, 1, tzinfo=UTC))) == ()
    assert insights.asked == []


def test_weeks_without_a_view_are_left_out(insights):
    """Of several weeks those that have views are given, oldest first."""
    long_ago = WEEKS[0].plus(-20)
    snapshots = _source(insights).pull(request((WEEKS[1], long_ago, WEEKS[0])))
    assert [s.week for s in snapshots] == [WEEKS[0], WEEKS[1]]


def test_no_view_in_any_week_is_refused_with_what_there_is(insights):
    """An empty answer is no zero (PostHog/posthog#72105)."""
    with pytest.raises(Rejected) as refused:
        _source(insights).pull(request((WEEKS[0].plus(-20), WEEKS[0].plus(-19))))
    assert str(refused.value) == (
        "Adoption Insights has nothing for 2026-W23 to 2026-W24; its views are of 2026-10 to 2026-11"
    )
    insights.events = []
    with pytest.raises(Rejected, match="has nothing for 2026-W43; it has no view at all"):
        _source(insights).pull(request(WEEKS[:1]))


def test_check_says_what_there_is_and_what_would_be_better(insights):
    """The span, the number of plugin ids, and the way to have users."""
    lines = _source(insights).check()
    views = Counter(e.action for e in insights.events)["navigate"]
    ids = len({e.plugin for e in insights.events if e.action == "navigate"})
    assert lines[0] == (
        f"Adoption Insights: {views:,} views of {ids} plugin ids; its views are of 2026-10 to 2026-11"
    )
    assert "type sql with preset: adoption_insights" in lines[1]


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (SERVICE_TOKEN, "lets in signed-in users only, and source.token is a service's; use source type sql"),
        ("powerless", r"\(Unauthorized\): the permission adoption-insights.events.read is needed"),
        (
            "outdated",
            r"did not accept source.token \(Illegal token\); user tokens live for an hour. For a weekly",
        ),
    ],
)
def test_a_refused_token_is_explained(insights, token, expected):
    """Each refusal says what to do about it; no token is repeated, and nothing is tried twice."""
    for ask in (_source(insights, token).check, lambda: _source(insights, token).pull(request())):
        with pytest.raises(Rejected, match=expected) as refused:
            ask()
        assert token not in str(refused.value).replace("service's", "")
    assert len(insights.asked) == 2


@pytest.mark.parametrize("token", ["", "  ", "two words", "brea\nk", "ümlaut"])
def test_what_is_no_token_is_refused_before_it_is_sent(insights, token):
    """A token that cannot stand in a header is a setting to correct."""
    with pytest.raises(Rejected, match=r"source\.token: expected a Backstage user token"):
        _source(insights, token)


def test_a_wrong_address_and_an_old_plugin_are_explained(insights):
    """404 and 400 are told in the operator's terms, with what the server says."""
    with pytest.raises(
        Rejected, match=r"no Adoption Insights at source\.url: expected the backend's address"
    ):
        AdoptionInsightsSource(f"{insights.url}/elsewhere", USER_TOKEN).check()
    invalid = {"message": "Invalid query", "errors": {"type": ["Invalid type. Allowed values: daily_users"]}}
    insights.faults = [Fault(400, json.dumps(invalid).encode())]
    with pytest.raises(
        Rejected, match=r"\(Invalid query type: Invalid type.*daily_users\); is the plugin older"
    ):
        _source(insights).check()


@pytest.mark.parametrize("suffix", ["", "/", "/api/adoption-insights", "/api/adoption-insights/events"])
def test_the_address_may_be_given_with_or_without_its_path(insights, suffix):
    """Backend or endpoint: both are understood."""
    source = AdoptionInsightsSource(f"{insights.url}{suffix}", USER_TOKEN)
    assert len(source.pull(request(WEEKS[:1]))) == 1


def test_an_unknown_weekday_is_refused(insights):
    """A misspelt quiet day would be missed every week."""
    with pytest.raises(Rejected, match=r"source\.quiet_days: 'Samstag' is no weekday"):
        _source(insights, quiet_days=["Samstag"])


GOOD = b'{"data":[{"plugin_id":"x","visit_count":1,"trend":[{"date":"2026-10-19","count":1}]}]}'


@pytest.mark.parametrize(
    ("fault", "kind", "expected"),
    [
        (Fault(500, b'{"error":"Internal Server Error"}'), Unreachable, "answered 500 Internal Server Error"),
        (Fault(503, b"busy"), Unreachable, "answered 503"),
        (Fault(429, b"slow down"), Unreachable, "answered 429"),
        (Fault(hang=True), Unreachable, "did not answer in time"),
        (Fault(200, GOOD[:40], length=len(GOOD)), Unreachable, "broke off|connection"),
        (Fault(200, GOOD[:40], length=-1), Malformed, "not JSON"),
        (Fault(200, b""), Malformed, "not JSON"),
        (Fault(200, b"<html>Sign in</html>"), Malformed, "not JSON"),
        (
            Fault(302, b"", {"Location": "https://sso.example/login?state=x"}),
            Rejected,
            "302 Found to https://sso",
        ),
    ],
)
def test_what_is_no_answer_gives_no_figures(insights, fault, kind, expected):
    """Time-out, 500, garbage, a body cut off: an error of the kind that says what to do, never a zero."""
    insights.faults = [fault] * 10
    with pytest.raises(kind, match=expected):
        _source(insights, timeout_s=0.2).pull(request(WEEKS[:1]))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("null", "no list of plugins"),
        ("[]", "no list of plugins"),
        ("{}", "no list of plugins"),
        ('{"data": null}', "no list of plugins"),
        ('{"data": {"x": 1}}', "no list of plugins"),
        ('{"data": [3]}', "a row without plugin_id"),
        ('{"data": [{"plugin_id": 3, "visit_count": 1}]}', "a row without plugin_id"),
        ('{"data": [{"plugin_id": "x"}]}', "a count that is no whole number"),
        ('{"data": [{"plugin_id": "x", "visit_count": null}]}', "a count that is no whole number"),
        ('{"data": [{"plugin_id": "x", "visit_count": "many"}]}', "a count that is no whole number"),
        ('{"data": [{"plugin_id": "x", "visit_count": -1}]}', "a count that is no whole number"),
        ('{"data": [{"plugin_id": "x", "visit_count": true}]}', "a count that is no whole number"),
        ('{"data": [{"plugin_id": "x", "visit_count": 1}]}', "a plugin with views but without a day"),
        ('{"data": [{"plugin_id": "x", "visit_count": 1, "trend": "{"}]}', "a trend that is not JSON"),
        (
            '{"data": [{"plugin_id": "x", "visit_count": 1, "trend": [{"count": 1}]}]}',
            "a trend without dates",
        ),
    ],
)
def test_what_is_another_answer_gives_no_figures(insights, answer, expected):
    """JSON of another shape is malformed, and nothing is guessed."""
    insights.faults = [Fault(200, answer.encode())]
    with pytest.raises(Malformed, match=f"something else than top_plugins: {expected}"):
        _source(insights).pull(request(WEEKS[:1]))


def test_an_answer_as_long_as_allowed_is_not_taken_for_all(insights):
    """A list of plugins that was cut would make plugins vanish (getsentry/sentry#41690)."""
    with pytest.raises(Malformed, match="with 5 plugins, as many as it was allowed to"):
        _source(insights, most_plugins=5).pull(request(WEEKS[:1]))


def test_a_passing_failure_is_tried_again(insights):
    """A restart of the backend costs a moment and not the week."""
    insights.faults = [Fault(503), Fault(502)]
    assert len(_source(insights).pull(request(WEEKS[:1]))) == 1


def test_a_week_that_fails_in_the_middle_fails_the_pull(insights):
    """Either all weeks are read or none."""
    insights.broken_week = WEEKS[2].first_day.isoformat()
    with pytest.raises(Unreachable):
        _source(insights).pull(request())


def test_an_unreachable_server_is_named():
    """Nothing listens there: try again later."""
    with pytest.raises(Unreachable, match="Adoption Insights"):
        AdoptionInsightsSource("http://127.0.0.1:1", USER_TOKEN, sleep=lambda _: None).check()


def test_a_netrc_file_does_not_take_the_tokens_place(insights, tmp_path, monkeypatch):
    """The token that is configured is the one that is sent."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password else\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert _source(insights).check()


@pytest.mark.parametrize("url", ["", "no address", "ftp://x", "http://127.0.0.1:1"])
def test_the_token_is_repeated_nowhere(url, caplog):
    """Not in an error, its traceback, the log at its most talkative, nor the source's repr."""
    caplog.set_level(logging.DEBUG)
    source = AdoptionInsightsSource(url, USER_TOKEN, sleep=lambda _: None)
    with pytest.raises(SourceError) as failed:
        source.check()
    told = "".join(traceback.format_exception(failed.value)) + caplog.text + repr(source)
    assert USER_TOKEN not in told


def test_progress_counts_the_weeks(insights):
    """One step per week, and a last one when all are read."""
    told = []
    _source(insights).pull(request(WEEKS[:2]), lambda *step: told.append(step))
    assert [(done, total) for _, done, total in told] == [(0, 2), (1, 2), (2, 2)]


PAGE = (Path(__file__).parents[4] / "docs" / "sources" / "adoption-insights.md").read_text(encoding="utf-8")


def test_the_page_shows_a_configuration_that_works():
    """The example is a source, and every argument is in the table of keys."""
    example = yaml.safe_load(re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[0])["source"]
    assert example.pop("type") == AdoptionInsightsSource.name
    assert AdoptionInsightsSource(**{**example, "token": USER_TOKEN})
    explained = set(re.findall(r"^\| `(\w+)`", PAGE, re.MULTILINE))
    assert (
        AdoptionInsightsSource.__init__.__annotations__.keys() - {"return", "sleep", "most_plugins"}
        <= explained
    )
