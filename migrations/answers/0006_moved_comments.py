"""which row of the portal's inbox a comment was moved to

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "moved_comment",
        sa.Column("inbox_id", sa.LargeBinary(16), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("wave_id", sa.String(60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moved_comment")),
        sa.UniqueConstraint("inbox_id", name=op.f("uq_moved_comment_inbox_id")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("moved_comment")
