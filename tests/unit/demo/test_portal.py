"""The made-up portal: the same every time, of the announced size, and telling the stories it should."""

import gzip
import json
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from plugin_digest.demo import LAST_WEEK, MadePortal, write_portal
from plugin_digest.model import UNATTRIBUTED_IDS, PullRequest, Week, canonical_plugin
from plugin_digest.sources.events import EventsSource

STOCKHOLM = ZoneInfo("Europe/Stockholm")
WEEKS = [f"2026-W{number}" for number in range(35, 47)]


@dataclass
class Export:
    """What a plain loop over the lines finds; a line that came twice counts once."""

    lines: int = 0
    repeated: int = 0
    unreadable: int = 0
    days: set[date] = field(default_factory=set)
    actions: Counter[str] = field(default_factory=Counter)
    views: Counter[tuple[str, str]] = field(default_factory=Counter)
    users: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    contexts: Counter[tuple[str, str]] = field(default_factory=Counter)
    ids: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    moments: set[datetime] = field(default_factory=set)
    subjects: set[str] = field(default_factory=set)

    def add(self, line: str, aliases: dict[str, str]) -> None:
        try:
            body = json.loads(line)
        except ValueError:
            self.unreadable += 1
            return
        event, moment = body["event"], datetime.fromisoformat(body["timestamp"])
        local = moment.astimezone(STOCKHOLM)
        self.days.add(local.date())
        self.actions[event["action"]] += 1
        if event["action"] != "navigate":
            return
        context, week = event["context"], f"{local:%G-W%V}"
        plugin = canonical_plugin(context["pluginId"])
        plugin = aliases.get(plugin, plugin)
        self.moments.add(moment)
        self.subjects.add(event["subject"])
        self.ids[plugin].add(context["pluginId"])
        self.views[week, plugin] += 1
        self.users[week, plugin].add(body["user"])
        self.users[week, "all"].add(body["user"])
        self.contexts[week, "legacy" if "extension" in context else "new"] += 1

    def of(self, plugin: str) -> list[int]:
        """The plugin's views in the twelve weeks."""
        return [self.views[week, plugin] for week in WEEKS]

    def portal(self) -> list[int]:
        counts: Counter[str] = Counter()
        for (week, _), views in self.views.items():
            counts[week] += views
        return [counts[week] for week in WEEKS]


@dataclass(frozen=True)
class Demo:
    directory: Path
    made: MadePortal
    steps: list[tuple[str, int, int]]
    other_process: Path


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Demo:
    here, there = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("there")
    steps: list[tuple[str, int, int]] = []
    code = (
        "import sys; from pathlib import Path; from plugin_digest.demo import write_portal; "
        "write_portal(Path(sys.argv[1]))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(there)],
        env={"PYTHONPATH": ":".join(path for path in sys.path if path), "PYTHONHASHSEED": "4711"},
    ) as other:
        made = write_portal(here, lambda *step: steps.append(step))
        assert other.wait(60) == 0
    return Demo(here, made, steps, there)


@pytest.fixture(scope="module")
def teams(demo):
    return yaml.safe_load((demo.directory / "teams.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def export(demo, teams) -> Export:
    found, seen = Export(), set()
    aliases = {canonical_plugin(old): canonical_plugin(new) for old, new in teams["aliases"].items()}
    for path in sorted((demo.directory / "events").glob("*.ndjson.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                found.lines += 1
                if line in seen:
                    found.repeated += 1
                else:
                    seen.add(line)
                    found.add(line, aliases)
    return found


def test_two_processes_write_the_same_bytes(demo):
    """The portal is the same every time, whatever the hash seed and the clock."""
    names = sorted(path.relative_to(demo.directory) for path in demo.directory.rglob("*") if path.is_file())
    assert len(names) == 17
    for name in names:
        assert (demo.directory / name).read_bytes() == (demo.other_process / name).read_bytes(), name


def test_there_is_one_file_a_week_and_progress_counts_them(demo):
    """Twelve files, each announced before it is made."""
    files = sorted(path.name for path in (demo.directory / "events").iterdir())
    assert files == [f"{week}.ndjson.gz" for week in WEEKS]
    assert [(done, total) for _, done, total in demo.steps] == [(done, 12) for done in range(13)]


def test_the_description_counts_what_was_made(demo, export):
    """One line says how large the portal is, and it is right."""
    assert demo.made.events == export.lines
    assert demo.made.describe() == (
        f"135 plugins, 63 teams, 2,000 people, {export.lines:,} events in 12 weeks (2026-W35 to 2026-W46)"
    )
    assert Week(date(2026, 11, 9)) == LAST_WEEK


def test_the_portal_has_the_size_of_spotifys(export, teams):
    """135 plugins, of which analytics reports all but one, and 63 teams."""
    owned = {plugin for team in teams["teams"].values() for plugin in team["plugins"]}
    seen = set(export.ids) - UNATTRIBUTED_IDS
    assert len(owned | seen) == 135
    assert len(seen) == 134
    assert owned - seen == {"signals"}
    assert len(teams["teams"]) == 63


def test_each_plugin_has_one_owner_except_a_handful(export, teams):
    """No plugin stands under two teams; four stand under none."""
    owned = [plugin for team in teams["teams"].values() for plugin in team["plugins"]]
    assert len(owned) == len(set(owned))
    assert set(export.ids) - UNATTRIBUTED_IDS - set(owned) == {"agent-forge", "bookmarks", "ocm", "badges"}


def test_most_teams_own_few_plugins_and_one_owns_nine(teams):
    """Teams own one to four plugins, one owns nine, and exactly one has nobody who reads mail."""
    sizes = Counter(len(team["plugins"]) for team in teams["teams"].values())
    assert sizes.pop(9) == 1
    assert set(sizes) == {1, 2, 3, 4}
    assert [key for key, team in teams["teams"].items() if not team["recipients"]] == ["edge-network"]
    addresses = [address for team in teams["teams"].values() for address in team["recipients"]]
    assert len(addresses) == len(set(addresses)) == 65
    assert all(address.endswith("@acme.example") for address in addresses)


def test_the_configuration_names_files_that_exist(demo):
    """The set-up is complete: its paths are relative and lead to what was written."""
    config = yaml.safe_load((demo.directory / "digest.yaml").read_text(encoding="utf-8"))
    assert len(list(demo.directory.glob(config["source"]["path"]))) == 12
    assert (demo.directory / config["ownership"][0]["path"]).is_file()
    assert config["portal"]["timezone"] == "Europe/Stockholm"
    assert config["store"]["url"] == "sqlite:///digest.db"
    assert config["mail"]["transport"] == {"type": "outbox", "path": "outbox"}


def test_every_local_day_has_events_and_no_other_day(export):
    """Twelve whole local weeks, the one with 169 hours among them, and nothing outside."""
    first = date(2026, 8, 24)
    assert export.days == {first + timedelta(days=n) for n in range(84)}


def test_views_stand_on_the_borders_of_every_week(export):
    """The first and the last moment of each local week has a view (period boundaries, rule 2)."""
    for n in range(12):
        start = datetime(2026, 8, 24, tzinfo=STOCKHOLM) + timedelta(weeks=n)
        end = (start + timedelta(weeks=1)).astimezone(UTC) - timedelta(milliseconds=1)
        assert {start.astimezone(UTC), end} <= export.moments
    for fold in (0, 1):
        assert datetime(2026, 10, 25, 2, 30, fold=fold, tzinfo=STOCKHOLM).astimezone(UTC) in export.moments


def test_about_one_percent_arrives_twice_and_a_few_lines_are_broken(export):
    """A retry repeats lines word for word; what a collector broke stays far below the limit."""
    assert 0.008 < export.repeated / export.lines < 0.014
    assert 3 <= export.unreadable <= 12


def test_some_events_are_not_views(export):
    """Searches, clicks and created software stand between the views."""
    total = sum(export.actions.values())
    assert set(export.actions) == {"navigate", "search", "click", "create"}
    assert 0.08 < 1 - export.actions["navigate"] / total < 0.2


def test_both_frontend_systems_report_and_the_new_one_gains(export):
    """The portal is on its way to the new frontend system."""
    share = [
        export.contexts[w, "new"] / (export.contexts[w, "new"] + export.contexts[w, "legacy"]) for w in WEEKS
    ]
    assert 0.3 < share[0] < 0.5 < share[-1] < 0.8


def test_paths_carry_queries_fragments_and_entities(export):
    """Subjects are as Backstage sends them: path, query and hash."""
    assert "/catalog/default/component/checkout-api/jenkins?branch=main&page=2" in export.subjects
    assert any("#" in subject for subject in export.subjects)


def test_the_portal_grows_and_dips_in_the_autumn_break(export):
    """Views and users grow over the weeks; about a third is missing in W44."""
    portal, users = export.portal(), [len(export.users[week, "all"]) for week in WEEKS]
    assert 1.15 < portal[-1] / portal[0] < 1.35
    assert users[-1] > users[0]
    for counts in (portal, users):
        assert 0.55 < counts[9] / counts[8] < 0.8
        assert counts[10] > 0.9 * counts[8]


def test_users_are_fewer_than_views_and_do_not_add_up(export):
    """People have a home set of plugins: the portal's users are far below the sum over plugins."""
    week = WEEKS[-1]
    plugins = {plugin for w, plugin in export.views if w == week}
    assert all(len(export.users[week, plugin]) <= export.views[week, plugin] for plugin in plugins)
    assert 2 * len(export.users[week, "all"]) < sum(len(export.users[week, plugin]) for plugin in plugins)


def test_a_release_lifts_a_plugin_and_stays(export):
    """cost-insights has about twice the views from W42 on."""
    views = export.of("cost-insights")
    before, after = sum(views[:7]) / 7, [*views[7:9], *views[10:]]
    assert min(after) > 1.5 * before


def test_plugins_are_born_and_die(export):
    """One is born in W43 and grows, one in the last week; one ends after W41 and one before the last."""
    born, newest = export.of("mcp-chat"), export.of("agent-forge")
    assert sum(born[:8]) == 0
    assert 0 < born[8] < born[11]
    assert sum(newest[:11]) == 0 < newest[11]
    dead, silent = export.of("opsgenie"), export.of("xcmetrics")
    assert min(dead[:7]) > 20
    assert sum(dead[7:]) == 0
    assert min(silent[:11]) > 0 == silent[11]


def test_the_reported_week_has_something_to_tell(export):
    """In the last week a plugin is new, one is back, one silent, some rise and one falls."""
    assert sum(export.of("carbon-footprint")[:11]) == 0 < export.of("carbon-footprint")[11]
    assert sum(export.of("skill-exchange")[8:11]) == 0 < export.of("skill-exchange")[11]
    for plugin in ("pager-duty", "storybook", "tech-radar"):
        assert export.of(plugin)[11] > 1.4 * export.of(plugin)[10]
    assert export.of("servicenow")[11] < 0.7 * export.of("servicenow")[10]


def test_a_renamed_plugin_is_one_plugin(export):
    """azure-devops reports another id from W42 on, and the alias joins both without a step."""
    assert export.ids["azure-devops"] == {"azureDevOps", "azure-devops"}
    views = export.of("azure-devops")
    assert 0.75 < sum(views[7:9]) / sum(views[5:7]) < 1.35


def test_one_plugin_declines_all_the_time(export):
    """jenkins loses week by week what github-actions gains."""
    declining, growing = export.of("jenkins"), export.of("github-actions")
    assert sum(declining[6:9]) < 0.8 * sum(declining[:3])
    assert sum(growing[6:9]) > 1.1 * sum(growing[:3])


def test_small_plugins_have_a_few_users_and_noise(export):
    """A handful of people use the small ones, so that single weeks say little."""
    small = ["linkerd", "wheel-of-names", "chaos-experiments", "build-cache", "code-climate"]
    users = [len(export.users[week, plugin]) for plugin in small for week in WEEKS]
    assert max(users) <= 8
    assert sum(count >= 2 for count in users) > 0.8 * len(users)
    assert any(export.views[week, plugin] == 0 for plugin in small for week in WEEKS)


def test_some_views_belong_to_no_plugin(export):
    """root (legacy) and app (new frontend) have a few per cent of the views."""
    share = sum(export.of("root") + export.of("app")) / sum(export.portal())
    assert 0.02 < share < 0.05


def test_working_hours_carry_the_portal(export):
    """Weekends have a trickle, not nothing."""
    local = [moment.astimezone(STOCKHOLM) for moment in export.moments]
    weekend = sum(moment.weekday() >= 5 for moment in local) / len(local)
    office = sum(8 <= moment.hour < 18 for moment in local) / len(local)
    assert 0.01 < weekend < 0.06
    assert office > 0.8


def test_people_search_before_they_open_a_page(demo):
    """A search leads to many plugins, and more people search the frequent terms."""
    request = PullRequest([LAST_WEEK], STOCKHOLM, datetime(2026, 11, 20, tzinfo=UTC))
    [snapshot] = EventsSource(str(demo.directory / "events" / "*.gz")).pull(request)
    assert len(snapshot.searches) > 20
    assert "search" not in snapshot.searches
    [first, *others] = snapshot.searches["techdocs"]
    assert first.term == "kafka retention"
    assert len(others) == 4
