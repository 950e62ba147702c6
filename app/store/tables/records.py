"""The center, its log with the answers to commands, the audit of who saw what, and what both are chained by."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB, UUID

from .base import metadata

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
    Column("retention", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
)
"""`rules` is the book of them: what differs from the defaults, and from when, oldest first. `retention` is such a
book, too: how long details are kept."""

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
    Column("body", JSON, nullable=False),
    Column("seals", LargeBinary),
    Column("hash", LargeBinary, nullable=False),
    CheckConstraint("seq > 0", name="seq_positive"),
    Index(None, "center", "alert", "seq", postgresql_where=text("alert IS NOT NULL")),
    Index(None, "center", "unit", "seq", postgresql_where=text("unit IS NOT NULL")),
    Index(None, "center", "at"),
)
"""`hash` chains each row to the one before (`app/security/chain.py`), so `body` is kept as the text it was written
as; `seals`, on the first event of a command, binds the sealed details that were told with it."""

answers = Table(
    "answers",
    metadata,
    Column("center", Text, ForeignKey("centers.id"), primary_key=True),
    Column("command", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("receipt", JSONB, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("center", Text, ForeignKey("centers.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Float(53), nullable=False),
    Column("by", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("alert", UUID(as_uuid=False)),
    Column("unit", Text),
    Column("count", Integer, nullable=False, server_default=text("1")),
    Column("said", JSON),
    Column("hash", LargeBinary, nullable=False),
    CheckConstraint("seq > 0", name="seq_positive"),
    Index(None, "center", "at"),
    Index(None, "center", "by", "at"),
    Index(None, "center", "alert", "at", postgresql_where=text("alert IS NOT NULL")),
)
"""Who was shown what, or may not do what; chained like the log. `said` holds codes and ids, not what was shown."""

chains = Table(
    "chains",
    metadata,
    Column("center", Text, ForeignKey("centers.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
"""The last row of a chain that many append to at once; who appends holds this row. The log has the center's."""

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("center", Text, ForeignKey("centers.id"), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("signed", JSON, nullable=False),
)
"""What was signed of the heads of both chains, as it was sent outside. The number is whose turn it was."""
