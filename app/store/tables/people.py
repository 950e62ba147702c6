"""Who may sign in, and their sessions."""

from sqlalchemy import (
    Boolean,
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
from sqlalchemy.dialects.postgresql import UUID

from .base import metadata

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
    CheckConstraint("(role IN ('unit', 'shelter')) = (unit IS NOT NULL)", name="unit_has_a_unit"),
)
"""Who may sign in. A login is a staff number or call sign, not a name. No password: only with a given token."""

sessions = Table(
    "sessions",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("id", UUID(as_uuid=False), nullable=False),
    Column("person", UUID(as_uuid=False), ForeignKey("people.id"), nullable=False),
    Column("way", Text, nullable=False),
    Column("opened_at", Float(53), nullable=False),
    Column("proved_at", Float(53), nullable=False),
    Column("seen_at", Float(53), nullable=False),
    Column("ended_at", Float(53)),
    UniqueConstraint("id"),
    Index(None, "person"),
)
"""One signed-in device. `id` names it to people, its token's `digest` to nobody. `way` is how its person signed
in; `proved_at`, when they last proved who they are, 0 where a token was handed to them."""
