"""What the templates ask of mail programs, against what caniemail.com knows that they can."""

import json
import re
from pathlib import Path

import pytest

from plugin_digest.resources import templates_dir

KNOWN = json.loads((Path(__file__).parent / "caniemail.json").read_text(encoding="utf-8"))["features"]
PROGRAMS = ("outlook-windows", "gmail-webmail", "gmail-android", "apple-mail")

ALLOWED = {
    "border": "Outlook draws up to 8 px, on tables and cells: ours are at most 4 px there",
    "border-radius": "cards have square corners in Outlook",
    "display": "none does not hide in Outlook, mso-hide does; a block picture stands alone anyway",
    "font-size": "Outlook knows no rem; all sizes are px",
    "font-weight": "Outlook rounds 600 to bold",
    "height": "only on pictures, which have a height attribute for Outlook",
    "line-height": "Outlook needs mso-line-height-rule: exactly, which stands in its own style block",
    "margin": "negative and auto margins are not used",
    "overflow": "hides the preheader a second time, after display:none",
    "overflow-wrap": "word-break does the same where this is not known; in a browser, both do",
    "padding": "Outlook pads cells only: lists are indented by its own default",
    "text-align": "start and end are not used: the sides are filled in when the template is read",
    "text-decoration": "one value at a time; links are underlined by default",
    "width": "only on tables, cells and pictures, each with a width attribute for Outlook",
    "word-break": "breaks more often than it must in some programs, and never overflows",
}
"""Each that some program does not know in full, and why a letter arrives whole all the same."""

UNTESTED = {
    "color": "plain since HTML 3.2", "font-family": "falls back to the program's own font",
    "mso-hide": "Outlook's own", "mso-line-height-rule": "Outlook's own",
    "max-height": "hides the preheader once more",
}  # fmt: skip
"""Properties that caniemail has no page for."""


def used():
    style = (templates_dir() / "parts/style.html.j2").read_text(encoding="utf-8")
    inlined = style.partition("</style>")[0]
    properties = set(re.findall(r"[{;]\s*([a-z-]+)(?:-\$\w+)?\s*:", inlined))
    return {re.sub(r"^(border)-(top|bottom)$", r"\1", each) for each in properties}


def falls_short(feature):
    return [program for program in PROGRAMS if KNOWN[feature][program] != "y"]


@pytest.mark.parametrize("feature", sorted(used() - set(UNTESTED)))
def test_what_a_program_cannot_do_is_known_and_borne(feature):
    """A property that Outlook, Gmail or Apple Mail lacks has a reason to be used."""
    assert feature in KNOWN, f"look {feature} up on caniemail.com and put it into caniemail.json"
    assert bool(falls_short(feature)) == (feature in ALLOWED)


def test_the_lists_hold_nothing_that_is_not_used():
    """An exception that is no longer needed goes."""
    assert set(ALLOWED) <= used()
    assert set(UNTESTED) - {"mso-line-height-rule"} <= used()
    assert set(KNOWN) <= used()


def test_what_outlook_lacks_is_written_as_attributes_too():
    """Widths on tables, cells and pictures, heights on pictures."""
    for path in templates_dir().rglob("*.html.j2"):
        source = path.read_text(encoding="utf-8")
        for tag in re.findall(r"<img\b[^>]*>", source):
            assert ' width="' in tag
            assert ' height="' in tag
        for tag in re.findall(
            r'<t(?:able|d)\b[^>]*class="(?:figures|numbers|figure|number|data|card)"[^>]*>', source
        ):
            assert ' width="' in tag
