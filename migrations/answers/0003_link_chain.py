"""how often a survey's link key was ratcheted

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "link_chain",
        sa.Column("survey_slug", sa.String(length=40), nullable=False),
        sa.Column("ratchets", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("survey_slug", name=op.f("pk_link_chain")),
    )


def downgrade() -> None:
    op.drop_table("link_chain")
