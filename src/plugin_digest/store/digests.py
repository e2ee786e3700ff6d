"""Frozen digests: what was rendered once is what everybody gets, also next week."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert
from sqlmodel import Session, and_, col, select

from plugin_digest.model import Attachment, FrozenDigest, Image, Letter, Week
from plugin_digest.store.database import Database, serialise
from plugin_digest.store.tables import DigestAttachmentRow, DigestImageRow, DigestRow


class Digests:
    """The letters, one per week, team and edition."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def freeze(
        self,
        week: Week,
        team: str,
        team_name: str,
        edition: int,
        revision: int,
        letter: Letter,
        frozen_at: datetime,
    ) -> FrozenDigest:
        """Keeps the letter; if this digest is frozen already, returns what is frozen, unchanged."""
        digest = DigestRow(
            week=week,
            team=team,
            team_name=team_name,
            edition=edition,
            revision=revision,
            frozen_at=frozen_at,
            subject=letter.subject,
            html=letter.html,
            text=letter.text,
        )
        with self._database.writing() as session:
            serialise(session, week.first_day.toordinal())
            if not _read(session, _is_of(week, team, edition)):
                _write(session, digest, letter)
            return _read(session, _is_of(week, team, edition))[0]

    def find(self, week: Week, team: str, edition: int = 1) -> FrozenDigest | None:
        with self._database.reading() as session:
            return next(iter(_read(session, _is_of(week, team, edition))), None)

    def get(self, id: int) -> FrozenDigest | None:  # noqa: A002 - the field's name
        with self._database.reading() as session:
            return next(iter(_read(session, col(DigestRow.id) == id)), None)

    def of_week(self, week: Week, edition: int = 1) -> list[FrozenDigest]:
        """The week's digests by team."""
        wanted = and_(col(DigestRow.week) == week, col(DigestRow.edition) == edition)
        with self._database.reading() as session:
            return sorted(_read(session, wanted), key=lambda digest: digest.team)


def _is_of(week: Week, team: str, edition: int) -> ColumnElement[bool]:
    return and_(col(DigestRow.week) == week, col(DigestRow.team) == team, col(DigestRow.edition) == edition)


def _write(session: Session, digest: DigestRow, letter: Letter) -> None:
    session.add(digest)
    session.flush()
    for row, parts in ((DigestImageRow, letter.images), (DigestAttachmentRow, letter.attachments)):
        values = [
            {"digest_id": digest.id, "position": position, **vars(part)}
            for position, part in enumerate(parts)
        ]
        if values:
            session.execute(insert(row), values)


def _read(session: Session, wanted: ColumnElement[bool]) -> list[FrozenDigest]:
    digests = session.exec(select(DigestRow).where(wanted)).all()
    ids = [digest.id for digest in digests]
    images: dict[int | None, list[Image]] = {id_: [] for id_ in ids}
    for image in session.exec(_of_digests(DigestImageRow, ids)):
        images[image.digest_id].append(Image(image.name, image.png))
    files: dict[int | None, list[Attachment]] = {id_: [] for id_ in ids}
    for file in session.exec(_of_digests(DigestAttachmentRow, ids)):
        files[file.digest_id].append(Attachment(file.name, file.media_type, file.content))
    return [_frozen(digest, images[digest.id], files[digest.id]) for digest in digests]


def _of_digests(row: Any, ids: Sequence[int | None]) -> Any:
    return select(row).where(col(row.digest_id).in_(ids)).order_by(col(row.position))


def _frozen(row: DigestRow, images: Sequence[Image], files: Sequence[Attachment]) -> FrozenDigest:
    assert row.id is not None
    return FrozenDigest(
        id=row.id,
        week=row.week,
        team=row.team,
        team_name=row.team_name,
        edition=row.edition,
        revision=row.revision,
        frozen_at=row.frozen_at,
        letter=Letter(row.subject, row.html, row.text, tuple(images), tuple(files)),
    )
