"""The log and the audit as they are read for checking, and what the log says must be there besides."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from app.security import chain
from app.store.glass import ACKNOWLEDGED, BROKEN, REVIEWED
from app.store.keys import KEY_DESTROYED, KEY_MADE

from .walk import Walk

BATCH = 2_000
"""Rows fetched at once; however long the log is, no more are held in memory."""
ERASES = "erase_alert"
"""What the audit says of an alert whose key was destroyed on purpose."""
OWING = frozenset({ERASES, KEY_MADE, KEY_DESTROYED, BROKEN, ACKNOWLEDGED, REVIEWED})
"""Rows of the audit that say what must be found elsewhere."""

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
class Broken:
    """Glass that was broken, as the audit tells it: who took notice, and who judged it how."""

    alert: str | None
    person: str
    reason: str
    acknowledged: set[str] = field(default_factory=set)
    reviewed: set[tuple[str, str]] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class Owed:
    """What the log says must be found elsewhere.

    `alerts` were raised, so each has a key, unless it is `erased`; `told` is command -> details; `sealed` are the
    units whose true place is secret. `keys_made` is (use, version) -> id, in hex, of the center's keys that a
    rotation made, `keys_gone` those that one destroyed; `glass` is by id.
    """

    alerts: set[str] = field(default_factory=set)
    erased: set[str | None] = field(default_factory=set)
    told: dict[str, Told] = field(default_factory=dict)
    sealed: set[str] = field(default_factory=set)
    keys_made: dict[tuple[str, int], str] = field(default_factory=dict)
    keys_gone: set[tuple[str, int]] = field(default_factory=set)
    glass: dict[str, Broken] = field(default_factory=dict)

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

    def hear(self, what: str, by: str, alert: str | None, text: str | None) -> None:
        """Take in what this row of the audit owes. One that says it in no known way owes nothing."""
        told = msgspec.json.decode(text) if text is not None else None
        said: dict[str, Any] = told if isinstance(told, dict) else {}
        if what == ERASES:
            self.erased.add(alert)
        elif what in {KEY_MADE, KEY_DESTROYED}:
            key = (str(said.get("use")), int(version) if (version := str(said.get("version"))).isdecimal() else 0)
            if what == KEY_MADE:
                self.keys_made[key] = str(said.get("id"))
            else:
                self.keys_gone.add(key)
        elif what == BROKEN:
            self.glass[str(said.get("glass"))] = Broken(alert=alert, person=by, reason=str(said.get("reason")))
        elif (broken := self.glass.get(str(said.get("glass")))) is not None:
            if what == ACKNOWLEDGED:
                broken.acknowledged.add(by)
            else:
                broken.reviewed.add((by, str(said.get("outcome"))))


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
            if what in OWING:
                owed.hear(what, by, alert, said)
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
