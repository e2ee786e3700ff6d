"""Frozen digests, who gets them, and who wants none."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from plugin_digest.model import DeliveryState, Week
from plugin_digest.store.columns import (
    DeliveryWord,
    FirstDay,
    Moment,
    one_of,
)
from plugin_digest.store.tables.base import Row


class DigestRow(Row, table=True):
    """A frozen letter; ``revision`` is that of the snapshot which its figures come from."""

    __tablename__ = "digest"
    __table_args__ = (
        UniqueConstraint("week", "team", "edition"),
        CheckConstraint("edition >= 1", name="edition"),
        CheckConstraint("revision >= 1", name="revision"),
    )

    id: int | None = Field(default=None, primary_key=True)
    week: Week = Field(sa_type=FirstDay)
    team: str
    team_name: str
    edition: int
    revision: int
    frozen_at: datetime = Field(sa_type=Moment)
    subject: str
    html: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)


class DigestImageRow(Row, table=True):
    __tablename__ = "digest_image"

    digest_id: int = Field(primary_key=True, foreign_key="digest.id")
    position: int = Field(primary_key=True)
    name: str
    png: bytes = Field(sa_type=LargeBinary)


class DigestAttachmentRow(Row, table=True):
    __tablename__ = "digest_attachment"

    digest_id: int = Field(primary_key=True, foreign_key="digest.id")
    position: int = Field(primary_key=True)
    name: str
    media_type: str
    content: bytes = Field(sa_type=LargeBinary)


class DeliveryRow(Row, table=True):
    """``address`` is the recipient in the form in which addresses are compared."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("week", "team", "edition", "address"),
        CheckConstraint("edition >= 1", name="edition"),
        CheckConstraint("attempts >= 0", name="attempts"),
        one_of("state", DeliveryState),
    )

    id: int | None = Field(default=None, primary_key=True)
    week: Week = Field(sa_type=FirstDay)
    team: str
    edition: int
    recipient: str
    address: str
    state: DeliveryState = Field(sa_type=DeliveryWord)
    reason: str
    message_id: str
    attempts: int
    digest_id: int | None = Field(foreign_key="digest.id")
    planned_at: datetime = Field(sa_type=Moment)
    claimed_at: datetime | None = Field(sa_type=Moment)
    finished_at: datetime | None = Field(sa_type=Moment)
    why: str = Field(default="", sa_column_kwargs={"server_default": text("''")})


class OwnershipRow(Row, table=True):
    """Who owned what when a week was planned, as JSON; the newest of a week counts."""

    __tablename__ = "ownership"

    id: int | None = Field(default=None, primary_key=True)
    week: Week = Field(sa_type=FirstDay, index=True)
    at: datetime = Field(sa_type=Moment)
    document: str = Field(sa_type=Text)


class OptOutRow(Row, table=True):
    """Who wants no mail: ``address`` canonical, empty for a whole team; ``team`` empty for every team."""

    __tablename__ = "opt_out"
    __table_args__ = (CheckConstraint("address <> '' OR team <> ''", name="somebody"),)

    address: str = Field(primary_key=True)
    team: str = Field(primary_key=True)
    by: str
    reason: str
    at: datetime = Field(sa_type=Moment)
