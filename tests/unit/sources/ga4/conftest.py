"""A loopback GA4, a service account's key that it accepts, and a source that reads it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from plugin_digest.sources.ga4 import Ga4Source
from unit.sources.ga4.fake_ga4 import ACCOUNT, PROPERTY, FakeGa4
from unit.sources.ga4.loopback import Server


@pytest.fixture(scope="session")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(autouse=True)
def _proxies(monkeypatch):
    """A proxy in the environment is not for the loopback, and no credentials of the machine are found."""
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)


@pytest.fixture
def fake() -> FakeGa4:
    return FakeGa4()


@pytest.fixture
def server(fake, key) -> Iterator[Server]:
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    with Server(fake, public) as running:
        yield running


@pytest.fixture
def key_file(key, server, tmp_path) -> Path:
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    info = {
        "type": "service_account",
        "project_id": "acme",
        "private_key_id": "k",
        "private_key": private.decode(),
        "client_email": ACCOUNT,
        "client_id": "1",
        "token_uri": f"{server.url}/token",
    }
    path: Path = tmp_path / "ga4.json"
    path.write_text(json.dumps(info), encoding="utf-8")
    return path


@pytest.fixture
def waits() -> list[float]:
    """The waits between attempts, instead of waiting."""
    return []


@pytest.fixture
def source(server, key_file, waits) -> Callable[..., Ga4Source]:
    """Makes the source; arguments go to its constructor."""

    def make(property_id: str = PROPERTY, **settings: Any) -> Ga4Source:
        given = {"credentials_file": key_file, "endpoint": server.url, "sleep": waits.append, **settings}
        return Ga4Source(property_id, **given)

    return make
