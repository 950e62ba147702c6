"""The tables, and what the database forbids by itself: two units that accepted one need, a unit above capacity.

The board's own values stand as JSON beside the few columns that are constrained or queried. Personal data is in
`details` only, sealed; a key per alert is in `alert_keys`, sealed by the center's.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

centers = Table(
    "centers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("folio_prefix", Text, nullable=False),
    Column("last_seq", BigInteger, nullable=False, server_default=text("0")),
    Column("last_at", Float(53), nullable=False, server_default=text("0")),
    Column("folios", BigInteger, nullable=False, server_default=text("0")),
    Column("rules", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
)
"""`rules` is the book of them: what differs from the defaults, and from when, oldest first."""

events = Table(
    "events",
    metadata,
    Column("center", Text, ForeignKey("centers.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Float(53), nullable=False),
    Column("by", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("at_device", Float(53)),
    Column("kind", Text, nullable=False),
    Column("alert", UUID(as_uuid=False)),
    Column("unit", Text),
    Column("body", JSONB, nullable=False),
    CheckConstraint("seq > 0", name="seq_positive"),
    Index(None, "center", "alert", "seq", postgresql_where=text("alert IS NOT NULL")),
    Index(None, "center", "unit", "seq", postgresql_where=text("unit IS NOT NULL")),
    Index(None, "center", "at"),
)

answers = Table(
    "answers",
    metadata,
    Column("center", Text, ForeignKey("centers.id"), primary_key=True),
    Column("command", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("receipt", JSONB, nullable=False),
)

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
)
"""`capacity` repeats the unit's while the assignment is live, so that a slot above it cannot be written. A need
may be offered to two units at once, never twice to one, and only one assignment of it is past being offered."""

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

unit_places = Table(
    "unit_places",
    metadata,
    Column("center", Text, primary_key=True),
    Column("unit", Text, primary_key=True),
    Column("lat", Float(53), nullable=False),
    Column("lon", Float(53), nullable=False),
    Column("sealed", LargeBinary),
    ForeignKeyConstraint(["center", "unit"], ["units.center", "units.code"]),
)
"""Where a unit's station is. For a sealed unit `lat`, `lon` are its zone's inner point and `sealed` the truth."""

positions = Table(
    "positions",
    metadata,
    Column("center", Text, primary_key=True),
    Column("unit", Text, primary_key=True),
    Column("lat", Float(53), nullable=False),
    Column("lon", Float(53), nullable=False),
    Column("accuracy_m", Float(53)),
    Column("at", Float(53), nullable=False),
    prefixes=["UNLOGGED"],
)
"""The newest fix of each unit, to be known again after a restart; not part of the log."""

zones = Table(
    "zones",
    metadata,
    Column("center", Text, ForeignKey("centers.id"), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("shape", LargeBinary, nullable=False),
)

regions = Table(
    "regions",
    metadata,
    Column("center", Text, ForeignKey("centers.id"), primary_key=True),
    Column("imported_at", Float(53), nullable=False),
    Column("summary", JSONB, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("id", UUID(as_uuid=False), primary_key=True),
    Column("center", Text, ForeignKey("centers.id"), nullable=False),
    Column("login", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("unit", Text),
    Column("password", Text),
    Column("disabled", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("center", "login"),
    CheckConstraint("(role = 'unit') = (unit IS NOT NULL)", name="unit_has_a_unit"),
)
"""Who may sign in. A login is a staff number or call sign, not a name. No password: only with a given token."""

sessions = Table(
    "sessions",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("person", UUID(as_uuid=False), ForeignKey("people.id"), nullable=False),
    Column("opened_at", Float(53), nullable=False),
    Column("seen_at", Float(53), nullable=False),
    Column("ended_at", Float(53)),
    Index(None, "person"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("center", Text, ForeignKey("centers.id"), nullable=False),
    Column("at", Float(53), nullable=False),
    Column("by", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("alert", UUID(as_uuid=False)),
    Column("count", Integer, nullable=False, server_default=text("1")),
    Index(None, "center", "at"),
)

__all__ = [
    "alert_keys",
    "alerts",
    "answers",
    "assignments",
    "audit",
    "centers",
    "details",
    "events",
    "household_alerts",
    "households",
    "metadata",
    "people",
    "positions",
    "regions",
    "sessions",
    "unit_places",
    "units",
    "zones",
]
