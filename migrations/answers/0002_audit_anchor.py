"""audit anchor

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_anchor",
        sa.Column("count", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("count", name=op.f("pk_audit_anchor")),
    )


def downgrade() -> None:
    op.drop_table("audit_anchor")
