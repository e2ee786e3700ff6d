"""What a reader must know to trust the figures: notes, meanings of words, origin and whom to ask.

Owns the wording below the figures; the figures themselves are elsewhere.
"""

from collections.abc import Iterator

from plugin_digest.model import (
    Absent,
    NoteKind,
    PluginChange,
    PluginState,
    PortalDigest,
    Provenance,
    Status,
    TeamDigest,
)
from plugin_digest.render.dates import days_except, moment, week_name
from plugin_digest.render.findings import days_known, is_compared
from plugin_digest.render.names import clean

_NOTE_MOST = 300
_RESTATED_MOST = 10
_SOURCES = {
    "events": "Backstage analytics events",
    "ga4_csv": "Google Analytics 4 exports",
    "ga4": "Google Analytics 4",
    "ga4_bigquery": "Google Analytics 4 in BigQuery",
    "sql": "a database of analytics events",
    "adoption_insights": "Adoption Insights",
    "matomo": "Matomo",
}
_STATES = {
    PluginState.NEW: "new: the first views of this plugin in all stored weeks",
    PluginState.BACK: "back: views again after a week without any",
    PluginState.SILENT: "silent: no views this week, some in the week before",
    PluginState.QUIET: "quiet: no views in this week and the week before, some earlier",
    PluginState.NEVER_SEEN: "never seen: no views in any stored week",
}
_ABSENT = {
    Absent.NO_DATA: "no data: nothing was read, which is not the same as 0",
    Absent.NOT_AVAILABLE: "not available: the source cannot say it, which is not the same as 0",
    Absent.HIDDEN: "hidden: left out because so few people would be recognised",
}


def notes(digest: TeamDigest | PortalDigest) -> tuple[str, ...]:
    """What is particular about this week's figures; empty in an ordinary week."""
    return tuple(_notes(digest))


def _notes(digest: TeamDigest | PortalDigest) -> Iterator[str]:
    provenance = digest.provenance
    if digest.edition > 1:
        yield f"This is corrected edition {digest.edition}; it replaces what was sent before."
    if known := days_known(provenance):
        days = days_except(digest.week, provenance.missing_days) if provenance.missing_days else ""
        sentence = f"{known[0].upper()}{known[1:]}"
        yield f"{sentence}: {days}; not compared." if days else f"{sentence} when it was read; not compared."
    elif not is_compared(digest):
        yield f"Not compared: {_why_not_compared(digest)}."
    if provenance.status is Status.PROVISIONAL:
        yield "Provisional: read before the source says that its figures are settled; they may still change."
    yield from _restated(digest)
    yield from _data_notes(provenance)


def _restated(digest: TeamDigest | PortalDigest) -> Iterator[str]:
    """What the last digest said and is no longer so, a sentence for each figure, the total first."""
    week = week_name(digest.week.plus(-1))
    alone = len(digest.plugins) == 1
    for moved in digest.restated[:_RESTATED_MOST]:
        if not moved.name and alone:
            continue
        what = f"{moved.figure} of {clean(moved.name)}" if moved.name else f"{moved.figure} in all"
        yield f"Restated for {week}: {what} from {moved.mailed:,} to {moved.now:,} (late data)."
    if (more := len(digest.restated) - _RESTATED_MOST) > 0:
        yield f"Restated for {week}: {more} more figures (late data)."


def _why_not_compared(digest: TeamDigest | PortalDigest) -> str:
    provenance = digest.provenance
    if not provenance.has_previous:
        return "there are no figures of the week before"
    if missing := provenance.previous_missing_days:
        days = days_except(digest.week.plus(-1), missing)
        return f"of the week before only {days} is known" if days else "the week before has no data"
    return "the week before was not read whole, or was counted by other means"


def _data_notes(provenance: Provenance) -> Iterator[str]:
    """The source's own notes, except where this letter says the same in its own words."""
    said = set()
    if provenance.missing_days:
        said.add(NoteKind.MISSING_DAYS)
    if provenance.status is Status.PROVISIONAL:
        said.add(NoteKind.NOT_SETTLED)
    for note in provenance.notes:
        if note.kind not in said:
            text = clean(note.text, _NOTE_MOST)
            yield f"{text[0].upper()}{text[1:]}" + ("" if text.endswith((".", "!", "?", "…")) else ".")


def meanings(digest: TeamDigest | PortalDigest, scope: str) -> tuple[str, ...]:
    """What the words mean; of states and gaps only those that stand in this letter."""
    counts = {digest.views.current, digest.users.current}
    states = set()
    for plugin in digest.plugins:
        counts.update((plugin.views.current, plugin.users.current))
        states.add(state_word(plugin))
    users = (
        f"A user is one person with at least one view in the week, counted once over {scope}: users of "
        "several plugins do not add up. Where the source knows no people, a user is one browser."
    )
    return (
        "A view is one page opened in the portal.",
        *([users] if has_users(digest) else []),
        *(f"{text[0].upper()}{text[1:]}." for state, text in _STATES.items() if state.value in states),
        *(f"{text[0].upper()}{text[1:]}." for absent, text in _ABSENT.items() if absent in counts),
    )


def state_word(plugin: PluginChange) -> str:
    """The word for a plugin's week; none for an ordinary one, nor where the figure says it already.

    Nobody is called quiet over two weeks of which one is not known.
    """
    if plugin.state in (PluginState.ACTIVE, PluginState.NO_DATA):
        return ""
    if plugin.state is PluginState.QUIET and plugin.views.difference is None:
        return ""
    return plugin.state.value


def has_users(digest: TeamDigest | PortalDigest) -> bool:
    """Whether the source tells users at all; else a column of the same word would say nothing."""
    counts = (digest.users.current, *(plugin.users.current for plugin in digest.plugins))
    return any(count is not Absent.NOT_AVAILABLE for count in counts)


def origin(provenance: Provenance) -> str:
    """Where the figures come from, and as of when."""
    source = _SOURCES.get(provenance.source, "") or clean(provenance.source)
    text = f"Source: {source}, as of {moment(provenance.as_of, clean(provenance.timezone))}"
    return f"{text}, revision {provenance.revision}." if provenance.revision else f"{text}."


def why_team(digest: TeamDigest) -> str:
    team, place = clean(digest.team.name), clean(digest.team.origin, 100)
    owned = "this plugin" if len(digest.plugins) == 1 else f"these {len(digest.plugins)} plugins"
    return f"You get this because the team {team} owns {owned}; that is set in {place}."


def why_portal() -> str:
    return "You get this as the team that looks after the portal; that is set in portal_team.recipients."
