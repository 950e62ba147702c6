"""What an audit row is about besides an alert; sessions with a name, a way and a proof; people of shelters."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("audit", sa.Column("unit", sa.Text()))
    op.add_column("audit", sa.Column("said", postgresql.JSONB()))
    # Sessions of before are ended: nothing says how their people signed in.
    op.execute("DELETE FROM sessions")
    op.add_column("sessions", sa.Column("id", sa.UUID(as_uuid=False), nullable=False))
    op.add_column("sessions", sa.Column("way", sa.Text(), nullable=False))
    op.add_column("sessions", sa.Column("proved_at", sa.Float(precision=53), nullable=False))
    op.create_unique_constraint(op.f("uq_sessions_id"), "sessions", ["id"])
    op.drop_constraint(op.f("ck_people_unit_has_a_unit"), "people")
    op.execute(
        "UPDATE people SET role = 'shelter' FROM units WHERE units.center = people.center"
        " AND units.code = people.unit AND units.body ->> 'institution' = 'shelter'"
    )
    op.create_check_constraint(
        op.f("ck_people_unit_has_a_unit"), "people", "(role IN ('unit', 'shelter')) = (unit IS NOT NULL)"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_people_unit_has_a_unit"), "people")
    op.execute("UPDATE people SET role = 'unit' WHERE role = 'shelter'")
    op.create_check_constraint(op.f("ck_people_unit_has_a_unit"), "people", "(role = 'unit') = (unit IS NOT NULL)")
    op.drop_constraint(op.f("uq_sessions_id"), "sessions")
    op.drop_column("sessions", "proved_at")
    op.drop_column("sessions", "way")
    op.drop_column("sessions", "id")
    op.drop_column("audit", "said")
    op.drop_column("audit", "unit")
