"""The log and the audit as they are read for checking, and what the log says must be there besides."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from app.security import chain

from .walk import Walk

BATCH = 2_000
"""Rows fetched at once; however long the log is, no more are held in memory."""
ERASES = "erase_alert"
"""What the audit says of an alert whose key was destroyed on purpose."""

_EVENTS = """
SELECT seq, at, by, command, at_device, kind, alert::text AS alert, unit, seals, body::text AS body, hash
FROM events WHERE center = $1 ORDER BY seq"""
_AUDIT = """
SELECT seq, at, by, what, alert::text AS alert, unit, count AS many, said::text AS said, hash
FROM audit WHERE center = $1 ORDER BY seq"""


@dataclass(frozen=True, slots=True)
class Told:
    """The details one command told: in which row of the log, with which digests, of which alerts."""

    seq: int
    seals: bytes
    alerts: tuple[str | None, ...]


@dataclass(slots=True, kw_only=True)
class Owed:
    """What the log says must be found elsewhere.

    `alerts` were raised, so each has a key, unless it is `erased`; `told` is command -> details; `sealed` are the
    units whose true place is secret.
    """

    alerts: set[str] = field(default_factory=set)
    erased: set[str | None] = field(default_factory=set)
    told: dict[str, Told] = field(default_factory=dict)
    sealed: set[str] = field(default_factory=set)

    def note(self, row: Any) -> None:
        """Take in what this row of the log owes."""
        kind, alert = row["kind"], row["alert"]
        if row["seals"] is not None:
            also = _into(row["body"]) if kind in {"AlertMerged", "CallSplit"} else ()
            self.told[row["command"]] = Told(row["seq"], row["seals"], (alert, *also))
        if kind == "AlertRaised":
            self.alerts.add(alert)
        elif kind == "UnitListed":
            (self.sealed.add if _said(row["body"], "sealed") is True else self.sealed.discard)(row["unit"])
        elif kind == "UnitRetired":
            self.sealed.discard(row["unit"])


async def walk_log(connection: Any, center: str, walk: Walk, owed: Owed) -> int:
    """Walk along the log; how many rows it has."""
    count, plain = 0, {"AlertRaised", "UnitListed", "UnitRetired", *ERASES}
    async for rows in batches(connection, _EVENTS, center):
        count += len(rows)
        for row in rows:
            seq, at, by, command, at_device, kind, alert, unit, seals, body, bears = row
            leaf = chain.event_leaf(center, seq, at, by, command, at_device, kind, alert, unit, seals, body)
            walk.step(seq, leaf, bears)
            if seals is not None or kind in plain:
                owed.note(row)
    return count


async def walk_audit(connection: Any, center: str, walk: Walk, owed: Owed) -> int:
    """Walk along the audit; how many rows it has."""
    count = 0
    async for rows in batches(connection, _AUDIT, center):
        count += len(rows)
        for seq, at, by, what, alert, unit, many, said, bears in rows:
            rest = chain.audit_rest(center, at, by, what, alert, unit, many, said)
            walk.step(seq, chain.audit_leaf(seq, rest), bears)
            if what == ERASES:
                owed.erased.add(alert)
    return count


async def batches(connection: Any, query: str, center: str) -> AsyncIterator[Sequence[Any]]:
    """What the query brings, by a cursor of the database, in batches."""
    cursor = await connection.cursor(query, center)
    while rows := await cursor.fetch(BATCH):
        yield rows


def _into(body: str) -> tuple[str, ...]:
    into = _said(body, "into")
    return (into,) if isinstance(into, str) else ()


def _said(body: str, name: str) -> Any:
    said = msgspec.json.decode(body)
    return said.get(name) if isinstance(said, dict) else None
