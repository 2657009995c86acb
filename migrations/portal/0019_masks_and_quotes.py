"""comments with parts left out, quotes that two readers agreed to, and prints to destroy

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "masked_comment",
        sa.Column("comment_id", sa.LargeBinary(16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_paraphrase", sa.Boolean(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_masked_comment")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "quote",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("comment_id", sa.LargeBinary(16), nullable=False),
        sa.Column("wave_id", sa.String(60), nullable=False),
        sa.Column("question", sa.String(40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(20), nullable=True),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("agreed_by", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quote")),
        sa.UniqueConstraint("comment_id", name=op.f("uq_quote_comment_id")),
        sa.CheckConstraint("agreed_by <> proposed_by", name=op.f("ck_quote_second_reader")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "destroy_prints",
        sa.Column("before", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("before", name=op.f("pk_destroy_prints")),
    )


def downgrade() -> None:
    for table in ("destroy_prints", "quote", "masked_comment"):
        op.drop_table(table)
