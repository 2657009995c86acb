"""on PostgreSQL a wave goes forward only, and the front room publishes none

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

FUNCTION = """
CREATE FUNCTION wave_goes_forward() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
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
  END IF;
  IF NEW.state = 'published' AND OLD.state <> 'published' AND current_user = 'front' THEN
    RAISE EXCEPTION 'the opener publishes waves';
  END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    # On SQLite whoever can write a row can drop a trigger too; there the opener puts back what went backwards.
    if op.get_bind().dialect.name == "postgresql":
        op.execute(FUNCTION)
        op.execute(
            "CREATE TRIGGER wave_goes_forward BEFORE INSERT OR UPDATE ON wave "
            "FOR EACH ROW EXECUTE FUNCTION wave_goes_forward()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER wave_goes_forward ON wave")
        op.execute("DROP FUNCTION wave_goes_forward()")
