"""Frozen digests."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from factories import AS_OF, W46
from plugin_digest.errors import StoreError
from plugin_digest.model import PORTAL, Attachment, Image, Letter

LETTER = Letter(
    "CI: jenkins +31 %",
    "<p>häufig \N{CHART WITH UPWARDS TREND}</p>",
    "häufig",
    (Image("b", b"\x89PNG\0\xff"), Image("a", b"second")),
    (Attachment("figures.csv", "text/csv", b"week,scope\n"),),
)


def freeze(store, team="ci", edition=1, letter=LETTER, revision=1, week=W46, at=AS_OF):
    return store.digests.freeze(week, team, team.upper(), edition, revision, letter, at)


def test_a_digest_is_read_as_it_was_frozen(store):
    """Subject, HTML, text, attachments, and the images' bytes and order come back the same."""
    frozen = freeze(store, revision=3)
    assert frozen.letter == LETTER
    assert (frozen.week, frozen.team, frozen.team_name, frozen.edition) == (W46, "ci", "CI", 1)
    assert (frozen.revision, frozen.frozen_at) == (3, AS_OF)
    assert store.digests.get(frozen.id) == store.digests.find(W46, "ci") == frozen


def test_freezing_again_gives_back_what_is_frozen(store):
    """A second run of the week repeats the first one's bytes, not newer figures (getsentry/sentry#71855)."""
    first = freeze(store)
    again = freeze(store, letter=Letter("other", "other", "other"), revision=2, at=AS_OF + timedelta(hours=3))
    assert again == first
    assert store.digests.get(first.id) == first


def test_an_edition_is_a_digest_of_its_own(store):
    """A corrected edition stands beside the first one, and both are found by their number."""
    first, second = freeze(store), freeze(store, edition=2, letter=Letter("corrected", "h", "t"))
    assert store.digests.find(W46, "ci", edition=2) == second != first
    assert store.digests.of_week(W46, edition=2) == [second]


def test_a_weeks_digests_come_by_team(store):
    """All digests of one week and edition, ordered by team, each with its own images."""
    one = freeze(store, "web", letter=Letter("w", "h", "t", (Image("w", b"w"),)))
    two = freeze(store, PORTAL, letter=Letter("p", "h", "t"))
    three = freeze(store)
    freeze(store, week=W46.plus(-1))
    assert store.digests.of_week(W46) == [three, two, one]


def test_what_is_not_frozen_is_none(store):
    """An unknown digest is None."""
    assert store.digests.find(W46, "ci") is None
    assert store.digests.get(1) is None
    assert store.digests.of_week(W46) == []


def test_a_digest_names_a_stored_revision(store):
    """A snapshot that was never stored (revision 0) cannot be behind a digest."""
    with pytest.raises(StoreError, match="ck_digest_revision"):
        freeze(store, revision=0)


@pytest.mark.parametrize(("table", "column"), [("digest", "html"), ("digest_image", "png")])
def test_a_frozen_digest_cannot_be_changed(store, table, column):
    """An UPDATE of a frozen digest is refused by the database."""
    freeze(store)
    with pytest.raises(StoreError, match="never changed"), store._database.moving() as connection:
        connection.execute(text(f"UPDATE {table} SET {column} = {column}"))
