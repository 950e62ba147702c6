"""What other systems recorded before, each import apart from the log and from the others."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "histories",
        sa.Column("center", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.Float(precision=53), nullable=False),
        sa.Column("since", sa.Float(precision=53), nullable=False),
        sa.Column("until", sa.Float(precision=53), nullable=False),
        sa.Column("map", postgresql.JSONB(), nullable=False),
        sa.Column("counts", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["center"], ["centers.id"], name=op.f("fk_histories_center")),
        sa.PrimaryKeyConstraint("center", "name", name=op.f("pk_histories")),
    )
    op.create_table(
        "history_cases",
        sa.Column("center", sa.Text(), nullable=False),
        sa.Column("history", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("began", sa.Float(precision=53), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["center", "history"],
            ["histories.center", "histories.name"],
            name=op.f("fk_history_cases_center_history"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("center", "history", "id", name=op.f("pk_history_cases")),
    )
    op.create_index(op.f("ix_history_cases_center_history_began"), "history_cases", ["center", "history", "began"])


def downgrade() -> None:
    op.drop_table("history_cases")
    op.drop_table("histories")
