"""What the rows mean that a table's statements answer with: filled into the figures of their spans."""

from collections.abc import Iterator, Mapping, Sequence

from plugin_digest.databases import Reading
from plugin_digest.model import Absent, Count, Page, PullRequest, TeamUsage, Usage
from plugin_digest.sources.database.expressions import Events
from plugin_digest.sources.database.figures import Figures
from plugin_digest.sources.database.totals import select_figures

_OWNERS = 500
"""How many plugins one CASE tells apart; engines limit the number of values in a statement."""
_COLLATIONS = {"postgresql": "C"}
"""Where the usual order of texts is not that of their characters; pages would tie differently."""


def read_days(reading: Reading, events: Events, run: Sequence[Figures]) -> list[tuple[int, int]]:
    """Notes the days with a row that can be read; for each span, how many rows it has and how many cannot."""
    numbered = [(span, day) for span, figures in enumerate(run) for day in figures.asked_days]
    rows, lost = [0] * len(run), [0] * len(run)
    for number, total, readable in reading.rows(events.by_day()):
        span, day = numbered[number]
        rows[span] += total
        lost[span] += total - int(readable)
        if readable:
            run[span].days.add(day)
    return list(zip(rows, lost, strict=True))


def read_figures(
    reading: Reading, events: Events, before: Events | None, run: Sequence[Figures], request: PullRequest
) -> None:
    """Fills in the figures of the spans; of the weeks before the first, whether their views name users."""
    for figures in run:
        figures.teams = {
            team: TeamUsage(plugins, Usage(0, 0, _new(before, 0))) for team, plugins in request.teams.items()
        }
        figures.portal = Usage(0, 0, _new(before, 0))
        figures.four_weeks = Usage(Absent.NOT_AVAILABLE, _new(before, 0))
    statement = select_figures(
        events,
        before,
        list(_owners(request.teams)),
        request.pages_per_plugin,
        _COLLATIONS.get(reading.dialect),
    )
    for kind, number, name, path, views, users, new_users, anonymous, _ in reading.rows(statement):
        if number < 0:
            run[0].before[number].is_nameless = users == 0
            continue
        figures, usage = run[number], Usage(int(views), int(users), _new(before, int(new_users)))
        match kind:
            case "portal":
                figures.portal, figures.anonymous = usage, int(anonymous)
            case "plugin" if name is None:
                figures.unattributed = Usage(usage.views, usage.users)
            case "plugin":
                figures.plugins[name] = usage
            case "team":
                figures.teams[name] = TeamUsage(request.teams[name], usage)
            case "four weeks":
                figures.four_weeks = Usage(Absent.NOT_AVAILABLE, usage.users)
            case _:
                found = figures.pages.get(name, ())
                figures.pages[name] = (*found, Page(path or "/", usage.views, usage.users))


def _new(before: Events | None, users: int) -> Count:
    return Absent.NOT_AVAILABLE if before is None else users


def _owners(teams: Mapping[str, frozenset[str]]) -> Iterator[dict[str, str]]:
    """The team of each plugin; in several pieces if a plugin has two, or there are many."""
    pieces: list[dict[str, str]] = []
    for team, plugins in teams.items():
        owned = dict.fromkeys(sorted(plugins), team)
        piece = next((p for p in pieces if not p.keys() & plugins and len(p) < _OWNERS), None)
        if piece is None:
            pieces.append(owned)
        else:
            piece.update(owned)
    return (piece for piece in pieces if piece)
