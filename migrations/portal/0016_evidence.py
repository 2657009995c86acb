"""ratings of evidence, rival explanations and figures from outside the surveys, by outcome of the logic model

Revision ID: 0016
Revises: 0015
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def _common() -> list[Any]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
    ]


def _replaces(table: str) -> list[Any]:
    return [
        sa.Column("replaces", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["replaces"], [f"{table}.id"], name=op.f(f"fk_{table}_replaces")),
        sa.UniqueConstraint("replaces", name=op.f(f"uq_{table}_replaces")),
    ]


def upgrade() -> None:
    op.create_table(
        "evidence_rating",
        *_common(),
        sa.Column("strength", sa.String(10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_rating")),
        sa.CheckConstraint(
            "strength IN ('none', 'weak', 'moderate', 'strong')", name=op.f("ck_evidence_rating_strength_known")
        ),
    )
    op.create_table(
        "rival_explanation",
        *_common(),
        *_replaces("rival_explanation"),
        sa.Column("rival", sa.String(200), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rival_explanation")),
    )
    op.create_table(
        "outside_figure",
        *_common(),
        *_replaces("outside_figure"),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("value", sa.String(30), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_figure")),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_outside_figure_period_in_order")),
    )


def downgrade() -> None:
    for table in ("outside_figure", "rival_explanation", "evidence_rating"):
        op.drop_table(table)
