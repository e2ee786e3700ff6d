"""Why a reader gets a digest: the sentence at the end of each mail that is the reader's own."""

import re
import sys
from collections.abc import Sequence

from plugin_digest.model import PORTAL, Team
from plugin_digest.render.names import ELLIPSIS, clean
from plugin_digest.render.words.language import Language
from plugin_digest.render.words.writer import Writer

_NAMED = 3
_PLACE_MOST = 120
_LINE = re.compile(r" line \d+| \(.*")
"""Where in a place; the plan says it, a mail needs only the place."""


def why(owners: Sequence[tuple[Team, Sequence[str]]], origin: str, language: Language) -> str:
    """``owners`` are the teams that a digest is about, each with its plugins as people write them.

    ``origin`` is where the address was found; it is told where the ownership comes from elsewhere.
    """
    writer = Writer(language)
    if [team.key for team, _ in owners] == [PORTAL]:
        place = _fitted(owners[0][0].origin)
        return writer.say(
            "You get this because you look after the portal; that is set in {place}.", place=place
        )
    told = [(team, names) for team, names in owners if names]
    places = _places([team for team, _ in told])
    sentences = []
    if told:
        owned = [
            writer.say("{team} owns {plugins}", team=clean(team.name), plugins=_owned(names, writer))
            for team, names in told
        ]
        sentences.append(
            writer.say(
                "You get this because {owners}; that is set in {places}.",
                owners=writer.listed(owned),
                places=_shortened(places, writer),
            )
        )
    if origin and _place(origin) not in places:
        sentences.append(writer.say("Your address comes from {origin}.", origin=_fitted(origin)))
    return " ".join(sentences)


def _places(teams: Sequence[Team]) -> Sequence[str]:
    """The distinct places that say that the plugins are the teams'."""
    origins = (
        team.plugin_origins.get(plugin, team.origin) for team in teams for plugin in sorted(team.plugins)
    )
    return tuple(dict.fromkeys(map(_place, origins)))


def _place(origin: str) -> str:
    return _LINE.sub("", origin)


def _shortened(places: Sequence[str], writer: Writer) -> str:
    named = len(places) if len(places) <= _NAMED else _NAMED - 1
    shown = [_fitted(place) for place in places[:named]]
    if rest := len(places) - named:
        shown.append(writer.plural("{n} more place", "{n} more places", rest))
    return writer.listed(shown)


def _fitted(place: str) -> str:
    """A place of bearable length. Whole words go from its middle: it ends in what is nearest to the reader.

    Only a single word that is too long for a sentence is itself cut, in its middle.
    """
    text = clean(place, sys.maxsize)
    if len(text) <= _PLACE_MOST:
        return text
    words = text.split(" ")
    for kept in range(len(words) - 1, 1, -1):
        head, tail = words[: kept // 2], words[-(kept - kept // 2) :]
        if len(shorter := " ".join([*head, ELLIPSIS, *tail])) <= _PLACE_MOST:
            return shorter
    last = words[-1]
    half = _PLACE_MOST // 2
    return last if len(last) <= _PLACE_MOST else f"{last[: half - 1]}{ELLIPSIS}{last[-half:]}"


def _owned(names: Sequence[str], writer: Writer) -> str:
    """All names, or the first ones and how many more: of one more, the name is as short."""
    named = len(names) if len(names) <= _NAMED + 1 else _NAMED
    shown = [clean(name) for name in names[:named]]
    rest = len(names) - named
    if rest:
        shown.append(writer.plural("{n} more plugin", "{n} more plugins", rest))
    return writer.listed(shown)
