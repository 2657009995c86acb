"""one request for cards of several areas: a number of cards for each area

A request for one area keeps its area and number. Going back, a request for several areas has no place: it expires.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLE = "pending_issue"
ROWS = sa.table(
    TABLE,
    sa.column("id", sa.Integer),
    sa.column("state", sa.String),
    sa.column("areas", sa.JSON),
    sa.column("locality", sa.String),
    sa.column("n_cards", sa.Integer),
)


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("areas", sa.JSON(), nullable=True))
    for number, place, n in op.get_bind().execute(sa.select(ROWS.c.id, ROWS.c.locality, ROWS.c.n_cards)).all():
        op.execute(ROWS.update().where(ROWS.c.id == number).values(areas={place: n}))
    with op.batch_alter_table(TABLE, schema=None) as batch_op:
        batch_op.alter_column("areas", existing_type=sa.JSON(), nullable=False)
        batch_op.drop_column("locality")
        batch_op.drop_column("n_cards")


def downgrade() -> None:
    op.add_column(TABLE, sa.Column("locality", sa.String(40), nullable=True))
    op.add_column(TABLE, sa.Column("n_cards", sa.Integer(), nullable=True))
    for number, areas in op.get_bind().execute(sa.select(ROWS.c.id, ROWS.c.areas)).all():
        one = ROWS.update().where(ROWS.c.id == number)
        op.execute(one.values(locality=next(iter(areas)), n_cards=sum(areas.values())))
        if len(areas) > 1:
            op.execute(one.where(ROWS.c.state.in_(("waiting", "agreed"))).values(state="expired"))
    with op.batch_alter_table(TABLE, schema=None) as batch_op:
        batch_op.alter_column("locality", existing_type=sa.String(40), nullable=False)
        batch_op.alter_column("n_cards", existing_type=sa.Integer(), nullable=False)
        batch_op.drop_column("areas")
