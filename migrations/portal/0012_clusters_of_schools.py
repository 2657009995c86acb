"""clusters of schools: how many schools share a batch that waits for a second person

What waits already has none; it is counted with the whole borough.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pending_issue", sa.Column("n_schools", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("pending_issue", schema=None) as batch_op:
        batch_op.drop_column("n_schools")
