"""The command line: one file per command, wiring in one place, nothing heavy before a command runs."""

import sys

from plugin_digest.cli.app import app
from plugin_digest.cli.console import Invocation, lasting, report_error
from plugin_digest.errors import PluginDigestError

__all__ = ["main"]

INTERRUPTED = 130
"""What a shell expects of a program that Ctrl-C ended."""


def main() -> None:
    """The console script: one line for what went wrong, and the exit code of the contract."""
    invocation = Invocation()
    sys.stdout, sys.stderr = lasting(sys.stdout), lasting(sys.stderr)
    try:
        app(obj=invocation, prog_name="plugin-digest")
    except PluginDigestError as error:
        report_error(str(error), invocation)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - a bug still ends in one line; --verbose shows where
        report_error(f"internal error: {type(error).__name__}: {' '.join(str(error).split())}", invocation)
        sys.exit(PluginDigestError.exit_code)
