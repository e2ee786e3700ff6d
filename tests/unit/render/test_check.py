"""The last look at a letter (apache/superset#39070: broken pictures were mailed, and the log was green)."""

from dataclasses import replace
from time import process_time

import pytest

from plugin_digest.errors import RenderError
from plugin_digest.model import READER_MARK, Image, Letter
from plugin_digest.render.check import check_letter
from render_examples import many, of_series, ordinary

PICTURE = '<img src="cid:s1@x" width="10" height="5" alt="Views: 3">'
GOOD = Letter(
    subject="Jenkins: 31\u00a0% more views · week 46",
    html='<!DOCTYPE html>\n<html lang="en"><head><style>.a {}</style></head><body>'
    f"{PICTURE}<p>{READER_MARK}</p></body></html>",
    text=f"Jenkins had 31\u00a0% more views.\n\n{READER_MARK}",
    images=(Image("s1@x", b"png"),),
)


def body(html):
    return instead("</body>", html + "</body>")


def instead(old, new):
    assert old in GOOD.html
    return replace(GOOD, html=GOOD.html.replace(old, new))


def text(words):
    return replace(GOOD, text=f"{words}\n\n{READER_MARK}")


def test_a_sound_letter_passes():
    """Nothing is said about a letter that is in order."""
    check_letter(GOOD)


BROKEN = {
    "too large": (body("x" * 95_000), "bytes"),
    "large in UTF-8 only": (body("日" * 32_000), "bytes"),
    "no doctype": (replace(GOOD, html=GOOD.html.removeprefix("<!DOCTYPE html>\n")), "<!DOCTYPE html>"),
    "cut short": (replace(GOOD, html=GOOD.html.removesuffix("</html>")), "no end"),
    "picture that is not there": (replace(GOOD, images=()), "'s1@x' is shown but not there"),
    "picture that is not shown": (replace(GOOD, images=(*GOOD.images, Image("s2", b""))), "'s2' is there"),
    "two pictures of one name": (replace(GOOD, images=GOOD.images * 2), "same name"),
    "picture without alt": (instead(' alt="Views: 3"', ""), "no alt"),
    "picture with empty alt": (instead("Views: 3", ""), "no alt"),
    "picture without size": (instead(' width="10" height="5"', ""), "no width, height"),
    "remote picture": (body('<img src="https://x/y.png" width="1" height="1" alt="x">'), "not in the mail"),
    "data picture": (body('<img src="data:image/png;base64,x" width="1" height="1" alt="x">'), "data:"),
    "svg": (body("<svg></svg>"), "<svg"),
    "script": (body("<script>1</script>"), "<script"),
    "form": (body("<form></form>"), "<form"),
    "script link": (body('<a href="javascript:x">x</a>'), "javascript:"),
    "script link in capitals": (body("<a HREF='JavaScript:x'>x</a>"), "JavaScript:"),
    "data as a background": (body('<td background="data:image/png;base64,x">x</td>'), "data:"),
    "expression": (body("<p>{{ view.title }}</p>"), "{{"),
    "statement in text": (text("{% if x %}"), "{%"),
    "token": (body("<!--jx12x-->"), "<!--jx12x"),
    "block not seen by premailer": (instead("<style>", '<style data-premailer="ignore">'), "premailer"),
    "None in a cell": (body("<td>None</td>"), "None"),
    "None in a sentence": (text("Views: None."), "None"),
    "nan": (body("<p>nan views</p>"), "nan"),
    "NaN": (replace(GOOD, subject="NaN more views"), "NaN"),
    "an enum": (body("<p>Absent.NO_DATA</p>"), "Absent"),
    "style block beyond Gmail's limit": (instead(".a {", ".a {" + " " * 16_000), "style block"),
    "no text": (replace(GOOD, text=" \n"), "text part is empty"),
    "no subject": (replace(GOOD, subject=" "), "subject is empty"),
    "long subject": (replace(GOOD, subject="x" * 71), "71 characters"),
    "header injection": (replace(GOOD, subject="x\r\nBcc: y@z.example"), "control characters"),
    "two lines of subject": (replace(GOOD, subject="x\ny"), "more than one line"),
    "C1 control in HTML": (body("<p>\x85</p>"), "control characters"),
    "bidi override in text": (text("abc\u202egnp"), "control characters"),
    "no place for the reader's reason": (instead(READER_MARK, ""), "HTML holds [[why-you-get-this]] 0 times"),
    "two places for it": (text(READER_MARK), "text part holds [[why-you-get-this]] 2 times"),
    "lone surrogate": (body("<p>\ud800</p>"), "control characters"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_letter_is_refused(name):
    """Each kind of damage is found before anything is sent, and named."""
    letter, says = BROKEN[name]
    with pytest.raises(RenderError) as caught:
        check_letter(letter)
    assert says in str(caught.value)


def test_words_that_only_look_like_damage_pass():
    """A nano editor, a finance page and a function call are not traces of a missing value."""
    check_letter(body("<p>nano, finance, Nonesuch, /none/None/nan-x, f{x}, absent. JavaScript: data: no</p>"))


@pytest.mark.parametrize("name", ["data", "javascript"])
def test_a_team_may_be_called_like_a_scheme(renderer, name):
    """A name that stands before a colon in a caption is no address, in whatever way a plugin is told."""
    check_letter(body(f'<table title="{name}: 3 plugins"><tr><td>{name}: 3</td></tr></table>'))
    check_letter(renderer.team(of_series({name: [40, 44, 41, 300], "other": [5, 5, 5, 5]}, name=name)))


def test_foreign_names_are_found_as_whole_words():
    """A name of another team is refused in any part, also escaped; part of a longer word is none."""
    for letter in (body("<p>R&amp;D</p>"), text("by R&D."), replace(GOOD, subject="R&D: new")):
        with pytest.raises(RenderError, match="'R&D'"):
            check_letter(letter, forbidden=["Payments", "R&D"])
    check_letter(text("CIs and PCI"), forbidden=["CI"])


def test_the_check_is_cheap(renderer):
    """It may run on every letter: an ordinary one takes well under two milliseconds of CPU time."""
    letter, large = renderer.team(ordinary()), renderer.team(many(300))
    for each, most_s in ((letter, 0.002), (large, 0.008)):
        fastest = min(_seconds(each) for _ in range(20))
        assert fastest < most_s


def _seconds(letter):
    started = process_time()
    check_letter(letter)
    return process_time() - started


def test_a_name_that_is_set_apart_and_not_ended_is_refused():
    """It would turn the rest of the line around."""
    with pytest.raises(RenderError, match="sets a name apart"):
        check_letter(replace(GOOD, subject="\u2068لوحة"))
    check_letter(replace(GOOD, subject="\u2068لوحة\u2069: 31 % more views"))
