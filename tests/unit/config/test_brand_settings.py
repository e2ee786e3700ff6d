"""The portal's own templates: a directory, in which every template stands in for a shipped one."""

import pytest

OWN = ("# brand:", "brand: {templates: own}\n# brand:")


@pytest.fixture
def own(files):
    """A directory that the configuration names; files are put into it by name and text."""
    files.change(OWN)

    def put(name, text=""):
        path = files.directory / "own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    return put


def fault(files):
    (line,) = files.problems()
    return line.split("brand.templates: ")[1]


def test_a_directory_that_is_not_there_is_a_problem(files, own):
    """Otherwise the shipped templates would be used, and nobody would know why."""
    assert fault(files) == "'own' is not there"


def test_a_file_is_no_directory(files, own):
    """A single template cannot be named."""
    (files.directory / "own").touch()
    assert fault(files) == "'own' is a file; expected a directory"


def test_a_directory_without_a_template_replaces_nothing(files, own):
    """The message says what could stand there."""
    own("logo.png")
    told = fault(files)
    assert told.startswith("'own' holds no template; the shipped ones are digest.html.j2, ")
    assert "parts/head.html.j2" in told


@pytest.mark.parametrize(
    "name", ["part/head.html.j2", "head.html.j2", "parts/head.html", "parts/Head.html.j2"]
)
def test_a_template_that_replaces_none_is_named(files, own, name):
    """With the shipped one that was meant."""
    own("subject.txt.j2")
    own(name)
    assert fault(files) == f"'own' holds {name}, which stands in for none; did you mean 'parts/head.html.j2'?"


def test_a_template_may_have_parts_of_its_own(files, own):
    """What another one includes is used, and what is no template may lie beside them."""
    own("parts/head.html.j2", '{% include "parts/claim.html.j2" %}')
    own("parts/claim.html.j2", "<p>We build portals</p>")
    own("README.md")
    assert files.problems() == []
    assert files.settings().brand.templates == files.directory / "own"
