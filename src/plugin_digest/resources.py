"""Where the files that ship with the package are: in the wheel beside the code, in a checkout at its top."""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parents[1]


def _shipped(name: str) -> Path:
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _CHECKOUT / name


def templates_dir() -> Path:
    """The directory of the Jinja2 templates."""
    return _shipped("templates")


def examples_dir() -> Path:
    """The directory of the example configuration and its JSON Schemas."""
    return _shipped("config")
