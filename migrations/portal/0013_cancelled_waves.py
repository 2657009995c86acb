"""a wave can be cancelled, with a reason, and one that never opened can be deleted

Revision ID: 0013
Revises: 0012
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

STATES = "state IN ('draft', 'open', 'closed', 'published')"
MORE_STATES = "state IN ('draft', 'open', 'closed', 'published', 'cancelled')"
REASON = "(state = 'cancelled') = (cancelled_because IS NOT NULL)"
VERBS = "verb IN ('make_keys', 'close_wave', 'make_release', 'burn_wave', 'burn_survey', 'ratchet')"
MORE_VERBS = VERBS.replace("'close_wave'", "'close_wave', 'cancel_wave', 'delete_wave'")
POINTING = ("frame", "frame_count", "offer")
FORWARD = """
CREATE OR REPLACE FUNCTION wave_goes_forward() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE states text[] := ARRAY['draft', 'open', 'closed', 'published'];
BEGIN
  IF NEW.opens_on < DATE '2000-01-01' OR NEW.closes_on > DATE '2999-12-31' THEN
    RAISE EXCEPTION 'a wave has days that there are';  -- infinity is a date here, and in no calendar of ours
  END IF;
  IF TG_OP = 'INSERT' THEN
    RETURN NEW;
  END IF;
  IF array_position(states, NEW.state::text) < array_position(states, OLD.state::text) THEN
    RAISE EXCEPTION 'a wave goes forward only';
  END IF;%s
  IF NEW.state = 'published' AND OLD.state <> 'published' AND current_user = 'front' THEN
    RAISE EXCEPTION 'the opener publishes waves';
  END IF;
  RETURN NEW;
END $$
"""
FINAL = """
  IF OLD.state = 'cancelled' AND NEW.state <> 'cancelled' OR
     NEW.state = 'cancelled' AND OLD.state IN ('closed', 'published')
  THEN
    RAISE EXCEPTION 'a cancelled wave stays so, and a wave that is over is not cancelled';
  END IF;"""


def upgrade() -> None:
    with _alone(), op.batch_alter_table("wave", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cancelled_because", sa.String(length=300), nullable=True))
        batch_op.drop_constraint(op.f("ck_wave_state_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_wave_state_known"), MORE_STATES)
        batch_op.create_check_constraint(op.f("ck_wave_cancelled_has_reason"), REASON)
    _allow(MORE_VERBS)
    _replace_trigger(FORWARD % FINAL)


def downgrade() -> None:
    _replace_trigger(FORWARD % "")
    op.execute("DELETE FROM request WHERE verb IN ('cancel_wave', 'delete_wave')")
    _allow(VERBS)
    with _alone(), op.batch_alter_table("wave", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_wave_cancelled_has_reason"), type_="check")
        batch_op.drop_constraint(op.f("ck_wave_state_known"), type_="check")
        batch_op.drop_column("cancelled_because")
    op.execute("UPDATE wave SET state = 'closed' WHERE state = 'cancelled'")
    with _alone(), op.batch_alter_table("wave", schema=None) as batch_op:
        batch_op.create_check_constraint(op.f("ck_wave_state_known"), STATES)


@contextmanager
def _alone() -> Iterator[None]:
    """Set aside the rows that point at a wave: SQLite makes a table anew to change its checks."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for name in POINTING if is_sqlite else ():
        op.execute(f"CREATE TEMPORARY TABLE kept_{name} AS SELECT * FROM {name}")  # noqa: S608 (names of ours)
        op.execute(f"DELETE FROM {name}")  # noqa: S608
    yield
    for name in POINTING if is_sqlite else ():
        op.execute(f"INSERT INTO {name} SELECT * FROM kept_{name}")  # noqa: S608
        op.execute(f"DROP TABLE kept_{name}")


def _allow(verbs: str) -> None:
    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_request_verb_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_request_verb_known"), verbs)


def _replace_trigger(function: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(function)
