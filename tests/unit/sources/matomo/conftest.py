"""A loopback Matomo with visits, and a source that reads it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from plugin_digest.sources.matomo import MatomoSource
from unit.sources.matomo.fake_matomo import SITE, TOKEN, FakeMatomo, Server


@pytest.fixture(autouse=True)
def _proxies(monkeypatch):
    """A proxy in the environment is not for the loopback."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")


@pytest.fixture
def fake() -> FakeMatomo:
    return FakeMatomo()


@pytest.fixture
def server(fake) -> Iterator[Server]:
    with Server(fake) as running:
        yield running


@pytest.fixture
def waits() -> list[float]:
    """The waits between attempts, instead of waiting."""
    return []


@pytest.fixture
def source(server, waits) -> Callable[..., MatomoSource]:
    """Makes the source; arguments go to its constructor."""

    def make(**settings: Any) -> MatomoSource:
        given = {
            "url": server.url,
            "site_id": SITE,
            "token": TOKEN,
            "plugin_from": "first_path_segment",
            "sleep": waits.append,
            "clock": lambda: datetime(2026, 10, 29, 8, tzinfo=UTC),
            **settings,
        }
        return MatomoSource(**given)

    return make
