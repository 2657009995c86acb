"""saved drafts: one for each card and PIN, so that nobody's act touches another's

What was saved before is deleted: its new id needs the PIN, which nobody but its writer knows.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("saved_draft")
    _create(sa.Column("place", sa.LargeBinary(length=16), nullable=False))
    op.create_index(op.f("ix_saved_draft_place"), "saved_draft", ["place"])


def downgrade() -> None:
    op.drop_table("saved_draft")
    _create()


def _create(*columns: sa.Column[bytes]) -> None:
    op.create_table(
        "saved_draft",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        *columns,
        sa.Column("wave_id", sa.String(length=60), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("week", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_draft")),
        sqlite_with_rowid=False,
    )
