"""staff side: accounts with scope and second factor, audit log, frames, tallies, rates, pending batches

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
    op.execute("DELETE FROM staff_session")  # everybody signs in again: old rows do not say when the password was typed
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False))
        batch_op.add_column(sa.Column("is_complete", sa.Boolean(), nullable=False))

    with op.batch_alter_table("staff_user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("locality", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("survey_slug", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("totp_box", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("totp_step", sa.Integer(), server_default="0", nullable=False))
        batch_op.alter_column("password_hash", existing_type=sa.VARCHAR(length=200), nullable=True)

    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=20), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("seal", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last", sa.LargeBinary(length=32), nullable=False),
        sa.Column("seal", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "keying_link",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_keying_link")),
    )
    op.create_table(
        "shown_rates",
        sa.Column("wave_id", sa.String(length=60), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("wave_id", name=op.f("pk_shown_rates")),
    )
    op.create_table(
        "pending_issue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey_slug", sa.String(length=40), nullable=False),
        sa.Column("batch", sa.String(length=80), nullable=False),
        sa.Column("locality", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("n_cards", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'agreed', 'refused', 'done')", name=op.f("ck_pending_issue_state_known")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["staff_user.id"], name=op.f("fk_pending_issue_asked_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff_user.id"], name=op.f("fk_pending_issue_decided_by")),
        sa.ForeignKeyConstraint(["survey_slug"], ["survey.slug"], name=op.f("fk_pending_issue_survey_slug")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_issue")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["staff_user.id"], name=op.f("fk_recovery_code_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "code_hash", name=op.f("pk_recovery_code")),
    )
    op.create_table(
        "set_up_link",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["staff_user.id"], name=op.f("fk_set_up_link_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_set_up_link")),
    )
    op.create_table(
        "frame",
        sa.Column("wave_id", sa.String(length=60), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_frame_wave_id")),
        sa.PrimaryKeyConstraint("wave_id", name=op.f("pk_frame")),
    )
    op.create_table(
        "frame_count",
        sa.Column("wave_id", sa.String(length=60), nullable=False),
        sa.Column("group_name", sa.String(length=80), nullable=False),
        sa.Column("locality", sa.String(length=40), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=False),
        sa.CheckConstraint("headcount >= 0", name=op.f("ck_frame_count_not_negative")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_frame_count_wave_id")),
        sa.PrimaryKeyConstraint("wave_id", "group_name", "locality", name=op.f("pk_frame_count")),
    )
    op.create_table(
        "offer",
        sa.Column("wave_id", sa.String(length=60), nullable=False),
        sa.Column("batch_id", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.CheckConstraint("n >= 0", name=op.f("ck_offer_not_negative")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_offer_batch_id")),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_offer_wave_id")),
        sa.PrimaryKeyConstraint("wave_id", "batch_id", "outcome", name=op.f("pk_offer")),
    )
    _make_append_only()


def downgrade() -> None:
    op.execute("UPDATE staff_user SET password_hash = '' WHERE password_hash IS NULL")
    op.drop_table("offer")
    op.drop_table("frame_count")
    op.drop_table("frame")
    op.drop_table("set_up_link")
    op.drop_table("recovery_code")
    op.drop_table("pending_issue")
    op.drop_table("shown_rates")
    op.drop_table("keying_link")
    op.drop_table("audit_head")
    op.drop_table("audit")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_is_append_only()")
    with op.batch_alter_table("staff_user", schema=None) as batch_op:
        batch_op.alter_column("password_hash", existing_type=sa.VARCHAR(length=200), nullable=False)
        batch_op.drop_column("totp_step")
        batch_op.drop_column("totp_box")
        batch_op.drop_column("survey_slug")
        batch_op.drop_column("locality")

    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.drop_column("is_complete")
        batch_op.drop_column("confirmed_at")


def _make_append_only() -> None:
    """Let the database itself refuse to change or delete a line of the audit log."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
        )
        return
    op.execute(
        "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id) "
        "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
    )
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_no_{act.lower()} BEFORE {act} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        )
