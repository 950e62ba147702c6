"""The log and the audit are hash chains; what stands in them already is chained from its first row on."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

# The form of the chain is frozen: rows of before and rows of tomorrow are hashed alike.
from app.security import chain

revision = "0004"
down_revision = "0003"

BATCH = 5_000


def upgrade() -> None:
    op.alter_column("events", "body", type_=postgresql.JSON(), postgresql_using="body::text::json")
    op.add_column("events", sa.Column("seals", sa.LargeBinary()))
    op.add_column("events", sa.Column("hash", sa.LargeBinary()))
    op.alter_column("audit", "said", type_=postgresql.JSON(), postgresql_using="said::text::json")
    op.add_column("audit", sa.Column("seq", sa.BigInteger(), autoincrement=False))
    op.add_column("audit", sa.Column("hash", sa.LargeBinary()))
    op.execute(
        "UPDATE audit SET seq = n FROM (SELECT id, row_number() OVER (PARTITION BY center ORDER BY id) AS n"
        " FROM audit) AS numbered WHERE numbered.id = audit.id"
    )
    op.drop_column("audit", "id")
    op.alter_column("audit", "seq", nullable=False)
    op.create_primary_key(op.f("pk_audit"), "audit", ["center", "seq"])
    op.create_check_constraint(op.f("ck_audit_seq_positive"), "audit", "seq > 0")
    op.create_table(
        "chains",
        sa.Column("center", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["center"], ["centers.id"], name=op.f("fk_chains_center")),
        sa.PrimaryKeyConstraint("center", "name", name=op.f("pk_chains")),
    )
    op.create_table(
        "checkpoints",
        sa.Column("center", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("signed", postgresql.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["center"], ["centers.id"], name=op.f("fk_checkpoints_center")),
        sa.PrimaryKeyConstraint("center", "number", name=op.f("pk_checkpoints")),
    )
    connection = op.get_bind()
    for center in connection.execute(sa.text("SELECT id FROM centers")).scalars().all():
        _chain_log(connection, center)
        _chain_audit(connection, center)
    op.alter_column("events", "hash", nullable=False)
    op.alter_column("audit", "hash", nullable=False)


def downgrade() -> None:
    op.drop_table("checkpoints")
    op.drop_table("chains")
    op.drop_constraint(op.f("ck_audit_seq_positive"), "audit")
    op.drop_constraint(op.f("pk_audit"), "audit")
    op.execute("ALTER TABLE audit ADD COLUMN id BIGSERIAL")
    # Numbered anew in the order of each center's chain.
    op.execute(
        "UPDATE audit SET id = n FROM (SELECT center, seq, row_number() OVER (ORDER BY at, center, seq) AS n"
        " FROM audit) AS numbered WHERE numbered.center = audit.center AND numbered.seq = audit.seq"
    )
    op.create_primary_key(op.f("pk_audit"), "audit", ["id"])
    op.drop_column("audit", "hash")
    op.drop_column("audit", "seq")
    op.alter_column("audit", "said", type_=postgresql.JSONB(), postgresql_using="said::text::jsonb")
    op.drop_column("events", "hash")
    op.drop_column("events", "seals")
    op.alter_column("events", "body", type_=postgresql.JSONB(), postgresql_using="body::text::jsonb")


def _chain_log(connection: sa.Connection, center: str) -> None:
    head, last = chain.genesis(chain.LOG, center), ""
    for rows in _batches(
        connection,
        "SELECT seq, at, by, command, at_device, kind, alert::text, unit, body::text FROM events"
        " WHERE center = :center AND seq > :after ORDER BY seq LIMIT :batch",
        center,
    ):
        told = _told(connection, center, [row.command for row in rows])
        hashed = []
        for row in rows:
            seals = told.get(row.command) if row.command != last else None
            last = row.command
            head = chain.following(head, _leaf(center, row, seals))
            hashed.append({"center": center, "seq": row.seq, "hash": head, "seals": seals})
        connection.execute(
            sa.text("UPDATE events SET hash = :hash, seals = :seals WHERE center = :center AND seq = :seq"), hashed
        )


def _leaf(center: str, row: sa.Row[Any], seals: bytes | None) -> bytes:
    return chain.event_leaf(
        center,
        row.seq,
        row.at,
        row.by,
        row.command,
        row.at_device,
        row.kind,
        row.alert,
        row.unit,
        seals,
        row.body,
    )


def _chain_audit(connection: sa.Connection, center: str) -> None:
    head, seq = chain.genesis(chain.AUDIT, center), 0
    for rows in _batches(
        connection,
        'SELECT seq, at, by, what, alert::text, unit, "count" AS many, said::text FROM audit'
        " WHERE center = :center AND seq > :after ORDER BY seq LIMIT :batch",
        center,
    ):
        hashed = []
        for row in rows:
            seq = row.seq
            rest = chain.audit_rest(center, row.at, row.by, row.what, row.alert, row.unit, row.many, row.said)
            head = chain.following(head, chain.audit_leaf(seq, rest))
            hashed.append({"center": center, "seq": seq, "hash": head})
        connection.execute(sa.text("UPDATE audit SET hash = :hash WHERE center = :center AND seq = :seq"), hashed)
    connection.execute(
        sa.text("INSERT INTO chains (center, name, seq, hash) VALUES (:center, :name, :seq, :hash)"),
        {"center": center, "name": chain.AUDIT, "seq": seq, "hash": head},
    )


def _told(connection: sa.Connection, center: str, commands: Sequence[str]) -> dict[str, bytes]:
    """Command -> the digests of the sealed details that were told with it."""
    seals: dict[str, list[bytes]] = {}
    for row in connection.execute(
        sa.text(
            "SELECT id, alert::text, kind, at, by, sealed FROM details"
            " WHERE center = :center AND regexp_replace(id, '/[^/]*$', '') = ANY(:commands)"
        ),
        {"center": center, "commands": sorted(set(commands))},
    ):
        seals.setdefault(chain.command_of(row.id), []).append(chain.seal_of(*row))
    return {command: chain.seals_of(found) for command, found in seals.items()}


def _batches(connection: sa.Connection, query: str, center: str) -> Iterator[Sequence[sa.Row[Any]]]:
    after = 0
    while rows := connection.execute(sa.text(query), {"center": center, "after": after, "batch": BATCH}).all():
        yield rows
        after = rows[-1].seq
