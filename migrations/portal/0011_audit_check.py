"""the outcome of the last check of the audit log

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_check",
        sa.Column("part", sa.String(length=10), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("faults", sa.Text(), nullable=False),
        sa.CheckConstraint("part IN ('seals', 'notes')", name=op.f("ck_audit_check_part_known")),
        sa.PrimaryKeyConstraint("part", name=op.f("pk_audit_check")),
    )


def downgrade() -> None:
    op.drop_table("audit_check")
