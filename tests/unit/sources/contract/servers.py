"""The sources that ask a server: `ga4`, `ga4_bigquery`, `adoption_insights` and `matomo`."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from google.auth.credentials import AnonymousCredentials
from google.auth.transport.requests import AuthorizedSession
from google.oauth2.credentials import Credentials

from plugin_digest.ports import Source
from plugin_digest.sources.adoption_insights import AdoptionInsightsSource
from plugin_digest.sources.bigquery import BigQuerySource
from plugin_digest.sources.ga4 import Ga4Source
from plugin_digest.sources.matomo import MatomoSource
from unit.sources.adoption_insights import fake_insights
from unit.sources.bigquery import fake_bigquery
from unit.sources.bigquery.portal import Event as Row
from unit.sources.bigquery.portal import day_tables
from unit.sources.contract.harness import SETTLING_HOURS, Scope, ServerHarness
from unit.sources.contract.portal import Event, Group
from unit.sources.ga4 import fake_ga4, loopback
from unit.sources.matomo import fake_matomo
from unit.sources.matomo.portal import HOME
from unit.sources.sql.portal_events import Event as InsightsEvent


def _no_wait(seconds: float) -> None:
    """In place of the wait between two attempts."""


class Ga4Harness(ServerHarness):
    """A property of Google Analytics 4."""

    source_type = "ga4"
    fault_type = loopback.Fault

    def make(self, events: Sequence[Event]) -> Source:
        fake = fake_ga4.FakeGa4(
            fake_ga4.Event(e.time, e.user, e.plugin, e.path, _ga4_name(e), group=e.plugin) for e in events
        )
        self.server = self.place.stack.enter_context(loopback.Server(fake))
        self.server.meddle = lambda method, answer: self.line.fault_or_none()
        return self.source()

    def source(self, **settings: Any) -> Source:
        given: dict[str, Any] = {
            "endpoint": self.server.url,
            "settling_hours": SETTLING_HOURS,
            "session_factory": lambda: AuthorizedSession(Credentials("the-token")),
            "sleep": _no_wait,
            **settings,
        }
        return Ga4Source(fake_ga4.PROPERTY, **given)

    def elsewhere(self, url: str) -> Source:
        return self.source(endpoint=url)

    def lose_a_page(self) -> Source:
        def lose(method: str, answer: dict[str, Any]) -> dict[str, Any] | None:
            asked = self.server.fake.reports[-1] if method == "runReport" else None
            return {**answer, "rows": []} if asked is not None and asked.offset == 3 else None

        self.server.meddle = lose
        return self.source(page_rows=3)

    def has_users(self, scope: Scope, group: Group, plugins: int = 1) -> bool:
        """A page under several spellings of its plugin is several rows, whose users cannot be added."""
        return scope != "page" or len(group.spellings) == 1


def _ga4_name(event: Event) -> str:
    """Both of the names that views have."""
    return ("page_view" if event.user.endswith("1") else "navigate") if event.is_view else "click"


class BigQueryHarness(ServerHarness):
    """The export of such a property."""

    source_type = "ga4_bigquery"
    has_new_users = True
    fault_type = loopback.Fault
    impatient: ClassVar[Mapping[str, Any]] = {"timeout_s": 0.4}

    def make(self, events: Sequence[Event]) -> Source:
        tables = day_tables(
            [Row(e.time, _ga4_name(e), e.plugin, e.path, None, None, browser=e.user) for e in events]
        )
        self.server = self.place.stack.enter_context(fake_bigquery.FakeBigQuery(tables))
        self.server.meddle = lambda name, answer: self.line.fault_or_none()
        return self.source()

    def source(self, **settings: Any) -> Source:
        given: dict[str, Any] = {
            "endpoint": self.server.url,
            "settling_hours": SETTLING_HOURS,
            "retry_s": 0.05,
            "session_factory": lambda: AuthorizedSession(AnonymousCredentials()),
            **settings,
        }
        return BigQuerySource(fake_bigquery.PROJECT, fake_bigquery.DATASET, **given)

    def elsewhere(self, url: str) -> Source:
        return self.source(endpoint=url)

    def lose_a_page(self) -> Source:
        pages = []

        def lose(name: str, answer: dict[str, Any]) -> dict[str, Any] | None:
            if name != "results" or not answer.get("rows"):
                return None
            pages.append(answer)
            return {**answer, "rows": []} if len(pages) == 2 else None

        self.server.page_rows = 10
        self.server.meddle = lose
        return self.source()


class _BreakableInsights(fake_insights.FakeInsights):
    """Asks a line before each answer."""

    line: Any

    def answer(self, path: str, token: str) -> Any:
        right = super().answer(path, token)
        return self.line.fault_or_none() or right


class AdoptionInsightsHarness(ServerHarness):
    """The REST API of Adoption Insights: views only, and no pages."""

    source_type = "adoption_insights"
    fault_type = fake_insights.Fault
    has_pages = False

    def make(self, events: Sequence[Event]) -> Source:
        kept = [
            InsightsEvent(
                e.time, "navigate" if e.is_view else "click", e.plugin or "root", e.path, e.user, "s1"
            )
            for e in events
        ]
        self.server = _BreakableInsights(kept)
        self.server.line = self.line
        self.place.stack.enter_context(self.server)
        return self.source()

    def source(self, **settings: Any) -> Source:
        return self._at(self.server.url, **settings)

    def elsewhere(self, url: str) -> Source:
        return self._at(url)

    def lose_a_page(self) -> Source:
        """There are no pages: what can be missing is the end of a list that is as long as allowed."""
        return self.source(most_plugins=3)

    def has_users(self, scope: Scope, group: Group, plugins: int = 1) -> bool:
        """The API counts views."""
        return False

    def has_period_users(self, scope: Scope, group: Group, plugins: int = 1) -> bool:
        """And the portal's users."""
        return scope == "portal"

    @staticmethod
    def _at(url: str, **settings: Any) -> Source:
        given = {"settling_hours": SETTLING_HOURS, "sleep": _no_wait, **settings}
        return AdoptionInsightsSource(url, fake_insights.USER_TOKEN, **given)


class MatomoHarness(ServerHarness):
    """A site of a Matomo that counts the users of ranges too.

    Each view is a visit of its own, so that segments of visits tell plugins apart.
    """

    source_type = "matomo"
    fault_type = fake_matomo.Fault

    def make(self, events: Sequence[Event]) -> Source:
        visits = [fake_matomo.Visit(e.user, ((e.time, f"{HOME}{e.path}"),)) for e in events if e.is_view]
        fake = fake_matomo.FakeMatomo(visits, unique_periods=frozenset({"day", "week", "range"}))
        self.server = self.place.stack.enter_context(fake_matomo.Server(fake))
        self.server.meddle = lambda form, answer: self.line.fault_or_none() or answer
        return self.source()

    def source(self, **settings: Any) -> Source:
        return self._at(self.server.url, **settings)

    def elsewhere(self, url: str) -> Source:
        return self._at(url)

    def lose_a_page(self) -> Source:
        self.server.meddle = lambda form, answer: [] if form.get("filter_offset") == "3" else answer
        return self.source(page_rows=4)

    def has_users(self, scope: Scope, group: Group, plugins: int = 1) -> bool:
        """Its segments give users of plugins and teams; a page's and nobody's are not asked for."""
        return scope in {"portal", "plugin", "team"} or not group.views

    @staticmethod
    def _at(url: str, **settings: Any) -> Source:
        given: dict[str, Any] = {
            "plugin_from": "first_path_segment",
            "plugin_users": True,
            "settling_hours": SETTLING_HOURS,
            "sleep": _no_wait,
            **settings,
        }
        return MatomoSource(url, fake_matomo.SITE, fake_matomo.TOKEN, **given)
