"""What is read of a checkout, and what is passed by: samples, links, and files that are broken on purpose."""

import os
import time

import pytest

from plugin_digest.model import FlawKind
from plugin_digest.ownership.repository_files import SKIPPED_DIRECTORIES
from unit.ownership.checkouts import component, owners, package, provider, read, write

GOOD = {"plugins/good/package.json": package("good"), "plugins/good/catalog-info.yaml": component("ci")}
PLUGIN = "plugins/bad"
LAUGHS = "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" if level else "a0: &a0 [lol, lol]\n"
    for level in range(30)
)
"""Anchors that stand for 9 to the 29th values."""


def told(answer):
    return [(flaw.kind, flaw.subject, flaw.text, flaw.origin) for flaw in answer.flaws]


@pytest.mark.parametrize("directory", [*sorted(SKIPPED_DIRECTORIES), ".yarn", ".cache"])
def test_samples_and_copies_are_passed_by(tmp_path, directory):
    """Fixtures, templates and what was built or installed own nothing, at any depth."""
    sample = {
        f"plugins/{directory}/x/package.json": package("sample"),
        f"plugins/{directory}/x/catalog-info.yaml": component("nobody", "@acme/plugin-good"),
    }
    assert owners(read(tmp_path, {**GOOD, **sample})) == {"good": "ci"}


def test_a_checkout_inside_such_a_directory_is_read(tmp_path):
    """Only what lies below the checkout is judged, not where it lies."""
    assert owners(read(tmp_path / "examples" / ".cache" / "portal", GOOD)) == {"good": "ci"}


def test_links_are_not_followed(tmp_path):
    """Neither a directory that leads back to the root nor a file that leads out of the checkout."""
    outside = write(tmp_path / "outside", {"package.json": package("outside"), "CODEOWNERS": "* @out"})
    root = write(tmp_path / "portal", GOOD)
    (root / "plugins" / "again").symlink_to(root)
    (root / "plugins" / "linked").mkdir()
    (root / "plugins" / "linked" / "package.json").symlink_to(outside / "package.json")
    (root / "CODEOWNERS").symlink_to(outside / "CODEOWNERS")
    answer = provider(root).read(())
    assert owners(answer) == {"good": "ci"}
    assert {flaw.subject for flaw in answer.flaws} == {"plugins/linked/package.json", "CODEOWNERS"}
    assert {flaw.text for flaw in answer.flaws} == {"is a link, and links are not followed"}


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("{\n  oops\n}", "is not valid JSON", " line 2"),
        ("", "is not valid JSON", " line 1"),
        ("[]", "is not a JSON object", ""),
        ('{"backstage": "frontend-plugin"}', "has a field backstage that is no section", ""),
        ('{"backstage": {"pluginId": 7}}', "has a backstage.pluginId that is not one line of text", ""),
        ('{"backstage": {"pluginId": " "}}', "has a backstage.pluginId that is not one line of text", ""),
        (
            '{"backstage": {"pluginId": "a\\nBcc: x"}}',
            "has a backstage.pluginId that is not one line of text",
            "",
        ),
        ("[" * 100_000, "holds JSON that no package would", ""),
        ('{"a": ' + "9" * 5000 + "}", "holds JSON that no package would", ""),
        ('{"a": "' + "x" * 1_000_000 + '"}', "is larger than 1,000,000 bytes", ""),
        ("\udcff", "is not UTF-8 text", " line 1"),
    ],
)
def test_a_broken_package_is_told_and_the_others_count(tmp_path, text, message, line):
    """One file's trouble is that file's alone."""
    root = write(tmp_path, GOOD)
    (root / PLUGIN).mkdir()
    (root / PLUGIN / "package.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    answer = provider(root).read(())
    assert owners(answer) == {"good": "ci"}
    path = f"{PLUGIN}/package.json"
    assert told(answer) == [(FlawKind.UNREADABLE, path, message, f"{path}{line}")]


@pytest.mark.parametrize("text", ["{}", '{"backstage": null}', '{"backstage": {"role": "cli"}}'])
def test_a_package_of_no_plugin_is_no_flaw(tmp_path, text):
    """Most packages of a repository are none of Backstage's."""
    answer = read(tmp_path, {**GOOD, f"{PLUGIN}/package.json": text})
    assert not answer.flaws


def test_a_package_with_a_byte_order_mark_and_without_a_name_counts(tmp_path):
    """What else is of a wrong type is as if it were not there."""
    text = '\ufeff{"name": [], "backstage": {"pluginId": "bad", "role": 3}}'
    answer = read(tmp_path, {**GOOD, f"{PLUGIN}/package.json": text, "CODEOWNERS": "* @acme/all"})
    assert owners(answer) == {"good": "ci", "bad": "all"}


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("kind: [Component\n", "is not valid YAML: expected ',' or '", " line 2"),
        ("a: 'secret\n", "is not valid YAML: found unexpected end of stream", " line 2"),
        ("a: *secret\n", "is not valid YAML: found undefined alias", " line 1"),
        ("a: \x07\n", "holds a character that YAML does not allow", " line 1"),
        ("[" * 20_000, "is nested too deeply", ""),
        ("a: " + "x" * 1_000_000, "is larger than 1,000,000 bytes", ""),
        (
            "kind: Component\nspec:\n  owner: [a]\n",
            "has a spec.owner that is not one line of text",
            " line 3",
        ),
    ],
)
def test_a_broken_catalog_file_is_told_and_codeowners_is_asked(tmp_path, text, message, line):
    """Nothing of the file's content is quoted."""
    path = f"{PLUGIN}/catalog-info.yaml"
    files = {**GOOD, f"{PLUGIN}/package.json": package("bad"), path: text, "CODEOWNERS": "* @acme/all"}
    answer = read(tmp_path, files)
    assert owners(answer) == {"good": "ci", "bad": "all"}
    [flaw] = answer.flaws
    assert flaw.text.startswith(message.removesuffix("',' or '").rstrip())
    assert flaw.origin == f"{path}{line}"
    assert "secret" not in flaw.text


@pytest.mark.parametrize(
    "text", ["", "---\n---\n", "just words\n", "- a list\n", "kind: Location\n", "kind: {}\n"]
)
def test_a_catalog_file_without_components_says_nothing(tmp_path, text):
    """Locations, groups and empty documents are no flaw."""
    answer = read(
        tmp_path, {**GOOD, f"{PLUGIN}/package.json": package("bad"), f"{PLUGIN}/catalog-info.yaml": text}
    )
    assert owners(answer) == {"good": "ci"}
    assert not answer.flaws


def test_anchors_that_explode_cost_nothing(tmp_path):
    """A file that stands for more values than there are atoms is read at once, its owner with it."""
    begun = time.perf_counter()
    path = f"{PLUGIN}/catalog-info.yaml"
    text = f"{component('ci')}{LAUGHS}"
    assert owners(read(tmp_path, {f"{PLUGIN}/package.json": package("bad"), path: text})) == {"bad": "ci"}
    assert time.perf_counter() - begun < 5


def test_merge_keys_that_explode_or_lead_back_cost_nothing(tmp_path):
    """Sections merged into each other are each looked through once."""
    merges = "".join(f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 9)}]}}\n" for n in range(1, 30))
    text = (
        f"m0: &m0 {{a: 1}}\n{merges}self: &self {{<<: *self}}\nkind: Component\nspec: {{<<: [*self, *m29]}}\n"
    )
    files = {f"{PLUGIN}/package.json": package("bad"), f"{PLUGIN}/catalog-info.yaml": text}
    begun = time.perf_counter()
    assert not read(tmp_path, files).claims
    assert time.perf_counter() - begun < 5


def test_merged_owners_and_aliases_are_followed(tmp_path):
    """A section's own key comes before a merged one, and the first merged section before the next."""
    text = (
        "x-common: &common {type: service, owner: &team ci}\nx-other: &other {owner: others}\n"
        "kind: Component\nspec:\n  <<: [*common, *other]\n  type: backstage-frontend-plugin\n"
    )
    files = {f"{PLUGIN}/package.json": package("bad"), f"{PLUGIN}/catalog-info.yaml": text}
    assert owners(read(tmp_path, files)) == {"bad": "ci"}


def test_a_codeowners_file_that_github_would_not_load_counts_for_nothing(tmp_path):
    """More than 3 MB: told, and no other place is asked instead."""
    files = {**GOOD, ".github/CODEOWNERS": "# padding\n" * 400_000, "CODEOWNERS": "* @acme/all"}
    files[f"{PLUGIN}/package.json"] = package("bad")
    answer = read(tmp_path, files)
    assert owners(answer) == {"good": "ci"}
    assert [flaw.text for flaw in answer.flaws] == ["is larger than 3,145,728 bytes"]


def test_skipped_lines_of_codeowners_are_told(tmp_path):
    """What GitHub leaves out is left out here, and said."""
    answer = read(tmp_path, {**GOOD, "CODEOWNERS": "* @acme/all\n!/plugins @acme/x\n"})
    assert told(answer) == [
        (FlawKind.UNREADABLE, "CODEOWNERS", "line 2 skipped: ! is not understood in CODEOWNERS", "CODEOWNERS")
    ]


def test_a_pipe_is_not_waited_for(tmp_path):
    """Something that is no file is told instead of read for ever."""
    root = write(tmp_path, GOOD)
    (root / PLUGIN).mkdir()
    os.mkfifo(root / PLUGIN / "package.json")
    assert [flaw.text for flaw in provider(root).read(()).flaws] == ["is not a file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("mode", [0o000, 0o400])
def test_a_directory_that_cannot_be_read_is_told(tmp_path, mode):
    """Whether its names can be listed or not; the rest of the checkout counts."""
    root = write(tmp_path, {**GOOD, f"{PLUGIN}/package.json": package("bad")})
    (root / PLUGIN).chmod(mode)
    try:
        answer = provider(root).read(())
    finally:
        (root / PLUGIN).chmod(0o700)
    assert owners(answer) == {"good": "ci"}
    assert [flaw.text for flaw in answer.flaws] == ["cannot be read: Permission denied"]


def test_a_directory_with_a_line_break_in_its_name_is_passed_by(tmp_path):
    """No origin can hold a line break."""
    assert owners(read(tmp_path, {**GOOD, "plugins/a\nb/package.json": package("bad")})) == {"good": "ci"}
