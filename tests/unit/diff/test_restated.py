"""What the last digest said and is no longer so."""

from factories import W46, snapshot, team
from plugin_digest.diff import Series, portal_digest, team_digest
from plugin_digest.model import Absent, Ownership, Restatement, Status

W45 = W46.plus(-1)
CURRENT = snapshot()


def digest(mailed, now, **changes):
    stored = {W46: CURRENT, W45: now}
    return team_digest(Series(W46, stored, mailed=mailed, **changes), team())


def test_a_mailed_figure_that_moved_is_named():
    """Late data moved last week's figures: both values are told."""
    mailed, now = snapshot(W45, {"jenkins": (412, 40)}), snapshot(W45, {"jenkins": (431, 40)}, revision=2)
    assert digest(mailed, now).restated == (
        Restatement("", "views", 412, 431),
        Restatement("jenkins", "views", 412, 431),
    )


def test_a_small_move_is_not_worth_a_word():
    """Up to two per cent, or the share that is set, nothing is said."""
    mailed, now = snapshot(W45, {"jenkins": (1000, 50)}), snapshot(W45, {"jenkins": (1020, 49)})
    assert digest(mailed, now).restated == ()
    assert len(digest(mailed, now, restated_share=0.01).restated) == 4


def test_what_was_not_mailed_is_not_restated():
    """Without a digest of the week before, or with a gap in it, there is nothing to restate."""
    now = snapshot(W45, {"jenkins": (431, 40)})
    assert digest(None, now).restated == ()
    assert digest(snapshot(W45, {"jenkins": (300, 40)}, status=Status.INCOMPLETE), now).restated == ()
    assert digest(snapshot(W45, {"jenkins": (431, Absent.NOT_AVAILABLE)}), now).restated == ()


def test_the_difference_is_to_the_newest_reading():
    """The change is taken from the week before as it reads now (Site Kit: google/site-kit-wp#1280)."""
    mailed, now = snapshot(W45, {"jenkins": (100, 40)}), snapshot(W45, {"jenkins": (110, 40)})
    assert digest(mailed, now).plugins[0].views.difference == 10


def test_the_portal_digest_restates_its_totals():
    """The portal's totals are named, single plugins are left to their teams."""
    mailed, now = snapshot(W45, {"jenkins": (100, 40)}), snapshot(W45, {"jenkins": (200, 40)})
    made = portal_digest(Series(W46, {W46: CURRENT, W45: now}, mailed=mailed), Ownership((team(),)), [])
    assert made.restated == (Restatement("", "views", 107, 207),)
