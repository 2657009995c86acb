"""the day from which everybody can read a wave's results; results that are public already stay so

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("wave", sa.Column("public_on", sa.Date(), nullable=True))
    op.execute("UPDATE wave SET public_on = closes_on WHERE state = 'published'")


def downgrade() -> None:
    op.drop_column("wave", "public_on")
