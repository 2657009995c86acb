"""what was decided about what people said

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("audiences", sa.JSON(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("why_not", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(100), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("wave_id", sa.String(60), nullable=True),
        sa.Column("question", sa.String(40), nullable=True),
        sa.Column("quote_id", sa.LargeBinary(16), nullable=True),
        sa.Column("theme_id", sa.Integer(), nullable=True),
        sa.Column("public_since", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action")),
        sa.CheckConstraint(
            "state IN ('proposed', 'agreed', 'under way', 'done', 'will not happen')",
            name=op.f("ck_action_state_known"),
        ),
        sa.CheckConstraint("state <> 'will not happen' OR why_not <> ''", name=op.f("ck_action_reason_given")),
        sa.CheckConstraint("(wave_id IS NULL) = (question IS NULL)", name=op.f("ck_action_question_of_wave")),
    )
    op.create_table(
        "action_text",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("why_not", sa.Text(), nullable=False),
        sa.Column("english", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("action_id", "language", name=op.f("pk_action_text")),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_action_text_action_id")),
    )


def downgrade() -> None:
    op.drop_table("action_text")
    op.drop_table("action")
