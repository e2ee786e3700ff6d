"""Views without a user, and what the last reading of each indicator came to.

Nothing here is taken from ``tables.py``: a step stays what it was when the tables move on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("snapshot", sa.Column("anonymous", sa.BigInteger(), nullable=True))
    op.create_table(
        "indicator_reading",
        sa.Column("indicator", sa.String(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("troubles", sa.String(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("indicator", name="pk_indicator_reading"),
    )
