"""people's own words that are read, what readers noted about them, and whether a wave asks for them

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("wave", sa.Column("words", sa.String(10), nullable=True))
    op.add_column("wave", sa.Column("reading_day", sa.Date(), nullable=True))
    op.create_table(
        "inbox",
        sa.Column("question", sa.String(40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("wave_id", sa.String(60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_inbox_wave_id"), "inbox", ["wave_id"])
    op.create_table(
        "read_comment",
        sa.Column("comment_id", sa.LargeBinary(16), nullable=False),
        sa.Column("is_read", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(20), nullable=True),
        sa.Column("translation", sa.Text(), nullable=True),
        sa.Column("handed_over_by", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_read_comment")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "harm_report",
        sa.Column("comment_id", sa.LargeBinary(16), nullable=False),
        sa.Column("told", sa.String(10), nullable=False),
        sa.Column("is_taken_up", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_harm_report")),
        sa.CheckConstraint("told IN ('lead', 'deputy', 'duty team')", name=op.f("ck_harm_report_told_known")),
        sa.CheckConstraint("(outcome IS NULL) = (decided_on IS NULL)", name=op.f("ck_harm_report_outcome_has_day")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "read_round",
        sa.Column("wave_id", sa.String(60), nullable=False),
        sa.Column("read_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("wave_id", name=op.f("pk_read_round")),
    )


def downgrade() -> None:
    for table in ("read_round", "harm_report", "read_comment"):
        op.drop_table(table)
    op.drop_index(op.f("ix_inbox_wave_id"), table_name="inbox")
    op.drop_table("inbox")
    op.drop_column("wave", "reading_day")
    op.drop_column("wave", "words")
