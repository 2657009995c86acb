"""keys that die: what was burned, requests to burn, a void mark goes with its card

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

VERBS = "verb IN ('make_keys', 'close_wave', 'make_release')"
MORE_VERBS = "verb IN ('make_keys', 'close_wave', 'make_release', 'burn_wave', 'burn_survey')"


def upgrade() -> None:
    op.create_table(
        "burned",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('wave', 'survey')", name=op.f("ck_burned_kind_known")),
        sa.PrimaryKeyConstraint("kind", "subject", name=op.f("pk_burned")),
    )
    op.create_table(
        "pending_burn",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("survey_slug", sa.String(length=40), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("request_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.CheckConstraint("kind IN ('wave', 'survey')", name=op.f("ck_pending_burn_kind_known")),
        sa.CheckConstraint("state IN ('waiting', 'agreed', 'refused')", name=op.f("ck_pending_burn_state_known")),
        sa.ForeignKeyConstraint(["asked_by"], ["staff_user.id"], name=op.f("fk_pending_burn_asked_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff_user.id"], name=op.f("fk_pending_burn_decided_by")),
        sa.ForeignKeyConstraint(["survey_slug"], ["survey.slug"], name=op.f("fk_pending_burn_survey_slug")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_burn")),
    )
    _allow(MORE_VERBS)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION void_goes_with_card() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER "
            "SET search_path = portal AS $$ BEGIN DELETE FROM void WHERE tag = OLD.tag; RETURN NULL; END $$"
        )
        op.execute(
            "CREATE TRIGGER void_goes_with_card AFTER DELETE ON card "
            "FOR EACH ROW EXECUTE FUNCTION void_goes_with_card()"
        )
        return
    op.execute(
        "CREATE TRIGGER void_goes_with_card AFTER DELETE ON card BEGIN DELETE FROM void WHERE tag = OLD.tag; END"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER void_goes_with_card ON card")
        op.execute("DROP FUNCTION void_goes_with_card()")
    else:
        op.execute("DROP TRIGGER void_goes_with_card")
    op.execute("DELETE FROM request WHERE verb IN ('burn_wave', 'burn_survey')")
    _allow(VERBS)
    op.drop_table("pending_burn")
    op.drop_table("burned")


def _allow(verbs: str) -> None:
    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_request_verb_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_request_verb_known"), verbs)
