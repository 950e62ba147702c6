"""Who may sign in, by which ways, and their sessions."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
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
from .sealed import names_its_key, needs_its_key

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

one_time_secrets = Table(
    "one_time_secrets",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("person", UUID(as_uuid=False), ForeignKey("people.id"), nullable=False),
    Column("expires_at", Float(53), nullable=False),
    UniqueConstraint("person"),
)
"""What an admin hands over once and its person changes for a password. Used means gone; a new one replaces it."""

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", UUID(as_uuid=False), primary_key=True),
    Column("person", UUID(as_uuid=False), ForeignKey("people.id"), nullable=False),
    Column("credential", LargeBinary, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("made_at", Float(53), nullable=False),
    Column("used_at", Float(53)),
    UniqueConstraint("credential"),
    Index(None, "person"),
)
"""Public keys of devices that sign in (WebAuthn). `sign_count` is the device's own and only grows."""

totp = Table(
    "totp",
    metadata,
    Column("person", UUID(as_uuid=False), ForeignKey("people.id"), primary_key=True),
    Column("center", Text, ForeignKey("centers.id"), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    names_its_key("sealed"),
    Column("confirmed_at", Float(53)),
    Column("last_step", BigInteger, nullable=False),
    needs_its_key(),
)
"""The shared secret of an authenticator app, sealed. It counts once confirmed; a step, once in all."""

challenges = Table(
    "challenges",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("center", Text, ForeignKey("centers.id"), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("asker", LargeBinary, nullable=False),
    Column("expires_at", Float(53), nullable=False),
    Index(None, "center", "asker"),
)
"""What was asked of a device or an issuer and is still to be answered, once. `asker` is the keyed hash of the
session that asked, or of the address where nobody was signed in yet."""

attempts = Table(
    "attempts",
    metadata,
    Column("center", Text, ForeignKey("centers.id"), primary_key=True),
    Column("key", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("failed_at", Float(53), nullable=False),
    Column("succeeded_at", Float(53), nullable=False),
)
"""Failed attempts to sign in, by the keyed hash of an account, an address, or both together; 0: never."""

push_subscriptions = Table(
    "push_subscriptions",
    metadata,
    Column("session", UUID(as_uuid=False), ForeignKey("sessions.id"), primary_key=True),
    Column("center", Text, ForeignKey("centers.id"), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    names_its_key("sealed"),
    Column("made_at", Float(53), nullable=False),
    needs_its_key(),
)
"""Where a session's device hears web push, sealed: an address tells which person has which device."""
