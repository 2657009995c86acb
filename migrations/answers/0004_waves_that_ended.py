"""which waves have ended, with their rates and releases as they were made

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ended_wave",
        sa.Column("wave_id", sa.String(length=60), nullable=False),
        sa.Column("survey_slug", sa.String(length=40), nullable=False),
        sa.Column("rates", sa.Text(), nullable=True),
        sa.Column("release", sa.Text(), nullable=True),
        sa.Column("released", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("wave_id", name=op.f("pk_ended_wave")),
    )


def downgrade() -> None:
    op.drop_table("ended_wave")
