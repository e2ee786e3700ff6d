"""From digests to letters, as the pipeline calls it."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from babel import Locale

from plugin_digest.errors import RenderError
from plugin_digest.render import Renderer
from plugin_digest.render.check import check_letter
from render_examples import CI, SENDER, TEMPLATES, letterhead, many, of_series, ordinary, portal

REMOTE_PICTURE = '<tr><td><img src="https://x/y.png" alt="x" width="1" height="1"></td></tr>'


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


@pytest.fixture
def own(tmp_path):
    """A directory of a portal's own templates."""
    folder = tmp_path / "own"
    (folder / "parts").mkdir(parents=True)
    return folder


def with_own(own):
    return Renderer([own, *TEMPLATES], letterhead())


def test_rendering_reads_no_file(tmp_path):
    """Templates are read when the renderer is made; after that the directory may go."""
    templates = tmp_path / "templates"
    shutil.copytree(TEMPLATES[0], templates)
    renderer = Renderer([templates], letterhead())
    shutil.rmtree(templates)
    assert renderer.team(ordinary()).subject


def test_a_digest_that_cannot_be_written_fails_alone(renderer):
    """One team's trouble is one error, and the next letter is written as if nothing had been."""
    broken = ordinary(provenance=None)
    with pytest.raises(RenderError, match="AttributeError"):
        renderer.team(broken)
    assert renderer.team(ordinary()).subject


def test_an_own_part_stands_in_for_the_shipped_one(own):
    """One file is enough: everything else stays as it is shipped."""
    (own / "parts/head.html.j2").write_text(
        '<tr><td class="pad"><h1 class="title">Hi {{ view.title }}</h1></td></tr>'
    )
    plain, letter = (each.team(ordinary()) for each in (Renderer(TEMPLATES, letterhead()), with_own(own)))
    assert ">Hi CI Platform</h1>" in letter.html
    assert (letter.text, letter.subject, letter.images) == (plain.text, plain.subject, plain.images)


def test_an_own_template_may_use_the_colours_by_name(own):
    """The palette and the accent reach a portal's own parts."""
    (own / "parts/style.html.j2").write_text("<style>.title { color: $accent; text-align: $start; }</style>")
    letter = Renderer([own, *TEMPLATES], letterhead(accent="#ffdd00")).team(ordinary())
    assert 'style="color:#806e00; text-align:left"' in letter.html


def test_a_letter_that_is_written_from_right_to_left_turns_its_sides(own):
    """Names stand to the right and figures to the left of an Arabic letter."""
    language = letterhead().language
    arabic = replace(language, catalogue=replace(language.catalogue, locale=Locale("ar")))
    assert arabic.direction == "rtl"
    letter = Renderer(TEMPLATES, replace(letterhead(), language=arabic)).team(ordinary())
    assert 'dir="rtl"' in letter.html
    assert "text-align:right" in letter.html.partition('scope="row"')[2].partition(">")[0]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("subject.txt.j2", "{% if %}", "own/subject.txt.j2:1: "),
        ("portal.html.j2", "<p>", "own/portal.html.j2: the template must open with <!DOCTYPE html>"),
        ("parts/head.html.j2", "{% if x %}", "own/parts/head.html.j2) put in place, line "),
        (
            "parts/style.html.j2",
            "<style>p { color: $blue; }</style>",
            "own/parts/style.html.j2): there is no $blue; there are $page",
        ),
        ("parts/cards.html.j2", '{% include "parts/cards.html.j2" %}', "cards.html.j2 is a part of itself"),
        (
            "parts/cards.html.j2",
            '{% include "parts/none.html.j2" %}',
            "parts/none.html.j2 is missing; looked",
        ),
        ("digest.txt.j2", b"\xff", "own/digest.txt.j2 cannot be read: "),
    ],
)
def test_a_broken_template_is_found_at_the_start(own, name, content, says):
    """It is named by its file before any letter is written."""
    (own / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(RenderError) as caught:
        with_own(own)
    assert says in str(caught.value)


def test_a_missing_directory_is_said_to_lack_the_template(tmp_path):
    """Both places are named in which it was looked for."""
    with pytest.raises(RenderError, match=r"subject\.txt\.j2 is missing; looked for it in .*/a and .*/b"):
        Renderer([tmp_path / "a", tmp_path / "b"], letterhead())


@pytest.mark.parametrize(
    ("line", "says"), [("{{ view.tittle }}", "tittle"), ("{{ view.figures }}", "text only")]
)
def test_a_template_may_print_only_what_the_view_has_as_text(own, line, says):
    """A misspelt name or a value that is no text stops the letter, and leaves no hole in it."""
    (own / "subject.txt.j2").write_text(line)
    with pytest.raises(RenderError, match=says):
        with_own(own).team(ordinary())


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("digest.txt.j2", "   \n", "text part is empty"),
        ("digest.txt.j2", "{{ view.title }}", "text part holds [[why-you-get-this]] 0 times"),
        ("parts/figures.html.j2", REMOTE_PICTURE, "not in the mail"),
    ],
)  # fmt: skip
def test_a_letter_that_came_out_broken_is_not_returned(own, name, content, says):
    """The renderer checks what it wrote, also with own templates (apache/superset#39070)."""
    (own / name).write_text(content)
    with pytest.raises(RenderError) as caught:
        with_own(own).team(ordinary())
    assert says in str(caught.value)


def test_portal_name_and_contact_are_foreign_text_too():
    """What the configuration holds is escaped like anything else."""
    head = replace(letterhead(name="A <b>&</b>\r\nB", url='https://x/"><b>'), contact="<i>@x")
    letter = Renderer(TEMPLATES, head).team(many(2))
    assert "<b>" not in letter.html
    assert "<i>" not in letter.html
    assert "\n" not in letter.subject


def test_without_contact_the_letter_has_no_empty_link():
    """No contact, no sentence about one."""
    head = replace(letterhead(url=""), contact="", link_base="", docs="", stop="")
    letter = Renderer(TEMPLATES, head).team(ordinary())
    assert "<a " not in letter.html
    assert "Ask" not in letter.html + letter.text


def test_the_reason_is_in_the_language_of_its_letter():
    """A letter that was frozen in English stays English for whoever gets it later."""
    english, german = (Renderer(TEMPLATES, letterhead(language)) for language in ("en", "de"))
    owners = [(CI, ("Jenkins",))]
    letter = english.team(ordinary())
    assert german.reason(owners, "", letter) == english.reason(owners, "")
    assert german.reason(owners, "").startswith("Diese E-Mail kommt")
    unknown = replace(letter, html=letter.html.replace('lang="en"', 'lang="tlh"'))
    assert german.reason(owners, "", unknown) == german.reason(owners, "")


def test_every_kind_of_letter_can_be_rehearsed():
    """The shipped templates write the made-up digests in every language."""
    for language in ("en", "de", "fr", "sv"):
        Renderer(TEMPLATES, letterhead(language)).rehearse()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (
            "subject.txt.j2",
            "{{ view.sumary }}",
            "own/subject.txt.j2:1: a view has no 'sumary'; it has language, ",
        ),
        (
            "parts/cards.html.j2",
            "\n{% for card in view.cards %}\n<tr><td>{{ card.title }}</td></tr>\n{% endfor %}",
            "own/parts/cards.html.j2:3: a card has no 'title'; it has name, about, ",
        ),
        (
            "portal_subject.txt.j2",
            "\n{{ view.figures }}",
            "own/portal_subject.txt.j2:2: a template may print text",
        ),
        ("parts/letter.txt.j2", "{{ view.title }}", "text part holds [[why-you-get-this]] 0 times"),
    ],
)
def test_a_rehearsal_finds_the_line_of_a_wrong_name(own, name, content, says):
    """And says what is known there, before the mails of a week are held by it."""
    (own / name).write_text(content)
    with pytest.raises(RenderError) as caught:
        with_own(own).rehearse()
    assert says in str(caught.value)


def test_a_subject_of_an_own_template_that_is_too_long_is_shortened(own):
    """It is no reason to send nothing."""
    (own / "subject.txt.j2").write_text(
        "Your weekly digest of everything: {{ view.finding }} · {{ view.place }}"
    )
    subject = with_own(own).team(ordinary()).subject
    assert len(subject) <= 70
    assert subject.endswith("…")
