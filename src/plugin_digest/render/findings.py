"""What stands out in a digest, in a few words for the subject and in a sentence for the letter.

Owns the thresholds of what is worth a word. Knows no layout; a rise is never called good, nor a fall bad.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from plugin_digest.model import (
    Change,
    Count,
    PluginChange,
    PluginState,
    PortalDigest,
    Provenance,
    Status,
    TeamDigest,
    Week,
    is_known,
)
from plugin_digest.render.dates import week_name
from plugin_digest.render.names import clean, in_words, shorten
from plugin_digest.render.numbers import count, counted, in_letters, more, plural

SUBJECT_MOST = 70

_NOTABLE_DISTANCE = 3.0
"""In standard errors (`PluginChange.attention`). A plugin's views vary more than dice would: people open
several pages at once. Two would name one plugin in five every week."""
_NOTABLE_RATIO = Fraction(1, 10)
_NAMED = 3
_NAME_IN_SUBJECT = 24


@dataclass(frozen=True)
class Finding:
    """One plugin that stands out: ``brief`` for the subject, ``full`` the end of ``<name> …``."""

    name: str
    brief: str
    full: str

    @property
    def headline(self) -> str:
        return f"{shorten(self.name, _NAME_IN_SUBJECT)}: {self.brief}"

    @property
    def sentence(self) -> str:
        return f"{self.name} {self.full}"


def findings(plugins: Sequence[PluginChange]) -> list[Finding]:
    """What stands out, in the order of the plugins."""
    return [found for plugin in plugins if (found := _finding(plugin)) is not None]


def _finding(plugin: PluginChange) -> Finding | None:
    views, name = plugin.views, clean(plugin.name)
    if plugin.state is PluginState.NEW:
        seen = counted(views.current, "view")
        return Finding(name, f"new, {seen}", f"is new ({seen})")
    if plugin.attention < _NOTABLE_DISTANCE:
        return None
    if plugin.state is PluginState.SILENT:
        before = count(views.previous)
        return Finding(name, f"no views, {before} before", f"had no views ({before} the week before)")
    if plugin.state is PluginState.BACK:
        seen = counted(views.current, "view")
        return Finding(name, f"back, {seen}", f"is back ({seen} after none)")
    for change, noun in ((views, "view"), (plugin.users, "user")):
        if _is_large(change):
            brief = more(change, noun)
            return Finding(
                name, brief, f"had {brief} ({count(change.current)} after {count(change.previous)})"
            )
    return None


def _is_large(change: Change) -> bool:
    if change.ratio is not None:
        return abs(change.ratio) >= _NOTABLE_RATIO
    return bool(change.difference)


def is_compared(digest: TeamDigest | PortalDigest) -> bool:
    """Whether any figure of the digest could be held against the week before."""
    changes = (digest.views, digest.users, *(plugin.views for plugin in digest.plugins))
    return any(change.difference is not None for change in changes)


def days_known(provenance: Provenance) -> str:
    """``five days of seven``, or ``a week that was not over``; empty for a whole week."""
    if provenance.status is not Status.INCOMPLETE:
        return ""
    if not provenance.missing_days:
        return "a week that was not over"
    return f"{in_letters(7 - len(provenance.missing_days))} days of seven"


def team_summary(digest: TeamDigest, found: Sequence[Finding]) -> str:
    """The letter's first sentence: what happened to the team's plugins, if anything did."""
    yours, known = _yours(digest.plugins), days_known(digest.provenance)
    if not is_known(digest.views.current):
        return f"There are no data for {yours} this week, which is not the same as no views."
    seen = _seen(digest.views.current, digest.users.current)
    if known:
        return f"{seen} in {known}; so this week is not compared with others."
    if not is_compared(digest):
        return f"{seen} of {yours}. They are not compared with the week before; the notes say why."
    if found:
        return _told(found, len(digest.plugins))
    if digest.views.current == 0 == digest.views.previous:
        return f"No views of {yours}, as in the week before."
    before = count(digest.views.previous)
    return f"No change to speak of in {yours}: {seen}; {before} views the week before."


def portal_summary(digest: PortalDigest) -> str:
    """The portal letter's first sentence: its size, and how that changed."""
    seen, known = _seen(digest.views.current, digest.users.current), days_known(digest.provenance)
    if is_known(digest.plugins_in_use.current):
        seen += f", {plural(digest.plugins_in_use.current, 'plugin')} in use"
    if known:
        return f"{seen} in {known}; so this week is not compared with others."
    if digest.views.difference is None:
        return f"{seen}. They are not compared with the week before; the notes say why."
    change = more(digest.views, "view")
    return f"{seen}; {change} than the week before." if digest.views.difference else f"{seen}; {change}."


def team_subject(digest: TeamDigest, found: Sequence[Finding], portal: str) -> tuple[str, str]:
    """The finding, and where and when it was: together at most 70 characters with `` · `` between."""
    return _fitted(list(_team_headlines(digest, found)), digest.edition, digest.week, portal)


def portal_subject(digest: PortalDigest, portal: str) -> tuple[str, str]:
    """As `team_subject`, for the whole portal."""
    return _fitted(list(_portal_headlines(digest)), digest.edition, digest.week, portal)


def _team_headlines(digest: TeamDigest, found: Sequence[Finding]) -> Iterator[str]:
    """From the one that says most to the one that fits most."""
    yours, views = _yours(digest.plugins), digest.views.current
    if not is_known(views):
        yield f"No data for {yours}"
    elif known := days_known(digest.provenance):
        yield f"{plural(views, 'view')} in {known}"
    elif not is_compared(digest):
        yield f"{plural(views, 'view')} of {yours}"
    elif found:
        first, others = found[0].headline, len(found) - 1
        if others == 1:
            yield f"{first}; {found[1].headline}"
        if others:
            yield f"{first}, {others} {'other' if others == 1 else 'others'} changed"
        yield first
    elif views == 0 == digest.views.previous:
        yield f"No views of {yours}"
    else:
        yield f"No change to speak of in {yours}"


def _portal_headlines(digest: PortalDigest) -> Iterator[str]:
    views = counted(digest.views.current, "view")
    if known := days_known(digest.provenance):
        yield f"{views} in {known}"
        return
    change = more(digest.views, "view") if digest.views.difference is not None else views
    parts = [change[0].upper() + change[1:]]
    if digest.new:
        parts.append(f"{len(digest.new)} new")
    if digest.silent:
        parts.append(f"{len(digest.silent)} silent")
    yield ", ".join(parts)
    yield parts[0]


def _fitted(headlines: Sequence[str], edition: int, week: Week, portal: str) -> tuple[str, str]:
    corrected = "Corrected: " if edition > 1 else ""
    short = week_name(week)
    for headline in headlines:
        for place in (f"{portal}, {short}", short):
            if len(f"{corrected}{headline} · {place}") <= SUBJECT_MOST:
                return corrected + headline, place
    room = SUBJECT_MOST - len(f" · {short}")
    return shorten(corrected + headlines[-1], room), short


def _seen(views: Count, users: Count) -> str:
    """``1,520 views by 312 users``; without users where there are none to tell."""
    text = counted(views, "view")
    return f"{text} by {plural(users, 'user')}" if is_known(users) else text


def _yours(plugins: Sequence[PluginChange]) -> str:
    if len(plugins) == 1:
        return shorten(clean(plugins[0].name), _NAME_IN_SUBJECT)
    return f"your {len(plugins)} plugins"


def _told(found: Sequence[Finding], plugin_count: int) -> str:
    named = found if len(found) <= _NAMED else found[: _NAMED - 1]
    text, others = in_words([finding.sentence for finding in named]), len(found) - len(named)
    if others > 0:
        return f"{text}; {in_letters(others)} more {'plugin' if others == 1 else 'plugins'} changed as well."
    rest = plugin_count - len(named)
    if rest == 0:
        return f"{text}."
    return f"{text}; nothing unusual in {'the other one' if rest == 1 else f'the other {rest}'}."
