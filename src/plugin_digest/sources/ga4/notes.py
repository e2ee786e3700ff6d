"""The notes on GA4's data, in the words of those who read the digest. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from plugin_digest.model import Note, NoteKind, Week
from plugin_digest.sources.ga4.reports import Answer, Caveats
from plugin_digest.weeks import bounds

_WHOLE = 0.9995
"""From here on a share read prints as 100 %."""


def data_notes(answers: Mapping[str, Sequence[Answer]], span: int) -> Iterator[Note]:
    """What the API said about the answers behind each kind of figure (views, users, pages)."""
    if held := _subjects(answers, lambda caveats: caveats.is_thresholded):
        yield _note(
            f"Google Analytics may hold back rows with very few users: {held} of small plugins may be low"
        )
    if rolled := _subjects(answers, lambda caveats: caveats.is_rolled_up):
        yield _note(
            f"Google Analytics counted rare values as “(other)”: {rolled} of small plugins may be low"
        )
    shares = [answer.caveats.read_share[span] for some in answers.values() for answer in some]
    if min(shares) < _WHOLE:
        sampled = _subjects(answers, lambda caveats: caveats.read_share[span] < _WHOLE)
        yield _note(f"Google Analytics estimated {sampled} from {min(shares):.1%} of the events (sampling)")
    truncated = {
        text: None for some in answers.values() for answer in some for text in answer.caveats.truncated
    }
    for text in truncated:
        lost = f"Google Analytics no longer has all data of this period: {text}"
        yield Note(NoteKind.DATA_LOSS, lost)


def timezone_note(weeks: Sequence[Week], zone: ZoneInfo, portal_zone: ZoneInfo) -> Iterator[Note]:
    """Says so, of the first such week, where the property's weeks are not the portal's."""
    for week in weeks:
        if bounds(week, zone) != bounds(week, portal_zone):
            start = bounds(week, zone)[0].astimezone(portal_zone)
            yield _note(
                f"Google Analytics counts days of {zone}, not of {portal_zone}: "
                f"its week begins on {start:%A at %H:%M} there"
            )
            return


def unattributed_note(dimension: str) -> Note:
    """For weeks in which no view names a plugin: most likely before the ids were sent or registered."""
    text = f"no view names its plugin in {dimension}, so figures by plugin are not available"
    return Note(NoteKind.NOT_AVAILABLE, text)


def unexplained_note(views: int, total: int) -> Note:
    return _note(f"{views:,} of {total:,} views are in no row by plugin; they count as unattributed")


def _subjects(answers: Mapping[str, Sequence[Answer]], has: Callable[[Caveats], bool]) -> str:
    """``views, users and pages``: the kinds of figure of which an answer has the caveat."""
    *first, last = [name for name, some in answers.items() if any(has(one.caveats) for one in some)] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def _note(text: str) -> Note:
    return Note(NoteKind.OTHER, text)
