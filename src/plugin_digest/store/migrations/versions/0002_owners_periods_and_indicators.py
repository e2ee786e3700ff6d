"""Ownership of each week, opt-outs, periods, new users, searches, indicators and attachments.

Nothing here is taken from ``tables.py``: a step stays what it was when the tables move on.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ABSENT = "'no data', 'not available', 'hidden'"
STATUSES = "'final', 'provisional', 'incomplete'"
USAGE_SCOPES = "'plugin', 'team', 'portal'"
NOTE_KINDS = "'unreadable', 'missing-days', 'not-settled', 'not-available', 'data-loss', 'other'"
IMMUTABLE = (
    "new_users",
    "search_usage",
    "period",
    "period_usage",
    "period_team_plugin",
    "period_missing_day",
    "period_note",
    "digest_attachment",
    "ownership",
)


def upgrade() -> None:
    op.add_column("delivery", sa.Column("why", sa.String(), nullable=False, server_default=sa.text("''")))
    admit_data_loss()
    create_snapshot_tables()
    create_period_tables()
    create_owner_tables()
    create_indicator_table()
    create_attachment_table()
    forbid_updates(IMMUTABLE)


def admit_data_loss() -> None:
    """One more kind of note. SQLite makes the table anew for it, which drops its trigger."""
    with op.batch_alter_table("note") as batch:
        batch.drop_constraint(op.f("ck_note_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_note_kind"), f"kind IN ({NOTE_KINDS})")
    if is_sqlite():
        forbid_updates(["note"])


def create_snapshot_tables() -> None:
    op.create_table(
        "new_users",
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        *count("new_users", "users"),
        sa.PrimaryKeyConstraint("snapshot_id", "scope", "key", name="pk_new_users"),
        belongs_to("new_users", "snapshot"),
        check("new_users", "scope", f"scope IN ({USAGE_SCOPES})"),
    )
    op.create_table(
        "search_usage",
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("plugin", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("term", sa.String(), nullable=False),
        *count("search_usage", "users"),
        sa.PrimaryKeyConstraint("snapshot_id", "plugin", "position", name="pk_search_usage"),
        belongs_to("search_usage", "snapshot"),
    )


def create_period_tables() -> None:
    op.create_table(
        "period",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("as_of", MOMENT, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_period"),
        check("period", "order", "first <= last"),
        check("period", "status", f"status IN ({STATUSES})"),
    )
    op.create_index("ix_period_last", "period", ["last"])
    op.create_table(
        "period_usage",
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        *count("period_usage", "views"),
        *count("period_usage", "users"),
        sa.PrimaryKeyConstraint("period_id", "scope", "key", name="pk_period_usage"),
        belongs_to("period_usage", "period"),
        check("period_usage", "scope", f"scope IN ({USAGE_SCOPES})"),
    )
    op.create_table(
        "period_team_plugin",
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("plugin", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("period_id", "team", "plugin", name="pk_period_team_plugin"),
        belongs_to("period_team_plugin", "period"),
    )
    op.create_table(
        "period_missing_day",
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("period_id", "day", name="pk_period_missing_day"),
        belongs_to("period_missing_day", "period"),
    )
    op.create_table(
        "period_note",
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("period_id", "position", name="pk_period_note"),
        belongs_to("period_note", "period"),
        check("period_note", "kind", f"kind IN ({NOTE_KINDS})"),
    )


def create_owner_tables() -> None:
    op.create_table(
        "ownership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ownership"),
    )
    op.create_index("ix_ownership_week", "ownership", ["week"])
    op.create_table(
        "opt_out",
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("address", "team", name="pk_opt_out"),
        check("opt_out", "somebody", "address <> '' OR team <> ''"),
    )


def create_indicator_table() -> None:
    op.create_table(
        "indicator_value",
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("indicator", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("out_of", sa.Double(), nullable=True),
        sa.Column("as_of", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("week", "indicator", "scope", "key", name="pk_indicator_value"),
        check("indicator_value", "scope", f"scope IN ({USAGE_SCOPES})"),
    )


def create_attachment_table() -> None:
    op.create_table(
        "digest_attachment",
        sa.Column("digest_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest_id", "position", name="pk_digest_attachment"),
        belongs_to("digest_attachment", "digest"),
    )


def count(table: str, name: str) -> list[sa.Column[int] | sa.Column[str] | sa.CheckConstraint]:
    """A count, with the reason that stands in its place where there is none."""
    return [
        sa.Column(name, sa.BigInteger(), nullable=True),
        sa.Column(f"{name}_absent", sa.String(), nullable=True),
        check(table, f"{name}_or_reason", f"({name} IS NULL) <> ({name}_absent IS NULL)"),
        check(table, f"{name}_not_negative", f"{name} >= 0"),
        check(table, f"{name}_absent", f"{name}_absent IN ({ABSENT})"),
    ]


def check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def belongs_to(table: str, parent: str) -> sa.ForeignKeyConstraint:
    column = f"{parent}_id"
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=f"fk_{table}_{column}_{parent}")


def is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def forbid_updates(tables: Sequence[str]) -> None:
    """As the first step does it; its function for PostgreSQL is there."""
    for table in tables:
        refuse = (
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed'); END"
            if is_sqlite()
            else "FOR EACH ROW EXECUTE FUNCTION refuse_update()"
        )
        op.execute(f"CREATE TRIGGER {table}_is_immutable BEFORE UPDATE ON {table} {refuse}")
