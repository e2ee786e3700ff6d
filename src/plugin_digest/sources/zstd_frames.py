"""Whether a Zstandard file is whole, told from its frame and block headers without decompressing it.

Here because DuckDB 2.0 reads a Zstandard stream that was cut off as if it had ended there.
Format: RFC 8878, section 3.1.
"""

import os
from pathlib import Path
from typing import BinaryIO

_MAGIC = 0xFD2FB528
_SKIPPABLE = range(0x184D2A50, 0x184D2A60)
_RLE_BLOCK = 1
_RESERVED_BLOCK = 3
_DICTIONARY_BYTES = (0, 1, 2, 4)
_CONTENT_SIZE_BYTES = (0, 2, 4, 8)


def is_whole(path: Path) -> bool:
    """Whether the file is a sequence of frames of which the last one is ended.

    Raises:
        OSError: the file cannot be read.
    """
    size_bytes = path.stat().st_size
    with path.open("rb") as file:
        try:
            while file.tell() < size_bytes:
                _skip_frame(file)
        except (EOFError, ValueError):
            return False
        return file.tell() == size_bytes


def _skip_frame(file: BinaryIO) -> None:
    magic = _number(file, 4)
    if magic in _SKIPPABLE:
        file.seek(_number(file, 4), os.SEEK_CUR)
        return
    if magic != _MAGIC:
        raise ValueError("not a Zstandard frame")
    descriptor = _number(file, 1)
    is_single_segment, has_checksum = bool(descriptor & 0x20), bool(descriptor & 0x04)
    content_size_bytes = _CONTENT_SIZE_BYTES[descriptor >> 6] or int(is_single_segment)
    header_bytes = int(not is_single_segment) + _DICTIONARY_BYTES[descriptor & 0x03] + content_size_bytes
    file.seek(header_bytes, os.SEEK_CUR)
    while not _skip_block(file):
        pass
    file.seek(4 if has_checksum else 0, os.SEEK_CUR)


def _skip_block(file: BinaryIO) -> bool:
    """Moves past one block; says whether it was the frame's last."""
    header = _number(file, 3)
    kind, size_bytes = (header >> 1) & 0x03, header >> 3
    if kind == _RESERVED_BLOCK:
        raise ValueError("reserved block type")
    file.seek(1 if kind == _RLE_BLOCK else size_bytes, os.SEEK_CUR)
    return bool(header & 1)


def _number(file: BinaryIO, size_bytes: int) -> int:
    data = file.read(size_bytes)
    if len(data) < size_bytes:
        raise EOFError
    return int.from_bytes(data, "little")
