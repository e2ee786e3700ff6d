"""Files that a configuration names: relative to the file that names them.

The directory comes as ``directory`` in the validation's context.
"""

import glob
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr, ValidationInfo, WithJsonSchema

from plugin_digest.documents.misfit import Misfit
from plugin_digest.documents.streams import STREAM, is_stream
from plugin_digest.documents.texts import one_line

_SECRET_LIMIT_BYTES = 65_536
_PATH_SCHEMA = {"type": "string", "minLength": 1}
_PASSWORD_SCHEMA = {"type": "string", "format": "password", "writeOnly": True, "minLength": 1}
_FILE_DATABASES = frozenset({"sqlite", "duckdb"})
_POSTGRESQL = frozenset({"postgresql", "postgres", "postgresql+psycopg"})


def _local(text: str) -> str:
    one_line(text)
    if "://" in text:
        raise ValueError("is not a path on this machine")
    if text.startswith("~"):
        raise ValueError("begins with ~, which only a shell understands: write ${HOME} instead")
    return text


def _directory(info: ValidationInfo) -> Path:
    return (info.context or {}).get("directory", Path())  # type: ignore[no-any-return]


def _path(value: Any, info: ValidationInfo) -> Any:
    return _directory(info) / _local(value.strip()) if isinstance(value, str) else value


def _pattern(text: str, info: ValidationInfo) -> str:
    return str(Path(glob.escape(str(_directory(info)))) / _local(text))


def _existing(path: Path) -> Path:
    try:
        if not is_stream(path):
            with path.open("rb"):
                return path
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    raise ValueError(f"{STREAM}; expected a file")


def _existing_directory(path: Path) -> Path:
    if path.is_dir():
        return path
    raise ValueError("is a file; expected a directory" if path.exists() else "is not there")


def _secret(value: Any) -> Any:
    """The text with its blanks: a password may begin or end with one."""
    if value == "":
        raise Misfit.here("is empty")
    return SecretStr(value) if isinstance(value, str) else value


def _mounted(value: Any, info: ValidationInfo) -> Any:
    """The content of a mounted secret, without the line end that many tools write after it."""
    if not isinstance(value, str):
        return value
    path = _directory(info) / value.strip()
    try:
        with path.open("rb") as file:
            text = file.read(_SECRET_LIMIT_BYTES).decode("utf-8")
    except OSError as error:
        raise Misfit.here(f"the file cannot be read: {error.strerror}") from None
    except ValueError:
        raise Misfit.here("the file does not hold UTF-8 text") from None
    secret = text.removesuffix("\n").removesuffix("\r")
    if not secret:
        raise Misfit.here("the file is empty")
    if not secret.isprintable():
        raise Misfit.here("the file holds more than one line, or a control character")
    return SecretStr(secret)


def _store_url(text: str, info: ValidationInfo) -> str:
    """The URL with an absolute path or with the PostgreSQL driver that is installed; never shown."""
    if not text.isprintable():
        raise Misfit.here("holds a line break or another control character")
    scheme, _, rest = text.partition("://")
    if scheme in _POSTGRESQL:
        try:
            _ = urlsplit(f"//{rest}").port
        except ValueError:
            raise Misfit.here(
                "its port is not a number; in a password, characters like / : @ are percent-encoded"
            ) from None
        return f"postgresql+psycopg://{rest}"
    if scheme != "sqlite":
        raise Misfit.here(
            "expected sqlite:///path/to/file or postgresql+psycopg://user:password@host/database"
        )
    file = rest.removeprefix("/")
    if not rest.startswith("/") or not file or file.startswith(":memory:"):
        raise Misfit.here("names no file to keep the figures in; expected sqlite:///data/digest.db")
    return f"sqlite:///{_directory(info) / file}"


def _database_url(text: str, info: ValidationInfo) -> str:
    """The URL, a file in it relative to the configuration; never shown, as it may hold a password."""
    if not text.isprintable():
        raise Misfit.here("holds a line break or another control character")
    scheme, separator, rest = text.partition("://")
    if not scheme or not separator:
        raise Misfit.here("expected a URL like postgresql+psycopg://user:password@host/database")
    if scheme in _POSTGRESQL:
        return f"postgresql+psycopg://{rest}"
    file, mark, options = rest.removeprefix("/").partition("?")
    if scheme in _FILE_DATABASES and file and not file.startswith(":memory:"):
        return f"{scheme}:///{_directory(info) / file}{mark}{options}"
    return text


FilePath = Annotated[Path, BeforeValidator(_path), WithJsonSchema(_PATH_SCHEMA)]
ExistingFile = Annotated[FilePath, AfterValidator(_existing)]
ExistingDirectory = Annotated[FilePath, AfterValidator(_existing_directory)]
Pattern = Annotated[str, AfterValidator(_pattern), WithJsonSchema(_PATH_SCHEMA)]
Secret = Annotated[SecretStr, BeforeValidator(_secret), WithJsonSchema(_PASSWORD_SCHEMA)]
MountedSecret = Annotated[SecretStr, BeforeValidator(_mounted), WithJsonSchema(_PATH_SCHEMA)]
StoreUrl = Annotated[str, AfterValidator(_store_url)]
DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
