"""backups that may have brought words back; on PostgreSQL the front room decides about own words in a draft only

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

FUNCTION = """
CREATE FUNCTION wave_words_stay() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF current_user = 'front' AND OLD.state <> 'draft' AND NEW.words IS DISTINCT FROM OLD.words THEN
    RAISE EXCEPTION 'whether words are read is decided before a wave opens';
  END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "restored_words",
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("made_on", name=op.f("pk_restored_words")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(FUNCTION)
        op.execute(
            "CREATE TRIGGER wave_words_stay BEFORE UPDATE ON wave FOR EACH ROW EXECUTE FUNCTION wave_words_stay()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER wave_words_stay ON wave")
        op.execute("DROP FUNCTION wave_words_stay()")
    op.drop_table("restored_words")
