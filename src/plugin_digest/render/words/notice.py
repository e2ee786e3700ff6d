"""What the portal team is told when a week is held or its run has failed: what happened, and what to do."""

from plugin_digest.model import Week
from plugin_digest.render.layout import Item, Section, View
from plugin_digest.render.letterhead import Letterhead
from plugin_digest.render.names import clean, shorten
from plugin_digest.render.words.fineprint import ending
from plugin_digest.render.words.subjects import SUBJECT_MOST
from plugin_digest.render.words.writer import Writer

_REASON_MOST = 1_000


def notice_view(week: Week, reason: str, letterhead: Letterhead, *, is_held: bool) -> View:
    """A letter of words alone; ``reason`` is the run's own line, which is not translated."""
    writer = Writer(letterhead.language)
    name = writer.dates.week_name(week)
    if is_held:
        finding = writer.say("Held: nothing was sent")
        summary = writer.say("The digests of this week were not sent, because its data look wrong.")
    else:
        finding = writer.say("Failed: nothing was sent")
        summary = writer.say("The run of this week has failed.")
    return View(
        language=writer.language.tag,
        direction=writer.language.direction,
        finding=finding,
        place=f"{shorten(letterhead.brand.name, SUBJECT_MOST - len(f'{finding} ·  {name}'))} {name}",
        preheader=clean(reason, _REASON_MOST),
        brand=letterhead.brand,
        title=writer.say("The whole portal"),
        week=writer.dates.week_title(week, 1),
        edition="",
        summary=summary,
        figures=(),
        chart=None,
        chart_label="",
        cards_title="",
        cards=(),
        parts=(
            Section(writer.say("What happened"), (Item(clean(reason, _REASON_MOST)),)),
            Section(writer.say("What to do"), tuple(map(Item, _steps(week, writer, is_held=is_held)))),
        ),
        notes=None,
        definitions=None,
        origin="",
        ending=ending(letterhead, writer),
        logo_png=letterhead.logo,
    )


def _steps(week: Week, writer: Writer, *, is_held: bool) -> tuple[str, ...]:
    if not is_held:
        return (
            writer.say("To run it again: {command}", command=f"plugin-digest run --week {week}"),
            writer.say("The same is told once for a week; the runs' own words are in their log."),
        )
    return (
        writer.say("To look at it: {command}", command=f"plugin-digest plan --week {week}"),
        writer.say(
            "To send it all the same: {release}, then {send}",
            release=f"plugin-digest release --week {week}",
            send=f"plugin-digest send --week {week}",
        ),
        writer.say("To let nothing be sent: {command}", command=f"plugin-digest reject --week {week}"),
        writer.say("Where the data come right by themselves, the next run sends it."),
    )
