"""Reading a YAML file: as text, with lines, from the environment, and never more than a configuration."""

from pathlib import Path

import pytest

from plugin_digest.documents import read
from plugin_digest.documents.reading import dotted
from plugin_digest.errors import ConfigError


def write(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "some.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def content_of(tmp_path, text, **environ):
    document = read(write(tmp_path, text), environ)
    assert document.problems == ()
    return document.content


def problems_of(tmp_path, content, **environ):
    try:
        return [str(problem) for problem in read(write(tmp_path, content), environ).problems]
    except ConfigError as error:
        return str(error).splitlines()


def test_scalars_stay_the_text_that_was_written(tmp_path):
    """YAML's own ideas about 09:00, no, 404, 1e3, dates and leading zeros change nothing."""
    text = "a: 09:00\nb: no\nc: 404\nd: 1e3\ne: 2026-11-09\nf: 007\ng: 0x1F\nno: true\n12: =\n"
    assert content_of(tmp_path, text) == {
        "a": "09:00", "b": "no", "c": "404", "d": "1e3", "e": "2026-11-09", "f": "007", "g": "0x1F",
        "no": "true", "12": "=",
    }  # fmt: skip


def test_a_key_without_a_value_is_none(tmp_path):
    """Nothing, a tilde and a plain null are no value; the quoted word is one."""
    assert content_of(tmp_path, "a:\nb: ~\nc: null\nd: 'null'\ne: ''\n") == {
        "a": None, "b": None, "c": None, "d": "null", "e": "",
    }  # fmt: skip


def test_every_key_and_item_has_its_line(tmp_path):
    """Lines count from 1, also in lists and for keys in one line."""
    document = read(write(tmp_path, "# one\na:\n  b: 1\n  c:\n    - x\n    - {d: 2}\n"), {})
    assert document.lines == {
        ("a",): 2, ("a", "b"): 3, ("a", "c"): 4, ("a", "c", 0): 5, ("a", "c", 1): 6, ("a", "c", 1, "d"): 6,
    }  # fmt: skip


def test_a_place_is_written_with_dots_and_indices():
    """A key that would be hard to read with dots around it is quoted."""
    assert dotted(("ownership", 0, "path")) == "ownership[0].path"
    assert dotted(("teams", "a.b c", "name")) == "teams.'a.b c'.name"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${NAME}", "value"),
        ("'${NAME}'", "value"),
        ('"<${NAME}>"', "<value>"),
        ("${NAME}-${OTHER:-other}", "value-other"),
        ("${UNSET:-a default}", "a default"),
        ("${UNSET:-}", ""),
        ("${EMPTY:-default}", "default"),
        ("${EMPTY}", ""),
        ("$${NAME}", "${NAME}"),
        ("$NAME $ {NAME}", "$NAME $ {NAME}"),
        ("${NESTED}", "${NAME}"),
        ("${UNSET:-https://a.example:8080/b}", "https://a.example:8080/b"),
    ],
)
def test_values_come_from_the_environment(tmp_path, written, value):
    """${NAME} and ${NAME:-default} are filled in once; $${ is a plain ${."""
    environ = {"NAME": "value", "EMPTY": "", "NESTED": "${NAME}"}
    assert content_of(tmp_path, f"key: {written}\n", **environ) == {"key": value}


def test_a_placeholder_may_stand_in_braces_and_brackets(tmp_path):
    """{password: ${NAME}} means what it looks like, although YAML would end the mapping at the brace."""
    text = "key: {a: ${NAME}, b: [${NAME}, '${X:-1,2}', $${NAME}]}\n"
    assert content_of(tmp_path, text, NAME="value") == {
        "key": {"a": "value", "b": ["value", "1,2", "${NAME}"]}
    }


def test_an_environment_value_is_text_and_no_yaml(tmp_path):
    """What stands in a variable cannot add keys, comments or aliases."""
    assert content_of(tmp_path, "a: ${NAME}\n", NAME="x\nb: y # *z") == {"a": "x\nb: y # *z"}


def test_keys_and_comments_are_not_filled_in(tmp_path):
    """A variable that only a comment names need not be set."""
    assert content_of(tmp_path, "# ${UNSET}\n${NAME}: 1 # ${UNSET}\n", NAME="x") == {"${NAME}": "1"}


def test_a_private_use_character_survives(tmp_path):
    """The stand-ins for placeholders are never taken for what the file itself holds."""
    assert content_of(tmp_path, "a: \ue000\nb: ${NAME}\n", NAME="x") == {"a": "\ue000", "b": "x"}


def test_unset_and_malformed_placeholders_are_named_with_key_and_line(tmp_path):
    """All of them at once."""
    text = "a: 1\nb:\n  c: ${UNSET}\nd: [x, '${UNSET-y}']\ne: '${}'\n"
    malformed = "expected ${NAME} or ${NAME:-default}; a plain ${ is written $${"
    assert problems_of(tmp_path, text) == [
        "some.yaml:3: b.c: the environment variable UNSET is not set",
        f"some.yaml:4: d[1]: {malformed}",
        f"some.yaml:5: e: {malformed}",
    ]


def test_a_key_that_stands_twice_is_refused(tmp_path):
    """YAML would silently take the last one; other keys are still read."""
    text = "teams:\n  a: {x: 1}\n  b: 2\n  a: {x: 3}\n  'b': 4\n"
    assert problems_of(tmp_path, text) == [
        "some.yaml:4: teams.a: stands twice; the first is on line 2",
        "some.yaml:5: teams.b: stands twice; the first is on line 3",
    ]
    assert read(tmp_path / "some.yaml", {}).content == {"teams": {"a": {"x": "1"}, "b": "2"}}


def test_an_alias_repeats_what_its_anchor_marks(tmp_path):
    """Anchors spare repetition."""
    assert content_of(tmp_path, "a: &x [one, two]\nb: *x\n") == {"a": ["one", "two"], "b": ["one", "two"]}


def test_aliases_that_multiply_the_file_are_refused(tmp_path):
    """A few lines cannot become a billion values."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for name, inner in zip("bcdefgh", "abcdefg", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{inner}'] * 10)}]")
    assert problems_of(tmp_path, "\n".join(lines)) == [
        "some.yaml:1: holds more than 100,000 values once its aliases are followed"
    ]


def test_an_alias_inside_its_own_anchor_is_refused(tmp_path):
    """A list that contains itself has no end."""
    assert problems_of(tmp_path, "a: 1\nb: &b\n  - *b\n") == [
        "some.yaml:2: an anchor's own alias stands inside it"
    ]


def test_deep_nesting_is_refused(tmp_path):
    """Ten thousand brackets end in one line, not in a crash."""
    assert problems_of(tmp_path, "a: " + "[" * 10_000) == [
        "some.yaml: is nested too deeply for a configuration"
    ]


SYNTAX = {
    "a:\n\tb: 1\n": "some.yaml:2: a tab stands where YAML wants blanks",
    "a: b: c\n": "some.yaml:1: a second colon in one line, or a wrong indent; "
    "a text that holds ': ' goes in quotes",
    "a: [1\nb: 2\n": "some.yaml:2: is not valid YAML: expected ',' or ']', but got ':' "
    "(while parsing a flow sequence that begins on line 1)",
    "a: 'x\n\n": "some.yaml:3: is not valid YAML: found unexpected end of stream "
    "(while scanning a quoted scalar that begins on line 1)",
    "a: {b: 1}}\n": "some.yaml:1: is not valid YAML: expected <block end>, but found '}'",
    "a: 1\n--- \nb: 2\n": "some.yaml:2: a second YAML document begins here; expected one",
    "a: @secret\n": "some.yaml:1: a text that starts with @ goes in quotes",
    "a: `secret\n": "some.yaml:1: a text that starts with ` goes in quotes",
    "a: *secret\n": "some.yaml:1: an alias (*) without its anchor (&); "
    "a text that starts with * goes in quotes",
    "a: !secret\n": "some.yaml:1: a: a tag (!) is not understood; a text that starts with ! goes in quotes",
    "a: !!python/object/apply:os.system [secret]\n": "some.yaml:1: a: a tag (!) is not understood; "
    "a text that starts with ! goes in quotes",
    "<<: {a: 1}\n": "some.yaml:1: expected a plain key here; merge keys (<<) are not understood",
    "? [a]\n: 1\n": "some.yaml:1: expected a plain key here; merge keys (<<) are not understood",
    "a: 1\nb: \x07\n": "some.yaml:2: holds the character U+0007, which YAML does not allow",
    "- a\n- b\n": "some.yaml:1: expected keys and values, not a list",
    "\njust words\n": "some.yaml:2: expected keys and values, not a single text",
    "": "some.yaml: is empty",
    "# only\n# comments\n": "some.yaml: is empty",
    "---\n": "some.yaml: is empty",
    "!tag\n": "some.yaml:1: expected keys and values, not a single text",
}


@pytest.mark.parametrize("text", SYNTAX)
def test_a_file_that_is_no_yaml_mapping_is_one_line(tmp_path, text):
    """What is wrong, where, and what to do, without quoting a text that may be a password."""
    told = problems_of(tmp_path, text)
    assert told == [SYNTAX[text]]
    assert "secret" not in told[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: 1\nb: \xff\xfe\n", "some.yaml:2: is not UTF-8 text; save it as UTF-8"),
        ("a: 1\n".encode("utf-16"), "some.yaml:1: is not UTF-8 text; save it as UTF-8"),
        (b"#" * 1_000_001, "some.yaml: is larger than 1 MB, too large for a configuration"),
    ],
)
def test_a_file_that_is_no_text_of_ours_is_one_line(tmp_path, content, message):
    """Other encodings and large files are refused before they are parsed."""
    assert problems_of(tmp_path, content) == [message]


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    """Windows editors write one."""
    assert content_of(tmp_path, "\ufeffa: ü\n") == {"a": "ü"}


def test_a_missing_file_is_one_line(tmp_path):
    """Named as people would write it here, or whole where it is elsewhere."""
    for path in (Path("no.yaml"), tmp_path / "no.yaml", Path("/no/such/file.yaml")):
        with pytest.raises(ConfigError) as caught:
            read(path, {})
        shown = path if path.parts[1:2] == ("no",) else "no.yaml"
        assert str(caught.value) == f"{shown}: there is no such file"
        assert caught.value.exit_code == 2


def test_a_directory_is_one_line(tmp_path):
    """A directory in place of the file is told apart from a missing one."""
    (tmp_path / "dir.yaml").mkdir()
    with pytest.raises(ConfigError) as caught:
        read(Path("dir.yaml"), {})
    assert str(caught.value) == "dir.yaml: is a directory; expected a YAML file"


def test_a_pipe_is_one_line(pipe):
    """Reading it would wait for ever."""
    pipe("pipe.yaml")
    with pytest.raises(ConfigError) as caught:
        read(Path("pipe.yaml"), {})
    assert str(caught.value) == "pipe.yaml: is a pipe, a socket or a device; expected a YAML file"


def test_a_link_to_a_file_is_read(tmp_path):
    """Mounted configurations are links."""
    (tmp_path / "link.yaml").symlink_to(write(tmp_path, "a: 1\n"))
    assert read(Path("link.yaml"), {}).content == {"a": "1"}


def test_a_file_that_cannot_be_opened_is_one_line(tmp_path):
    """The system's own reason is given."""
    path = write(tmp_path, "a: 1\n")
    with pytest.raises(ConfigError) as caught:
        read(path / "teams.yaml", {})
    assert str(caught.value) == "some.yaml/teams.yaml: cannot be read: Not a directory"


def test_a_path_that_no_file_can_have_is_one_line():
    """A NUL in a path is no crash."""
    with pytest.raises(ConfigError) as caught:
        read(Path("a\0b"), {})
    assert str(caught.value).endswith(": cannot be read: embedded null byte")


def test_a_document_does_not_show_what_it_holds(tmp_path):
    """A password in the file is not in the document's text form."""
    assert "hunter2" not in repr(read(write(tmp_path, "password: hunter2\n"), {}))
