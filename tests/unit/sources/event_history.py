"""What plain Python says of events over more than one week, and of what follows on what, slowly.

Straight from the definitions; shares no code with the source.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from plugin_digest.model import Period, PullRequest, Snapshot, Usage, Week
from unit.sources.event_exports import Body

_NOBODYS = {"", "root", "app", "(not set)", "(other)"}


@dataclass(frozen=True)
class Step:
    """A view of a plugin, None for none, or a search."""

    moment: datetime
    day: date
    plugin: str | None
    user: str | None
    session: str
    search: str | None


class History:
    """The steps of an export, each once, in their order."""

    def __init__(self, events: Iterable[Body], request: PullRequest) -> None:
        once = {json.dumps(event, sort_keys=True): event for event in events}.values()
        steps = [_step(event, request) for event in once]
        known = [step for step in steps if step is not None]
        self.steps = sorted(known, key=lambda step: (step.moment, step.search is None))
        self.views = [step for step in self.steps if step.search is None]
        self.request = request
        self._by_week: dict[date, list[Step]] = defaultdict(list)
        for view in self.views:
            self._by_week[_monday(view.day)].append(view)

    def within(self, weeks: Iterable[Week]) -> list[Step]:
        return [view for week in weeks for view in self._by_week[week.first_day]]

    def new_users(self, week: Week) -> dict[str, int]:
        """By scope and key: those of the week who are in none of the four weeks before."""
        now = users_by_key(self.within([week]), self.request)
        before = users_by_key(self.within(week.plus(-back) for back in (1, 2, 3, 4)), self.request)
        return {key: len(users - before.get(key, set())) for key, users in now.items()}

    def four_weeks(self, week: Week) -> int:
        return len({view.user for view in self.within(Period(week.plus(-3), week).weeks) if view.user})

    def period(self, period: Period) -> dict[str, tuple[int, int]]:
        """Views and distinct users by scope and key."""
        views = self.within(period.weeks)
        counted: dict[str, int] = defaultdict(int)
        for view in views:
            for key in _keys(view, self.request):
                counted[key] += 1
        users = users_by_key(views, self.request)
        keys = {"portal", *(f"team {team}" for team in self.request.teams), *counted}
        return {key: (counted[key], len(users.get(key, ()))) for key in keys}

    def searches(self, week: Week) -> dict[str, list[tuple[str, int]]]:
        """The most frequent terms of each plugin."""
        searchers: dict[tuple[str, str], set[str]] = defaultdict(set)
        for plugin, term, user in self._leads(week):
            searchers[plugin, term].add(user)
        found: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for (plugin, term), users in sorted(searchers.items(), key=lambda item: (-len(item[1]), item[0])):
            if len(users) >= 2 and len(found[plugin]) < self.request.searches_per_plugin:
                found[plugin].append((term, len(users)))
        return {plugin: terms for plugin, terms in found.items() if terms}

    def _leads(self, week: Week) -> Iterator[tuple[str, str, str]]:
        visits: dict[tuple[str, str], list[Step]] = defaultdict(list)
        for step in self.steps:
            if step.user and step.day in week.days and (step.search is not None or step.plugin != "search"):
                visits[step.user, step.session].append(step)
        for (user, _), steps in visits.items():
            for before, view in pairwise(steps):
                is_lead = before.search is not None and view.search is None and view.plugin
                if is_lead and view.moment - before.moment <= timedelta(minutes=5):
                    term = " ".join((before.search or "").casefold().split())[:80].strip()
                    if term and not term.startswith("/"):
                        yield str(view.plugin), term, user


def users_by_key(views: Iterable[Step], request: PullRequest) -> dict[str, set[str]]:
    users: dict[str, set[str]] = defaultdict(set)
    for view in views:
        for key in _keys(view, request) if view.user else ():
            users[key].add(str(view.user))
    return users


def _keys(view: Step, request: PullRequest) -> Iterator[str]:
    yield "portal"
    if view.plugin is not None:
        yield f"plugin {view.plugin}"
        yield from (f"team {team}" for team, plugins in request.teams.items() if view.plugin in plugins)


def _step(event: Body, request: PullRequest) -> Step | None:
    action = event["event"]["action"]
    if action not in ("navigate", "search"):
        return None
    moment = datetime.fromisoformat(event["timestamp"])
    plugin: str | None = (event["event"]["context"].get("pluginId") or "").strip().lower()
    plugin = request.aliases.get(str(plugin), plugin)
    return Step(
        moment,
        moment.astimezone(request.timezone).date(),
        None if plugin in _NOBODYS else plugin,
        event["user"],
        event["sessionId"],
        (event["event"]["subject"] or "") if action == "search" else None,
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def told_new_users(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot's new users in the shape of `History.new_users`."""
    return {key: usage.new_users for key, usage in _usages(snapshot).items()}


def told_period(usage: Any) -> dict[str, tuple[Any, Any]]:
    """A period's usage in the shape of `History.period`."""
    return {key: (usage.views, usage.users) for key, usage in _usages(usage).items()}


def told_searches(snapshot: Snapshot) -> dict[str, list[tuple[str, Any]]]:
    return {plugin: [(s.term, s.users) for s in found] for plugin, found in snapshot.searches.items()}


def _usages(of: Any) -> dict[str, Usage]:
    return {
        "portal": of.portal,
        **{f"plugin {plugin}": usage for plugin, usage in of.plugins.items()},
        **{f"team {team}": together.usage for team, together in of.teams.items()},
    }
