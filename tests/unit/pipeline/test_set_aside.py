"""Weeks whose figures looked wrong and that nobody released: later digests are not made from them."""

import pytest

from factories import W46
from plugin_digest.model import HoldState, Ownership
from plugin_digest.plan import Choices
from plugin_digest.reading import read_series
from unit.pipeline.weekly_job import Job, MadeUpSource, week

W47 = W46.plus(1)
LEFT_OUT = "The figures in week 46 are left out: they looked wrong and were not released."


@pytest.fixture
def doubled(sqlite_store, renderer):
    """Six weeks of 40 views of jenkins, then one that was exported ten times over, then 44 views."""
    ordinary = {"jenkins": 40, "sonarqube": 24, "techdocs": 200}
    before = [week(W46.plus(-n), **ordinary) for n in range(1, 7)]
    tenfold = week(W46, **{plugin: 10 * views for plugin, views in ordinary.items()})
    return Job(
        sqlite_store, renderer, MadeUpSource(*before, tenfold, week(W47, **{**ordinary, "jenkins": 44}))
    )


def test_a_rejected_week_is_no_base_of_the_next(doubled):
    """Nobody is told of a fall to a tenth after an export that held everything ten times."""
    for known in doubled.source.known.values():
        doubled.store.snapshots.add(known)
    doubled.store.holds.decide(W46, HoldState.REJECTED, "exported ten times", doubled.now)
    doubled.a_week_later()
    doubled.send(W47)
    text = doubled.server.text("ci@acme.example")
    assert LEFT_OUT in text
    assert "fewer" not in text.split("What the figures mean")[0]


@pytest.mark.parametrize(
    ("state", "is_there"),
    [(HoldState.HELD, False), (HoldState.REJECTED, False), (HoldState.RELEASED, True)],
)
def test_what_nobody_let_pass_is_no_part_of_the_series(doubled, state, is_there):
    """Held and waiting is as good as rejected; a release lets the week's figures count."""
    for known in doubled.source.known.values():
        doubled.store.snapshots.add(known)
    doubled.store.holds.place(W46, "views far above the usual", doubled.now)
    doubled.store.holds.decide(W46, state, "seen", doubled.now)
    series = read_series(W47, Ownership(doubled.teams), Choices(), doubled.store)
    assert (W46 in series.snapshots) == is_there
    assert (W46 in series.set_aside) != is_there


def test_the_held_week_itself_is_read(doubled):
    """Its own digests can be looked at before anybody decides."""
    for known in doubled.source.known.values():
        doubled.store.snapshots.add(known)
    doubled.store.holds.place(W46, "views far above the usual", doubled.now)
    assert read_series(W46, Ownership(doubled.teams), Choices(), doubled.store).current.week == W46
