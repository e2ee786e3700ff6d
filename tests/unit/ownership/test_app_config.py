"""Owners from a portal's own app.pluginOverrides."""

import time
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_digest.errors import ConfigError
from plugin_digest.model import FlawKind
from plugin_digest.ownership.app_config import AppConfigProvider
from plugin_digest.ownership.packages import Package
from plugin_digest.ownership.plugin_patterns import PluginPattern
from unit.ownership.checkouts import owners

NUL = '"a\\0b"'
HEAD = "app:\n  title: Portal\n  pluginOverrides:\n"


def provider(tmp_path, *texts):
    paths = []
    for number, text in enumerate(texts):
        paths.append(tmp_path / (f"app-config.{number}.yaml" if number else "app-config.yaml"))
        paths[-1].write_text(text, encoding="utf-8")
    return AppConfigProvider(paths)


def read(tmp_path, *entries, seen=(), packages=None):
    """``packages`` are plugins' ids by names."""
    code = [Package(plugin, name, "frontend-plugin", name) for name, plugin in (packages or {}).items()]
    return provider(tmp_path, HEAD + "".join(f"    - {entry}\n" for entry in entries)).read(seen, code)


def entry(owner, **match):
    listed = owner if owner.startswith("[") else f"[{owner}]"
    conditions = ", ".join(f"{key}: '{value}'" for key, value in match.items())
    return f"{{match: {{{conditions}}}, info: {{ownerEntityRefs: {listed}}}}}"


def problems(tmp_path, *texts):
    with pytest.raises(ConfigError) as caught:
        provider(tmp_path, *texts).read(())
    return [(problem.line, problem.key, problem.message) for problem in caught.value.problems]


def test_a_plain_id_has_an_owner_whether_it_was_seen_or_not(tmp_path):
    """The claim has the id as written, the group's key, and the line of the entry."""
    [claim] = read(tmp_path, entry("Catalog-Owners", pluginId="Catalog")).claims
    assert (claim.plugin, claim.owner) == ("Catalog", "catalog-owners")
    assert claim.origin == "app-config.yaml line 4 (app.pluginOverrides)"


@pytest.mark.parametrize(
    ("owner", "key"),
    [
        ("group:default/ci", "ci"),
        ("user:jane", "user.jane"),
        ("emea/ci", "emea.ci"),
        ("user:emea/jane", "user.emea.jane"),
    ],
)
def test_an_owner_is_a_group_of_the_default_namespace_unless_it_says_more(tmp_path, owner, key):
    """References are completed as Backstage completes them."""
    assert owners(read(tmp_path, entry(f"'{owner}'", pluginId="x"))) == {"x": key}


def test_the_first_of_several_owners_counts(tmp_path):
    """A plugin has one owner; the others are named."""
    [claim] = read(tmp_path, entry("[a, 'user:b', c]", pluginId="x")).claims
    assert claim.owner == "a"
    assert claim.origin.endswith("(app.pluginOverrides, also user:default/b, group:default/c)")


def test_expressions_and_catch_alls_hold_for_what_was_seen(tmp_path):
    """Without a seen id there is nothing that they could be about."""
    said = (entry("all"), entry("ci", pluginId="/^ci-/"))
    assert owners(read(tmp_path, *said)) == {}
    answer = read(tmp_path, *said, seen=["ci-builds", "my-ci-tool", "root", ""])
    assert owners(answer) == {"ci-builds": "ci", "my-ci-tool": "all"}


def test_later_entries_win(tmp_path):
    """A catch-all at the end takes even what an entry before names."""
    assert owners(read(tmp_path, entry("a", pluginId="x"), entry("b", pluginId="X"))) == {"x": "b"}
    assert owners(read(tmp_path, entry("a", pluginId="x"), "{info: {ownerEntityRefs: [b]}}")) == {"x": "b"}


def test_each_field_is_replaced_on_its_own(tmp_path):
    """A later entry that only has a description leaves the owner."""
    later = "{match: {pluginId: x}, info: {description: About x}}"
    assert owners(read(tmp_path, entry("a", pluginId="x"), later, "{match: {pluginId: x}}")) == {"x": "a"}


def test_an_empty_list_takes_the_owner_away(tmp_path):
    """As in Backstage, where it replaces the list before."""
    assert owners(read(tmp_path, entry("a", pluginId="x"), entry("[]", pluginId="x"))) == {}


def test_a_package_name_beside_a_plain_id_is_taken_as_met(tmp_path):
    """The id names the plugin; that the package was not looked at is said."""
    answer = read(tmp_path, entry("a"), entry("b", pluginId="x", packageName="/@acme\\/.*/"))
    [claim] = answer.claims
    assert claim.owner == "b"
    assert claim.origin.endswith("(app.pluginOverrides, packageName /@acme\\/.*/ taken as met)")


@pytest.mark.parametrize(
    "first", [{"pluginId": "x"}, {"pluginId": "x", "packageName": "@backstage/plugin-x"}]
)
def test_entries_that_differ_in_the_package_name_only_are_a_flaw(tmp_path, first):
    """Which of two packages the portal has cannot be told from analytics, so neither owner is taken."""
    answer = read(tmp_path, entry("a", **first), entry("b", pluginId="x", packageName="@acme/plugin-x"))
    assert not answer.claims
    assert [(flaw.kind, flaw.subject) for flaw in answer.flaws] == [(FlawKind.AMBIGUOUS_PLUGIN, "x")]


@pytest.mark.parametrize("match", [{}, {"pluginId": "/^ci/"}])
@pytest.mark.parametrize("package", ["@acme/plugin-ci", "/@acme/"])
def test_a_later_entry_that_may_fit_leaves_no_owner_to_an_earlier_one(tmp_path, match, package):
    """No id is guessed from the name of a package, and Backstage may give the plugin to the later one."""
    answer = read(
        tmp_path, entry("a", pluginId="ci"), entry("b", packageName=package, **match), seen=["ci", "cd"]
    )
    assert owners(answer) == {}
    entry_flaw, plugin_flaw = answer.flaws
    assert (entry_flaw.kind, entry_flaw.origin) == (FlawKind.NOT_FOUND, "app-config.yaml line 5")
    assert entry_flaw.subject == package
    assert "name that too, or a repository" in entry_flaw.text
    assert (plugin_flaw.kind, plugin_flaw.subject) == (FlawKind.AMBIGUOUS_PLUGIN, "ci")
    assert (
        "group:default/b by app.pluginOverrides[1], group:default/a by app.pluginOverrides[0]"
        in plugin_flaw.text
    )


def test_an_entry_that_may_fit_changes_nothing_where_all_say_the_same(tmp_path):
    """And nothing where a later one surely fits."""
    said = (entry("a"), entry("a", packageName="/@acme/"))
    assert owners(read(tmp_path, *said, seen=["x"])) == {"x": "a"}
    said = (entry("b", packageName="/@acme/"), entry("a", pluginId="x"))
    assert owners(read(tmp_path, *said)) == {"x": "a"}
    assert owners(read(tmp_path, entry("b", packageName="/@acme/"), seen=["x"])) == {}


def test_package_names_decide_where_a_repository_knows_them(tmp_path):
    """As in Backstage, also for plugins that nobody has seen; without case."""
    said = (entry("a"), entry("sec", packageName="@acme/plugin-vault"), entry("c", packageName="/^@c\\/.*/"))
    packages = {"@Acme/plugin-vault": "vault", "@c/plugin-x": "X", "@other/plugin-y": "y"}
    answer = read(tmp_path, *said, packages=packages)
    assert owners(answer) == {"vault": "sec", "X": "c", "y": "a"}
    assert answer.flaws == ()
    mixed = read(tmp_path, *said, packages={"@c/plugin-x": "x", "@d/plugin-x": "x"})
    assert [flaw.subject for flaw in mixed.flaws] == ["x"]
    met = read(tmp_path, entry("a"), entry("b", pluginId="y", packageName="/@c/"), packages=packages)
    assert owners(met)["y"] == "a"


def test_an_expression_that_only_backstage_understands_costs_one_entry(tmp_path):
    """The run goes on, the entry is told, and what it may be about has no owner on another entry's word."""
    said = (entry("a", pluginId="x"), entry("b", pluginId="/(?<name>x)/"), entry("c", pluginId="y"))
    answer = read(tmp_path, *said)
    assert owners(answer) == {"y": "c"}
    assert [(flaw.kind, flaw.subject) for flaw in answer.flaws] == [
        (FlawKind.NOT_FOUND, "/(?<name>x)/"),
        (FlawKind.AMBIGUOUS_PLUGIN, "x"),
    ]
    assert "its pluginId '/(?<name>x)/' holds something at character 1" in answer.flaws[0].text


def test_one_flaw_for_many_plugins(tmp_path):
    """An entry that may be about everything is told once."""
    said = (entry("a"), entry("b", packageName="@acme/plugin-x"))
    [_, flaw] = read(tmp_path, *said, seen=[f"p{n}" for n in range(8)]).flaws
    assert flaw.subject == "p0, p1, p2, p3, p4 and 3 more"
    assert len(flaw.plugins) == 8


def test_an_owner_that_only_the_portal_can_fill_in_is_nobody(tmp_path):
    """A ${NAME} is not looked up here, and the entry before does not come back to life."""
    answer = read(tmp_path, entry("a", pluginId="x"), entry("'${OWNER}'", pluginId="x"))
    assert not answer.claims
    assert [(flaw.kind, flaw.subject) for flaw in answer.flaws] == [(FlawKind.PLACEHOLDER_OWNER, "x")]


def test_a_later_file_replaces_the_list_and_nothing_else(tmp_path):
    """Backstage merges sections and replaces lists; a file without the list leaves it."""
    first = HEAD + f"    - {entry('a', pluginId='x')}\n    - {entry('a', pluginId='y')}\n"
    second = HEAD + f"    - {entry('b', pluginId='y')}\n"
    silent = "app:\n  title: Other\n  pluginOverrides:\nbackend: {}\n"
    [claim] = provider(tmp_path, first, second, silent, "").read(()).claims
    assert (claim.plugin, claim.owner) == ("y", "b")
    assert claim.origin.startswith("app-config.1.yaml line 4 ")


def test_everything_else_in_the_file_is_left_alone(tmp_path):
    """Other keys may hold unknown tags, ${NAME}, $include, anchors and keys that stand twice."""
    text = (
        "backend: &backend\n  secret: ${NOT_SET}\n  more: {$include: more.yaml}\n  odd: !custom {a: b}\n"
        "  twice: 1\n  twice: 2\n  when: 2026-11-16\n  merged: {<<: *backend}\n404: {}\n"
    )
    text += HEAD + f"    - {entry('a', pluginId='x')}\n"
    assert owners(provider(tmp_path, text).read(())) == {"x": "a"}


def test_anchors_that_explode_cost_nothing(tmp_path):
    """Aliases are followed only where the overrides lead."""
    laughs = "a0: &a0 [lol, lol]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
    )
    begun = time.perf_counter()
    text = laughs + HEAD + f"    - {entry('a', pluginId='x')}\n"
    assert owners(provider(tmp_path, text).read(())) == {"x": "a"}
    assert time.perf_counter() - begun < 5
    [(_, key, _)] = problems(tmp_path, laughs + "app: {pluginOverrides: *a29}\n")[:1]
    assert key == "app.pluginOverrides[0]"


@pytest.mark.parametrize(
    ("text", "line", "key", "message"),
    [
        ("app: [", 1, "", "is not valid YAML"),
        ("a: 1\n---\napp: {}\n", 3, "", "a second YAML document begins here"),
        ("- app\n", 1, "", "expected keys and values"),
        ("app: portal\n", 1, "app", "expected keys and values"),
        ("\napp:\n  $include: app.yaml\n", 3, "app", "is taken from elsewhere by $include"),
        ("app:\n  pluginOverrides:\n    $file: x\n", 3, "app.pluginOverrides", "elsewhere by $file"),
        ("app:\n  pluginOverrides: {}\n", 2, "app.pluginOverrides", "expected a list of entries"),
        (f"{HEAD}    - catalog\n", 4, "app.pluginOverrides[0]", "expected keys and values"),
        (f"{HEAD}    - match: x\n", 4, "app.pluginOverrides[0].match", "expected keys and values"),
        (f"{HEAD}    - info: []\n", 4, "app.pluginOverrides[0].info", "expected keys and values"),
        (
            f"{HEAD}    - info:\n        ownerEntityRefs: catalog\n",
            5,
            "app.pluginOverrides[0].info.ownerEntityRefs",
            "expected a list of entity references",
        ),
        (
            f"{HEAD}    - {{info: {{ownerEntityRefs: [a, {{}}]}}}}\n",
            4,
            "app.pluginOverrides[0].info.ownerEntityRefs[1]",
            "expected an entity reference",
        ),
        (
            f"{HEAD}    - {entry('a b', pluginId='x')}\n",
            4,
            "app.pluginOverrides[0].info.ownerEntityRefs[0]",
            "'a b' is no entity reference",
        ),
        (
            f"{HEAD}    - {entry('a', pluginId='')}\n",
            4,
            "app.pluginOverrides[0].match.pluginId",
            "expected a text",
        ),
        (
            f"{HEAD}    - {entry(NUL, pluginId='x')}\n",
            4,
            "app.pluginOverrides[0].info.ownerEntityRefs[0]",
            "holds a line break or another control character; expected an entity reference",
        ),
        (
            f"{HEAD}    - {entry('a', pluginId='${X}')}\n",
            4,
            "app.pluginOverrides[0].match.pluginId",
            "which only the portal can fill in",
        ),
        (
            f"{HEAD}    - {entry('a', pluginId='/(/')}\n",
            4,
            "app.pluginOverrides[0].match.pluginId",
            "is no regular expression",
        ),
    ],
)
def test_a_wrong_shape_is_told_with_file_and_line(tmp_path, text, line, key, message):
    """What Backstage itself would refuse, or what cannot be followed, ends the reading in a clear line."""
    [(told_line, told_key, told)] = problems(tmp_path, text)
    assert (told_line, told_key) == (line, key)
    assert message in told


def test_all_that_is_wrong_is_told_at_once(tmp_path):
    """Every entry of every file, and the path as people would write it."""
    text = f"{HEAD}    - {entry('a b')}\n    - {entry('a', pluginId='/(/')}\n"
    assert [line for line, _, _ in problems(tmp_path, text, "- x", text)] == [4, 5, 1, 4, 5]


def test_a_missing_file_is_told(tmp_path):
    """The path leads nowhere."""
    with pytest.raises(ConfigError, match=r"app-config\.yaml: there is no such file"):
        AppConfigProvider([tmp_path / "app-config.yaml"]).read(())


def test_a_secret_in_a_broken_file_is_not_quoted(tmp_path):
    """The file holds a portal's passwords."""
    for text in ("a: *s3cret\n", "a: 's3cret\n", "a: s3cret: b\n", "&s3cret &s3cret a\n", 'a: "\\s3cret"\n'):
        assert "s3cret" not in str(problems(tmp_path, text))


def test_what_was_found_is_told(tmp_path):
    """The check counts entries and plugins that are named."""
    found = provider(
        tmp_path, HEAD + f"    - {entry('a', pluginId='x')}\n    - {entry('b')}\n", "backend: {}"
    )
    assert found.name == "app-config.yaml, app-config.1.yaml"
    assert found.check() == ("2 entries of app.pluginOverrides name owners, 1 plugins by id",)
    assert not found.groups(["a"]).groups


@pytest.mark.parametrize(
    ("text", "plugin", "expected"),
    [
        ("/catalog/", "my-catalog-graph", True),
        ("/^catalog$/", "catalog-graph", False),
        (r"/^@acme\/plugin-.*$/", "@acme/plugin-x", True),
        ("/^(catalog|scaffolder|techdocs)(-.*)?$/", "techdocs-addons", True),
        ("/^(?!catalog)/", "catalog-graph", False),
        ("/^[a-c]{2,3}\\d$/", "abc1", True),
        (r"/\d/", "a\u0663", False),
        ("/^.*?-b??$/", "a-", True),
        ("/azureDevOps/", "azuredevops", True),
        ("//", "//", True),
        ("/", "/", True),
        ("/a", "/a", True),
        ("a.c", "abc", False),
        ("/a/", "x" * 200 + "a", False),
        ("/^(foo|bar)+$/", "foobarfoo", True),
        ("/^(foo|bar)+$/", "foobarfo", False),
        ("/^(?:ci|-)*$/", "ci-ci", True),
    ],
)
def test_patterns_mean_what_they_mean_in_backstage(text, plugin, expected):
    """Between slashes an expression that is searched for, else the whole id; both without case."""
    assert PluginPattern.parse(text).fits(plugin) is expected


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("(a+)+$", "repeats a group that repeats"),
        ("(a|a)*$", "repeats a group that repeats"),
        ("((a?))*$", "repeats a group that repeats"),
        ("(ab|ac)*$", "repeats a group that repeats"),
        ("(ab|Ac)*$", "repeats a group that repeats"),
        ("(a|b?)*$", "repeats a group that repeats"),
        ("(a|.)*$", "repeats a group that repeats"),
        ("(a|)*$", "repeats a group that repeats"),
        ("((a|b)c|d)*$", "repeats a group that repeats"),
        ("(a*){9}", "repeats a group that repeats"),
        (".*.*.*.*x", "could take too long"),
        ("a?" * 30 + "a" * 30, "could take too long"),
        ("(a|a)" * 30 + "$", "could take too long"),
        ("x" * 201, "is too long"),
        ("a++", "repeats a repetition"),
        ("a*?+b", "repeats a repetition"),
        ("a?+b", "repeats a repetition"),
        ("(?<name>a)", "at character 1 that is not understood"),
        ("(?i)a", "not understood"),
        (r"(a)\1", "not understood"),
        (r"\p{L}", "not understood"),
        ("[]a]", "not understood"),
        ("[^]", "not understood"),
        ("[[a]]", "not understood"),
        ("[a--b]", "not understood"),
        ("a{", "not understood"),
        ("a{,3}", "not understood"),
        ("(a", "is no regular expression"),
        ("a)", "is no regular expression"),
        ("^*", "is no regular expression"),
        ("[b-a]", "is no regular expression"),
    ],
)
def test_an_expression_that_is_not_surely_the_same_or_not_bounded_is_refused(source, message):
    """What Python reads in another way than JavaScript, and what could run for years."""
    with pytest.raises(ValueError, match=message):
        PluginPattern.parse(f"/{source}/")


@given(
    source=st.text(alphabet="ab(|)*+?[]^$.-\\d{1,2}:!", min_size=1, max_size=40),
    plugin=st.just("ab" * 49 + "!"),
)
@settings(max_examples=300, deadline=None)
def test_every_expression_that_is_taken_ends_soon(source, plugin):
    """Whatever is put together of these characters is refused, or answers in time and without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            pattern = PluginPattern.parse(f"/{source}/")
        except ValueError:
            return
    begun = time.perf_counter()
    pattern.fits(plugin)
    assert time.perf_counter() - begun < 5
