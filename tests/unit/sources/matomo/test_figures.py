"""Every figure equals a plain count of the visits."""

import logging
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from plugin_digest.errors import Rejected
from plugin_digest.model import Absent, NoteKind, Status, Usage, Week
from plugin_digest.sources.attribution import PathRule
from unit.sources.matomo.fake_matomo import STOCKHOLM, TOKEN, Visit
from unit.sources.matomo.portal import HOME, PATHS, TEAMS, count, make_visits, plugin_of, request

W42, W43 = Week(date(2026, 10, 12)), Week(date(2026, 10, 19))
"""In the second one the clock is set back."""
NA = Absent.NOT_AVAILABLE
PLUGINS = sorted({plugin_of(path) for path in PATHS} - {""})


@pytest.fixture
def visits(fake):
    fake.visits = make_visits([W42, W43])
    return fake.visits


def segments(fake) -> list[str]:
    return [form["segment"] for form in fake.asked if "segment" in form]


def texts(snapshot) -> str:
    return "\n".join(note.text for note in snapshot.notes)


class TestCounts:
    """Views, users and pages."""

    @pytest.mark.parametrize("week", [W42, W43], ids=str)
    def test_a_week(self, source, visits, week):
        """Views and users of plugins, teams and portal; the week of the clock change has 169 hours."""
        (made,) = source().pull(request(week))
        assert made.portal == Usage(*count(visits, week))
        assert {plugin: usage.views for plugin, usage in made.plugins.items()} == {
            plugin: count(visits, week, {plugin})[0] for plugin in PLUGINS
        }
        for team, plugins in TEAMS.items():
            assert made.teams[team].usage == Usage(*count(visits, week, plugins)), team
        assert made.unattributed == Usage(count(visits, week, {""})[0], NA)
        assert (made.status, made.missing_days, made.revision) == (Status.FINAL, (), 0)

    def test_several_weeks(self, source, visits):
        """Each is the same as if it were asked for alone, oldest first, whatever the order of asking."""
        alone = [source().pull(request(week, as_of=request(W43).as_of))[0] for week in (W42, W43)]
        assert list(source().pull(request(W43, W42, W43))) == alone

    def test_users_of_plugins(self, source, visits):
        """With plugin_users, each plugin has its distinct visitors."""
        (made,) = source(plugin_users=True).pull(request(W43))
        assert made.plugins == {plugin: Usage(*count(visits, W43, {plugin})) for plugin in PLUGINS}

    def test_users_of_plugins_are_not_asked_for_by_default(self, source, fake, visits):
        """Only a plugin that is all its team has comes with users; no row's sum of days is taken for them."""
        (made,) = source().pull(request(W43))
        assert made.plugins["jenkins"].users == count(visits, W43, {"jenkins"})[1]
        assert {usage.users for plugin, usage in made.plugins.items() if plugin != "jenkins"} == {NA}
        assert len(segments(fake)) == 3
        assert "not asked for users of single plugins" in texts(made)

    def test_pages(self, source, visits):
        """The most viewed paths, without query and fragment; users of a page are not available."""
        (made,) = source().pull(request(W43, pages_per_plugin=1))
        (page,) = made.pages["catalog"]
        whole = sum(
            url.split("?")[0] == f"{HOME}/catalog"
            for visit in visits
            for at, url in visit.views
            if at.astimezone(STOCKHOLM).date() in W43.days
        )
        assert (page.path, page.views, page.users) == ("/catalog", whole, NA)

    def test_aliases(self, source, visits):
        """Two spellings are one plugin, and its team's users one distinct count over both."""
        aliases = {"docs-search": "docs", "tech-radar": "radar"}
        teams = {"docs": frozenset({"docs"}), "radar": frozenset({"radar"})}
        (made,) = source(plugin_users=True).pull(request(W43, aliases=aliases, teams=teams))
        assert made.plugins["docs"] == Usage(*count(visits, W43, {"docs", "docs-search"}))
        assert made.teams["docs"].usage == made.plugins["docs"]
        assert made.plugins["radar"] == Usage(*count(visits, W43, {"tech-radar"}))
        assert "tech-radar" not in made.plugins

    def test_an_unknown_plugin(self, source, visits):
        """A plugin nobody viewed has no row, and its team no view and no user: zero, not unknown."""
        (made,) = source().pull(request(W43))
        assert "not-yet-used" not in made.plugins
        assert made.teams["new"].usage == Usage(0, 0)

    def test_rules(self, source, visits):
        """The longest prefix wins, for users too: a page beneath another's prefix is not counted twice."""
        rules = [
            PathRule("/docs/", "techdocs"),
            PathRule("/docs/default/system", "pay"),
            PathRule("/my", "my"),
        ]
        teams = {name: frozenset({name}) for name in ("techdocs", "pay", "my")}
        (made,) = source(plugin_from=rules).pull(request(W43, teams=teams))
        seen = {name: [] for name in teams}
        for visit in visits:
            for at, url in visit.views:
                path = url.removeprefix(HOME).lower()
                name = "my" if path.startswith("/my") else "techdocs" if path.startswith("/docs/") else None
                name = "pay" if path.startswith("/docs/default/system") else name
                if name and at.astimezone(STOCKHOLM).date() in W43.days:
                    seen[name].append(visit.visitor)
        for name, visitors in seen.items():
            assert made.teams[name].usage == Usage(len(visitors), len(set(visitors))), name

    def test_two_hosts_of_one_site(self, source, fake, visits):
        """The same path under two hosts is one row in Matomo: views are whole, a page of either is found."""
        other = [
            replace(visit, views=tuple((at, url.replace("portal.", "old.")) for at, url in visit.views))
            for visit in make_visits([W43], seed=8, visitors=3)
        ]
        fake.visits = [*visits, *other]
        (made,) = source().pull(request(W43))
        assert made.portal == Usage(*count(fake.visits, W43))
        assert made.plugins["jenkins"].views == count(fake.visits, W43, {"jenkins"})[0]

    def test_progress_counts_the_requests(self, source, visits):
        """Progress names the week and how many of the requests for users are done."""
        heard = []
        source(plugin_users=True).pull(request(W43), lambda *call: heard.append(call))
        users = [call for call in heard if "users" in call[0]]
        assert users[0] == (f"{W43}: distinct users", 0, len(users))
        assert len(users) == 2 + len(PLUGINS)


class TestSegments:
    """What would not give the right people is not asked."""

    def test_a_wildcard_takes_no_other_plugin(self, source, fake, visits):
        """``_`` is a wildcard to Matomo: my_plugin's pages are named one by one beside my-plugin's."""
        teams = {"mine": frozenset({"my_plugin"})}
        (made,) = source().pull(request(W43, teams=teams))
        assert segments(fake) == [f"pageUrl=={HOME}/my_plugin/a"]
        assert made.teams["mine"].usage == Usage(*count(visits, W43, {"my_plugin"}))

    def test_a_path_that_decoding_would_change(self, source, fake, visits):
        """Matomo decodes a segment more than once: users of such a team are not available, and it is said."""
        odd = Visit("visitor-1", ((datetime(2026, 10, 20, 12, tzinfo=UTC), f"{HOME}/a%2Cb/x"),))
        fake.visits = [*visits, odd]
        (made,) = source().pull(request(W43, teams={"odd": frozenset({"a%2cb"}), "ci": TEAMS["ci"]}))
        assert made.teams["odd"].usage == Usage(1, NA)
        assert "distinct users of 1 of 2 teams" in texts(made)

    def test_a_segment_that_matomo_would_cut(self, source, fake, visits):
        """Matomo cuts a long segment off without a word: it is not sent."""
        start = datetime(2026, 10, 20, 12, tzinfo=UTC)
        views = tuple((start, f"{HOME}/plugin-{n:03}-{'x' * 40}/") for n in range(100))
        fake.visits = [*visits, Visit("visitor-1", views)]
        plugins = frozenset(plugin_of(url) for _, url in views)
        (made,) = source().pull(request(W43, teams={"many": plugins}))
        assert made.teams["many"].usage == Usage(100, NA)
        assert segments(fake) == []

    def test_segments_that_matomo_does_not_process(self, source, fake, visits):
        """Segments may be processed by a timer only: 0 is not nobody then (matomo-org/matomo#12255)."""
        fake.processes_segments = False
        (made,) = source().pull(request(W43))
        assert made.teams["ci"].usage == Usage(count(visits, W43, {"jenkins"})[0], NA)
        assert made.portal.users == count(visits, W43)[1]

    def test_segments_that_matomo_says_are_unprocessed(self, source, server, visits):
        """The complaint about an unprocessed segment means users that are not available, no failed pull."""
        text = "These reports have no data, because the Segment has not yet been processed by the system."
        server.meddle = lambda form, answer: (
            {"result": "error", "message": text} if "segment" in form else answer
        )
        (made,) = source().pull(request(W43))
        assert made.teams["core"].usage.users is NA
        assert made.portal.users == count(visits, W43)[1]


class TestPeriods:
    """Which days are asked for, and what is said about them."""

    def test_weeks_from_sunday(self, source, fake):
        """They are a range to Matomo, whose users it does not count by default: not available, said once."""
        sunday = Week(date(2026, 10, 18))
        fake.visits = make_visits([sunday])
        (made,) = source().pull(request(sunday))
        assert made.portal == Usage(count(fake.visits, sunday)[0], NA)
        assert made.plugins["jenkins"].views == count(fake.visits, sunday, {"jenkins"})[0]
        assert made.teams["ci"].usage.users is NA
        assert [note.kind for note in made.notes] == [NoteKind.NOT_AVAILABLE]
        assert segments(fake) == []

    def test_weeks_from_sunday_where_matomo_counts_ranges(self, source, fake):
        """With unique visitors of ranges switched on in Matomo they are as distinct as those of weeks."""
        sunday = Week(date(2026, 10, 18))
        fake.visits = make_visits([sunday])
        fake.unique_periods = frozenset({"range"})
        (made,) = source().pull(request(sunday))
        assert made.portal == Usage(*count(fake.visits, sunday))
        assert made.teams["core"].usage == Usage(*count(fake.visits, sunday, TEAMS["core"]))

    def test_an_empty_week(self, source, visits):
        """A week without any view is left out."""
        assert [made.week for made in source().pull(request(W42, W43, W43.plus(1)))] == [W42, W43]

    def test_none_of_the_weeks(self, source, visits):
        """Where no asked week has a view, that is said, with the weeks."""
        with pytest.raises(Rejected, match="site 3 has no page view in 2026-W01 to 2026-W02"):
            source().pull(request(Week(date(2025, 12, 29)), Week(date(2026, 1, 5))))

    def test_no_week(self, source, fake):
        """Nothing asked is nothing read."""
        assert source().pull(replace(request(W43), weeks=())) == ()
        assert fake.asked == []

    def test_a_missing_day(self, source, fake, visits):
        """A day without any view is missing, and the week incomplete, not small."""
        gap = date(2026, 10, 21)
        fake.visits = [visit for visit in visits if visit.day(STOCKHOLM) != gap]
        (made,) = source().pull(request(W43))
        assert (made.status, made.missing_days) == (Status.INCOMPLETE, (gap,))
        assert "the source has nothing for 2026-10-21" in texts(made)

    def test_a_quiet_day(self, source, fake, visits):
        """On a quiet day nobody need have come."""
        fake.visits = [visit for visit in visits if visit.day(STOCKHOLM).weekday() < 5]
        (made,) = source(quiet_days=["saturday", "sunday"]).pull(request(W43))
        assert made.status is Status.FINAL

    def test_a_week_under_way(self, source, fake, visits):
        """Days to come are not asked for; the week is incomplete."""
        as_of = datetime(2026, 10, 21, 12, tzinfo=UTC)
        fake.visits = [visit for visit in visits if visit.views[-1][0] < as_of]
        (made,) = source().pull(request(W43, as_of=as_of))
        assert made.missing_days == W43.days[2:]
        assert [form["date"] for form in fake.asked if form.get("period") == "day"] == [
            "2026-10-19,2026-10-21"
        ]
        assert made.portal.views == count(fake.visits, W43)[0]

    def test_a_week_to_come(self, source, fake, visits):
        """A week that has not begun is not asked for."""
        with pytest.raises(Rejected, match="no page view"):
            source().pull(request(W43, as_of=datetime(2026, 10, 1, tzinfo=UTC)))
        assert [form["method"] for form in fake.asked] == ["SitesManager.getSiteFromId"]

    @pytest.mark.parametrize(("hours", "status"), [(5, Status.PROVISIONAL), (7, Status.FINAL)])
    def test_settling(self, source, visits, hours, status):
        """Within the settling time the week is provisional."""
        end = datetime(2026, 10, 25, 23, tzinfo=UTC)
        (made,) = source().pull(request(W43, as_of=end + timedelta(hours=hours)))
        assert made.status is status

    def test_a_site_in_another_zone(self, source, fake, visits):
        """The week is the site's; the note says when it begins in the portal's time."""
        fake.timezone = "America/New_York"
        (made,) = source().pull(request(W43))
        assert made.timezone == "America/New_York"
        inside = [
            at
            for visit in visits
            for at, _ in visit.views
            if at.astimezone(ZoneInfo("America/New_York")).date() in W43.days
        ]
        assert made.portal.views == len(inside)
        assert "its week begins on Monday at 06:00 there" in texts(made)

    def test_a_site_with_an_offset_for_a_zone(self, source, fake, visits):
        """Matomo's UTC+1 is no zone with rules: the digest says so."""
        fake.timezone = "UTC+1"
        (made,) = source().pull(request(W43))
        assert made.timezone == "Europe/Stockholm"
        assert "Matomo counts days of UTC+1, not of Europe/Stockholm" in texts(made)


class TestOthers:
    """Pages that Matomo puts together are not lost and not guessed."""

    def test_they_are_unattributed(self, source, fake, visits):
        """Totals stay whole; the note says how many; a plugin that may be among them is unknown, not zero."""
        fake.row_limit = 9
        (made,) = source().pull(request(W43))
        total = count(visits, W43)[0]
        named = sum(usage.views for usage in made.plugins.values() if isinstance(usage.views, int))
        assert made.portal == Usage(*count(visits, W43))
        assert made.unattributed.views == total - named
        assert made.plugins["not-yet-used"] == made.teams["new"].usage == Usage(NA, NA)
        assert f"of {total:,} views under “Others” only" in texts(made)

    @pytest.mark.parametrize(
        "row",
        [{"label": -1, "nb_hits": "5"}, {"label": "Others", "nb_hits": 5}, {"label": "Others"}],
        ids=str,
    )
    def test_shapes_of_the_row(self, source, server, visits, row):
        """An unlabelled and an empty one (matomo-org/matomo#20397) are recognised."""
        server.meddle = lambda form, answer: [*answer, row] if "flat" in form else answer
        (made,) = source().pull(request(W43))
        assert made.portal.views == count(visits, W43)[0] + int(row.get("nb_hits", 0))
        assert made.plugins["docs"].views == count(visits, W43, {"docs"})[0]
        assert "under “Others” only" in texts(made)

    @pytest.mark.parametrize("label", ["docs/ - Others", "/docs/default/ - Others"])
    def test_those_of_a_folder(self, source, fake, server, visits, label):
        """They are the folder's plugin's, and no page; users stay whole (matomo-org/matomo#13619)."""
        hidden = {f"{HOME}/docs/", f"{HOME}/docs/default/component/shop/"}

        def meddle(form, answer):
            if "flat" not in form:
                return answer
            rows = [row for row in answer if row["url"] not in hidden]
            left = sum(row["nb_hits"] for row in answer if row["url"] in hidden)
            url = {"url": f"{HOME}/docs/index"} if label.startswith("/") else {}
            return [*rows, {"label": label, "nb_hits": left, **url}]

        start = datetime(2026, 10, 20, 12, tzinfo=UTC)
        fake.visits = [*visits, Visit("docs-only", ((start, f"{HOME}/docs/x"),))]
        whole = source().pull(request(W43))[0]
        server.meddle = meddle
        (made,) = source().pull(request(W43))
        assert made.plugins == whole.plugins
        assert made.teams["docs"] == whole.teams["docs"]
        assert made.teams["core"].usage.users is NA  # my_plugin's pages would have to be named one by one
        assert "Others" not in texts(made)
        assert all("Others" not in page.path for page in made.pages["docs"])

    def test_those_of_a_folder_of_two_plugins(self, source, server, visits):
        """A rule beneath the folder makes unclear whose they are; users by single pages would lack a few."""
        row = {"label": "docs/ - Others", "nb_hits": 5}
        server.meddle = lambda form, answer: [*answer, row] if "flat" in form else answer
        rules = [PathRule("/docs/", "techdocs"), PathRule("/docs/default/system", "pay")]
        teams = {name: frozenset({name}) for name in ("techdocs", "pay")}
        (made,) = source(plugin_from=rules).pull(request(W43, teams=teams))
        assert "Matomo lists 5 of" in texts(made)
        assert made.teams["techdocs"].usage.users is NA
        assert isinstance(made.teams["pay"].usage.users, int)

    def test_a_page_of_that_name(self, source, fake, visits):
        """A real page called Others has an address, and a plugin."""
        page = Visit("visitor-1", ((datetime(2026, 10, 20, 12, tzinfo=UTC), f"{HOME}/docs/Others"),))
        fake.visits = [*visits, page]
        (made,) = source().pull(request(W43))
        assert made.plugins["docs"].views == count(visits, W43, {"docs"})[0] + 1
        assert "Others" not in texts(made)


class TestTheToken:
    """It is nowhere but in the body of the request."""

    def test_it_is_in_no_address_and_no_log(self, source, server, visits, caplog):
        """Matomo refuses a secure token in an address; proxies write addresses down."""
        caplog.set_level(logging.DEBUG)
        source().check()
        source().pull(request(W43))
        assert set(server.paths) == {"/matomo/index.php"}
        assert TOKEN not in caplog.text
        assert TOKEN not in repr(source())
