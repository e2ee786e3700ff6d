"""What a path may lead to instead of a file."""

import stat
from pathlib import Path

STREAM = "is a pipe, a socket or a device"


def is_stream(path: Path) -> bool:
    """Whether reading could wait for ever: neither a regular file nor a directory.

    Raises:
        OSError: it is not there, or cannot be looked at.
        ValueError: no file can have this path.
    """
    mode = path.stat().st_mode
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)
