"""Who owns a path by CODEOWNERS, as GitHub documents it."""

import time

import pytest

from plugin_digest.ownership.codeowners import CodeOwner, CodeOwnersFile


def owned(pattern, path):
    ruling = CodeOwnersFile.parse(f"{pattern} @acme/ours").ruling(path)
    return ruling is not None and ruling.owners == (CodeOwner("@acme/ours"),)


def deciding(text, path):
    ruling = CodeOwnersFile.parse(text).ruling(path)
    return ruling and (ruling.line, [owner.written for owner in ruling.owners])


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*", "a/b/c.js", True),
        ("**", "a/b/c.js", True),
        ("*.js", "a/b/c.js", True),
        ("*.js", "a/b/c.jsx", False),
        ("/build/logs/", "build/logs/deep/x", True),
        ("/build/logs/", "x/build/logs/y", False),
        ("docs/*", "docs/getting-started.md", True),
        ("docs/*", "docs/build-app/troubleshooting.md", False),
        ("docs/*", "x/docs/a.md", False),
        ("apps/", "apps/x", True),
        ("apps/", "a/b/apps/x/y", True),
        ("apps/", "a/apps", False),
        ("/apps/", "a/apps/x", False),
        ("apps", "a/apps/x", True),
        ("apps", "a/my-apps/x", False),
        ("/apps/github", "apps/github/x/y", True),
        ("/apps/github", "apps/github2/x", False),
        ("**/logs", "build/logs/x", True),
        ("**/logs", "logs/x", True),
        ("a/**/b", "a/b/x", True),
        ("a/**/b", "a/x/y/b/z", True),
        ("/a/**", "a/x/y", True),
        ("/a/**", "b/a/x", False),
        ("/a**/b", "ax/x/b", False),
        ("*/x", "a/x/y", True),
        ("*/x", "b/a/x", False),
        ("/*", "a", True),
        ("/*", "a/b", False),
        ("/a?c/", "abc/x", True),
        ("/a?c/", "a/c/x", False),
        ("/a.c/", "abc/x", False),
        ("/a+b(c)/", "a+b(c)/x", True),
        ("/Docs/", "docs/x", False),
        (r"/my\ plugins/", "my plugins/x", True),
        (r"my\ plugins/", "deep/my plugins/x", True),
        (r"my\ notes.md", "a/my notes.md", True),
        ("docs/*", "docs/my notes.md", True),
        ("/a/*/c", "a/b b/c/d", True),
        (r"/a\*b/", "a*b/x", True),
        (r"/a\*b/", "axb/x", False),
        ("/a#b/", "a#b/x", True),
    ],
)
def test_a_pattern_matches_as_on_github(pattern, path, expected):
    """Every documented form of a pattern, where it holds and where it does not."""
    assert owned(pattern, path) is expected


def test_the_last_line_that_matches_decides():
    """A broader line below a narrower one wins, as in the analytics workspace of community-plugins."""
    text = "/plugins/analytics/matomo @one\n/plugins/analytics @two\n"
    assert deciding(text, "plugins/analytics/matomo/x") == (2, ["@two"])


def test_a_line_without_owners_leaves_its_paths_without_any():
    """An exception below a rule takes the owners away again."""
    text = "/apps/ @octocat\n/apps/github\n"
    assert deciding(text, "apps/github/x") == (2, [])
    assert deciding(text, "apps/other/x") == (1, ["@octocat"])


@pytest.mark.parametrize("text", ["", "\n\n# only a comment\n", "/b @x"])
def test_a_path_that_no_line_is_about_has_no_ruling(text):
    """No line is not the same as a line without owners."""
    assert deciding(text, "a/x") is None


@pytest.mark.parametrize("line", ["/a @x # see @y", "/a @x #see @y", "/a\t@x\t#@y", "  /a   @x  ", "/a @x\r"])
def test_what_stands_behind_a_hash_owns_nothing(line):
    """Comments at the end of a line, tabs and blanks are no owners."""
    assert deciding(line, "a/x") == (1, ["@x"])


def test_a_byte_order_mark_hides_nothing():
    """A file saved on Windows keeps its first line, and its line ends do no harm."""
    assert deciding("\ufeff/a @x\r\n/b @y\r\n", "a/x") == (1, ["@x"])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("!/a @x", "! is not understood"),
        ("/[ab] @x", "[ ] is not understood"),
        ("/a[ @x", "[ ] is not understood"),
        ("[Section] @x", "[ ] is not understood"),
        (r"\#a @x", r"cannot begin with \#"),
        ("***/*.rb @x", "*** is no pattern"),
        ("/a docs@", "an owner is none of"),
        ("/a team-x", "an owner is none of"),
        ("/a a\x00b@acme.example", "an owner is none of"),
        ("/" + "*a" * 6 + " @x", "too many *"),
        ("/" + "**/" * 6 + "b @x", "too many *"),
    ],
)
def test_a_line_that_github_does_not_read_is_told_and_counts_for_nothing(line, why):
    """The line before it still holds, and a sentence names the number of the skipped one."""
    file = CodeOwnersFile.parse(f"* @all\n{line}\n")
    [skipped] = file.skipped
    assert skipped.startswith("line 2 skipped: ")
    assert why in skipped
    for path in ("a", "a/x", "#a", "aaaaaa/x"):
        ruling = file.ruling(path)
        assert ruling is not None
        assert ruling.line == 1


def test_many_wrong_lines_are_one_sentence():
    """Five thousand lines with one fault do not become five thousand sentences."""
    file = CodeOwnersFile.parse("!/a @x\n" * 5000 + "/b nobody\n")
    assert file.skipped == (
        "lines 1, 2, 3 and 4,997 more skipped: ! is not understood in CODEOWNERS",
        "line 5001 skipped: an owner is none of @login, @org/team and an address",
    )


def test_owners_of_everything_are_known():
    """Those who own every path are told apart from those who own this one."""
    file = CodeOwnersFile.parse("* @all @acme/core\n/a @x\n** @rest\n")
    assert file.default_owners == {CodeOwner("@all"), CodeOwner("@acme/core"), CodeOwner("@rest")}


def test_teams_users_and_addresses_are_told_apart():
    """An owner is one of three things."""
    kinds = [(owner.is_team, owner.is_address) for owner in map(CodeOwner, ["@a/b", "@a", "a@b.example"])]
    assert kinds == [(True, False), (False, False), (False, True)]


def test_five_thousand_lines_are_read_and_asked_in_seconds():
    """Five thousand lines and five hundred paths, the last line of all about each one tenth."""
    lines = [f"/workspaces/w{i}/plugins/p-{i}* @acme/team-{i}" for i in range(5000)]
    begun = time.perf_counter()
    file = CodeOwnersFile.parse("\n".join(lines))
    rulings = [file.ruling(f"workspaces/w{i * 10}/plugins/p-{i * 10}/-") for i in range(500)]
    assert [ruling and ruling.line for ruling in rulings] == [i * 10 + 1 for i in range(500)]
    assert time.perf_counter() - begun < 10


def test_the_worst_pattern_that_is_taken_ends_soon():
    """Stars that could be tried in very many ways are matched against a name made for that."""
    file = CodeOwnersFile.parse("/" + "*a" * 4 + "b @x")
    assert not file.skipped
    begun = time.perf_counter()
    assert file.ruling("a" * 100) is None
    assert time.perf_counter() - begun < 5
