"""`owners discover` on a small portal: what it shows, and the file that it writes."""

import json

import pytest
import yaml

from plugin_digest.cli import serve, wiring
from plugin_digest.cli.console import Invocation
from plugin_digest.ownership import file


@pytest.fixture
def pulled(portal):
    """The portal with its four weeks stored; azureDevOps is seen, and no alias yet."""
    portal.edit("teams.yaml", "aliases: {azureDevOps: azure-devops}\n", "")
    portal.edit("teams.yaml", "[techdocs]", "[tech-docs, azure-devops]")
    portal("pull", "--weeks", "4")
    return portal


@pytest.fixture
def checkout(tmp_path):
    """A repository with an owned plugin, and one whose owner is nobody."""
    for name, owner in {"github-actions": "group:default/build", "acr": "user:guest"}.items():
        folder = tmp_path / "code" / "plugins" / name
        folder.mkdir(parents=True)
        backstage = {"role": "frontend-plugin", "pluginId": name}
        (folder / "package.json").write_text(json.dumps({"name": f"@acme/{name}", "backstage": backstage}))
        entity = {
            "apiVersion": "backstage.io/v1alpha1",
            "kind": "Component",
            "metadata": {"name": name, "title": f"@acme/{name}"},
            "spec": {"type": "backstage-frontend-plugin", "owner": owner, "lifecycle": "experimental"},
        }
        (folder / "catalog-info.yaml").write_text(yaml.safe_dump(entity))
    return tmp_path / "code"


def rows(text):
    """The table's rows by plugin: what was found, the owner, views and weeks."""
    lines = [line.split("  ") for line in text.splitlines()]
    cells = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    return {row[0]: tuple(row[1:5]) for row in cells if len(row) > 5}


def test_the_table_says_who_owns_what_and_why(pulled):
    """Each plugin has a row with its evidence, and a summary counts them."""
    result = pulled("owners", "discover")
    assert result.code == 0, result.err
    assert rows(result.out) == {
        "plugin": ("found", "owner", "views", "weeks"),
        "jenkins": ("matched", "ci", "252", "4"),
        "github-actions": ("matched", "ci", "105", "3"),
        "azuredevops": ("matched through an alias", "docs", "21", "1"),
        "techdocs": ("matched through an alias", "docs", "833", "4"),
        "never-seen": ("owned but never seen", "idle", "-", "-"),
    }
    assert "azure-devops: the same but for punctuation; teams.yaml line 9" in result.out
    assert (
        "5 plugins: 2 matched, 2 matched through an alias, 0 candidates, 0 without an owner, "
        "1 owned but never seen (4 weeks, 2026-W43 to 2026-W46)"
    ) in result.out


def test_only_the_last_weeks(pulled):
    """--weeks takes the newest of the stored weeks."""
    result = pulled("owners", "discover", "--weeks", "1")
    assert rows(result.out)["github-actions"] == ("owned but never seen", "ci", "-", "-")
    assert "(1 week, 2026-W46)" in result.out


def test_the_file_is_a_configuration(pulled):
    """What is written is a teams.yaml that every command takes, with the aliases that were found."""
    target = pulled.directory / "teams.new.yaml"
    result = pulled("owners", "discover", "--output", str(target))
    assert result.code == 0, result.err
    assert result.out.startswith(f"{target}: 5 plugins: 2 matched, 2 matched through an alias")
    answer = file.read(target, {})
    assert answer.aliases == {"azuredevops": "azure-devops", "techdocs": "tech-docs"}
    assert [(group.key, group.name, len(group.recipients)) for group in answer.groups] == [
        ("ci", "CI Platform", 2),
        ("docs", "Documentation", 1),
        ("idle", "", 1),
    ]
    pulled.edit("digest.yaml", "path: teams.yaml", "path: teams.new.yaml")
    again = pulled("owners", "discover", "--format", "json")
    found = {one["plugin"]: (one["found"], one["how"]) for one in json.loads(again.out)["plugins"]}
    assert found["techdocs"] == ("matched through an alias", "an alias already")
    assert pulled("run").code == 0


def test_nothing_is_overwritten(pulled):
    """A file that exists is replaced with --force only, and a table is no file."""
    target = pulled.directory / "teams.yaml"
    before = target.read_text(encoding="utf-8")
    refused = pulled("owners", "discover", "--output", str(target))
    assert refused.code == 2
    assert refused.err.strip() == (
        f"plugin-digest: {target}: exists already; name a new file, or replace it with --force"
    )
    assert target.read_text(encoding="utf-8") == before
    assert pulled("owners", "discover", "--output", str(target), "--force").code == 0
    assert target.read_text(encoding="utf-8") != before
    table = pulled("owners", "discover", "--output", "x", "--format", "table")
    assert (table.code, "--output takes --format yaml or json" in table.err) == (2, True)
    nowhere = pulled("owners", "discover", "--output", str(target / "x.yaml"))
    assert (nowhere.code, "cannot write there" in nowhere.err) == (2, True)


def test_editors_find_the_schema_where_it_is(pulled):
    """The file names the schema only if that lies beside it."""
    target = pulled.directory / "teams.new.yaml"
    pulled("owners", "discover", "--output", str(target))
    assert "$schema" not in target.read_text(encoding="utf-8")
    (pulled.directory / "teams.schema.json").write_text("{}")
    pulled("owners", "discover", "--output", str(target), "--force")
    first = target.read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=./teams.schema.json"


def test_a_checkout_is_asked_too(pulled, checkout):
    """--repository adds owners where the configuration has none, and what it says besides is told."""
    result = pulled("owners", "discover", "--repository", str(checkout), "--format", "json")
    found = json.loads(result.out)
    assert found["places"] == ["teams.yaml", "repository code"]
    plugins = {one["plugin"]: one for one in found["plugins"]}
    assert [(one["owner"], one["place"]) for one in plugins["github-actions"]["evidence"]] == [
        ("ci", "teams.yaml"),
        ("build", "repository code"),
    ]
    assert plugins["acr"] == {
        "plugin": "acr",
        "found": "without an owner",
        "owner": None,
        "weeks": 0,
        "last_week": None,
        "views": None,
        "alias_of": None,
        "how": None,
        "evidence": [],
        "candidates": [],
        "remark": "plugins/acr has no owner; acr has the owner user:guest, who is nobody "
        "(plugins/acr/catalog-info.yaml)",
    }
    assert [flaw["kind"] for flaw in found["flaws"]] == ["placeholder owner"]
    table = pulled("owners", "discover", "--repository", str(checkout)).out
    assert "faults in what the places say: 1; --format json lists them" in table
    assert pulled("owners", "discover", "--repository", "nowhere").code == 2


def test_before_the_first_pull(portal):
    """Without a stored week everything is owned but never seen, and it says what to do."""
    result = portal("owners", "discover")
    assert result.code == 0, result.err
    assert {row[0] for row in rows(result.out).values()} == {"found", "owned but never seen"}
    assert "no week is stored yet, so no plugin was seen; next: plugin-digest pull --weeks 12" in result.out
    written = portal("owners", "discover", "--format", "yaml")
    assert "# Analytics: no week is stored yet.\n" in written.out


def test_candidates_have_a_row_each(pulled):
    """An owner that is only likely is shown with a question mark."""
    pulled.edit("teams.yaml", "[jenkins, github-actions]", "[jenkins-plugin, jenkins-frontend]")
    out = pulled("owners", "discover").out
    lines = [line.split()[:3] for line in out.splitlines() if line.startswith("jenkins ")]
    assert lines == [["jenkins", "candidates", "ci?"]] * 2
    assert "perhaps jenkins-plugin: the same but for 'plugin'; teams.yaml line 5" in out


@pytest.mark.parametrize("words", [("owners", "--help"), ("owners",)])
def test_a_group_lists_its_commands(cli, words):
    """A word that is only the beginning of a command shows what may follow."""
    result = cli(*words)
    assert "discover  Look for owners, for a teams.yaml to start from." in result.out + result.err


def test_help_of_a_command_in_a_group(cli):
    """Its own help, with an example that begins with the whole command."""
    result = cli("--config", "nowhere.yaml", "owners", "discover", "--help")
    assert result.out.startswith("Usage: plugin-digest owners discover [OPTIONS]")
    assert "Example: plugin-digest owners discover" in result.out


@pytest.fixture
def attended(portal, checkout):
    """A portal whose owners stand in a checkout, too; the attendant of its slot, and the slot."""
    portal.edit("digest.yaml", "path: teams.yaml}", "path: teams.yaml}, {type: repository, path: code}")
    setup = wiring.load_file(portal.directory / "digest.yaml")
    slot = setup.settings.timetable.latest(setup.clock())
    return serve.Attendant(Invocation(config=portal.directory / "digest.yaml"), setup), slot


def test_owners_that_are_out_of_reach_for_a_while_cost_no_week(portal, attended, checkout):
    """The slot gets another attempt, also after a restart, and nobody is mailed about what has passed."""
    attendant, slot = attended
    checkout.rename(portal.directory / "away")
    assert not attendant.run(slot)
    with attendant.started.open_store() as store:
        assert not serve.is_done(store, slot)
    assert (portal.mails(), portal.notices()) == ([], [])
    assert "held: who owns what is not known" in portal("status").out
    (portal.directory / "away").rename(checkout)
    assert attendant.run(slot)
    assert len(portal.mails()) == 4
    attendant.tell(slot)
    assert portal.notices() == []


def test_owners_that_stay_out_of_reach_are_told(portal, attended, checkout):
    """Once, when the quick attempts are over or the slot is given up."""
    attendant, slot = attended
    checkout.rename(portal.directory / "away")
    for _ in range(2):
        assert not attendant.run(slot)
        attendant.tell(slot)
    assert len(portal.notices()) == 1


def test_an_ownership_that_shrank_waits_for_a_person(portal, attended):
    """Another attempt would find the same: it is told at once, and the slot is done."""
    attendant, slot = attended
    portal("pull", "--weeks", "4")
    assert portal("send", "--week", "2026-W45").code == 0
    before = portal.mails()
    portal.edit("teams.yaml", "  docs:", "  many: {plugins: [a, b, c, d, e, f, g]}\n  docs:")
    assert attendant.run(slot)
    with attendant.started.open_store() as store:
        assert serve.is_done(store, slot)
    assert (len(portal.notices()), portal.mails()) == (1, before)


def test_a_place_that_fails_is_asked_once_in_a_run(portal, attended, checkout, monkeypatch):
    """Its error is kept, and what is read meanwhile is said."""
    asked = []
    real = wiring.resolve
    monkeypatch.setattr(wiring, "resolve", lambda *args, **more: asked.append(1) or real(*args, **more))
    checkout.rename(portal.directory / "away")
    result = portal("run")
    assert (result.code, len(asked)) == (4, 1)
    assert "no such directory" in result.err
    assert "figures are read for no team meanwhile" in result.err
    assert "going on with" not in result.err


def test_co_owners_read_by_a_setting(portal, checkout):
    """mail.co_owners: first leaves those out who are only named beside the owner."""
    (checkout / "plugins" / "acr" / "catalog-info.yaml").unlink()
    (checkout / "CODEOWNERS").write_text("/plugins/acr first@acme.example second@acme.example\n")
    portal.edit("digest.yaml", "path: teams.yaml}", "path: teams.yaml}, {type: repository, path: code}")
    portal("pull", "--weeks", "4")
    shown = portal("plan").out
    assert "CODEOWNERS line 1, for co-owner second-acme.example" in shown
    portal.edit("digest.yaml", "reply_to:", "co_owners: first\n  reply_to:")
    alone = portal("plan").out
    assert "first@acme.example" in alone
    assert "  second@acme.example" not in alone
