"""What processes tell each other beside the log: positions by the number of their change, lines, and who lives."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    # With defaults, so that a service of before can go on writing while this one starts.
    op.add_column("positions", sa.Column("process", sa.Text(), nullable=False, server_default=""))
    op.add_column("positions", sa.Column("change", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index(op.f("ix_positions_center_change"), "positions", ["center", "change"])
    op.create_table(
        "marks",
        sa.Column("center", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("center", name=op.f("pk_marks")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "processes",
        sa.Column("center", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("beat", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("center", "process", name=op.f("pk_processes")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "lines",
        sa.Column("center", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("up", sa.Boolean(), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("center", "unit", name=op.f("pk_lines")),
        prefixes=["UNLOGGED"],
    )
    op.create_index(op.f("ix_lines_center_change"), "lines", ["center", "change"])


def downgrade() -> None:
    op.drop_table("lines")
    op.drop_table("processes")
    op.drop_table("marks")
    op.drop_index(op.f("ix_positions_center_change"), "positions")
    op.drop_column("positions", "change")
    op.drop_column("positions", "process")
