"""a leaked link key is turned on by request, so that the audit log knows

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

VERBS = "verb IN ('make_keys', 'close_wave', 'make_release', 'burn_wave', 'burn_survey')"
MORE_VERBS = "verb IN ('make_keys', 'close_wave', 'make_release', 'burn_wave', 'burn_survey', 'ratchet')"


def upgrade() -> None:
    _allow(MORE_VERBS)


def downgrade() -> None:
    op.execute("DELETE FROM request WHERE verb = 'ratchet'")
    _allow(VERBS)


def _allow(verbs: str) -> None:
    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_request_verb_known"), type_="check")
        batch_op.create_check_constraint(op.f("ck_request_verb_known"), verbs)
