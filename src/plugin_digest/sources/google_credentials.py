"""Google credentials: a key file, or what the environment offers (workload identity, gcloud).

Owns how they are found and what is wrong with them, in words for people; never their content.
"""

import json
import os
import warnings
from pathlib import Path
from typing import Any, Never

import google.auth
import requests
from google.auth import aws, exceptions, identity_pool, pluggable
from google.auth.credentials import Credentials
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2 import service_account

from plugin_digest.errors import Rejected
from plugin_digest.sources.http import as_source_error

FILE_VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
ANALYTICS_SCOPE = "https://www.googleapis.com/auth/analytics.readonly"


class _UnusableError(ValueError):
    """A file that holds no credentials; its text says what is wrong."""


class TokenRequest(Request):
    """Fetches access tokens, and is of no use for anything else.

    google-auth copies the request it fetches tokens with, to look up "regional access boundaries" at
    iamcredentials.googleapis.com in a thread of its own, which a firewall need not allow and which outlives
    the pull. It goes without where the request cannot be copied.
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> Never:
        raise TypeError("for fetching tokens alone")


class GoogleSession(AuthorizedSession):
    """A session whose requests carry an access token, fetched when the first one is made."""

    def __init__(self, credentials: Credentials) -> None:
        self._token_session = requests.Session()
        super().__init__(credentials, auth_request=TokenRequest(self._token_session))  # type: ignore[no-untyped-call]

    def close(self) -> None:
        super().close()  # type: ignore[no-untyped-call]
        self._token_session.close()


def authorized_session(credentials_file: Path | None, scope: str = ANALYTICS_SCOPE) -> GoogleSession:
    """A session with the credentials of the file, or those that the environment offers.

    Raises:
        Rejected: the file cannot be used, or there is no file and the environment offers nothing.
    """
    if credentials_file is not None:
        return GoogleSession(_from_file(credentials_file, "credentials_file", scope))
    if named := os.environ.get(FILE_VARIABLE):
        return GoogleSession(_from_file(Path(named), FILE_VARIABLE, scope))
    return GoogleSession(_from_surroundings(scope))


def account_of(session: Any) -> str:
    """The e-mail of the service account that a session acts as, empty where there is none."""
    email = getattr(getattr(session, "credentials", None), "service_account_email", None)
    return email if isinstance(email, str) and "@" in email else ""


def _from_file(path: Path, named_by: str, scope: str) -> Credentials:
    try:
        return _made(_read(path), scope)
    except exceptions.TransportError as error:
        raise as_source_error(error, "Google") from None
    except (exceptions.GoogleAuthError, OSError, ValueError, TypeError, AttributeError) as error:
        raise Rejected(f"{named_by} {path}: {_fault(error)}") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        info = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise _UnusableError("not JSON; expected the key file as Google gave it") from None
    if not isinstance(info, dict) or "type" not in info:
        raise _UnusableError(
            'no "type" in it; expected the JSON key of a service account or a workload identity configuration'
        )
    return info


def _made(info: dict[str, Any], scope: str) -> Credentials:
    """The credentials that a file describes.

    The two kinds of a server are made directly: google-auth's general way asks the resource manager for
    the project of a workload identity, and fails where that is out of reach.
    """
    made: Any
    if info["type"] == "service_account":
        made = service_account.Credentials.from_service_account_info(info, scopes=[scope])  # type: ignore[no-untyped-call]
    elif info["type"] == "external_account":
        made = _federated(info).from_info(info, scopes=[scope])
    else:
        with warnings.catch_warnings():
            # it warns of files from strangers, and of gcloud's own project for quota; this file is the
            # operator's, and the API's refusal says the other in full
            warnings.simplefilter("ignore")
            made, _ = google.auth.load_credentials_from_dict(info, scopes=[scope])  # type: ignore[no-untyped-call]
    if not isinstance(made, Credentials):
        raise _UnusableError("holds no credentials that can be used here")
    return made


def _federated(info: dict[str, Any]) -> Any:
    """The class for a workload identity, by where its token comes from."""
    if info.get("subject_token_type") == "urn:ietf:params:aws:token-type:aws4_request":
        return aws.Credentials
    if "executable" in info.get("credential_source", {}):
        return pluggable.Credentials
    return identity_pool.Credentials


def _from_surroundings(scope: str) -> Credentials:
    """Gcloud's login, or the account of the machine or pod that this runs on."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # as above
            made, _ = google.auth.default(scopes=[scope])
    except exceptions.DefaultCredentialsError:
        raise Rejected(
            "no Google credentials: set source.credentials_file to a service account's key, or run where "
            "application default credentials are"
        ) from None
    except exceptions.GoogleAuthError as error:
        raise as_source_error(error, "Google") from None
    return made


def _fault(error: Exception) -> str:
    """What is wrong with a file. google-auth names fields; what cannot be read is not quoted."""
    if isinstance(error, exceptions.GoogleAuthError | _UnusableError):
        return " ".join(str(error.args[0] if error.args else error).split())[:300].rstrip(".")
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "its private_key or another field cannot be read"
