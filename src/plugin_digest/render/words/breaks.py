"""What is said of a plugin that seems to be measured in another way than before."""

from collections.abc import Mapping

from plugin_digest.model import Break, BreakKind
from plugin_digest.render.names import clean, shorten_middle
from plugin_digest.render.words.findings import NAME_IN_SENTENCE
from plugin_digest.render.words.writer import Writer


def broken(found: Break, name: str, names: Mapping[str, str], writer: Writer) -> str:
    """A sentence about a plugin's break; ``names`` says how people write a canonical plugin id."""
    twin = shorten_middle(clean(names.get(found.twin, found.twin)), NAME_IN_SENTENCE) if found.twin else ""
    return writer.say(
        "The way {name} is measured seems to have changed {when}: {how}.",
        name=shorten_middle(clean(name), NAME_IN_SENTENCE),
        when=writer.dates.in_week(found.week),
        how=_how(found, twin, writer),
    )


def _how(found: Break, twin: str, writer: Writer) -> str:
    if found.kind is BreakKind.USERS_LOST:
        return writer.say("users are hardly counted any more, while views go on")
    if found.kind is BreakKind.USERS_JUMPED:
        return writer.say("users changed out of proportion to views, so people may be told apart differently")
    if found.kind is BreakKind.ID_CHANGED:
        return _under_another_id(twin, writer, gained=found.gained)
    return _in_part(twin, writer, gained=found.gained)


def _in_part(twin: str, writer: Writer, *, gained: bool) -> str:
    if not twin and gained:
        return writer.say("a part of the views of no plugin may now be counted here")
    if not twin:
        return writer.say("a part of its views may now be counted under no plugin")
    if gained:
        return writer.say("a part of the views of {twin} may now be counted here", twin=twin)
    return writer.say("a part of its views may now be counted under {twin}", twin=twin)


def _under_another_id(twin: str, writer: Writer, *, gained: bool) -> str:
    if gained:
        return writer.say("its views may have been counted under {twin} before", twin=twin)
    return writer.say("its views may now be counted under {twin}", twin=twin)
