"""Keys of a center in versions, alerts that are erased or held, how long details are kept."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

UNDER_KEYS = (("alert_keys", "wrapped"), ("unit_places", "sealed"))
"""Tables with a column that a center's key opens, named in its head."""


def upgrade() -> None:
    op.add_column("centers", sa.Column("retention", postgresql.JSONB(), server_default="[]", nullable=False))
    _center_keys()
    op.alter_column("alert_keys", "wrapped", nullable=True)
    op.add_column("alert_keys", sa.Column("erased_at", sa.Float(precision=53)))
    op.create_check_constraint(
        op.f("ck_alert_keys_erased_is_gone"), "alert_keys", "(wrapped IS NULL) = (erased_at IS NOT NULL)"
    )
    for table, column in UNDER_KEYS:
        named = sa.Computed(f"substring({column} from 2 for 4)", persisted=True)
        op.add_column(table, sa.Column("key_id", sa.LargeBinary(), named))
    _known_keys()
    for table, _ in UNDER_KEYS:
        op.create_foreign_key(
            op.f(f"fk_{table}_center_key_id"),
            table,
            "center_keys",
            ["center", "key_id"],
            ["center", "live_id"],
        )
    op.create_index(op.f("ix_alert_keys_center_key_id"), "alert_keys", ["center", "key_id"])
    op.create_table(
        "legal_holds",
        sa.Column("alert", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("center", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alert"], ["alerts.id"], name=op.f("fk_legal_holds_alert")),
        sa.ForeignKeyConstraint(["center"], ["centers.id"], name=op.f("fk_legal_holds_center")),
        sa.PrimaryKeyConstraint("alert", name=op.f("pk_legal_holds")),
    )
    op.create_index(op.f("ix_legal_holds_center"), "legal_holds", ["center"])
    op.create_table(
        "retention_runs",
        sa.Column("center", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("claimed_at", sa.Float(precision=53), nullable=False),
        sa.Column("ended_at", sa.Float(precision=53)),
        sa.Column("erased", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["center"], ["centers.id"], name=op.f("fk_retention_runs_center")),
        sa.PrimaryKeyConstraint("center", "day", name=op.f("pk_retention_runs")),
    )


def downgrade() -> None:
    _only_the_first_keys()
    op.drop_table("retention_runs")
    op.drop_table("legal_holds")
    op.drop_index(op.f("ix_alert_keys_center_key_id"), table_name="alert_keys")
    for table, _ in UNDER_KEYS:
        op.drop_constraint(op.f(f"fk_{table}_center_key_id"), table)
        op.drop_column(table, "key_id")
    op.drop_constraint(op.f("ck_alert_keys_erased_is_gone"), "alert_keys")
    # What is erased stays erased: an alert without a key is one that tells nothing.
    op.execute("DELETE FROM alert_keys WHERE wrapped IS NULL")
    op.drop_column("alert_keys", "erased_at")
    op.alter_column("alert_keys", "wrapped", nullable=False)
    op.drop_table("center_keys")
    op.drop_column("centers", "retention")


def _center_keys() -> None:
    live = sa.Computed("CASE WHEN wrapped IS NOT NULL THEN id END", persisted=True)
    op.create_table(
        "center_keys",
        sa.Column("center", sa.Text(), nullable=False),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary()),
        sa.Column("live_id", sa.LargeBinary(), live),
        sa.Column("made_at", sa.Float(precision=53), nullable=False),
        sa.Column("retired_at", sa.Float(precision=53)),
        sa.ForeignKeyConstraint(["center"], ["centers.id"], name=op.f("fk_center_keys_center")),
        sa.PrimaryKeyConstraint("center", "use", "version", name=op.f("pk_center_keys")),
        sa.UniqueConstraint("center", "live_id", name=op.f("uq_center_keys_center_live_id")),
        sa.CheckConstraint(
            "(wrapped IS NULL) = (retired_at IS NOT NULL)", name=op.f("ck_center_keys_retired_is_destroyed")
        ),
    )


def _known_keys() -> None:
    """The key each center has used so far, by the id in what it sealed.

    It is derived from the master key, which is not known here: `wrapped` is empty until the first start fills it.
    """
    op.execute(
        "INSERT INTO center_keys (center, use, version, id, wrapped, made_at)"
        " SELECT center, 'seal', row_number() OVER (PARTITION BY center ORDER BY sum(rows) DESC, key_id),"
        "        key_id, '', 0"
        " FROM (SELECT center, key_id, count(*) AS rows FROM alert_keys GROUP BY center, key_id"
        "       UNION ALL SELECT center, key_id, count(*) FROM unit_places GROUP BY center, key_id) AS used"
        " WHERE key_id IS NOT NULL GROUP BY center, key_id"
    )


def _only_the_first_keys() -> None:
    """Before there were versions only what is under the first key opens: rotated centers cannot go back."""
    later = op.get_bind().scalar(
        sa.text("SELECT count(*) FROM center_keys WHERE use = 'seal' AND version > 1 AND wrapped <> ''")
    )
    if later:
        raise RuntimeError(
            "A center's key was rotated; what is sealed now would not open with the schema of before."
        )
