"""The page that shows every mail: complete, inert whatever the mails hold, and without the network."""

import base64
import json
import os
import re
import shutil
import subprocess
from email.message import EmailMessage
from email.utils import format_datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from factories import AS_OF
from plugin_digest.demo import write_page

HOSTILE = "</script><img src=x onerror=\"document.title='owned'\"><!--"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def write_mail(
    outbox: Path, team: str, subject: str = "A digest", html: str = "", text: str = "As text.\n"
) -> None:
    message = EmailMessage()
    message["From"] = "Developer Portal <portal@acme.example>"
    message["To"] = f"{team}@acme.example"
    message["Subject"] = subject
    message["Date"] = format_datetime(AS_OF)
    message["Message-ID"] = f"<2026-W46.{team}.1.0123456789abcdef@acme.example>"
    message.set_content(text)
    document = (
        html
        or '<!DOCTYPE html><html><head><title>x</title></head><body><img src="cid:spark-1"></body></html>'
    )
    message.add_alternative(document, subtype="html")
    related = message.get_payload()[1]  # type: ignore[index]
    related.add_related(PNG, "image", "png", cid="<spark-1>", disposition="inline")  # type: ignore[union-attr]
    (outbox / f"2026-W46.{team}.eml").write_bytes(message.as_bytes())


@pytest.fixture
def outbox(tmp_path):
    folder = tmp_path / "outbox"
    folder.mkdir()
    return folder


def mails_in(page: Path) -> list[dict[str, str]]:
    source = page.read_text(encoding="utf-8")
    match = re.search(r'<script type="application/json" id="mails">(.*?)</script>', source, re.DOTALL)
    assert match
    mails = json.loads(match[1])["mails"]
    assert isinstance(mails, list)
    return mails


class Tags(HTMLParser):
    """The elements that a browser would make of the page's source."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_every_mail_is_on_the_page_and_the_portal_digest_comes_first(outbox, tmp_path):
    """All mails are there with all their parts: the portal's first, then the teams by name."""
    for team in ("streaming", "ci-platform", "portal"):
        write_mail(outbox, team, f"Digest of {team}", text=f"Text for {team}\n")
    assert write_page(outbox, tmp_path / "index.html", "Acme") == 3
    mails = mails_in(tmp_path / "index.html")
    assert [mail["team"] for mail in mails] == ["portal", "ci-platform", "streaming"]
    assert mails[1]["subject"] == "Digest of ci-platform"
    assert mails[1]["to"] == "ci-platform@acme.example"
    assert mails[1]["text"] == "Text for ci-platform\n"
    assert mails[1]["file"] == "2026-W46.ci-platform.eml"
    assert mails[1]["source"].splitlines()[0] == "From: Developer Portal <portal@acme.example>"


def test_pictures_stand_in_the_html_itself(outbox, tmp_path):
    """A cid: address becomes the picture; one that the mail does not bring along stays as it is."""
    write_mail(
        outbox, "ci", html='<img src="cid:spark-1"><td background=\'cid:spark-1\'><img src="cid:lost">'
    )
    write_page(outbox, tmp_path / "index.html", "Acme")
    uri = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    assert mails_in(tmp_path / "index.html")[0]["html"].strip() == (
        f'<img src="{uri}"><td background=\'{uri}\'><img src="cid:lost">'
    )


def test_hostile_text_stays_data(outbox, tmp_path):
    """A subject, a part or a title full of markup adds no element to the page."""
    write_mail(outbox, "ci", subject="Plain", text="Plain\n")
    write_page(outbox, tmp_path / "plain.html", "Plain")
    write_mail(outbox, "ci", subject=HOSTILE, html=f"<p>{HOSTILE}</p>", text=HOSTILE + "\n")
    write_page(outbox, tmp_path / "hostile.html", HOSTILE)
    plain, hostile = (
        (tmp_path / name).read_text(encoding="utf-8") for name in ("plain.html", "hostile.html")
    )
    assert Tags(hostile).found == Tags(plain).found
    assert mails_in(tmp_path / "hostile.html")[0]["subject"] == HOSTILE


def test_text_that_looks_like_a_place_in_the_template_is_left_alone(outbox, tmp_path):
    """%MAILS% in a title or a mail is text like any other."""
    write_mail(outbox, "ci", subject="%TITLE% %MAILS%")
    write_page(outbox, tmp_path / "index.html", "%MAILS%")
    assert mails_in(tmp_path / "index.html")[0]["subject"] == "%TITLE% %MAILS%"
    assert "<title>%MAILS%: mails</title>" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_the_page_loads_nothing(outbox, tmp_path):
    """No element refers to another file or host, and the policy forbids it besides."""
    write_mail(outbox, "ci")
    write_page(outbox, tmp_path / "index.html", "Acme")
    source = (tmp_path / "index.html").read_text(encoding="utf-8")
    tags = Tags(source).found
    assert not [attributes for _, attributes in tags if {"src", "href", "action"} & attributes.keys()]
    policy = next(a["content"] for tag, a in tags if tag == "meta" and "http-equiv" in a)
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "url(" not in source
    assert "@import" not in source


def test_a_mail_without_html_or_with_odd_bytes_is_shown_all_the_same(outbox, tmp_path):
    """The page is for looking at what is there, so no mail stops it."""
    (outbox / "odd.eml").write_bytes(b"Subject: \xff\xfe odd\nTo: a@acme.example\n\nOnly text.\n")
    assert write_page(outbox, tmp_path / "index.html", "Acme") == 1
    mail = mails_in(tmp_path / "index.html")[0]
    assert (mail["team"], mail["html"], mail["text"]) == ("", "", "Only text.\n")
    assert "odd" in mail["subject"]


def test_an_empty_outbox_gives_an_empty_page(outbox, tmp_path):
    """No mails, no error."""
    assert write_page(outbox, tmp_path / "index.html", "Acme") == 0
    assert mails_in(tmp_path / "index.html") == []


def test_64_large_mails_stay_below_six_megabytes(outbox, tmp_path):
    """A mail of 60 kB of dense markup for each team still makes a page that opens at once."""
    cell = '<td class="cell" style="padding:4px 8px;text-align:right">1,234</td>'
    document = f"<!DOCTYPE html><html><body><table><tr>{cell * 850}</tr></table></body></html>"
    assert len(document) > 55_000
    for number in range(64):
        write_mail(outbox, f"team-{number}", html=document)
    write_page(outbox, tmp_path / "index.html", "Acme")
    assert (tmp_path / "index.html").stat().st_size < 6_000_000


@pytest.mark.skipif(
    shutil.which("chromium") is None and os.environ.get("CI") != "true",
    reason="there is no chromium on this machine; where CI=true that is a failure",
)
def test_a_browser_lists_the_mails_and_runs_nothing_of_theirs(outbox, tmp_path):
    """In Chromium the page shows the first mail in a frame without rights; hostile text is only text."""
    write_mail(
        outbox, "portal", subject="The portal", html=f"<p>{HOSTILE}</p><script>top.name='owned'</script>"
    )
    write_mail(outbox, "ci", subject=HOSTILE)
    write_page(outbox, tmp_path / "index.html", "Acme")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    page = (tmp_path / "index.html").as_uri()
    done = subprocess.run(
        ["chromium", *flags, *quiet, profile, "--virtual-time-budget=3000", "--dump-dom", page],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    tags = Tags(done.stdout).found
    assert "<title>Acme: mails</title>" in done.stdout
    assert ">2 mails</p>" in done.stdout
    assert '<h2 id="subject">The portal</h2>' in done.stdout
    assert "&lt;/script&gt;&lt;img src=x onerror=" in done.stdout
    assert [tag for tag, _ in tags].count("img") == 0
    frames = [attributes for tag, attributes in tags if tag == "iframe"]
    assert [frame["sandbox"] for frame in frames] == [""]
