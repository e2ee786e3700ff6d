"""What several of these tests need: no proxy for the loopback, waits that are noted."""

import pytest


@pytest.fixture(autouse=True)
def _proxies(monkeypatch):
    """A proxy in the environment is not for the loopback."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "localhost,127.0.0.1")


@pytest.fixture
def waits() -> list[float]:
    """The waits between attempts, instead of waiting."""
    return []
