"""Whether a Zstandard file is whole."""

import random

import pytest

from plugin_digest.sources.zstd_frames import is_whole
from unit.sources.event_exports import zstd


@pytest.fixture
def packed(tmp_path):
    """Several blocks of text that does not compress well, and one that is a single repeated byte."""
    numbers = random.Random(46)
    lines = [str(numbers.random()) for _ in range(20_000)] + ["x" * 100_000]
    return zstd(tmp_path / "e.zst", "\n".join(lines).encode())


def test_a_whole_file_is_whole_also_when_frames_follow_each_other(packed):
    """Appended files and skippable frames (RFC 8878, section 3.1.2) are no damage."""
    data = packed.read_bytes()
    skippable = (0x184D2A53).to_bytes(4, "little") + (5).to_bytes(4, "little") + b"12345"

    for whole in (data, data + data, skippable + data + skippable):
        packed.write_bytes(whole)
        assert is_whole(packed)


def test_a_file_that_was_cut_off_anywhere_is_not_whole(packed):
    """At every byte of the ends and at a thousand places between."""
    data = packed.read_bytes()
    numbers = random.Random(46)
    ends = [
        *range(1, 100),
        *(numbers.randrange(100, len(data)) for _ in range(1_000)),
        *range(len(data) - 100, len(data)),
    ]

    for end in ends:
        packed.write_bytes(data[:end])
        assert not is_whole(packed), end


def test_another_format_is_not_whole(tmp_path):
    """A name that promises Zstandard is believed."""
    (tmp_path / "e.zst").write_text('{"event": {}}\n')

    assert not is_whole(tmp_path / "e.zst")
