"""Personal data, sealed, with a key per alert; the opaque names by which households are known; broken glass."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from .base import metadata

center_keys = Table(
    "center_keys",
    metadata,
    Column("center", Text, ForeignKey("centers.id"), primary_key=True),
    Column("use", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("id", LargeBinary, nullable=False),
    Column("wrapped", LargeBinary),
    Column("live_id", LargeBinary, Computed("CASE WHEN wrapped IS NOT NULL THEN id END", persisted=True)),
    Column("made_at", Float(53), nullable=False),
    Column("retired_at", Float(53)),
    UniqueConstraint("center", "live_id"),
    CheckConstraint("(wrapped IS NULL) = (retired_at IS NOT NULL)", name="retired_is_destroyed"),
)
"""The keys of a center, wrapped by the master key. `id` is named in the head of what a key seals. What is under a
key refers to its `live_id`: nothing is written under a destroyed key, none is destroyed that is still needed."""


def names_its_key(sealed: str) -> Column[bytes]:
    """The id of the center's key that opens the column `sealed`, out of its head; see `needs_its_key`."""
    return Column("key_id", LargeBinary, Computed(f"substring({sealed} from 2 for 4)", persisted=True))


def needs_its_key() -> ForeignKeyConstraint:
    """That key is the center's, and is not destroyed while this row is under it."""
    return ForeignKeyConstraint(["center", "key_id"], ["center_keys.center", "center_keys.live_id"])


alert_keys = Table(
    "alert_keys",
    metadata,
    Column("alert", UUID(as_uuid=False), primary_key=True),
    Column("center", Text, ForeignKey("centers.id"), nullable=False),
    Column("wrapped", LargeBinary),
    names_its_key("wrapped"),
    Column("erased_at", Float(53)),
    needs_its_key(),
    Index(None, "center", "key_id"),
    CheckConstraint("(wrapped IS NULL) = (erased_at IS NOT NULL)", name="erased_is_gone"),
)
"""The key of each alert's details, wrapped by the center's. Without `wrapped` the alert is erased."""

legal_holds = Table(
    "legal_holds",
    metadata,
    Column("alert", UUID(as_uuid=False), ForeignKey("alerts.id"), primary_key=True),
    Column("center", Text, ForeignKey("centers.id"), nullable=False),
    Column("at", Float(53), nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "center"),
)
"""Alerts that may not be erased, for somebody has to be able to read them."""

retention_runs = Table(
    "retention_runs",
    metadata,
    Column("center", Text, ForeignKey("centers.id"), primary_key=True),
    Column("day", Text, primary_key=True),
    Column("claimed_at", Float(53), nullable=False),
    Column("ended_at", Float(53)),
    Column("erased", Integer, nullable=False, server_default=text("0")),
)
"""The daily round of erasing: whoever has written the day here does it, the others need not."""

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
    Index(None, "alert"),
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
    Index(None, "alert"),
)
"""Glass a person broke on one alert, open until `until`. The note is sealed with the alert's key and goes with it.
The database forbids by itself that somebody looks at their own."""
