"""The scheduler as a process: started late, stopped by SIGTERM."""

import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

ZONE = ZoneInfo("Europe/Stockholm")


@pytest.fixture
def late(portal):
    """The portal with a slot some hours ago and events of the week that it reports, by the real clock."""
    with_real_clock = subprocess.run(
        [sys.executable, "-c", "import time; print(time.time())"], capture_output=True, text=True, check=True
    )
    now = datetime.fromtimestamp(float(with_real_clock.stdout), ZONE)
    slot = now - timedelta(hours=3)
    portal.edit(
        "digest.yaml",
        "portal_team:",
        f"schedule: {{day: {slot:%A}, time: '{slot:%H:%M}'}}\nportal_team:".replace(
            f"{slot:%A}", f"{slot:%A}".lower()
        ),
    )
    monday = (slot - timedelta(days=slot.weekday() + 7)).replace(hour=0, minute=0, second=0, microsecond=0)
    for back in range(3):
        start = (monday - timedelta(weeks=back)).astimezone(ZoneInfo("UTC"))
        portal.write_week(start, {"jenkins": 12, "techdocs": 30})
    return portal


def serve(directory: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "plugin_digest", "--config", str(directory / "digest.yaml"), "serve"]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ})


def stop(process: subprocess.Popen[str]) -> str:
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return err


def wait_for(condition, process, seconds=60):
    """Waits for what the process does; fails with its output if it ends before."""
    for _ in range(seconds * 20):
        if condition():
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.kill()
    raise AssertionError(process.communicate()[1])


def test_a_slot_missed_while_down_is_made_up_for_once(late):
    """Started after the slot, serve sends the week; started again, nothing (metabase/metabase#47949)."""
    first = serve(late.directory)
    wait_for(lambda: len(late.mails()) == 4, first)
    err = stop(first)
    assert "next slot: " in err
    assert "4 mails sent" in err
    before = {name: (late.directory / "outbox" / name).stat().st_mtime_ns for name in late.mails()}
    second = serve(late.directory)
    lines = iter(second.stderr.readline, "")
    assert any("next slot: " in line for line in lines)
    stop(second)
    assert {name: (late.directory / "outbox" / name).stat().st_mtime_ns for name in late.mails()} == before


def test_a_broken_configuration_ends_serve_at_once(portal):
    """serve does not start on a configuration that is wrong."""
    portal.edit("digest.yaml", "Europe/Stockholm", "Nowhere/Land")
    process = serve(portal.directory)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "portal.timezone" in err
