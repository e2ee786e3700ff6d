"""Why a reader gets a digest: the sentence at the end of each mail that is the reader's own."""

from collections.abc import Sequence

from plugin_digest.model import PORTAL, Team
from plugin_digest.render.names import clean
from plugin_digest.render.words.language import Language
from plugin_digest.render.words.writer import Writer

_NAMED = 3
_PLACE_MOST = 120


def why(team: Team, names: Sequence[str], origin: str, language: Language) -> str:
    """``names`` are the team's plugins as people write them, ``origin`` where the address was found."""
    writer = Writer(language)
    place = clean(team.origin, _PLACE_MOST)
    if team.key == PORTAL:
        return writer.say(
            "You get this as one who looks after the portal; that is set in {place}.", place=place
        )
    text = writer.say(
        "You get this because {team} owns {plugins}; that is set in {place}.",
        team=clean(team.name),
        plugins=_owned(names, writer),
        place=place,
    )
    if not origin or origin == team.origin:
        return text
    address = writer.say("Your address comes from {origin}.", origin=clean(origin, _PLACE_MOST))
    return f"{text} {address}"


def _owned(names: Sequence[str], writer: Writer) -> str:
    """All names, or the first ones and how many more: of one more, the name is as short."""
    named = len(names) if len(names) <= _NAMED + 1 else _NAMED
    shown = [clean(name) for name in names[:named]]
    rest = len(names) - named
    if rest:
        shown.append(writer.plural("{n} more plugin", "{n} more plugins", rest))
    return writer.listed(shown)
