"""Personal data, sealed, with a key per alert; the opaque names by which households are known; broken glass."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import UUID

from .base import metadata

alert_keys = Table(
    "alert_keys",
    metadata,
    Column("alert", UUID(as_uuid=False), primary_key=True),
    Column("center", Text, ForeignKey("centers.id"), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
)

details = Table(
    "details",
    metadata,
    Column("id", Text, primary_key=True),
    Column("center", Text, ForeignKey("centers.id"), nullable=False),
    Column("alert", UUID(as_uuid=False), nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Float(53), nullable=False),
    Column("by", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index(None, "alert", "at"),
)

households = Table(
    "households",
    metadata,
    Column("center", Text, ForeignKey("centers.id"), primary_key=True),
    Column("hash", LargeBinary, primary_key=True),
    Column("token", UUID(as_uuid=False), nullable=False),
    UniqueConstraint("token"),
)
"""A keyed hash of a telephone number or an address, and what it is called on the board and in the log. Without its
row the name means nothing."""

household_alerts = Table(
    "household_alerts",
    metadata,
    Column("center", Text, ForeignKey("centers.id"), primary_key=True),
    Column("token", UUID(as_uuid=False), primary_key=True),
    Column("alert", UUID(as_uuid=False), ForeignKey("alerts.id"), primary_key=True),
    Column("raised_at", Float(53), nullable=False),
)
"""Which alerts a household had, to be counted; raised at, seconds since 1970 UTC."""

break_glass = Table(
    "break_glass",
    metadata,
    Column("id", UUID(as_uuid=False), primary_key=True),
    Column("center", Text, ForeignKey("centers.id"), nullable=False),
    Column("alert", UUID(as_uuid=False), ForeignKey("alerts.id"), nullable=False),
    Column("person", UUID(as_uuid=False), ForeignKey("people.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("note", LargeBinary, nullable=False),
    Column("opened_at", Float(53), nullable=False),
    Column("until", Float(53), nullable=False),
    Column("acknowledged_at", Float(53)),
    Column("acknowledged_by", UUID(as_uuid=False)),
    Column("reviewed_at", Float(53)),
    Column("reviewed_by", UUID(as_uuid=False)),
    Column("outcome", Text),
    CheckConstraint("person <> acknowledged_by AND person <> reviewed_by", name="others_look"),
    Index(None, "person", "alert"),
    Index(None, "center", "opened_at"),
)
"""Glass a person broke on one alert, open until `until`. The note is sealed with the alert's key and goes with it.
The database forbids by itself that somebody looks at their own."""
