"""A small portal on disk, and the command line run on it in this process."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from freezegun import freeze_time

from plugin_digest.cli import main, wiring  # noqa: F401 - pydantic must see the real dates

MONDAY_MORNING = datetime(2026, 11, 16, 8, 30, tzinfo=UTC)
"""Half an hour after the slot that reports 2026-W46 in Stockholm."""

CONFIG = """\
portal: {name: Acme Portal, url: "https://backstage.acme.example", timezone: Europe/Stockholm}
source: {type: events, path: events/*.ndjson}
store: {url: "sqlite:///digest.db"}
ownership: [{type: file, path: teams.yaml}]
mail:
  from: "Portal <portal@acme.example>"
  reply_to: portal-team@acme.example
  transport: {type: outbox, path: outbox}
portal_team: {recipients: [portal-team@acme.example]}
"""

TEAMS = """\
teams:
  ci:
    name: CI Platform
    recipients: [ci@acme.example, lead@acme.example]
    plugins: [jenkins, github-actions]
  docs:
    name: Documentation
    recipients: [docs@acme.example]
    plugins: [techdocs]
  idle:
    recipients: [idle@acme.example]
    plugins: [never-seen]
aliases: {azureDevOps: azure-devops}
"""


@dataclass(frozen=True)
class Result:
    """What a call of the command line left behind."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Portal:
    """A directory with configuration and events; calling it runs a command there."""

    directory: Path
    call: Callable[..., Result]

    def __call__(self, *words: str) -> Result:
        return self.call("--config", str(self.directory / "digest.yaml"), *words)

    def mails(self) -> list[str]:
        """Every digest in the outbox."""
        return [name for name in self._outbox() if ".portal-notice." not in name]

    def notices(self) -> list[str]:
        """Every notice to the portal team."""
        return [name for name in self._outbox() if ".portal-notice." in name]

    def _outbox(self) -> list[str]:
        return sorted(path.name for path in (self.directory / "outbox").glob("*.eml"))

    def write_week(self, monday: datetime, views: dict[str, int], skip_days: tuple[int, ...] = ()) -> Path:
        """Events of one week: so many views per plugin and day of ten users in turn."""
        path = self.directory / "events" / f"{monday:%Y-%m-%d}.ndjson"
        path.parent.mkdir(exist_ok=True)
        days = [day for day in range(7) if day not in skip_days]
        lines = [
            json.dumps(_event(monday + timedelta(days=day, hours=9, seconds=n), plugin, n % 10))
            for day in days
            for plugin, count in views.items()
            for n in range(count)
        ]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.directory / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


def _event(moment: datetime, plugin: str, user: int) -> dict[str, object]:
    context = {"pluginId": plugin, "routeRef": f"{plugin}:root", "extension": "App"}
    event = {"action": "navigate", "subject": f"/{plugin}?n=1", "attributes": {}, "context": context}
    stamp = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"event": event, "timestamp": stamp, "user": f"user:default/u{user}", "sessionId": f"s{user}"}


@pytest.fixture
def cli(capsysbinary, monkeypatch) -> Callable[..., Result]:
    """The command line in this process: words in, exit code and both streams out."""

    def call(*words: str) -> Result:
        monkeypatch.setattr("sys.argv", ["plugin-digest", *words])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        captured = capsysbinary.readouterr()
        return Result(code, captured.out.decode(errors="replace"), captured.err.decode())

    return call


@pytest.fixture
def portal(tmp_path, cli) -> Iterator[Portal]:
    """Four whole weeks up to 2026-W46, on the Monday after it."""
    (tmp_path / "digest.yaml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "teams.yaml").write_text(TEAMS, encoding="utf-8")
    made = Portal(tmp_path, cli)
    for back, views in enumerate([
        {"jenkins": 12, "techdocs": 30, "azureDevOps": 3},
        {"jenkins": 8, "github-actions": 5, "techdocs": 30},
        {"jenkins": 9, "github-actions": 4, "techdocs": 28},
        {"jenkins": 7, "github-actions": 6, "techdocs": 31},
    ]):  # fmt: skip
        made.write_week(datetime(2026, 11, 9, tzinfo=UTC) - timedelta(weeks=back), views)
    with freeze_time(MONDAY_MORNING, tick=True):
        yield made
