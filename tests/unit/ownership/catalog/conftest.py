"""A catalog on the loopback, and providers that read it."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from plugin_digest.ownership.catalog import CatalogProvider
from unit.ownership.catalog.catalog_server import TOKEN, FakeCatalog


@pytest.fixture(autouse=True)
def _proxies(monkeypatch):
    """A proxy in the environment is not for the loopback."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "localhost,127.0.0.1")


@pytest.fixture
def catalog(httpserver: HTTPServer) -> FakeCatalog:
    fake = FakeCatalog()
    fake.serve(httpserver)
    return fake


@pytest.fixture
def waits() -> list[float]:
    """The waits between attempts, instead of waiting."""
    return []


@pytest.fixture
def provider(httpserver: HTTPServer, waits) -> Callable[..., CatalogProvider]:
    """Makes a provider of the catalog; arguments go to its constructor."""

    def make(**settings: Any) -> CatalogProvider:
        return CatalogProvider(
            **{"url": httpserver.url_for("/"), "token": TOKEN, "sleep": waits.append, **settings}
        )

    return make
