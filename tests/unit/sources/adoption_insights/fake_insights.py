"""An Adoption Insights backend on the loopback: it counts events as the real one does, and can be broken."""

import http.server
import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

USER_TOKEN = "eyJ.user.token"
SERVICE_TOKEN = "service-token"
TYPES = ("total_users", "active_users", "top_plugins", "top_templates", "top_techdocs", "top_searches")


@dataclass(frozen=True)
class Fault:
    """What is sent instead of an answer. ``length`` is what it claims to have; ``hang``: nothing is sent."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    hang: bool = False


class FakeInsights:
    """``numbers``: how counts and trends are written, ``int`` or ``str``; ``faults`` are used up in turn."""

    def __init__(self, events):
        self.events = events
        self.numbers = int
        self.faults = []
        self.broken_week = None
        self.asked = []
        self._over = threading.Event()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, path, token):
        """Status and body for one request."""
        if self.faults:
            return self.faults.pop(0)
        url = urlsplit(path)
        query = dict(parse_qsl(url.query))
        self.asked.append(query)
        if url.path != "/api/adoption-insights/events":
            return _error(404, "NotFoundError", "Not found")
        if refused := _refuse(token):
            return refused
        if problems := _problems(query):
            return _send({"message": "Invalid query", "errors": problems}, 400)
        if query["start_date"] == self.broken_week:
            return Fault(500, b'{"error": "Internal Server Error"}')
        answers = {"top_plugins": self._top_plugins, "total_users": self._total_users}
        return _send(answers[query["type"]](query))

    def _within(self, query):
        """The events of the span, each with its local day."""
        zone = ZoneInfo(query["timezone"])
        start, end = date.fromisoformat(query["start_date"]), date.fromisoformat(query["end_date"])
        dated = ((event, event.time.astimezone(zone).date()) for event in self.events)
        return [(event, day) for event, day in dated if start <= day <= end]

    def _total_users(self, query):
        """Of events of any kind (``BaseAdapter.getUsers``)."""
        users = {event.user for event, _ in self._within(query) if event.user}
        return {"data": [{"logged_in_users": self.numbers(len(users)), "licensed_users": 100}]}

    def _top_plugins(self, query):
        counts = {}
        for event, day in self._within(query):
            if event.action == "navigate":
                bucket = day if query["grouping"] == "daily" else day.replace(day=28)
                counts.setdefault(event.plugin, Counter())[bucket.isoformat()] += 1
        ranked = sorted(counts.items(), key=lambda item: -item[1].total())[: int(query.get("limit", 3))]
        data = [self._row(plugin, days) for plugin, days in ranked]
        return {"grouping": query["grouping"], "data": data} if data else {"data": []}

    def _row(self, plugin, days):
        trend = [{"date": day, "count": self.numbers(count)} for day, count in sorted(days.items())]
        return {
            "plugin_id": plugin,
            "visit_count": self.numbers(days.total()),
            "trend": json.dumps(trend) if self.numbers is str else trend,
            "trend_percentage": "-40.00" if self.numbers is str else -40,
        }

    def _handler(self):
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # one packet per answer: loopback waits 40 ms between two

            def do_GET(self):
                fault = fake.answer(self.path, self.headers.get("Authorization", ""))
                if fault.hang:
                    fake._over.wait(10)
                    self.close_connection = True
                    return
                self.send_response(fault.status)
                for name, value in fault.headers.items():
                    self.send_header(name, value)
                if fault.length != -1:
                    self.send_header("Content-Length", str(fault.length or len(fault.body)))
                self.end_headers()
                self.wfile.write(fault.body)
                self.close_connection = fault.length is not None

            def log_message(self, *_):
                pass

        return Handler


def _send(answer, status=200):
    return Fault(status, json.dumps(answer).encode(), {"Content-Type": "application/json"})


def _error(status, name, message):
    return _send({"error": {"name": name, "message": message}, "response": {"statusCode": status}}, status)


def _refuse(token):
    if token == f"Bearer {SERVICE_TOKEN}":
        return _error(403, "NotAllowedError", "This endpoint does not allow 'service' credentials")
    if token == "Bearer powerless":
        return _error(403, "NotAllowedError", "Unauthorized")
    if token != f"Bearer {USER_TOKEN}":
        return _error(401, "AuthenticationError", "Illegal token")
    return None


def _problems(query):
    problems = {}
    for name in ("start_date", "end_date", "timezone"):
        if name not in query:
            problems[name] = ["Required"]
    if query.get("type") not in TYPES:
        problems["type"] = [f"Invalid type. Allowed values: {','.join(TYPES)}"]
    if not query.get("limit", "3").isdigit():
        problems["limit"] = ["Invalid"]
    return problems
