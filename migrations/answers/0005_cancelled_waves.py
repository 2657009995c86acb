"""why a wave was cancelled, so that the opener remembers that it is over

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ended_wave", sa.Column("cancelled_because", sa.String(length=300), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("ended_wave", schema=None) as batch_op:
        batch_op.drop_column("cancelled_because")
