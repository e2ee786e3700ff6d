"""Which plugin a component of the catalog is, and whose."""

import json
import tarfile
from pathlib import Path

import pytest
import yaml

from plugin_digest.model import FlawKind
from plugin_digest.ownership.packages import Package
from unit.ownership.catalog.catalog_server import component, group, plugin, user

REAL = Path(__file__).parents[4].parent / "shared" / "data" / "community-plugins.tar.gz"
ID = "plugin-digest/plugin-id"
TYPES = ("backstage-frontend-plugin", "backstage-plugin")
OWNERS = (group("ci", "ci@acme.example"), group("web", "web@acme.example"))


def annotated(ids, **metadata):
    return {"annotations": {ID: ids}, **metadata}


@pytest.fixture
def read(catalog, provider):
    """Claims as plugin: owner, of the given components and two groups."""

    def read(*components, seen=(), packages=(), **settings):
        catalog.entities = [*components, *OWNERS]
        return provider(**settings).read(seen, packages)

    return read


def owned(answer):
    claims = {claim.plugin: claim.owner for claim in answer.claims}
    assert len(claims) == len(answer.claims)
    return claims


def flaws(answer):
    return {(flaw.kind, flaw.subject) for flaw in answer.flaws}


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("@acme/plugin-jenkins", "jenkins"),
        ("@acme/backstage-plugin-jenkins", "jenkins"),
        ("backstage-plugin-jenkins", "jenkins"),
        ("plugin-jenkins", "jenkins"),
        ("@Acme/Plugin-Jenkins", "jenkins"),
        ("@acme/plugin-tech-insights", "tech-insights"),
        ("@acme/plugin-mta-frontend", "mta"),
        ("@acme/plugin-frontend", "frontend"),
        ("@acme/plugin-scaffolder-plugin-x", "scaffolder-plugin-x"),
        ("Jenkins plugin", "the-name"),
        ("@acme/jenkins", "the-name"),
        ("@acme/plugin-", "the-name"),
        ("@acme/x/plugin-jenkins", "the-name"),
        (None, "the-name"),
    ],
)
def test_an_npm_name_as_the_title_names_the_plugin(read, title, expected):
    """Any other title says nothing, and the name is asked."""
    answer = read(component("the-name", "ci", **({} if title is None else {"title": title})))
    assert owned(answer) == {expected: "ci"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("jenkins", "jenkins"),
        ("Jenkins", "jenkins"),
        ("backstage-plugin-jenkins", "jenkins"),
        ("backstage-community-plugin-jenkins", "jenkins"),
        ("backstage-plugin-npm-frontend", "npm"),
        ("plugin-jenkins", "jenkins"),
        ("backstage-plugin-scaffolder-plugin-x", "scaffolder-plugin-x"),
    ],
)
def test_a_name_is_the_id_or_the_packages_safe_name(read, name, expected):
    """Where no title says better."""
    assert owned(read(component(name, "ci"))) == {expected: "ci"}


@pytest.mark.parametrize(
    ("entity", "seen", "expected"),
    [
        (component("x", "ci", title="@acme/plugin-aws-frontend"), "aws-frontend", "aws-frontend"),
        (component("x", "ci", title="@acme/plugin-aws-frontend"), "aws", "aws"),
        (
            component("x", "ci", title="@red-hat/backstage-plugin-home"),
            "@red-hat/backstage-plugin-home",
            "@red-hat/backstage-plugin-home",
        ),
        (component("mend-plugin", "ci", title="@acme/plugin-mend"), "mend-plugin", "mend-plugin"),
        (component("my-plugin-thing", "ci"), "my-plugin-thing", "my-plugin-thing"),
        (component("my-plugin-thing", "ci"), "something-else", "thing"),
    ],
)
def test_of_several_readings_the_one_that_analytics_reports_counts(read, entity, seen, expected):
    """A package's name alone does not say whether -frontend belongs to the id."""
    assert owned(read(entity, seen={seen})) == {expected: "ci"}


def test_annotation_beats_title_beats_title_without_its_role_beats_name(read):
    """Each is taken away in turn, and the next one counts."""
    ladder = [
        component("any", "web", kind="service", **annotated("x")),
        component("a", "ci", title="@acme/plugin-x"),
        component("b", "web", title="@acme/plugin-x-frontend"),
        component("x", "ci"),
    ]
    for strongest, expected in enumerate(("web", "ci", "web", "ci")):
        answer = read(*ladder[strongest:])
        assert owned(answer) == {"x": expected}
        assert answer.flaws == ()


def test_a_package_says_better_than_its_name_which_plugin_it_is(read):
    """Where a repository has the code; a title that is read for the same plugin steps back."""
    components = (
        component("c", "ci", title="@acme/portal-ci-view"),
        component("gh", "web", title="@Roadie/backstage-plugin-github-insights"),
        component("other", "web", title="@acme/plugin-ci"),
    )
    packages = (
        Package("CI", "@acme/portal-ci-view", "frontend-plugin", "plugins/c"),
        Package("code-insights", "@roadie/backstage-plugin-github-insights", "frontend-plugin", "plugins/gh"),
        Package("ci", "@acme/plugin-ci-backend", "backend-plugin", "plugins/ci-backend"),
    )
    assert owned(read(*components)) == {"c": "ci", "github-insights": "web", "ci": "web"}
    answer = read(*components, packages=packages, seen=["github-insights"])
    assert owned(answer) == {"CI": "ci", "code-insights": "web"}
    assert answer.claims[0].origin.endswith("by its title @acme/portal-ci-view, whose package.json says CI")


def test_a_module_does_not_speak_for_the_plugin_that_it_extends(read):
    """It carries that one's id in its package.json."""
    module = component("m", "ci", title="@acme/plugin-catalog-module-x")
    package = Package("catalog", "@acme/plugin-catalog-module-x", "frontend-plugin-module", "plugins/m")
    assert owned(read(module, packages=[package])) == {"catalog-module-x": "ci"}


def test_an_annotation_makes_a_component_of_any_type_a_plugin(read):
    """One component may be several plugins, written as their team writes them, each once."""
    answer = read(
        component("ci-ui", "ci", kind="website", **annotated(" Jenkins, argo-cd,, JENKINS ")),
        component("shop", "web", kind="website", title="@acme/plugin-shop"),
    )
    assert owned(answer) == {"Jenkins": "ci", "argo-cd": "ci"}


def test_an_annotated_component_is_not_read_by_its_title_and_name(read):
    """What a team says itself is all that counts; an empty annotation says nothing."""
    answer = read(plugin("a", "ci", **annotated("b")), plugin("c", "ci", **annotated(" ")))
    assert owned(answer) == {"b": "ci", "c": "ci"}


def test_the_annotation_and_the_types_can_be_chosen(read, catalog):
    """A name with dots in it, and types compared without case; nothing else is asked for."""
    answer = read(
        component("a", "ci", kind="library", annotations={"acme.example/plugin": "x"}),
        component("b", "web", kind="Portal-Plugin"),
        plugin("c", "web", **annotated("y")),
        annotation="acme.example/plugin",
        types=("portal-plugin",),
    )
    assert owned(answer) == {"x": "ci", "b": "web"}
    assert catalog.questions("by-query")[0]["filter"] == [
        "kind=component,metadata.annotations.acme.example/plugin",
        "kind=component,spec.type=portal-plugin",
    ]


def test_views_without_a_plugin_cannot_be_claimed(read):
    """Analytics books them under root and app; only who says so on purpose is told."""
    answer = read(plugin("app", "ci"), plugin("x", "ci", **annotated("root")))
    assert answer.claims == ()
    assert flaws(answer) == {(FlawKind.NOT_FOUND, "root")}


def test_a_claim_says_where_it_comes_from(read, httpserver):
    """The component, the catalog and the rule."""
    place = f"catalog localhost:{httpserver.port}"
    answer = read(
        plugin("a", "ci"),
        component("b", "ci"),
        component("c", "group:default/ci", kind="x", namespace="ext", **annotated("C")),
    )
    assert {claim.plugin: claim.origin for claim in answer.claims} == {
        "a": f"component:default/backstage-plugin-a in {place}, by its title @acme/plugin-a",
        "b": f"component:default/b in {place}, by its name",
        "C": f"component:ext/c in {place}, by its annotation {ID}",
    }


def test_the_owner_is_a_group_unless_it_says_otherwise(catalog, provider):
    """Bare names are groups of the component's namespace; case does not matter."""
    catalog.entities = [
        plugin("a", "CI"),
        plugin("b", "group:Default/ci"),
        plugin("c", "User:jane"),
        plugin("d", "ci", namespace="Ext"),
        group("ci", "ci@acme.example"),
        group("ci", "ext@acme.example", namespace="ext"),
        user("Jane", "jane@acme.example"),
    ]
    answer = provider().read(())
    assert owned(answer) == {"a": "ci", "b": "ci", "c": "user.jane", "d": "ext.ci"}
    assert {group.key for group in answer.groups} == {"ci", "user.jane", "ext.ci"}


def test_spec_owner_counts_where_there_is_no_relation(catalog, provider, monkeypatch):
    """A portal may have left out the processor that makes relations."""
    catalog.entities = [plugin("a", "ci", namespace="ext"), group("ci", "x@acme.example", namespace="ext")]
    monkeypatch.setattr(catalog, "related", lambda: catalog.entities)
    assert owned(provider().read(())) == {"a": "ext.ci"}


def test_of_several_owner_relations_the_one_of_spec_owner_counts(read):
    """Others can only come from a processor of the portal's own; without spec.owner they contradict."""
    also_web = {"relations": [{"type": "ownedBy", "targetRef": "group:default/web"}]}
    assert owned(read({**plugin("a", "ci"), **also_web})) == {"a": "ci"}
    both = {"relations": [*also_web["relations"], {"type": "ownedBy", "targetRef": "group:default/ci"}]}
    answer = read({**plugin("a", None), **both})
    assert answer.claims == ()
    assert flaws(answer) == {(FlawKind.AMBIGUOUS_PLUGIN, "a")}


def test_several_components_of_one_owner_are_one_claim(read):
    """An umbrella component and the package's own, say."""
    answer = read(plugin("a", "ci"), component("other", "ci", title="@other/plugin-a"))
    assert owned(answer) == {"a": "ci"}
    assert answer.claims[0].origin.endswith("by its title @acme/plugin-a")
    assert answer.flaws == ()


def test_components_of_equal_strength_and_different_owners_are_not_chosen_from(read):
    """Nobody is guessed, not even by a weaker rule, and what contradicts is told."""
    answer = read(plugin("a", "ci"), component("other", "web", title="@other/plugin-a"), component("a", "ci"))
    assert answer.claims == ()
    (flaw,) = answer.flaws
    assert (flaw.kind, flaw.subject) == (FlawKind.AMBIGUOUS_PLUGIN, "a")
    assert flaw.text == (
        "is claimed for several owners, and none was taken: "
        "component:default/backstage-plugin-a by its title @acme/plugin-a for group:default/ci; "
        "component:default/other by its title @other/plugin-a for group:default/web"
    )


def test_an_owner_that_is_nobody_does_not_compete(read):
    """A placeholder is no second owner."""
    answer = read(plugin("a", "ci"), component("other", "owner-unknown", title="@other/plugin-a"))
    assert owned(answer) == {"a": "ci"}


@pytest.mark.parametrize(
    "owner", ["user:guest", "guest", "owner-unknown", "Unknown", "john@example.com", "${{values.owner}}"]
)
def test_a_placeholder_owns_nothing(read, owner):
    """All of these are in real repositories."""
    answer = read(plugin("a", owner), user("guest", "guest@acme.example"))
    assert answer.claims == ()
    (flaw,) = answer.flaws
    assert (flaw.kind, flaw.text) == (FlawKind.PLACEHOLDER_OWNER, "is named as the owner of a, and is nobody")


def test_a_template_that_was_not_filled_in_is_a_placeholder(catalog, provider, monkeypatch):
    """Backstage makes no relation of what is no reference."""
    catalog.entities = [plugin("a", "${{ values.organization }}")]
    monkeypatch.setattr(catalog, "related", lambda: catalog.entities)
    assert flaws(provider().read(())) == {(FlawKind.PLACEHOLDER_OWNER, "${{ values.organization }}")}


def test_the_placeholders_can_be_chosen(read):
    """Bare names of any kind, or whole references."""
    answer = read(
        plugin("a", "ci"), plugin("b", "user:bot"), plugin("c", "web"), placeholders=("CI", "user:bot")
    )
    assert owned(answer) == {"c": "web"}
    assert flaws(answer) == {
        (FlawKind.PLACEHOLDER_OWNER, "group:default/ci"),
        (FlawKind.PLACEHOLDER_OWNER, "user:default/bot"),
    }


def test_an_owner_that_does_not_exist_is_told_once_and_owns_nothing(read):
    """metabase/metabase#9975: who is gone gets no mail; dangling owners are normal in a catalog."""
    answer = read(plugin("a", "ci"), *(plugin(f"p{number}", "ghost-team") for number in range(7)))
    assert owned(answer) == {"a": "ci"}
    (flaw,) = answer.flaws
    assert (flaw.kind, flaw.subject) == (FlawKind.DANGLING_OWNER, "group:default/ghost-team")
    assert flaw.text == "is named as the owner of p0, p1, p2, p3, p4 and 2 more, and does not exist"


def test_a_component_without_an_owner_is_told(read):
    """Its plugin is nobody's."""
    answer = read(plugin("a", None))
    assert answer.claims == ()
    assert flaws(answer) == {(FlawKind.NOT_FOUND, "a")}


def test_a_mail_address_can_be_the_owner(read):
    """Backstage takes it for a group that does not exist; the address reads the mail itself."""
    answer = read(plugin("a", "jane.doe@acme.example"), plugin("b", "jane@"))
    assert owned(answer) == {"a": "jane.doe-acme.example"}
    (owner,) = answer.groups
    assert owner.name == "jane.doe@acme.example"
    assert [(one.address, one.origin) for one in owner.recipients] == [
        ("jane.doe@acme.example", "spec.owner of component:default/backstage-plugin-a")
    ]
    assert flaws(answer) == {(FlawKind.DANGLING_OWNER, "group:default/jane@")}


def test_owners_that_would_become_one_team_are_told_apart(catalog, provider):
    """Their keys are the same, and mail for one must not reach the other."""
    catalog.entities = [
        plugin("a", "group:user/jane"),
        plugin("b", "user:jane"),
        group("jane", "group@acme.example", namespace="user"),
        user("jane", "jane@acme.example"),
    ]
    answer = provider().read(())
    assert (answer.claims, answer.groups) == ((), ())
    assert flaws(answer) == {(FlawKind.AMBIGUOUS_PLUGIN, "user.jane")}


def test_what_teams_write_stays_on_its_line(read):
    """An id and a title with line breaks end up in tables and mails (google/ggrc-core#9154)."""
    answer = read(component("x", "ci", kind="y", **annotated("a\r\nBcc: x\x1b[0m")))
    (claim,) = answer.claims
    assert claim.plugin == "a Bcc: x [0m"


@pytest.mark.skipif(not REAL.is_file(), reason="the real repository lies beside this checkout only")
def test_the_real_repositorys_frontend_plugins_find_their_owners(catalog, provider):
    """Each whose catalog file names an owner that is somebody, under the id of its package.json."""
    components, expected = _real_components()
    owners = {component["spec"]["owner"].split(":")[-1] for component in components}
    catalog.entities = [*components, *(group(owner, "x@acme.example") for owner in owners)]
    answer = provider().read(())
    assert len(expected) > 70
    assert {plugin: owner for plugin, owner in owned(answer).items() if plugin in expected} == expected
    assert {flaw.kind for flaw in answer.flaws} == {FlawKind.PLACEHOLDER_OWNER}


def _real_components():
    """The repository's typed components, and each frontend plugin's owner by its package's own id."""
    by_folder, packages = {}, {}
    with tarfile.open(REAL) as files:
        for member in files:
            folder, _, name = member.name.rpartition("/")
            if name == "package.json":
                packages[folder] = json.load(files.extractfile(member)).get("backstage", {})
            elif name == "catalog-info.yaml":
                documents = yaml.safe_load_all(files.extractfile(member))
                by_folder[folder] = [one for one in documents if one and one["spec"].get("type") in TYPES]
    expected = {
        packages[folder]["pluginId"]: component["spec"]["owner"]
        for folder, components in by_folder.items()
        for component in components
        if packages.get(folder, {}).get("role") == "frontend-plugin"
        and component["spec"]["type"] == "backstage-frontend-plugin"
        and component["spec"]["owner"] != "owner-unknown"
    }
    components = (component for components in by_folder.values() for component in components)
    return list({component["metadata"]["name"]: component for component in components}.values()), expected
