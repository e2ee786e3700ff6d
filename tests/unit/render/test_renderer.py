"""From digests to letters, as the pipeline calls it."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from plugin_digest.errors import RenderError
from plugin_digest.render import Renderer, check_letter
from render_examples import SENDER, TEMPLATES, many, of_series, ordinary, portal


def test_the_same_digest_gives_the_same_letter(renderer):
    """A resend repeats the same bytes, also from another process's renderer."""
    assert renderer.team(ordinary()) == renderer.team(ordinary())
    assert Renderer(TEMPLATES, **SENDER).portal(portal()) == renderer.portal(portal())


def test_two_teams_at_once_do_not_see_each_other(renderer):
    """Rendered in parallel, no letter holds the other's names (lightdash/lightdash#8267)."""
    secrets = {"alpha": ("Alpha Team", "AlphaPlugin"), "beta": ("Beta Team", "BetaPlugin")}
    digests = {
        key: of_series({f"{key}{n}": [40 + n] * 12 for n in range(9)},
                       {f"{key}{n}": f"{plugin} {n}" for n in range(9)}, name=team, key=key)
        for key, (team, plugin) in secrets.items()
    }  # fmt: skip
    alone = {key: renderer.team(digest) for key, digest in digests.items()}
    with ThreadPoolExecutor(8) as pool:
        jobs = [(key, pool.submit(renderer.team, digests[key])) for key in ("alpha", "beta") * 30]
        for key, job in jobs:
            letter = job.result()
            other = "beta" if key == "alpha" else "alpha"
            check_letter(letter, forbidden=secrets[other])
            assert letter == alone[key]
            assert secrets[key][0] in letter.html


def test_one_long_lived_renderer_writes_each_weeks_own_letter(renderer):
    """Nothing of a week stays behind for the next (apache/superset#35908)."""
    first = renderer.team(ordinary())
    later = renderer.team(replace(ordinary(), week=ordinary().week.plus(1)))
    assert "Week 46, 9" in first.text
    assert "Week 47, 16" in later.text
    assert "Week 46" not in later.text + later.html + later.subject


def test_rendering_reads_no_file(tmp_path):
    """Templates are read when the renderer is made; after that the directory may go."""
    templates = tmp_path / "templates"
    shutil.copytree(TEMPLATES, templates)
    renderer = Renderer(templates, **SENDER)
    shutil.rmtree(templates)
    assert renderer.team(ordinary()).subject


def test_a_digest_that_cannot_be_written_fails_alone(renderer):
    """One team's trouble is one error, and the next letter is written as if nothing had been."""
    broken = ordinary(history=())
    with pytest.raises(RenderError, match="IndexError"):
        renderer.team(broken)
    assert renderer.team(ordinary()).subject


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("digest.html.j2", None, "digest.html.j2: No such file"),
        ("parts/close.html.j2", None, "close.html.j2: No such file"),
        ("subject.txt.j2", "{% if %}", "subject.txt.j2:1: "),
        ("portal.html.j2", "<p>", "portal.html.j2: the template must open with <!DOCTYPE html>"),
    ],
)
def test_a_broken_template_is_found_at_the_start(tmp_path, name, content, says):
    """It is named by file and line before any letter is written."""
    templates = tmp_path / "templates"
    shutil.copytree(TEMPLATES, templates)
    (templates / name).unlink()
    if content is not None:
        (templates / name).write_text(content)
    with pytest.raises(RenderError) as caught:
        Renderer(templates, **SENDER)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("line", "says"), [("{{ view.tittle }}", "tittle"), ("{{ view.totals }}", "text only")]
)
def test_a_template_may_print_only_what_the_view_has_as_text(tmp_path, line, says):
    """A misspelt name or a value that is no text stops the letter, and leaves no hole in it."""
    templates = tmp_path / "templates"
    shutil.copytree(TEMPLATES, templates)
    (templates / "subject.txt.j2").write_text(line)
    with pytest.raises(RenderError, match=says):
        Renderer(templates, **SENDER).team(ordinary())


def test_a_letter_that_came_out_broken_is_not_returned(tmp_path):
    """The renderer checks what it wrote (apache/superset#39070)."""
    templates = tmp_path / "templates"
    shutil.copytree(TEMPLATES, templates)
    (templates / "digest.txt.j2").write_text("   \n")
    with pytest.raises(RenderError, match="text part is empty"):
        Renderer(templates, **SENDER).team(ordinary())


def test_portal_name_and_contact_are_foreign_text_too():
    """What the configuration holds is escaped like anything else."""
    renderer = Renderer(
        TEMPLATES, portal_name="A <b>&</b>\r\nB", portal_url='https://x/"><b>', contact="<i>@x"
    )
    letter = renderer.team(many(2))
    assert "<b>" not in letter.html
    assert "<i>" not in letter.html
    assert "\n" not in letter.subject


def test_without_contact_the_letter_has_no_empty_link():
    """No contact, no sentence about one."""
    renderer = Renderer(TEMPLATES, portal_name="Portal", portal_url="")
    letter = renderer.team(ordinary())
    assert "<a " not in letter.html
    assert "Ask" not in letter.html + letter.text
