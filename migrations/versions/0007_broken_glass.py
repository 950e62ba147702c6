"""Broken glass: who reads what the table of permissions does not give them, why, and who looked at that."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "break_glass",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("center", sa.Text(), nullable=False),
        sa.Column("alert", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("person", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", sa.Float(precision=53), nullable=False),
        sa.Column("until", sa.Float(precision=53), nullable=False),
        sa.Column("acknowledged_at", sa.Float(precision=53)),
        sa.Column("acknowledged_by", sa.UUID(as_uuid=False)),
        sa.Column("reviewed_at", sa.Float(precision=53)),
        sa.Column("reviewed_by", sa.UUID(as_uuid=False)),
        sa.Column("outcome", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_break_glass")),
        sa.ForeignKeyConstraint(["center"], ["centers.id"], name=op.f("fk_break_glass_center")),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name=op.f("fk_break_glass_alert")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_break_glass_person")),
        sa.CheckConstraint(
            "person <> acknowledged_by AND person <> reviewed_by", name=op.f("ck_break_glass_others_look")
        ),
    )
    op.create_index(op.f("ix_break_glass_person_alert"), "break_glass", ["person", "alert"])
    op.create_index(op.f("ix_break_glass_center_opened_at"), "break_glass", ["center", "opened_at"])


def downgrade() -> None:
    op.drop_table("break_glass")
