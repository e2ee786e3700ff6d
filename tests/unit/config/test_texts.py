"""Mail addresses as the configuration takes them."""

import re

import pytest

from plugin_digest.deliver.address import mailbox as deliverable
from plugin_digest.documents.texts import address, mailbox

LIKE = "expected an address like team@acme.example"
SEVERAL = "holds more than one address: write each as an item of its own"
WRONG = {
    "": f"is empty: {LIKE}",
    "  ": f"is empty: {LIKE}",
    "team": f"has no domain: {LIKE}",
    "team@": f"has no domain: {LIKE}",
    "@acme.example": f"has an impossible part before the @: {LIKE}",
    "team@acme": f"has no full domain: {LIKE}",
    "team@acme..example": f"has an impossible domain: {LIKE}",
    "team@-acme.example": f"has an impossible domain: {LIKE}",
    "team@acme_x.example": f"has an impossible domain: {LIKE}",
    "team@[10.0.0.1]": f"has an impossible domain: {LIKE}",
    "team@acme.example.": f"has an impossible domain: {LIKE}",
    f"team@{'a' * 64}.example": f"has an impossible domain: {LIKE}",
    "a b@acme.example": f"has an impossible part before the @: {LIKE}",
    ".a@acme.example": f"has an impossible part before the @: {LIKE}",
    '"a b"@acme.example': f"has an impossible part before the @: {LIKE}",
    f"{'a' * 65}@acme.example": f"has an impossible part before the @: {LIKE}",
    f"a@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.{'f' * 60}": "is longer than 254 characters",
    "a@acme.example, b@acme.example": SEVERAL,
    "a@acme.example;b@acme.example": SEVERAL,
    "a@acme.example b@acme.example": SEVERAL,
    "a@b@acme.example": SEVERAL,
    "Team <a@acme.example>": "holds more than an address: write it without a name and without < >",
    "a@acme.example\nBcc: x": "holds a line break or another control character",
    "a@acme.example\r": "holds a line break or another control character",
    "a\u2028@acme.example": "holds a line break or another control character",
    "müller@acme.example": "has a letter outside ASCII before the @, which most mail servers refuse",
    "a@straße.example": "has a domain with more than one ASCII form: write that form, xn--…",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_address_is_refused_with_the_reason(text):
    """plausible/analytics#583: blank recipients and trailing blanks were accepted."""
    with pytest.raises(ValueError, match=f"^{re.escape(WRONG[text])}$"):
        address(text)


@pytest.mark.parametrize(
    "text",
    ["ci-platform@acme.example", "a.b+c@mail.acme.example", "o'neil@acme.example", "root@localhost",
     "team@bücher.example", "x@xn--bcher-kva.example", "A@ACME.EXAMPLE"],
)  # fmt: skip
def test_an_address_that_is_accepted_can_be_mailed_to(text):
    """What the configuration takes, the mail side takes too."""
    assert address(text) == text
    assert deliverable(text).addr_spec.lower().startswith(text.partition("@")[0].lower())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("portal@acme.example", ""),
        ("<portal@acme.example>", ""),
        ("Developer Portal <portal@acme.example>", "Developer Portal"),
        ('"Portal, Developer" <portal@acme.example>', "Portal, Developer"),
        ("Entwicklerportal Köln < portal@acme.example >", "Entwicklerportal Köln"),
    ],
)
def test_a_sender_may_have_a_name(text, name):
    """What the configuration takes, the mail side reads as one mailbox."""
    sender = deliverable(mailbox(text))
    assert (sender.display_name, sender.addr_spec) == (name, "portal@acme.example")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Portal <portal>", f"has no domain: {LIKE}"),
        ("Portal <>", f"is empty: {LIKE}"),
        ("a@acme.example <b@acme.example>", "holds more than one address: expected one"),
        ("Portal <a@acme.example>, b@acme.example", SEVERAL),
        ("Portal\nBcc: x <a@acme.example>", "holds a line break or another control character"),
    ],
)
def test_a_sender_is_one_address(text, fault):
    """A name cannot smuggle a second one in."""
    with pytest.raises(ValueError, match=f"^{re.escape(fault)}$"):
        mailbox(text)
