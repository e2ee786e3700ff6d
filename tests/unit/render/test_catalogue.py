# ruff: noqa: RUF001 - a span is written with a dash, an elision with an apostrophe
"""The strings of letters in every language: all there, none left over, and all of them usable."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from string import Formatter

import pytest
from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from factories import W46, team
from plugin_digest.errors import RenderError
from plugin_digest.model import (
    PORTAL,
    Absent,
    AgainstPortal,
    Break,
    BreakKind,
    Holiday,
    MailStatistics,
    Move,
    Restatement,
    Status,
)
from plugin_digest.render.words.catalogue import LANGUAGES, LOCALES, load_catalogue
from plugin_digest.render.words.language import load_language
from plugin_digest.render.words.why import why
from unit.render.values import (
    as_ratio,
    day,
    grown,
    incomplete,
    letterhead,
    new,
    plain,
    plugin,
    portal,
    portal_digest,
    silent,
    subject,
    team_digest,
    view,
)

OTHERS = [tag for tag in LANGUAGES if tag != "en"]
KEYWORDS = {"say": None, "mark": None, "plural": (1, 2), "plural_in_letters": (1, 2)}
ALIKE = {
    "de": {"Plugin", "Google Analytics 4 in BigQuery"},
    "fr": {"Plugin", "Page", "Notes", "six"},
    "sv": {"Plugin"},
}
"""What reads the same in English, beside names and mere punctuation."""
ENGLISH = {
    "the",
    "of",
    "by",
    "and",
    "views",
    "view",
    "users",
    "week",
    "weeks",
    "usual",
    "before",
    "with",
    "is",
}
"""Words that none of the other languages has."""
NAMES = {"Adoption Insights", "Google Analytics 4", "Matomo"}


def messages_of_code() -> set[str | tuple[str, ...]]:
    return {found[2] for found in extract_from_dir(LOCALES.parents[1], keywords=KEYWORDS)}


def catalogue_of(tag: str) -> Catalog:
    with (LOCALES / f"{tag}.po").open("rb") as file:
        return read_po(file, locale=tag)


def translated(tag: str) -> list[Message]:
    return [message for message in catalogue_of(tag) if message.id]


def strings(value: object) -> Iterator[str]:
    """Every text within values, but for what is drawn."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from strings(each)
    elif is_dataclass(value):
        for field in fields(value):
            yield from strings(getattr(value, field.name))


def forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def names_in(text: str) -> Counter[str]:
    return Counter(name for _, name, _, _ in Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("tag", OTHERS)
def test_every_message_is_translated_and_no_other(tag):
    """A string that is new in the code, changed or gone is noticed at once."""
    known = {message.id if isinstance(message.id, str) else tuple(message.id) for message in translated(tag)}
    code = messages_of_code()
    assert len(code) > 250
    assert code - known == set(), "missing"
    assert known - code == set(), "superfluous"
    assert not catalogue_of(tag).obsolete


@pytest.mark.parametrize("tag", OTHERS)
def test_no_translation_is_empty_or_in_doubt(tag):
    """What a tool guessed is looked at by a person before it is mailed."""
    for message in translated(tag):
        assert not message.fuzzy, message.id
        assert all(forms(message.string)), message.id
        assert len(forms(message.string)) == (1 if isinstance(message.id, str) else 2), message.id


@pytest.mark.parametrize("tag", OTHERS)
def test_translations_fill_in_the_same_values(tag):
    """No figure gets lost, and none is asked for that is not there."""
    for message in translated(tag):
        for source, target in zip(forms(message.id), forms(message.string), strict=True):
            assert names_in(source) == names_in(target), message.id


@pytest.mark.parametrize("tag", OTHERS)
def test_nothing_stays_english(tag):
    """A sentence that reads the same in both languages was forgotten."""
    for message in translated(tag):
        for source, target in zip(forms(message.id), forms(message.string), strict=True):
            has_words = re.search(r"[A-Za-z]{2}", re.sub(r"\{\w+\}", "", source))
            if (
                has_words
                and source not in ALIKE[tag] | NAMES
                and "({n} plugin" not in source
                and source != "{n} plugins"
            ):
                assert source != target


@pytest.mark.parametrize("tag", OTHERS)
def test_marks_stand_as_the_language_has_them(tag):
    """French marks have a no-break space before them, the others none; a sentence keeps its end."""
    for message in translated(tag):
        for source, target in zip(forms(message.id), forms(message.string), strict=True):
            ending = "." if source.endswith(".") else ""
            assert target.endswith(ending), target
            assert re.search(r"\w [;:?!]", target) is None, target
            if tag == "fr":
                assert re.search(r"[\w})][;:?!](?!\w)", target) is None, target
                assert "'" not in target, target


@pytest.mark.parametrize(
    ("tag", "forms_of"),
    [
        ("en", ["0 views", "1 view", "2 views"]),
        ("de", ["0 Aufrufe", "1 Aufruf", "2 Aufrufe"]),
        ("sv", ["0 visningar", "1 visning", "2 visningar"]),
        ("fr", ["0 vue", "1 vue", "2 vues"]),
    ],
)
def test_each_language_has_its_own_plural(tag, forms_of):
    """Nothing is one in French and many elsewhere."""
    catalogue = load_catalogue(tag)
    said = [catalogue.plural("{n} view", "{n} views", n, n=str(n)) for n in (0, 1, 2)]
    assert said == forms_of


@pytest.mark.parametrize(
    ("tag", "line", "sentence"),
    [
        (
            "de",
            "Jenkins: 31 % mehr Aufrufe; 2 weitere auffällig · Backstage KW 46",
            (
                "Jenkins hatte mehr Aufrufe als üblich, SonarQube hatte keine Aufrufe und Flux ist neu; "
                "nichts Ungewöhnliches beim anderen Plugin."
            ),
        ),
        (
            "sv",
            "Jenkins: 31 % fler visningar; 2 till sticker ut · Backstage vecka 46",
            (
                "Jenkins hade fler visningar än vanligt, SonarQube hade inga visningar och Flux är nytt; "
                "inget ovanligt för det andra."
            ),
        ),
        (
            "fr",
            "Jenkins : 31 % de vues en plus ; 2 autres se distinguent · semaine 46",
            (
                "Jenkins a eu plus de vues que d’habitude, SonarQube n’a eu aucune vue et Flux est nouveau ; "
                "rien d’inhabituel pour l’autre plugin."
            ),
        ),
    ],
)
def test_a_letter_is_in_one_language(tag, line, sentence):
    """Subject and sentence read as people write them."""
    shown = view(team_digest(grown(), silent(), new(), plugin("Argo CD")), language=tag)
    assert subject(shown) == line
    assert plain(shown.summary) == sentence


@pytest.mark.parametrize(
    ("tag", "week", "ordinary"),
    [
        (
            "de",
            "KW 46, 9.–15. November 2026 · Feiertag: Volkstrauertag am Donnerstag (Deutschland)",
            "Eine gewöhnliche Woche für Ihre drei Plugins.",
        ),
        (
            "sv",
            "Vecka 46, 9–15 november 2026 · helgdag: Volkstrauertag på torsdagen (Tyskland)",
            "En vanlig vecka för era tre plugins.",
        ),
        (
            "fr",
            "Semaine 46, du 9 au 15 novembre 2026 · jour férié : Volkstrauertag, jeudi (Allemagne)",
            "Une semaine ordinaire pour vos trois plugins.",
        ),
    ],
)
def test_dates_places_and_numbers_follow_the_language(tag, week, ordinary):
    """Nothing of the letter is left in another convention."""
    holiday = Holiday(day(3), "Volkstrauertag", ("DE",))
    shown = view(team_digest(holidays=(holiday,)), language=tag)
    assert (plain(shown.week), plain(shown.summary)) == (week, ordinary)


@pytest.mark.parametrize("tag", OTHERS)
def test_no_english_words_are_left_in_a_letter(tag):
    """Not in the team's, nor in the portal's."""
    broken = Break("argo-cd", BreakKind.ID_CHANGED, W46, "flux")
    digests = [
        team_digest(
            grown(against_portal=AgainstPortal(as_ratio(30), as_ratio(20), is_news=True)), silent(), new(),
            plugin("Argo CD", series_break=broken), restated=(Restatement("", "views", 1, 2),),
            moves=(Move("jenkins", "Jenkins", "A", "B"),), edition=2, about={"status": Status.PROVISIONAL},
        ),
        team_digest(about=incomplete(14, 15), hidden_below=5, new_users=Absent.HIDDEN),
        team_digest(views=(Absent.NO_DATA, 3), about={"has_previous": False}, weeks=4),
    ]  # fmt: skip
    shown = tuple(view(digest, language=tag) for digest in digests)
    mail = MailStatistics(W46.plus(-1), 40, 1, 1, 1, 1)
    whole = portal(portal_digest(grown(), silent(), new(), mail=mail, contributing_teams=3), language=tag)
    for said in strings((*shown, whole)):
        assert not ENGLISH.intersection(re.findall(r"\w+", said)), said


def test_the_reason_for_a_mail_is_in_the_readers_language():
    """Team, plugins and the places where that is set (matomo-org/matomo#2197)."""
    ci = team("ci", name="CI Platform", origin="teams.yaml")
    plugins = ("Argo CD", "Flux", "Jenkins", "SonarQube", "Tekton")
    english, german = load_language("en"), load_language("de")
    assert why([(ci, plugins)], "group:default/ci", english) == (
        "You get this because CI Platform owns Argo CD, Flux, Jenkins and 2 more plugins; that is set in "
        "teams.yaml. Your address comes from group:default/ci."
    )
    assert why([(ci, plugins[:4])], "teams.yaml", german) == (
        "Diese E-Mail kommt, weil CI Platform für Argo CD, Flux, Jenkins und SonarQube zuständig ist; "
        "festgelegt in teams.yaml."
    )
    assert why([(team(PORTAL, origin="portal_team"), ())], "", english) == (
        "You get this because you look after the portal; that is set in portal_team."
    )


def test_the_reason_names_the_places_that_say_who_owns_the_plugins():
    """Each once and without its line; the address's own place only where it is another one."""
    english = load_language("en")
    ci = team(
        "ci",
        name="CI Platform",
        origin="teams.yaml",
        plugins=frozenset({"argocd", "jenkins", "adr"}),
        plugin_origins={
            "argocd": "app-config.yaml line 5 (app.pluginOverrides)",
            "jenkins": "app-config.yaml line 3 (app.pluginOverrides)",
            "adr": "teams.yaml line 8",
        },
    )
    names = ("adr", "argocd", "jenkins")
    assert why([(ci, names)], "teams.yaml", english) == (
        "You get this because CI Platform owns adr, argocd and jenkins; that is set in teams.yaml and "
        "app-config.yaml."
    )
    moved = replace(ci, plugins=frozenset({"argocd", "jenkins"}))
    assert why([(moved, names[1:])], "teams.yaml", english) == (
        "You get this because CI Platform owns argocd and jenkins; that is set in app-config.yaml. Your "
        "address comes from teams.yaml."
    )
    origins = {f"p{n}": f"component:default/p{n} in catalog" for n in range(5)}
    many = replace(ci, plugins=frozenset(origins), plugin_origins=origins)
    assert "component:default/p1 in catalog and 3 more places. " in why([(many, ("p0",))], "x", english)


def test_the_reason_is_never_about_a_team_without_plugins():
    """Where nothing is known of what it owned, only the address is told."""
    empty = team("ci", plugins=frozenset())
    assert why([(empty, ())], "teams.yaml", load_language("en")) == "Your address comes from teams.yaml."


def test_a_language_may_be_that_of_a_country():
    """Its strings are the language's, its numbers and dates its own."""
    shown = letterhead("de-CH").language
    assert (shown.tag, shown.numbers.number(1520)) == ("de-CH", "1’520")
    assert shown.catalogue.say("no data") == "keine Daten"


@pytest.mark.parametrize("tag", ["xx", "es", "de-XX-YY-ZZ", "", "de_CH"])
def test_a_language_without_strings_is_refused(tag):
    """The error says which there are."""
    with pytest.raises(RenderError, match="expected one of en, de, fr, sv"):
        load_language(tag)
