"""acts of two people: when they were asked for, and since when an account is its owner's

Accounts that are there already count as before; what waits already expires as if it had been asked for today.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

STATES = {
    "pending_issue": "state IN ('waiting', 'agreed', 'refused', 'done')",
    "pending_burn": "state IN ('waiting', 'agreed', 'refused')",
}


def upgrade() -> None:
    op.add_column("staff_user", sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True))
    for table, states in STATES.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
        asked = sa.table(table, sa.column("asked_at"))
        op.execute(asked.update().values(asked_at=sa.func.current_timestamp()))
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column("asked_at", existing_type=sa.DateTime(timezone=True), nullable=False)
            batch_op.drop_constraint(op.f(f"ck_{table}_state_known"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_{table}_state_known"), states.replace(")", ", 'expired')"))


def downgrade() -> None:
    for table, states in STATES.items():
        stands = sa.table(table, sa.column("state"))
        op.execute(stands.update().where(stands.c.state == "expired").values(state="refused"))
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(op.f(f"ck_{table}_state_known"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_{table}_state_known"), states)
            batch_op.drop_column("asked_at")
    op.drop_column("staff_user", "handed_at")  # in place: other tables point at this one
