"""What a source error says and of which kind it is; nothing is returned then, and never a zero."""

import gzip
import json

import pytest

from plugin_digest.errors import Malformed, Rejected, SourceError, Unreachable
from unit.sources.matomo.fake_matomo import TOKEN, Fault
from unit.sources.matomo.portal import make_visits, request
from unit.sources.matomo.test_figures import W42, W43

METHODS = [
    "SitesManager.getSiteFromId",
    "Actions.get",
    "Actions.getPageUrls",
    "VisitsSummary.getUniqueVisitors",
]


@pytest.fixture(autouse=True)
def _visits(fake):
    fake.visits = make_visits([W42, W43])


def answers(server, fault, *, of: str = "Actions.getPageUrls", times: int = 10**6) -> list[str]:
    """Sends the fault in place of the first answers; gives the methods that were asked."""
    asked: list[str] = []

    def meddle(form, answer):
        asked.append(form["method"])
        return fault if form["method"] == of and asked.count(of) <= times else answer

    server.meddle = meddle
    return asked


def complaint(text: str, status: int = 200) -> Fault:
    return Fault(status, f'{{"result":"error","message":"{text}"}}'.encode())


class TestTheWay:
    """Whatever goes wrong on the way."""

    @pytest.mark.parametrize("of", METHODS)
    def test_a_server_error_that_passes(self, source, server, waits, of):
        """Two failures, then the same figures."""
        whole = source().pull(request(W43))
        answers(server, Fault(500, b"<h1>Oops</h1>"), of=of, times=2)
        assert source().pull(request(W43)) == whole
        assert len(waits) == 2

    @pytest.mark.parametrize("of", METHODS)
    @pytest.mark.parametrize(
        ("fault", "kind", "text"),
        [
            (Fault(500, b"<h1>Oops</h1>"), Unreachable, "500 Internal Server Error; try again later"),
            (Fault(503), Unreachable, "503"),
            (Fault(200, b"<html>Sign in</html>"), Malformed, "not JSON .*beginning '<html>"),
            (Fault(200, b"[[]"), Malformed, "not JSON"),
            (Fault(200, b"{}"), Malformed, "answer"),
            (Fault(200, b'"x"'), Malformed, "answer"),
            (Fault(200, b"null"), Malformed, "answer"),
            (Fault(200, b'[{"idsite"', length=4_000), Unreachable, "broke off"),
            (Fault(200, b"no gzip", {"Content-Encoding": "gzip"}), Malformed, "decompressed"),
            (Fault(403, b"<h1>Forbidden</h1>"), Rejected, "403 Forbidden"),
            (
                Fault(301, headers={"Location": "https://m.example/?token_auth=x"}),
                Rejected,
                "m.example/: name",
            ),
        ],
        ids=lambda value: str(value)[:40],
    )
    def test_an_answer_that_is_none(self, source, server, of, fault, kind, text):
        """The error is of the right kind, in a line that tells; the token is not in it."""
        answers(server, fault, of=of)
        with pytest.raises(kind, match=text) as caught:
            source().pull(request(W42, W43))
        assert TOKEN not in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_a_time_out(self, source, server):
        """A Matomo that is silent for too long is unreachable."""
        answers(server, Fault(hang=True), of="Actions.get")
        with pytest.raises(Unreachable, match="did not answer in time"):
            source(timeout_s=0.2).pull(request(W43))

    def test_nobody_there(self, source):
        """A refused connection is unreachable."""
        with pytest.raises(Unreachable, match="refused"):
            source(url="http://127.0.0.1:9").pull(request(W43))

    def test_a_compressed_answer(self, source, server):
        """Compression makes no difference."""
        whole = source().pull(request(W43))
        server.meddle = lambda form, answer: Fault(
            200, gzip.compress(json.dumps(answer).encode()), {"Content-Encoding": "gzip"}
        )
        assert source().pull(request(W43)) == whole


class TestGaps:
    """A short read is a failure."""

    @pytest.mark.parametrize("page_rows", [2, 3, 5, 12, 13, 14, 1000])
    def test_a_report_in_parts(self, source, fake, page_rows):
        """However many rows come at once, the figures are the same."""
        assert source(page_rows=page_rows).pull(request(W43)) == source().pull(request(W43))

    @pytest.mark.parametrize("shorter", [0, 1, 3])
    def test_a_part_missing_in_the_middle(self, source, server, shorter):
        """A part that is empty or short while others follow is noticed."""
        server.meddle = lambda form, answer: answer[:shorter] if form.get("filter_offset") == "3" else answer
        with pytest.raises(Malformed, match=r"has a gap after 4 rows|is not whole"):
            source(page_rows=4).pull(request(W43))

    def test_a_report_that_changes_between_its_parts(self, source, server):
        """A row that moved while the report was read is noticed."""
        server.meddle = lambda form, answer: answer[1:] if form.get("filter_offset", "0") != "0" else answer
        with pytest.raises(Malformed, match="has a gap after 4 rows; pull again"):
            source(page_rows=4).pull(request(W43))

    @pytest.mark.parametrize("rows", [0, 5])
    def test_a_weekly_report_without_its_days(self, source, server, rows):
        """Pages that lack views which the days have are no zero (matomo-org/matomo#14123)."""
        server.meddle = lambda form, answer: answer[:rows] if "flat" in form else answer
        with pytest.raises(Malformed, match=r"the pages of 2026-W43 have [\d,]+ views, its days"):
            source().pull(request(W43))

    def test_a_day_left_out(self, source, server):
        """A day that the answer does not speak of is no day without views."""
        server.meddle = lambda form, answer: (
            {day: some for day, some in answer.items() if day != "2026-10-21"}
            if form["method"] == "Actions.get"
            else answer
        )
        with pytest.raises(Malformed, match="says nothing about 2026-10-21"):
            source().pull(request(W43))

    @pytest.mark.parametrize(
        "row",
        [
            {"label": "x", "url": "https://p/x"},
            {"label": "x", "url": "https://p/x", "nb_hits": None},
            {"label": "x", "url": "https://p/x", "nb_hits": -1},
            {"nb_hits": 3},
            "x",
        ],
        ids=str,
    )
    def test_a_row_that_cannot_be_read(self, source, server, row):
        """It fails the pull; it is not skipped."""
        server.meddle = lambda form, answer: [*answer, row] if "flat" in form else answer
        with pytest.raises(Malformed):
            source().pull(request(W43))


class TestComplaints:
    """Errors that come with HTTP 200, or with any other status, in the user's terms."""

    def test_a_wrong_token(self, source, waits):
        """It says where a token comes from, repeats none, and does not try again."""
        with pytest.raises(
            Rejected, match=r"does not know source\.token, or it has expired: create one"
        ) as caught:
            source(token="secret-but-wrong").pull(request(W43))
        assert "secret-but-wrong" not in str(caught.value)
        assert waits == []

    def test_a_site_that_may_not_be_viewed(self, source):
        """It says which right is missing."""
        with pytest.raises(Rejected, match="may not view site 4: give its user View access"):
            source(site_id=4).pull(request(W43))

    def test_an_unknown_site(self, source):
        """It says where the number is to be found."""
        with pytest.raises(Rejected, match=r"Matomo has no site 404: source\.site_id"):
            source(site_id=404).check()

    @pytest.mark.parametrize("status", [200, 400, 401, 500])
    def test_any_status(self, source, server, status):
        """Versions of Matomo differ in the status; the words decide."""
        answers(server, complaint("Unable to authenticate with the provided token.", status))
        with pytest.raises(Rejected, match=r"does not know source\.token"):
            source().pull(request(W43))

    def test_any_other_complaint(self, source, server):
        """It is repeated in one short line, without the token."""
        answers(server, complaint(f"Segment broken by {TOKEN} <br/>\\n\\n  {'x' * 900}"))
        with pytest.raises(Rejected, match="Matomo refused: Segment broken by … <br/> xxx") as caught:
            source().pull(request(W43))
        assert len(str(caught.value)) < 400

    def test_a_complaint_of_a_server_in_trouble(self, source, server):
        """With status 500 and unknown words it may pass later."""
        answers(server, complaint("MySQL server has gone away", 500))
        with pytest.raises(Unreachable, match="MySQL server has gone away"):
            source().pull(request(W43))

    def test_users_that_fail(self, source, server):
        """A complaint that is not about counting visitors fails the pull: users do not silently vanish."""
        answers(server, complaint("Lock wait timeout exceeded"), of=METHODS[-1])
        with pytest.raises(SourceError, match="Lock wait timeout"):
            source().pull(request(W43))


class TestSettings:
    """What is wrong in the settings is said before anything is sent."""

    @pytest.mark.parametrize(
        ("settings", "text"),
        [
            ({"url": "matomo.acme.example"}, "source.url: expected"),
            ({"url": "https://m.example/?token_auth=x"}, "source.url: expected"),
            ({"url": "https://me:pw@m.example"}, "source.url: expected"),
            ({"url": "https://[m"}, "source.url: expected"),
            ({"token": " "}, "source.token is empty"),
            ({"plugin_from": "dimension"}, "source.plugin_from"),
            ({"quiet_days": ["sunnyday"]}, "'sunnyday' is no weekday"),
        ],
        ids=str,
    )
    def test_a_wrong_setting(self, source, fake, settings, text):
        """One line, naming the setting."""
        with pytest.raises(Rejected, match=text):
            source(**settings).pull(request(W43))
        assert fake.asked == []

    @pytest.mark.parametrize("tail", ["", "/", "/index.php"])
    def test_spellings_of_the_address(self, source, server, tail):
        """With or without a slash or index.php it is the same Matomo."""
        assert source(url=server.url + tail).pull(request(W43))


class TestCheck:
    """What ``check`` says about the week before."""

    def test_a_site(self, source):
        """Site and zone, views and plugins of the last week, what names none, whether there are users."""
        site, views, unnamed, users = source().check()
        assert site == "site 3 (Portal, https://portal.acme.example), time zone Europe/Stockholm"
        assert views.startswith("2026-W43: ")
        assert "of 7 plugins, most viewed: docs " in views or "most viewed: catalog " in views
        assert "the views name no plugin; the most viewed such pages: /" in unnamed
        assert users.endswith("unique visitors in that week")

    def test_no_users(self, source, fake):
        """It names the setting of Matomo that makes users available."""
        fake.unique_periods = frozenset({"day"})
        assert "enable_processing_unique_visitors_week" in source().check()[-1]

    def test_others(self, source, fake):
        """It names the settings of Matomo that leave fewer pages under Others."""
        fake.row_limit = 5
        assert any("datatable_archiving_maximum_rows_actions" in line for line in source().check())

    def test_an_empty_site(self, source, fake):
        """A site without views is most likely the wrong one."""
        fake.visits = []
        with pytest.raises(
            Rejected, match=r"has no page view in 2026-W43: is app\.analytics\.matomo\.siteId"
        ):
            source().check()
