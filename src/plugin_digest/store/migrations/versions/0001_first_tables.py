"""The first tables.

Nothing here is taken from ``tables.py``: a step stays what it was when the tables move on.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ABSENT = "'no data', 'not available', 'hidden'"
DELIVERY_STATES = "'planned', 'claimed', 'sent', 'refused', 'deferred', 'unknown', 'skipped', 'held'"
NOTE_KINDS = "'unreadable', 'missing-days', 'not-settled', 'not-available', 'other'"
SCOPES = "'portal', 'unattributed', 'four weeks'"
IMMUTABLE = (
    "snapshot",
    "portal_usage",
    "plugin_usage",
    "team_usage",
    "team_plugin",
    "page_usage",
    "missing_day",
    "note",
    "digest",
    "digest_image",
)


def upgrade() -> None:
    create_snapshot_tables()
    create_digest_tables()
    create_delivery_table()
    create_run_tables()
    forbid_updates(IMMUTABLE)


def create_snapshot_tables() -> None:
    op.create_table(
        "snapshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("as_of", MOMENT, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_snapshot"),
        sa.UniqueConstraint("week", "revision", name="uq_snapshot_week_revision"),
        check("snapshot", "revision", "revision >= 1"),
        check("snapshot", "status", "status IN ('final', 'provisional', 'incomplete')"),
    )
    create_usage_table("portal_usage", "scope")
    create_usage_table("plugin_usage", "plugin")
    create_usage_table("team_usage", "team")
    create_page_table()
    create_team_plugin_table()
    create_remark_tables()


def create_usage_table(table: str, key: str) -> None:
    scopes = [check(table, "scope", f"scope IN ({SCOPES})")] if key == "scope" else []
    op.create_table(
        table,
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column(key, sa.String(), nullable=False),
        *figures(table),
        *scopes,
        sa.PrimaryKeyConstraint("snapshot_id", key, name=f"pk_{table}"),
        of_snapshot(table),
    )


def create_page_table() -> None:
    op.create_table(
        "page_usage",
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("plugin", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        *figures("page_usage"),
        sa.PrimaryKeyConstraint("snapshot_id", "plugin", "position", name="pk_page_usage"),
        of_snapshot("page_usage"),
    )


def create_team_plugin_table() -> None:
    op.create_table(
        "team_plugin",
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("plugin", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("snapshot_id", "team", "plugin", name="pk_team_plugin"),
        sa.ForeignKeyConstraint(
            ["snapshot_id", "team"],
            ["team_usage.snapshot_id", "team_usage.team"],
            name="fk_team_plugin_snapshot_id_team_team_usage",
        ),
    )


def create_remark_tables() -> None:
    op.create_table(
        "missing_day",
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("snapshot_id", "position", name="pk_missing_day"),
        of_snapshot("missing_day"),
    )
    op.create_table(
        "note",
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("snapshot_id", "position", name="pk_note"),
        of_snapshot("note"),
        check("note", "kind", f"kind IN ({NOTE_KINDS})"),
    )


def create_digest_tables() -> None:
    op.create_table(
        "digest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("team_name", sa.String(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("frozen_at", MOMENT, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_digest"),
        sa.UniqueConstraint("week", "team", "edition", name="uq_digest_week_team_edition"),
        check("digest", "edition", "edition >= 1"),
        check("digest", "revision", "revision >= 1"),
    )
    op.create_table(
        "digest_image",
        sa.Column("digest_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("png", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest_id", "position", name="pk_digest_image"),
        sa.ForeignKeyConstraint(["digest_id"], ["digest.id"], name="fk_digest_image_digest_id_digest"),
    )


def create_delivery_table() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("digest_id", sa.Integer(), nullable=True),
        sa.Column("planned_at", MOMENT, nullable=False),
        sa.Column("claimed_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_delivery"),
        sa.UniqueConstraint(
            "week", "team", "edition", "address", name="uq_delivery_week_team_edition_address"
        ),
        sa.ForeignKeyConstraint(["digest_id"], ["digest.id"], name="fk_delivery_digest_id_digest"),
        check("delivery", "edition", "edition >= 1"),
        check("delivery", "attempts", "attempts >= 0"),
        check("delivery", "state", f"state IN ({DELIVERY_STATES})"),
    )


def create_run_tables() -> None:
    op.create_table(
        "hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hold"),
        check("hold", "state", "state IN ('held', 'released', 'rejected')"),
    )
    op.create_index("ix_hold_week", "hold", ["week"])
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("summary", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
    )
    op.create_index("ix_run_week", "run", ["week"])
    op.create_table(
        "instance",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_instance"),
        check("instance", "only_one", "id = 1"),
    )


def figures(table: str) -> list[sa.Column[int] | sa.Column[str] | sa.CheckConstraint]:
    """Two counts, each with the reason that stands in its place where there is none."""
    return [
        item
        for count in ("views", "users")
        for item in (
            sa.Column(count, sa.BigInteger(), nullable=True),
            sa.Column(f"{count}_absent", sa.String(), nullable=True),
            check(table, f"{count}_or_reason", f"({count} IS NULL) <> ({count}_absent IS NULL)"),
            check(table, f"{count}_not_negative", f"{count} >= 0"),
            check(table, f"{count}_absent", f"{count}_absent IN ({ABSENT})"),
        )
    ]


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def of_snapshot(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["snapshot_id"], ["snapshot.id"], name=f"fk_{table}_snapshot_id_snapshot")


def forbid_updates(tables: Sequence[str]) -> None:
    """Snapshots and frozen digests are evidence: not even a slip in a database shell changes them.

    A later step that makes one of these tables anew (batch mode) drops its trigger and must set it again.
    """
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if not is_sqlite:
        op.execute(
            "CREATE FUNCTION refuse_update() RETURNS trigger LANGUAGE plpgsql AS "
            "$$BEGIN RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME; END$$"
        )
    for table in tables:
        refuse = (
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed'); END"
            if is_sqlite
            else "FOR EACH ROW EXECUTE FUNCTION refuse_update()"
        )
        op.execute(f"CREATE TRIGGER {table}_is_immutable BEFORE UPDATE ON {table} {refuse}")
