"""agreements belong to a wave, keying in is counted by day, late frames are marked

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
    with op.batch_alter_table("pending_issue", schema=None) as batch_op:
        batch_op.add_column(sa.Column("wave_id", sa.String(length=60), nullable=True))
    with op.batch_alter_table("frame", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_late", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "keying_count",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "mode", name=op.f("pk_keying_count")),
    )


def downgrade() -> None:
    op.drop_table("keying_count")
    with op.batch_alter_table("frame", schema=None) as batch_op:
        batch_op.drop_column("is_late")
    with op.batch_alter_table("pending_issue", schema=None) as batch_op:
        batch_op.drop_column("wave_id")
