"""Flags of the insider rules, how far the audit was looked through, households of staff; the audit found by person
and by alert."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "flags",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("center", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("alert", sa.UUID(as_uuid=False)),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.Column("looked_at", sa.Float(precision=53), nullable=False),
        sa.Column("said", postgresql.JSONB(), nullable=False),
        sa.Column("review", sa.UUID(as_uuid=False)),
        sa.Column("reviewed_by", sa.Text()),
        sa.Column("reviewed_at", sa.Float(precision=53)),
        sa.Column("outcome", sa.Text()),
        sa.Column("note", sa.LargeBinary()),
        sa.Column("key_id", sa.LargeBinary(), sa.Computed("substring(note from 2 for 4)", persisted=True)),
        sa.CheckConstraint(
            "num_nulls(review, reviewed_by, reviewed_at, outcome) IN (0, 4)",
            name=op.f("ck_flags_reviewed_whole"),
        ),
        sa.CheckConstraint("outcome IN ('justified', 'misuse', 'unclear')", name=op.f("ck_flags_outcome_known")),
        sa.ForeignKeyConstraint(["center"], ["centers.id"], name=op.f("fk_flags_center")),
        sa.ForeignKeyConstraint(
            ["center", "key_id"],
            ["center_keys.center", "center_keys.live_id"],
            name=op.f("fk_flags_center_key_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flags")),
        sa.UniqueConstraint("center", "rule", "row", name=op.f("uq_flags_center_rule_row")),
    )
    op.create_index(op.f("ix_flags_center_person_looked_at"), "flags", ["center", "person", "looked_at"])
    op.create_index("ix_flags_open", "flags", ["center", "at"], postgresql_where=sa.text("reviewed_at IS NULL"))
    op.create_table(
        "watched",
        sa.Column("center", sa.Text(), nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["center"], ["centers.id"], name=op.f("fk_watched_center")),
        sa.PrimaryKeyConstraint("center", name=op.f("pk_watched")),
    )
    op.create_table(
        "staff_households",
        sa.Column("center", sa.Text(), nullable=False),
        sa.Column("person", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["center"], ["centers.id"], name=op.f("fk_staff_households_center")),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name=op.f("fk_staff_households_person")),
        sa.PrimaryKeyConstraint("center", "person", "hash", name=op.f("pk_staff_households")),
    )
    op.create_index(op.f("ix_staff_households_center_hash"), "staff_households", ["center", "hash"])
    op.create_index(op.f("ix_audit_center_by_at"), "audit", ["center", "by", "at"])
    op.create_index(
        op.f("ix_audit_center_alert_at"),
        "audit",
        ["center", "alert", "at"],
        postgresql_where=sa.text("alert IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_audit_center_alert_at"), "audit")
    op.drop_index(op.f("ix_audit_center_by_at"), "audit")
    op.drop_table("staff_households")
    op.drop_table("watched")
    op.drop_table("flags")
