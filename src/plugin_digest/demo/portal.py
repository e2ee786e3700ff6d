"""The made-up portal as a working set-up: configuration, teams and event export in one directory."""

import json
from dataclasses import dataclass
from pathlib import Path

from plugin_digest.demo.behaviour import TIMEZONE, WEEKS
from plugin_digest.demo.events import write_events
from plugin_digest.demo.organisation import ALIASES, people, teams, usual_views
from plugin_digest.demo.surroundings import (
    ANNOTATIONS_YAML,
    CENTRAL_TEAMS,
    HEAD_COUNT,
    adoption_csv,
    onboarding_csv,
)
from plugin_digest.model import Progress, Team, Week, no_progress

LAST_WEEK = WEEKS[-1]
"""The week that the demonstration reports."""

_DIGEST_YAML = f"""\
# The made-up portal of `plugin-digest demo`. Everything is read from and written to this directory:
#   plugin-digest --config digest.yaml send --week {LAST_WEEK}
portal:
  name: Acme Developer Portal
  url: https://backstage.acme.example
  timezone: {TIMEZONE}
  week_starts_on: monday
schedule: {{day: monday, time: "09:00"}}
source:
  type: events
  path: events/*.ndjson.gz
store:
  url: sqlite:///digest.db
ownership:
  - {{type: file, path: teams.yaml}}
mail:
  from: "Developer Portal <portal@acme.example>"
  reply_to: portal-team@acme.example
  transport: {{type: outbox, path: outbox}}
portal_team:
  recipients: [portal-team@acme.example]
  teams: [{", ".join(CENTRAL_TEAMS)}]
  head_count: {HEAD_COUNT}
digest: {{attach_csv: true}}
annotations: annotations.yaml
indicators:
  - type: csv
    name: onboarding
    title: Days until a new developer's first merge
    unit: days
    decimals: 1
    scope: portal
    path: indicators/onboarding.csv
  - type: csv
    name: adoption
    title: Set up for
    unit: components
    scope: plugin
    path: indicators/adoption.csv
"""


@dataclass(frozen=True)
class MadePortal:
    """What was made; ``events`` counts lines, repeated and unreadable ones too."""

    plugins: int
    teams: int
    people: int
    weeks: tuple[Week, ...]
    events: int

    def describe(self) -> str:
        return (
            f"{self.plugins} plugins, {self.teams} teams, {self.people:,} people, "
            f"{self.events:,} events in {len(self.weeks)} weeks ({self.weeks[0]} to {self.weeks[-1]})"
        )


def write_portal(directory: Path, progress: Progress = no_progress) -> MadePortal:
    """Writes ``digest.yaml``, the files that it names and ``events/``; the same bytes every time."""
    indicators = directory / "indicators"
    indicators.mkdir(parents=True, exist_ok=True)
    (directory / "annotations.yaml").write_text(ANNOTATIONS_YAML, encoding="utf-8")
    (indicators / "onboarding.csv").write_text(onboarding_csv(), encoding="utf-8")
    (indicators / "adoption.csv").write_text(adoption_csv(), encoding="utf-8")
    owners = teams()
    (directory / "digest.yaml").write_text(_DIGEST_YAML, encoding="utf-8")
    (directory / "teams.yaml").write_text(_teams_yaml(owners), encoding="utf-8")
    events = write_events(directory / "events", progress)
    return MadePortal(len(usual_views()), len(owners), len(people()), WEEKS, events)


def _teams_yaml(owners: tuple[Team, ...]) -> str:
    aliases = ", ".join(f"{old}: {new}" for old, new in ALIASES.items())
    teams_yaml = "".join(_team_yaml(team) for team in owners)
    return f"# Who owns which plugin, and who reads mail.\nteams:\n{teams_yaml}aliases: {{{aliases}}}\n"


def _team_yaml(team: Team) -> str:
    return (
        f"  {team.key}:\n"
        f"    name: {json.dumps(team.name, ensure_ascii=False)}\n"
        f"    recipients: [{', '.join(team.recipients)}]\n"
        f"    plugins: [{', '.join(sorted(team.plugins))}]\n"
    )
