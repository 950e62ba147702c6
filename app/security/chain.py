"""Hash chains: every row of the log and of the audit is bound to all before it. Pure functions, no I/O.

    leaf_n = the row as one JSON array, in UTF-8        hash_n = SHA-256(hash_{n-1} || SHA-256(leaf_n))
    hash_0 = SHA-256(["naranja", "1", name of the chain, center])

What stands here never changes: rows of years ago are hashed by it again. Another form gets another number than 1.
"""

import hashlib
import math
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec

LOG = "log"
AUDIT = "audit"
"""The two chains of a center."""
HASH_BYTES = 32

_encode = msgspec.json.Encoder().encode


def genesis(chain: str, center: str) -> bytes:
    """The hash before a chain's first row."""
    return hashlib.sha256(_encode(["naranja", "1", chain, center])).digest()


def digest(leaf: bytes) -> bytes:
    """What of a leaf goes into the chain."""
    return hashlib.sha256(leaf).digest()


def following(head: bytes, leaf: bytes) -> bytes:
    """The hash of the row with this leaf, after the row with hash `head`."""
    return following_digest(head, digest(leaf))


def following_digest(head: bytes, leaf_digest: bytes) -> bytes:
    """The same where only the leaf's SHA-256 is known: who checks the chain need not see every row."""
    return hashlib.sha256(head + leaf_digest).digest()


def event_leaf(
    center: str,
    seq: int,
    at: float,
    by: str,
    command: str,
    at_device: float | None,
    kind: str,
    alert: str | None,
    unit: str | None,
    seals: bytes | None,
    body: str,
) -> bytes:
    """A row of `events` as it is hashed: its columns, then its JSON text byte for byte."""
    # JSON has no word for these, and would say nothing, as of a time that is not there.
    told = at_device if at_device is None or math.isfinite(at_device) else str(at_device)
    sealed = None if seals is None else seals.hex()
    columns = (center, seq, at, by, command, told, kind, alert, unit, sealed)
    return b"%b,%b]" % (_encode(columns)[:-1], body.encode())


def audit_leaf(seq: int, rest: str) -> bytes:
    """A row of `audit` as it is hashed. The database counts it, so the number stands apart, and first."""
    return b"[%d,%b" % (seq, rest.encode())


def audit_rest(
    center: str, at: float, by: str, what: str, alert: str | None, unit: str | None, count: int, said: str | None
) -> str:
    """All that follows a row's number in its leaf; `said` is JSON text, byte for byte, or left out."""
    columns = (center, at, by, what, alert, unit, count)
    return f"{_encode(columns)[1:-1].decode()}{'' if said is None else f',{said}'}]"


def seal_of(row: str, alert: str, kind: str, at: float, by: str, sealed: bytes) -> bytes:
    """The digest of one sealed detail.

    It binds the ciphertext, not what it says: a detail whose key is destroyed still counts, and tells nothing.
    """
    return hashlib.sha256(_encode((row, alert, kind, at, by, hashlib.sha256(sealed).hexdigest()))).digest()


def seals_of(seals: Iterable[bytes]) -> bytes:
    """What the log keeps of the details a command told: their digests in a row, in an order that tells nothing."""
    return b"".join(sorted(seals))


def seals_in(kept: bytes) -> set[bytes]:
    """The digests that `seals_of` put together."""
    return {kept[at : at + HASH_BYTES] for at in range(0, len(kept), HASH_BYTES)}


def command_of(detail: str) -> str:
    """The command that told a detail, out of the detail's id (`command/kind`)."""
    return detail.rpartition("/")[0]


def one_way(identifier: str | None) -> str | None:
    """An id as PostgreSQL writes it, so that it is hashed as it is read."""
    return None if identifier is None else str(UUID(identifier))


def said_text(said: Any) -> str | None:
    """What an audit row says besides, as the JSON text that is stored and hashed; None for nothing."""
    return msgspec.json.encode(said, order="deterministic").decode() if said else None
