"""The board between commits, and what the database forbids by itself: two units that accepted one need, a unit
above its capacity."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from .base import metadata

alerts = Table(
    "alerts",
    metadata,
    Column("id", UUID(as_uuid=False), primary_key=True),
    Column("center", Text, ForeignKey("centers.id"), nullable=False),
    Column("folio", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("on_board", Boolean, nullable=False),
    Column("raised_at", Float(53), nullable=False),
    Column("body", JSONB),
    UniqueConstraint("center", "folio"),
    Index(None, "center", postgresql_where=text("on_board")),
    CheckConstraint("on_board = (body IS NOT NULL)", name="body_on_board"),
)
"""`body` is the board's value while the alert is on the board; afterwards the log tells its story."""

units = Table(
    "units",
    metadata,
    Column("center", Text, ForeignKey("centers.id"), primary_key=True),
    Column("code", Text, primary_key=True),
    Column("capacity", SmallInteger, nullable=False),
    Column("listed", Boolean, nullable=False),
    Column("body", JSONB, nullable=False),
    UniqueConstraint("center", "code", "capacity"),
    CheckConstraint("capacity > 0", name="capacity_positive"),
)

assignments = Table(
    "assignments",
    metadata,
    Column("id", UUID(as_uuid=False), primary_key=True),
    Column("center", Text, nullable=False),
    Column("alert", UUID(as_uuid=False), ForeignKey("alerts.id"), nullable=False),
    Column("need", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("slot", SmallInteger, nullable=False),
    Column("capacity", SmallInteger),
    Column("live", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("body", JSONB),
    ForeignKeyConstraint(
        ["center", "unit", "capacity"], ["units.center", "units.code", "units.capacity"], onupdate="CASCADE"
    ),
    CheckConstraint("NOT live OR (slot >= 0 AND slot < capacity)", name="within_capacity"),
    CheckConstraint("live = (capacity IS NOT NULL)", name="live_counts"),
    CheckConstraint("live = (body IS NOT NULL)", name="body_live"),
    Index(
        "uq_assignments_live_need",
        "alert",
        "need",
        unique=True,
        postgresql_where=text("live AND state <> 'offered'"),
    ),
    Index("uq_assignments_live_offer", "alert", "need", "unit", unique=True, postgresql_where=text("live")),
    Index("uq_assignments_live_slot", "center", "unit", "slot", unique=True, postgresql_where=text("live")),
    Index(None, "center", "unit", postgresql_where=text("live")),
    Index(None, "alert"),
)
"""`capacity` repeats the unit's while the assignment is live, so that a slot above it cannot be written. A need
may be offered to two units at once, never twice to one, and only one assignment of it is past being offered."""
