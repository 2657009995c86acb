"""themes of what people wrote

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "theme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey_slug", sa.String(40), nullable=False),
        sa.Column("is_in_use", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme")),
    )
    op.create_table(
        "theme_version",
        sa.Column("theme_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("theme_id", "number", name=op.f("pk_theme_version")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_theme_version_theme_id")),
    )
    op.create_table(
        "theme_example",
        sa.Column("theme_id", sa.Integer(), nullable=False),
        sa.Column("quote_id", sa.LargeBinary(16), nullable=False),
        sa.PrimaryKeyConstraint("theme_id", "quote_id", name=op.f("pk_theme_example")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_theme_example_theme_id")),
    )
    op.create_table(
        "coded_comment",
        sa.Column("comment_id", sa.LargeBinary(16), nullable=False),
        sa.Column("coder", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("comment_id", "coder", name=op.f("pk_coded_comment")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "coding",
        sa.Column("comment_id", sa.LargeBinary(16), nullable=False),
        sa.Column("coder", sa.Integer(), nullable=False),
        sa.Column("theme_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("comment_id", "coder", "theme_id", name=op.f("pk_coding")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "double_coding",
        sa.Column("comment_id", sa.LargeBinary(16), nullable=False),
        sa.PrimaryKeyConstraint("comment_id", name=op.f("pk_double_coding")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "theme_release",
        sa.Column("wave_id", sa.String(60), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("wave_id", name=op.f("pk_theme_release")),
    )
    op.create_table(
        "extract",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey_slug", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("author", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extract")),
        sa.CheckConstraint(
            "kind IN ('interview', 'focus group', 'case-note review', 'meeting', 'other')",
            name=op.f("ck_extract_kind_known"),
        ),
    )
    op.create_table(
        "extract_theme",
        sa.Column("extract_id", sa.Integer(), nullable=False),
        sa.Column("theme_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("extract_id", "theme_id", name=op.f("pk_extract_theme")),
        sa.ForeignKeyConstraint(["extract_id"], ["extract.id"], name=op.f("fk_extract_theme_extract_id")),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_extract_theme_theme_id")),
    )


def downgrade() -> None:
    for table in ("extract_theme", "extract", "theme_release", "double_coding", "coding", "coded_comment"):
        op.drop_table(table)
    for table in ("theme_example", "theme_version", "theme"):
        op.drop_table(table)
