"""A Matomo of made-up visits behind real HTTP on the loopback, and ways to break it.

It counts as Matomo does: pages by label, a visit in the day of its last action, segments on whole visits,
errors with HTTP 200.
"""

import http.server
import json
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

TOKEN = "c0ffee5ec2e7"
SITE = 3
STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOT_ENABLED = (
    "The metric nb_uniq_visitors is not enabled for the requested period. "
    "Please see this FAQ: https://matomo.org/faq/how-to/faq_113/"
)


@dataclass(frozen=True)
class Visit:
    """Somebody's views within half an hour."""

    visitor: str
    views: tuple[tuple[datetime, str], ...]

    def day(self, zone: ZoneInfo) -> date:
        return self.views[-1][0].astimezone(zone).date()


class Complaint(Exception):  # noqa: N818 - it is what Matomo says
    """An error in Matomo's words."""


@dataclass
class FakeMatomo:
    """``row_limit``: pages beyond it go into Others, the least viewed first."""

    visits: list[Visit] = field(default_factory=list)
    timezone: str = "Europe/Stockholm"
    unique_periods: frozenset[str] = frozenset({"day", "week", "month"})
    processes_segments: bool = True
    row_limit: int | None = None
    asked: list[dict[str, str]] = field(default_factory=list)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone) if "/" in self.timezone else STOCKHOLM

    def answer(self, form: Mapping[str, str]) -> Any:
        self.asked.append({key: value for key, value in form.items() if key != "token_auth"})
        if form.get("token_auth") != TOKEN:
            raise Complaint(
                "Unable to authenticate with the provided token. It is either invalid or expired."
            )
        if form["idSite"] == "404":
            raise Complaint("An unexpected website was found in the request: website id was set to '404' .")
        if form["idSite"] != str(SITE):
            raise Complaint(
                "You can't access this resource as it requires 'view' access for the website id = "
                f"{form['idSite']}."
            )
        methods: dict[str, Callable[[Mapping[str, str]], Any]] = {
            "SitesManager.getSiteFromId": self._site,
            "Actions.get": self._actions,
            "Actions.getPageUrls": self._pages,
            "VisitsSummary.getUniqueVisitors": self._visitors,
        }
        return methods[form["method"]](form)

    def _site(self, form: Mapping[str, str]) -> Any:
        return {
            "idsite": SITE,
            "name": "Portal",
            "main_url": "https://portal.acme.example",
            "timezone": self.timezone,
        }

    def _actions(self, form: Mapping[str, str]) -> Any:
        assert form["period"] == "day"
        views = Counter(moment.astimezone(self.zone).date() for moment, _ in self._views())
        return {
            str(day): {"nb_pageviews": views[day], "nb_uniq_pageviews": 1} if views[day] else []
            for day in _span(form["date"])
        }

    def _pages(self, form: Mapping[str, str]) -> Any:
        assert form["flat"] == "1"
        days = _days(form)
        urls = Counter(url for moment, url in self._views() if moment.astimezone(self.zone).date() in days)
        by_label: dict[str, Counter[str]] = defaultdict(Counter)
        for url, count in urls.items():
            by_label[_label(url)][url] += count
        ranked = sorted(by_label.items(), key=lambda item: (-item[1].total(), item[0]))
        rows = [
            {
                "label": label,
                "nb_visits": 1,
                "nb_hits": some.total(),
                "sum_daily_nb_uniq_visitors": 999,
                "url": some.most_common(1)[0][0],
            }
            for label, some in ranked[: self.row_limit]
        ]
        rows.sort(key=lambda row: str(row["label"]))
        if hidden := ranked[len(rows) :]:
            rows.append({"label": "Others", "nb_hits": sum(some.total() for _, some in hidden)})
        offset, limit = int(form["filter_offset"]), int(form["filter_limit"])
        return rows[offset:][: None if limit == -1 else limit]

    def _visitors(self, form: Mapping[str, str]) -> Any:
        if form["period"] not in self.unique_periods:
            raise Complaint(NOT_ENABLED)
        segment = form.get("segment", "")
        if segment and not self.processes_segments:
            return {"value": 0}
        days = _days(form)
        visits = [visit for visit in self.visits if visit.day(self.zone) in days]
        return {"value": len({visit.visitor for visit in visits if _is_in(visit, segment[:8192])})}

    def _views(self) -> list[tuple[datetime, str]]:
        return [view for visit in self.visits for view in visit.views]


def _label(url: str) -> str:
    parts = urlsplit(url)
    path = parts.path or "/"
    name = f"{path}index" if path.endswith("/") else path
    return name.removeprefix("/") + (f"?{parts.query}" if parts.query else "")


def _days(form: Mapping[str, str]) -> list[date]:
    if form["period"] == "range":
        return _span(form["date"])
    assert form["period"] == "week"
    day = date.fromisoformat(form["date"])
    return [day - timedelta(days=day.weekday() - n) for n in range(7)]


def _span(text: str) -> list[date]:
    first, last = (date.fromisoformat(part) for part in text.split(","))
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _is_in(visit: Visit, segment: str) -> bool:
    """Whether any page of the visit fulfils any of the conditions, as ``TableLogAction`` compares them."""
    names = [_bare(url) for _, url in visit.views]
    return not segment or any(_fulfils(name, one) for one in segment.split(",") for name in names)


def _fulfils(name: str, condition: str) -> bool:
    if condition.startswith("pageUrl=="):
        return name == _bare(condition.removeprefix("pageUrl=="))
    assert condition.startswith("pageUrl=^"), condition
    like = re.escape(_bare(condition.removeprefix("pageUrl=^"))).replace("_", ".").replace("%", ".*")
    return re.match(like, name, re.IGNORECASE) is not None


def _bare(url: str) -> str:
    return re.sub(r"^https?://(www\.)?", "", url, flags=re.IGNORECASE)


@dataclass(frozen=True)
class Fault:
    """What is sent instead of an answer. ``length`` is what it claims to have; ``hang``: nothing is sent."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    hang: bool = False


Meddle = Callable[[dict[str, str], Any], Any]
"""Given a question and the right answer: a `Fault`, another answer, or the same."""


class Server:
    """A `FakeMatomo` behind HTTP on the loopback; ``meddle`` may replace its answers."""

    def __init__(self, fake: FakeMatomo) -> None:
        self.fake = fake
        self.meddle: Meddle = lambda form, answer: answer
        self.paths: list[str] = []
        self._over = threading.Event()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/matomo"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def reply(self, path: str, body: str) -> Fault:
        self.paths.append(path)
        form = {key: values[0] for key, values in parse_qs(body, strict_parsing=True).items()}
        assert (form["module"], form["format"], path) == ("API", "JSON", "/matomo/index.php")
        try:
            answer = self.fake.answer(form)
        except Complaint as complaint:
            answer = {"result": "error", "message": str(complaint)}
        answer = self.meddle(form, answer)
        return answer if isinstance(answer, Fault) else Fault(body=json.dumps(answer).encode())

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # one packet per answer: loopback waits 40 ms between two

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._send(server.reply(self.path, body))

            def _send(self, fault: Fault) -> None:
                if fault.hang:
                    server._over.wait(10)
                    self.close_connection = True
                    return
                self.send_response(fault.status)
                for name, value in {"Content-Type": "application/json", **fault.headers}.items():
                    self.send_header(name, value)
                length = len(fault.body) if fault.length is None else fault.length
                self.send_header("Content-Length", str(length))
                self.end_headers()
                self.wfile.write(fault.body)
                self.close_connection = fault.length is not None

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def moved(visit: Visit, url: str, to: str) -> Visit:
    """The visit with one address in place of another."""
    return replace(visit, views=tuple((moment, to if seen == url else seen) for moment, seen in visit.views))
