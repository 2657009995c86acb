"""taking answers back: the public keys to which requests are sealed

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
    op.create_table(
        "delete_key",
        sa.Column("survey_slug", sa.String(length=40), nullable=False),
        sa.Column("public", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("survey_slug", name=op.f("pk_delete_key")),
    )


def downgrade() -> None:
    op.drop_table("delete_key")
