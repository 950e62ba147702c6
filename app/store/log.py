"""The log and the board's tables, written together: one transaction a batch, or nothing of it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from app.dispatch.commands import Receipt
from app.dispatch.events import Entry
from app.dispatch.model import Board

from . import commit
from .chained import chained
from .commit import BELL
from .rows import DetailRow, RegionRows, as_json, columns, entry_from, receipt_from

REGION = "region"
KEYS = "keys"
KEY_NEEDED = frozenset({"fk_alert_keys_center_key_id", "fk_unit_places_center_key_id"})
"""The constraints by which nothing is written under a key that is destroyed."""


class RaceLost(Exception):
    """Another process wrote first: bring the board up to date and decide again."""


class AnsweredBefore(Exception):
    """A command of the batch has its answer already."""


class KeyRetired(Exception):
    """What was to be written is under a key of the center that is destroyed: learn the keys and seal again."""


class ConstraintMet(AssertionError):
    """The database forbids what the core decided: a bug, named by the constraint that met it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """What the table `alerts` keeps; `body` is None once the alert has left the board."""

    id: str
    folio: str
    state: str
    raised_at: float
    body: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentRow:
    """What the table `assignments` keeps; `body` and `capacity` are None once it is over."""

    id: str
    alert: str
    need: str
    unit: str
    slot: int
    capacity: int | None
    state: str
    body: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRow:
    """What the table `units` keeps; `listed` is False once the unit has retired."""

    code: str
    capacity: int
    listed: bool
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdRow:
    """An alert that was raised, or joined, under this name of a household."""

    token: str
    alert: str
    raised_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """All that one commit writes. `answers` are (digest of the command, receipt)."""

    known_seq: int
    after: Board
    entries: Sequence[Entry] = ()
    answers: Sequence[tuple[bytes, Receipt]] = ()
    alerts: Sequence[AlertRow] = ()
    units: Sequence[UnitRow] = ()
    assignments: Sequence[AssignmentRow] = ()
    keys: Mapping[str, bytes] = field(default_factory=dict)
    details: Sequence[DetailRow] = ()
    households: Sequence[HouseholdRow] = ()
    region: RegionRows | None = None


_PLACES = """
INSERT INTO unit_places (center, unit, lat, lon, sealed)
SELECT $1, u, la, lo, s FROM unnest($2::text[], $3::float8[], $4::float8[], $5::bytea[]) AS t(u, la, lo, s)
ON CONFLICT (center, unit) DO UPDATE SET lat = excluded.lat, lon = excluded.lon, sealed = excluded.sealed"""
_ZONES = """
INSERT INTO zones (center, id, name, shape)
SELECT $1, i, n, s FROM unnest($2::text[], $3::text[], $4::bytea[]) AS t(i, n, s)"""
_REGION = """
INSERT INTO regions (center, imported_at, summary) VALUES ($1, $2, $3::jsonb)
ON CONFLICT (center) DO UPDATE SET imported_at = excluded.imported_at, summary = excluded.summary"""
_ENTRY_COLUMNS = "seq, at, by, command, at_device, kind, body::text AS body"


class LogWriter:
    """The one writer of a center's log in this process, on a connection of its own (asyncpg)."""

    def __init__(self, connection: Any, center: str) -> None:
        self._connection, self._center = connection, center
        self._head: tuple[int, bytes | None] | None = None

    async def write(self, batch: Batch) -> None:
        """Write and commit the batch, or nothing of it: raises RaceLost, AnsweredBefore, KeyRetired
        or ConstraintMet."""
        try:
            async with self._connection.transaction() if batch.region is not None else nullcontext():
                await self._swap(batch)
                if batch.region is not None:
                    await self._write_region(batch.region, batch.after.at)
        except asyncpg.IntegrityConstraintViolationError as violation:
            if violation.constraint_name == "pk_answers":
                raise AnsweredBefore from None
            if violation.constraint_name in KEY_NEEDED:
                raise KeyRetired from None
            raise ConstraintMet(violation.constraint_name) from None

    async def _swap(self, batch: Batch) -> None:
        center, after = self._center, batch.after
        remembered, self._head = self._head, None
        if remembered is None or remembered[0] != batch.known_seq:
            remembered = (batch.known_seq, await self._connection.fetchval(commit.HEAD, center, batch.known_seq))
        events = chained(center, batch.known_seq, remembered[1], batch.entries, batch.details)
        shares = [(part, rows) for part, rows in _shares(batch, events) if rows]
        statement = commit.statement(tuple(part for part, _ in shares), rings=bool(batch.entries))
        arrays = [column for part, rows in shares for column in columns(rows, len(part.takes))]
        swapped = await self._connection.fetchrow(
            statement,
            *(center, batch.known_seq, after.seq, after.at, after.folios, remembered[1], f"{center}:{after.seq}"),
            *arrays,
        )
        if swapped is None:
            raise RaceLost
        self._head = (after.seq, events[-1][-1] if events else remembered[1])

    async def _write_region(self, region: RegionRows, at: float) -> None:
        run, center = self._connection.execute, self._center
        await run(_PLACES, center, *columns([(p.unit, p.lat, p.lon, p.sealed) for p in region.places], 4))
        await run("DELETE FROM zones WHERE center = $1", center)
        await run(_ZONES, center, *columns(region.zones, 3))
        await run(_REGION, center, at, as_json(region.summary))
        await run("SELECT pg_notify($1, $2)", BELL, f"{center}:{REGION}")

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """A transaction in which nobody else can write: what `write` does in it is committed at its end."""
        async with self._connection.transaction():
            await self._connection.execute("SELECT 1 FROM centers WHERE id = $1 FOR NO KEY UPDATE", self._center)
            yield

    async def entries_after(self, seq: int) -> list[Entry]:
        """Every entry after `seq`, in order."""
        rows = await self._connection.fetch(
            f"SELECT {_ENTRY_COLUMNS} FROM events WHERE center = $1 AND seq > $2 ORDER BY seq",  # noqa: S608
            self._center,
            seq,
        )
        return [entry_from(row) for row in rows]

    async def answers(self, commands: Sequence[str]) -> dict[str, tuple[bytes, Receipt]]:
        """The answers these commands got, with the digest of what was asked."""
        rows = await self._connection.fetch(
            "SELECT command, digest, receipt::text AS receipt FROM answers"
            " WHERE center = $1 AND command = ANY($2::text[])",
            self._center,
            list(commands),
        )
        return {row["command"]: (row["digest"], receipt_from(row["receipt"])) for row in rows}


def _shares(batch: Batch, events: list[tuple[Any, ...]]) -> list[tuple[commit.Part, list[tuple[Any, ...]]]]:
    """What each table gets of the batch; the answers come first."""
    return [
        (commit.ANSWERS, [(receipt.command, digest, as_json(receipt)) for digest, receipt in batch.answers]),
        (commit.EVENTS, events),
        (commit.ALERTS, [(a.id, a.folio, a.state, a.raised_at, a.body) for a in batch.alerts]),
        (commit.UNITS, [(u.code, u.capacity, u.listed, u.body) for u in batch.units]),
        (
            commit.ASSIGNMENTS,
            [(a.id, a.alert, a.need, a.unit, a.slot, a.capacity, a.state, a.body) for a in batch.assignments],
        ),
        (commit.KEYS, list(batch.keys.items())),
        (commit.DETAILS, [(d.id, d.alert, d.kind, d.at, d.by, d.sealed) for d in batch.details]),
        (commit.HOUSEHOLDS, [(h.token, h.alert, h.raised_at) for h in batch.households]),
    ]
