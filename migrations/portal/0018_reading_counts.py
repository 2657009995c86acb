"""how many comments each reader was shown on a day, until the audit log has the number

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reading_count",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reader", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "reader", name=op.f("pk_reading_count")),
    )


def downgrade() -> None:
    op.drop_table("reading_count")
