"""What is flagged in the audit, how far it was looked through, and the households of staff by keyed hash."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from .base import metadata
from .sealed import names_its_key, needs_its_key

flags = Table(
    "flags",
    metadata,
    Column("id", UUID(as_uuid=False), primary_key=True),
    Column("center", Text, ForeignKey("centers.id"), nullable=False),
    Column("at", Float(53), nullable=False),
    Column("rule", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("alert", UUID(as_uuid=False)),
    Column("row", BigInteger, nullable=False),
    Column("looked_at", Float(53), nullable=False),
    Column("said", JSONB, nullable=False),
    Column("review", UUID(as_uuid=False)),
    Column("reviewed_by", Text),
    Column("reviewed_at", Float(53)),
    Column("outcome", Text),
    Column("note", LargeBinary),
    names_its_key("note"),
    needs_its_key(),
    UniqueConstraint("center", "rule", "row"),
    CheckConstraint("num_nulls(review, reviewed_by, reviewed_at, outcome) IN (0, 4)", name="reviewed_whole"),
    CheckConstraint("outcome IN ('justified', 'misuse', 'unclear')", name="outcome_known"),
    Index(None, "center", "person", "looked_at"),
    Index("ix_flags_open", "center", "at", postgresql_where=text("reviewed_at IS NULL")),
)
"""A look that is for an auditor. `row` is its number in the audit, `looked_at` when it was, `at` when it was
flagged; `said`: codes and counts; `review`: the id of the command that reviewed it, `note` its sealed text."""

watched = Table(
    "watched",
    metadata,
    Column("center", Text, ForeignKey("centers.id"), primary_key=True),
    Column("row", BigInteger, nullable=False),
)
"""Up to which row of the audit somebody has looked; its row is locked by whoever looks."""

staff_households = Table(
    "staff_households",
    metadata,
    Column("center", Text, ForeignKey("centers.id"), primary_key=True),
    Column("person", UUID(as_uuid=False), ForeignKey("people.id"), primary_key=True),
    Column("hash", LargeBinary, primary_key=True),
    Index(None, "center", "hash"),
)
"""Keyed hashes of staff's own telephones and addresses, made like those of `households`; never read back."""
