"""Why a reader gets a digest: the sentence at the end of each mail that is the reader's own."""

from plugin_digest.model import PORTAL, Team
from plugin_digest.render.names import clean, in_words

NAMED = 3
_PLACE_MOST = 120


def reason(team: Team, names: tuple[str, ...], origin: str) -> str:
    """``names`` are the team's plugins as people write them, ``origin`` where the address was found."""
    place = clean(team.origin, _PLACE_MOST)
    if team.key == PORTAL:
        return f"You get this as one who looks after the portal; that is set in {place}."
    text = f"You get this because {clean(team.name)} owns {_owned(names)}; that is set in {place}."
    if origin and origin != team.origin:
        text += f" Your address comes from {clean(origin, _PLACE_MOST)}."
    return text


def _owned(names: tuple[str, ...]) -> str:
    shown = [clean(name) for name in names[:NAMED]]
    rest = len(names) - len(shown)
    return in_words(
        [*shown, f"{rest} more plugins"] if rest > 1 else shown if not rest else [*shown, clean(names[-1])]
    )
