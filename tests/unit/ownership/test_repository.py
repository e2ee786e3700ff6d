"""Owners from a checkout: which package, which component, which line."""

import pytest

from plugin_digest.errors import OwnershipError
from plugin_digest.model import FlawKind, Recipient
from unit.ownership.checkouts import component, owners, package, provider, read, write

PLUGIN = "plugins/jenkins"
PACKAGE = {f"{PLUGIN}/package.json": package("jenkins")}


def with_catalog(text):
    return {**PACKAGE, f"{PLUGIN}/catalog-info.yaml": text}


def both(catalog_owner, codeowners):
    return {**with_catalog(component(catalog_owner)), ".github/CODEOWNERS": codeowners}


def flaws(answer):
    return [(flaw.kind, flaw.subject) for flaw in answer.flaws]


def test_a_catalog_file_beside_the_package_names_the_owner(tmp_path):
    """The claim carries the id as the package has it, the owner's key, and where both stand."""
    [claim] = read(tmp_path, with_catalog(component("group:default/CI-Platform"))).claims
    assert (claim.plugin, claim.owner) == ("jenkins", "ci-platform")
    assert claim.origin == "plugins/jenkins/catalog-info.yaml (@acme/plugin-jenkins)"


def test_codeowners_names_the_owner_where_no_catalog_file_does(tmp_path):
    """The line is named, and the package with its folder."""
    [claim] = read(tmp_path, {**PACKAGE, ".github/CODEOWNERS": "\n/plugins/ @acme/ci\n"}).claims
    assert claim.owner == "ci"
    assert claim.origin == ".github/CODEOWNERS line 2 (@acme/plugin-jenkins in plugins/jenkins)"


def test_codeowners_can_be_left_out(tmp_path):
    """The setting says that only catalog files count."""
    assert not read(tmp_path, {**PACKAGE, "CODEOWNERS": "* @acme/ci"}, codeowners=False).claims


@pytest.mark.parametrize(
    ("present", "expected"),
    [
        ([".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"], ".github"),
        (["CODEOWNERS", "docs/CODEOWNERS"], "root"),
        (["docs/CODEOWNERS"], "docs"),
    ],
)
def test_the_first_codeowners_in_githubs_order_counts(tmp_path, present, expected):
    """Only one of the places where the file may stand is read."""
    by_place = {".github/CODEOWNERS": ".github", "CODEOWNERS": "root", "docs/CODEOWNERS": "docs"}
    answer = read(tmp_path, {**PACKAGE, **{path: f"* @acme/{by_place[path]}" for path in present}})
    assert owners(answer) == {"jenkins": expected.strip(".")}


def test_an_umbrella_component_does_not_speak_for_the_frontend(tmp_path):
    """Of several documents in one file the one titled as the package counts, wherever it stands."""
    umbrella = component("owner-unknown", "Jenkins", "backstage-plugin")
    own = component("ci", "@acme/plugin-jenkins", "backstage-frontend-plugin")
    assert owners(read(tmp_path, with_catalog(f"{umbrella}---\n{own}"))) == {"jenkins": "ci"}


def test_of_several_components_the_one_of_the_packages_role_counts(tmp_path):
    """Without the package's name in a title its role decides."""
    backend = component("backend-team", kind="backstage-backend-plugin")
    assert owners(read(tmp_path, with_catalog(f"{backend}---\n{component('ci')}"))) == {"jenkins": "ci"}


def test_a_single_component_of_any_type_counts(tmp_path):
    """A library with a title of its own choice still describes the package beside it."""
    text = component("group:open-source", "Jenkins for Backstage", "library")
    assert owners(read(tmp_path, with_catalog(text))) == {"jenkins": "open-source"}


def test_a_component_titled_as_another_package_is_not_this_ones(tmp_path):
    """A copied catalog file does not give a plugin its neighbour's owner."""
    files = with_catalog(component("neighbours", "@acme/plugin-other"))
    files["plugins/other/package.json"] = package("other")
    assert owners(read(tmp_path, files)) == {"other": "neighbours"}


def test_a_component_elsewhere_is_joined_by_its_title(tmp_path):
    """One catalog file for many packages is enough."""
    files = {**PACKAGE, "catalog-info.yaml": component("ci", "@acme/plugin-jenkins")}
    [claim] = read(tmp_path, files).claims
    assert claim.owner == "ci"
    assert claim.origin == "catalog-info.yaml (@acme/plugin-jenkins in plugins/jenkins)"


def test_components_that_disagree_are_a_flaw(tmp_path):
    """Two components of one standing with different owners: neither is taken, CODEOWNERS is asked."""
    text = f"{component('one')}---\n{component('two')}"
    answer = read(tmp_path, {**with_catalog(text), "CODEOWNERS": "/plugins @acme/ci"})
    assert owners(answer) == {"jenkins": "ci"}
    assert flaws(answer) == [(FlawKind.AMBIGUOUS_PLUGIN, "jenkins")]


@pytest.mark.parametrize(
    ("catalog_owner", "codeowners", "expected"),
    [
        ("specific", "/plugins @acme/other", "specific"),
        ("maintainers", "/plugins @acme/other", "other"),
        ("maintainers", "/plugins @acme/maintainers", "maintainers"),
        ("maintainers", "* @acme/everyone", "maintainers"),
        ("maintainers", "* @acme/everyone\n/plugins @acme/everyone @jane", "user.jane"),
        ("owner-unknown", "* @acme/everyone", "everyone"),
        ("owner-unknown", "/plugins @acme/other", "other"),
        ("everyone", "* @acme/everyone\n/plugins @acme/other", "everyone"),
    ],
)
def test_the_most_specific_owner_counts(tmp_path, catalog_owner, codeowners, expected):
    """Catalog before CODEOWNERS, specific before generic; who owns `*` is generic in CODEOWNERS alone."""
    assert owners(read(tmp_path, both(catalog_owner, codeowners))) == {"jenkins": expected}


@pytest.mark.parametrize(
    "owner",
    ["user:guest", "User:default/guest", "guest", "'${{ values.owner }}'", "${TEAM}", "john@example.com"],
)
def test_a_placeholder_owns_nothing(tmp_path, owner):
    """Who is nobody is told and gets no plugin."""
    answer = read(tmp_path, with_catalog(component(owner)))
    assert not answer.claims
    assert flaws(answer) == [(FlawKind.PLACEHOLDER_OWNER, "jenkins")]


def test_a_placeholder_in_codeowners_yields_to_the_next(tmp_path):
    """The other owners of the line are asked."""
    answer = read(tmp_path, {**PACKAGE, "CODEOWNERS": "/plugins @acme/unknown @jane"})
    assert owners(answer) == {"jenkins": "user.jane"}
    assert flaws(answer) == [(FlawKind.PLACEHOLDER_OWNER, "jenkins")]


def test_of_several_code_owners_the_first_team_counts(tmp_path):
    """The others are named beside it, a few of them."""
    line = "/plugins @a @acme/ci @acme/web @b @c @d"
    [claim] = read(tmp_path, {**PACKAGE, "CODEOWNERS": line}).claims
    assert claim.owner == "ci"
    assert claim.origin.endswith(
        "(@acme/plugin-jenkins in plugins/jenkins, also @a, @acme/web, @b and 2 more)"
    )


def test_a_rule_about_a_kind_of_file_says_nothing_about_a_plugin(tmp_path):
    """Who reviews every package.json does not own every plugin."""
    text = "/plugins @acme/ci\npackage.json @acme/dependencies\n*.json @acme/dependencies\n"
    assert owners(read(tmp_path, {**PACKAGE, "CODEOWNERS": text})) == {"jenkins": "ci"}


@pytest.mark.parametrize(
    ("owner", "mapped"),
    [
        ("CI Platform", "ci platform"),
        ("ci", "group:default/ci"),
        ("group:default/ci", "ci"),
        ("user:jane", "user:default/jane"),
        ("jane@acme.example", "Jane@acme.example"),
        ("guest", "guest"),
    ],
)
def test_an_owner_is_called_as_the_settings_say(tmp_path, owner, mapped):
    """A name leads to a key, however it is written and whatever it is."""
    answer = read(tmp_path, with_catalog(component(owner)), owners={mapped: "our-team"})
    assert owners(answer) == {"jenkins": "our-team"}
    assert not answer.groups
    assert not answer.flaws


@pytest.mark.parametrize("mapped", ["@acme/ci", "acme/CI", "ci"])
def test_a_code_owner_is_called_as_the_settings_say(tmp_path, mapped):
    """A GitHub team may be written as in CODEOWNERS, or shorter."""
    answer = read(tmp_path, {**PACKAGE, "CODEOWNERS": "* @acme/ci"}, owners={mapped: "our-team"})
    assert owners(answer) == {"jenkins": "our-team"}


@pytest.mark.parametrize("place", ["catalog", "codeowners"])
def test_an_address_is_an_owner_that_reads_its_own_mail(tmp_path, place):
    """The group of one says where its address stands."""
    files = {
        "catalog": with_catalog(component("Jane@acme.example")),
        "codeowners": {**PACKAGE, "CODEOWNERS": "* Jane@acme.example"},
    }
    answer = read(tmp_path, files[place])
    assert owners(answer) == {"jenkins": "jane-acme.example"}
    [group] = answer.groups
    origin = {"catalog": "plugins/jenkins/catalog-info.yaml", "codeowners": "CODEOWNERS line 1"}[place]
    assert (group.key, group.recipients) == ("jane-acme.example", (Recipient("Jane@acme.example", origin),))


@pytest.mark.parametrize("owner", ["jane@", "'a b'", '"jane@acme.example\\nBcc: x@y.example"', "a:b:c"])
def test_an_owner_that_can_be_nobody_is_a_flaw(tmp_path, owner):
    """What is neither a reference nor an address gets no plugin and reaches no header."""
    answer = read(tmp_path, with_catalog(component(owner)))
    assert not answer.claims
    assert not answer.groups
    assert all("\n" not in flaw.text for flaw in answer.flaws)


def test_a_group_of_another_namespace_is_not_the_default_one(tmp_path):
    """A bare owner belongs to the component's own namespace."""
    text = component("ci").replace("metadata:", "metadata:\n  namespace: Emea")
    assert owners(read(tmp_path, with_catalog(text))) == {"jenkins": "emea.ci"}


def test_modules_never_speak_for_the_plugin_that_they_extend(tmp_path):
    """Up to twelve packages carry one id; only the frontend counts where there is one."""
    files = {
        "plugins/a-module/package.json": package(
            "jenkins", "@acme/plugin-jenkins-module", "frontend-plugin-module"
        ),
        "plugins/a-module/catalog-info.yaml": component("module-team"),
        "plugins/backend/package.json": package("jenkins", "@acme/plugin-jenkins-backend", "backend-plugin"),
        "plugins/backend/catalog-info.yaml": component("backend-team", kind="backstage-backend-plugin"),
        **with_catalog(component("ci")),
        "plugins/only/package.json": package("only-a-module", role="backend-plugin-module"),
        "plugins/only/catalog-info.yaml": component("module-team"),
    }
    assert owners(read(tmp_path, files)) == {"jenkins": "ci"}


def test_a_plugin_without_a_frontend_is_owned_through_its_backend(tmp_path):
    """The origin says that it has none."""
    files = {
        "plugins/common/package.json": package("jenkins", "@acme/plugin-jenkins-common", "common-library"),
        "plugins/common/catalog-info.yaml": component("library-team"),
        "plugins/backend/package.json": package("jenkins", "@acme/plugin-jenkins-backend", "backend-plugin"),
        "plugins/backend/catalog-info.yaml": component("ci"),
    }
    [claim] = read(tmp_path, files).claims
    assert claim.owner == "ci"
    assert claim.origin.endswith("(@acme/plugin-jenkins-backend, no frontend package)")


def two_frontends(first, second):
    return {
        "plugins/a/package.json": package("Tech-Insights", first),
        "plugins/a/catalog-info.yaml": component("one"),
        "plugins/b/package.json": package("tech-insights", second),
        "plugins/b/catalog-info.yaml": component("two"),
    }


@pytest.mark.parametrize(
    "name", ["@acme/plugin-tech-insights", "@acme/backstage-plugin-tech-insights", "tech-insights"]
)
def test_of_two_frontends_the_one_named_after_the_plugin_decides(tmp_path, name):
    """Ids are compared without case, and the usual beginnings of names are known."""
    answer = read(tmp_path, two_frontends("@acme/plugin-tech-insights-maturity", name))
    assert owners(answer) == {"tech-insights": "two"}
    assert not answer.flaws


def test_two_frontends_that_only_disagree_are_a_flaw(tmp_path):
    """Nobody is guessed, and both are named."""
    answer = read(tmp_path, two_frontends("@acme/plugin-x", "@acme/plugin-y"))
    assert not answer.claims
    [flaw] = answer.flaws
    assert (flaw.kind, flaw.subject) == (FlawKind.AMBIGUOUS_PLUGIN, "tech-insights")
    assert flaw.text.endswith("one (@acme/plugin-x), two (@acme/plugin-y)")


@pytest.mark.parametrize("plugin", ["app", "Root"])
def test_the_ids_of_no_plugin_are_left_out(tmp_path, plugin):
    """Views under these ids belong to no plugin, so nobody owns them."""
    files = {**with_catalog(component("ci")), "plugins/app/package.json": package(plugin)}
    files["CODEOWNERS"] = "* @acme/everyone"
    assert owners(read(tmp_path, files)) == {"jenkins": "ci"}


def test_what_was_found_is_told(tmp_path):
    """The check counts plugins, packages and where owners come from."""
    files = {
        **with_catalog(component("ci")),
        "plugins/b/package.json": package("b"),
        "CODEOWNERS": "/plugins @x",
    }
    files["plugins/c/package.json"] = package("b", "@acme/plugin-b-backend", "backend-plugin")
    found = provider(write(tmp_path / "portal", files))
    assert found.name == "repository portal"
    assert found.check() == (
        "2 plugins in 3 packages: 1 owned by catalog files, 1 by CODEOWNERS",
        "code owners: CODEOWNERS",
    )


def test_every_package_can_be_asked_for(tmp_path):
    """Modules too, each with what each place says of its owner."""
    files = {
        **both("maintainers", "/plugins @acme/ci"),
        "plugins/m/package.json": package("jenkins", "@acme/m", "frontend-plugin-module"),
    }
    jenkins, module = provider(write(tmp_path, files)).packages()
    assert (jenkins.plugin, jenkins.name, jenkins.role, jenkins.folder) == (
        "jenkins", "@acme/plugin-jenkins", "frontend-plugin", "plugins/jenkins",
    )  # fmt: skip
    assert (jenkins.catalog_owner, jenkins.codeowners_owner) == ("maintainers", "@acme/ci")
    assert (jenkins.owner, jenkins.origin) == ("ci", ".github/CODEOWNERS line 1")
    assert module.is_module
    assert not module.catalog_owner


def test_a_placeholder_is_told_of_a_package_too(tmp_path):
    """What is written there is shown, whatever became of it."""
    [found] = provider(write(tmp_path, both("guest", "* @acme/unknown"))).packages()
    assert (found.catalog_owner, found.codeowners_owner, found.owner) == ("guest", "@acme/unknown", "")


def test_a_checkout_that_is_not_there_ends_the_reading(tmp_path):
    """A path that leads nowhere is no checkout without owners."""
    with pytest.raises(OwnershipError, match="there is no such directory; expected a checkout"):
        provider(tmp_path / "nowhere").read(())


def test_a_checkout_without_plugins_ends_the_reading(tmp_path):
    """A checkout that failed half way is not taken for a portal without plugins."""
    with pytest.raises(OwnershipError, match=r"no package\.json in it has a backstage\.pluginId"):
        provider(write(tmp_path, {"package.json": "{}"})).read(())


def test_nothing_is_known_of_others_owners(tmp_path):
    """A repository has no addresses to add to what other places name."""
    answer = provider(write(tmp_path, PACKAGE)).groups(["ci"])
    assert (answer.groups, answer.flaws) == ((), ())
