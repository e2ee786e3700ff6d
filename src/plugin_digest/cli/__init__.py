"""The command line: one file per command, wiring in one place, nothing heavy before a command runs."""

import sys
from io import TextIOWrapper

from plugin_digest.cli.app import app
from plugin_digest.cli.console import Invocation, report_error
from plugin_digest.errors import PluginDigestError

__all__ = ["main"]

INTERRUPTED = 130
"""What a shell expects of a program that Ctrl-C ended."""


def main() -> None:
    """The console script: one line for what went wrong, and the exit code of the contract."""
    invocation = Invocation()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a letter is no reason to fail
    try:
        app(obj=invocation, prog_name="plugin-digest")
    except PluginDigestError as error:
        report_error(str(error), invocation)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output went away: nothing to say, and nobody to say it to
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - a bug still ends in one line; --verbose shows where
        report_error(f"internal error: {type(error).__name__}: {' '.join(str(error).split())}", invocation)
        sys.exit(PluginDigestError.exit_code)
