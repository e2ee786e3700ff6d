"""What a name from data may hold."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_digest.model import READER_MARK, Letter
from plugin_digest.render.check import check_letter
from plugin_digest.render.names import ELLIPSIS, NAME_MOST, clean, in_order, shorten, shorten_middle


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("GitHub Actions", "GitHub Actions"),
        ("  a \t b\r\nBcc: x@evil.example ", "a b Bcc: x@evil.example"),
        ("a\x00b\x85c\x9bd", "a\ufffdb c\ufffdd"),
        ("abc\u202egnp.exe", "abcgnp.exe"),
        ("a\u2028b", "a b"),
        ("\ud800x", "\ufffdx"),
        ("{{ 7*7 }}", "{ { 7*7 } }"),
        ("{% raw %}", "{ % raw % }"),
        ("None", "“None”"),
        ("nano", "nano"),
        ("Nonesuch", "Nonesuch"),
        ("[[why-you-get-this]]", "[ [why-you-get-this]]"),
        ("", "(?)"),
        ("\u202e", "(?)"),
        ("Überprüfung 日本 👩‍🚀", "Überprüfung 日本 👩‍🚀"),
    ],
)
def test_a_name_is_one_harmless_line(name, printed):
    """Line breaks, controls and bidi overrides go; what people write stays (dust-tt/dust#12145)."""
    assert clean(name) == printed


@given(st.text(st.characters(), max_size=200))
@settings(max_examples=400, deadline=None, derandomize=True)
def test_no_name_can_break_a_letter(name):
    """Whatever a plugin is called, its name stands in a subject, and the check takes it for data."""
    printed = clean(name)
    assert 0 < len(printed) <= NAME_MOST
    assert not {unicodedata.category(c) for c in printed} & {"Cc", "Cs", "Zl", "Zp"}
    html = f'<!DOCTYPE html>\n<html lang="en">{READER_MARK}</html>'
    check_letter(Letter(shorten(printed, 70), html, f"x {printed} y {READER_MARK}"))


def test_a_cut_is_shown():
    """A shortened name says so, and is no longer than it may be."""
    assert shorten("kubernetes-ingress", 11) == "kubernetes…"
    assert shorten("kubernetes", 10) == "kubernetes"


def test_a_name_from_right_to_left_turns_nothing_around():
    """It is set apart from its sentence, in a pair of marks, also where it is cut."""
    assert clean("لوحة الموثوقية") == "\u2068لوحة الموثوقية\u2069"
    assert clean("מאגר") == "\u2068מאגר\u2069"
    for cut in (shorten, shorten_middle):
        short = cut(clean("لوحة" * 20), 20)
        assert len(short) <= 20
        assert (short[0], short[-1], short.count(ELLIPSIS)) == ("\u2068", "\u2069", 1)


def test_two_long_names_can_be_told_apart():
    """What plugins of one family differ in stands at their end."""
    name = "Kubernetes Cluster Cost and Capacity Overview for Regulated Workloads, EU North 3"
    assert clean(name) == name
    assert shorten_middle(name, 30) == "Kubernetes Cluster…EU North 3"
    assert shorten_middle("Jenkins", 30) == "Jenkins"


def test_names_are_put_in_order_as_people_count():
    """Nine comes before ten."""
    names = ["Path 10", "path 9", "Path 1", "Flux"]
    assert sorted(names, key=in_order) == ["Flux", "Path 1", "path 9", "Path 10"]
