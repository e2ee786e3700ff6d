"""A real monorepo with a hundred plugins: every owner that is named in it is found."""

import json
import tarfile
from pathlib import Path

import pytest
import yaml

from plugin_digest.model import FlawKind, canonical_plugin
from unit.ownership.checkouts import PLACEHOLDERS, owners, provider

ARCHIVE = Path(__file__).parents[3].parent / "shared" / "data" / "community-plugins.tar.gz"
GENERIC = "maintainers"

pytestmark = pytest.mark.skipif(
    not ARCHIVE.is_file(), reason="the real monorepo lies beside this checkout only"
)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    directory = tmp_path_factory.mktemp("real")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(directory, filter="data")
    return directory / "community-plugins"


@pytest.fixture(scope="module")
def answer(root):
    return provider(root).read(())


def frontends(root):
    """The folders and contents of all frontend packages outside samples."""
    for file in sorted(root.rglob("package.json")):
        content = json.loads(file.read_text(encoding="utf-8"))
        backstage = content.get("backstage", {})
        is_sample = {"mocks", "examples", "templates", "__fixtures__"} & set(file.relative_to(root).parts)
        if backstage.get("role") == "frontend-plugin" and backstage.get("pluginId") and not is_sample:
            yield file.parent, content


def catalog_owner(folder, name):
    """By the file beside: of the component titled so, else of the first of the frontend's type."""
    file = folder / "catalog-info.yaml"
    entities = list(yaml.safe_load_all(file.read_text(encoding="utf-8"))) if file.exists() else []
    components = [entity for entity in entities if entity and entity["kind"] == "Component"]
    titled = [one for one in components if one["metadata"].get("title") == name]
    typed = [one for one in components if one["spec"]["type"] == "backstage-frontend-plugin"]
    return (titled or typed or components)[0]["spec"]["owner"] if components else None


def code_owners(root, folder):
    """By the last line whose path the folder begins with; this file has no other patterns for folders."""
    found = []
    for line in (root / ".github" / "CODEOWNERS").read_text(encoding="utf-8").splitlines():
        pattern, *named = line.split() or ["#"]
        inside = f"/{folder.relative_to(root).as_posix()}/".startswith(f"{pattern}/")
        if pattern == "*" or inside:
            found = named
    return found


def expected_owner(root, folder, name):
    """Specific before generic, the catalog before CODEOWNERS, a team before people."""
    written = catalog_owner(folder, name)
    if written and written not in {*PLACEHOLDERS, GENERIC}:
        return written
    named = code_owners(root, folder)
    specific = [owner for owner in named if owner != "@backstage/community-plugins-maintainers"]
    if not specific:
        return GENERIC if written == GENERIC else "community-plugins-maintainers"
    team = next((owner.partition("/")[2] for owner in specific if "/" in owner), None)
    return team or f"user.{specific[0].removeprefix('@')}".lower()


def test_every_frontend_plugin_that_anything_names_an_owner_for_has_it(root, answer):
    """The expectation is computed by other means, from the same files."""
    expected = {}
    for folder, content in frontends(root):
        plugin = content["backstage"]["pluginId"]
        if content["name"] != "@backstage-community/plugin-tech-insights-maturity":
            expected[plugin] = expected_owner(root, folder, content["name"])
    assert len(expected) == 103
    found = owners(answer)
    assert {plugin: found.get(plugin) for plugin in expected} == expected


def test_each_claim_says_where_it_comes_from(root, answer):
    """The file is there, and the line of CODEOWNERS is about the package's folder or about everything."""
    lines = (root / ".github" / "CODEOWNERS").read_text(encoding="utf-8").splitlines()
    folders = {package.name: package.folder for package in provider(root).packages()}
    for claim in answer.claims:
        where, _, rest = claim.origin.partition(" (")
        file, _, number = where.partition(" line ")
        assert (root / file).is_file()
        if number:
            pattern = lines[int(number) - 1].split()[0]
            folder = folders[rest.removesuffix(")").split(",")[0].split(" in ")[0]]
            assert pattern == "*" or f"/{folder}/".startswith(f"{pattern}/")


def test_what_the_repository_gets_wrong_is_told(answer):
    """Placeholders are; nothing in it is unreadable or ambiguous."""
    assert {flaw.kind for flaw in answer.flaws} == {FlawKind.PLACEHOLDER_OWNER}
    assert {"acr", "jfrog-artifactory"} <= {flaw.subject for flaw in answer.flaws}


def test_all_plugin_packages_are_known(root):
    """As many as were counted by hand: packages with an id, and frontends among them."""
    packages = provider(root).packages()
    assert len(packages) == 251
    assert sum(package.is_frontend for package in packages) == 104
    assert len({canonical_plugin(package.plugin) for package in packages}) == 115


def test_nothing_in_a_sample_is_taken(root):
    """No package comes from a directory of fixtures or templates."""
    for package in provider(root).packages():
        assert not {"mocks", "examples", "templates", "__fixtures__"} & set(package.folder.split("/"))
