"""Sessions: who asks, and the opaque token that proves it. The token itself is never stored."""

import hashlib
import secrets
from dataclasses import dataclass, field
from enum import StrEnum

TOKEN_BYTES = 32
"""256 random bits: nobody guesses one, and its digest needs no salt."""


class Role(StrEnum):
    """What a person is in a center; what that allows is in `permissions`."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    UNIT = "unit"
    SHELTER = "shelter"
    COORDINATOR = "coordinator"
    AUDITOR = "auditor"
    ADMIN = "admin"
    CENTER = "center"


class Way(StrEnum):
    """How the person of a session signed in."""

    PASSWORD = "password"  # noqa: S105  # a word of ours, no password
    PASSWORD_AND_CODE = "password_and_code"  # noqa: S105
    PASSKEY = "passkey"
    OIDC = "oidc"
    SECRET = "one_time_secret"  # noqa: S105
    TOKEN = "token"  # noqa: S105
    """A token that an admin made and handed over: it proves nothing about who holds it."""


OF_UNITS = frozenset({Role.UNIT, Role.SHELTER})
"""Roles of people who answer for one unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who asks: a signed-in person of one center.

    Attributes:
        unit: the code of the unit a person of role `unit` or `shelter` answers for; nobody else has one (else
            ValueError).
        session: the id of their session, as people are told it.
        proved_at: when they last proved who they are, seconds since 1970 UTC; 0 where nothing says that. See
            `fresh`. Who they are does not depend on it, so it takes no part when two viewers are compared.
    """

    person: str
    login: str
    role: Role
    unit: str | None
    center: str
    session: str
    proved_at: float = field(compare=False)

    def __post_init__(self) -> None:
        if (self.role in OF_UNITS) != (self.unit is not None):
            raise ValueError("a person of role unit or shelter, and nobody else, has a unit")


def fresh(viewer: Viewer, now: float, within_s: float) -> bool:
    """Whether the viewer proved who they are within the last `within_s` seconds, by password, code or passkey.

    A proof from slightly ahead of `now` is another machine's clock, and counts.
    """
    return viewer.proved_at > 0 and now - viewer.proved_at < within_s


def new_token() -> str:
    """A token to hand out once; keep only its `digest`."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(token: str) -> bytes:
    """What is stored of a token and looked up by it: SHA-256, 32 bytes. Takes whatever a stranger sends."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def alive(opened_at: float, seen_at: float, now: float, idle_s: float, absolute_s: float) -> bool:
    """Whether a session still stands: used within the last `idle_s` and opened within the last `absolute_s`.

    Times are seconds since 1970 UTC. One from slightly ahead of `now` is another machine's clock, and stands.
    """
    return now - seen_at < idle_s and now - opened_at < absolute_s
