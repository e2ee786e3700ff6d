"""A loopback BigQuery, and a source that reads it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.auth.transport.requests import AuthorizedSession

from plugin_digest.sources.bigquery import BigQuerySource
from unit.sources.bigquery.fake_bigquery import DATASET, PROJECT, FakeBigQuery
from unit.sources.bigquery.portal import W46, day_tables, make_events


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    """A proxy in the environment is not for the loopback; neither is an emulator, nor a project."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    for name in ("BIGQUERY_EMULATOR_HOST", "GOOGLE_CLOUD_PROJECT", "GOOGLE_APPLICATION_CREDENTIALS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def serve() -> Iterator[Callable[..., FakeBigQuery]]:
    """Starts a BigQuery that holds these day tables."""
    with ExitStack() as stack:
        yield lambda tables, certificate=None: stack.enter_context(FakeBigQuery(tables, certificate))


@pytest.fixture
def week_server(serve) -> FakeBigQuery:
    """A BigQuery that holds a week's events."""
    return serve(day_tables(make_events(W46, count=400)))


@pytest.fixture
def read() -> Callable[..., BigQuerySource]:
    """Makes a source that reads a server; arguments go to its constructor."""

    def make(server: FakeBigQuery, dataset: str = DATASET, **settings: Any) -> BigQuerySource:
        given = {
            "endpoint": server.url,
            "retry_s": 0.05,
            "session_factory": lambda: AuthorizedSession(AnonymousCredentials()),
            **settings,
        }
        return BigQuerySource(PROJECT, dataset, **given)

    return make
