"""The log and the board's tables, written together: one transaction a batch, or nothing of it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from app.dispatch.commands import Receipt
from app.dispatch.events import Entry
from app.dispatch.model import Board

from .chained import chained
from .rows import DetailRow, RegionRows, as_json, columns, entry_from, receipt_from

BELL = "naranja"
"""The channel of the bell; its payload is `center:seq`, or `center:region` after an import, or `center:keys` after
a change of keys, and nothing else."""
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


_SWAP = """
UPDATE centers SET last_seq = $3, last_at = $4, folios = $5 WHERE id = $1 AND last_seq = $2
RETURNING (SELECT hash FROM events WHERE center = $1 AND seq = $2) AS head"""
"""The head comes with the row that is swapped: no other way is asked for it, and nothing is remembered of it."""
_ANSWERS = """
INSERT INTO answers (center, command, digest, receipt)
SELECT $1, c, d, r::jsonb FROM unnest($2::text[], $3::bytea[], $4::text[]) AS t(c, d, r)"""
_EVENTS = """
INSERT INTO events (center, seq, at, by, command, at_device, kind, alert, unit, body, seals, hash)
SELECT $1, s, a, b, c, d, k, al, u, j::json, x, h FROM unnest(
  $2::bigint[], $3::float8[], $4::text[], $5::text[], $6::float8[], $7::text[], $8::uuid[], $9::text[],
  $10::text[], $11::bytea[], $12::bytea[]
) AS t(s, a, b, c, d, k, al, u, j, x, h)"""
_ALERTS = """
INSERT INTO alerts (center, id, folio, state, raised_at, on_board, body)
SELECT $1, i, f, s, r, j IS NOT NULL, j::jsonb
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::float8[], $6::text[]) AS t(i, f, s, r, j)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, on_board = excluded.on_board, body = excluded.body"""
_UNITS = """
INSERT INTO units (center, code, capacity, listed, body)
SELECT $1, c, n, l, j::jsonb FROM unnest($2::text[], $3::smallint[], $4::bool[], $5::text[]) AS t(c, n, l, j)
ON CONFLICT (center, code) DO UPDATE
SET capacity = excluded.capacity, listed = excluded.listed, body = excluded.body"""
_ASSIGNMENTS = """
INSERT INTO assignments (center, id, alert, need, unit, slot, capacity, state, live, body)
SELECT $1, i, a, n, u, s, p, t, j IS NOT NULL, j::jsonb FROM unnest(
  $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::smallint[], $7::smallint[], $8::text[], $9::text[]
) WITH ORDINALITY AS x(i, a, n, u, s, p, t, j, row) ORDER BY row
ON CONFLICT (id) DO UPDATE
SET capacity = excluded.capacity, state = excluded.state, live = excluded.live, body = excluded.body"""
_KEYS = """
INSERT INTO alert_keys (center, alert, wrapped)
SELECT $1, a, w FROM unnest($2::uuid[], $3::bytea[]) AS t(a, w)"""
_DETAILS = """
INSERT INTO details (center, id, alert, kind, at, by, sealed)
SELECT $1, i, a, k, t, b, s
FROM unnest($2::text[], $3::uuid[], $4::text[], $5::float8[], $6::text[], $7::bytea[]) AS x(i, a, k, t, b, s)"""
_HOUSEHOLDS = """
INSERT INTO household_alerts (center, token, alert, raised_at)
SELECT $1, t, a, r FROM unnest($2::uuid[], $3::uuid[], $4::float8[]) AS x(t, a, r) ON CONFLICT DO NOTHING"""
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

    async def write(self, batch: Batch) -> None:
        """Write and commit the batch, or nothing of it: raises RaceLost, AnsweredBefore, KeyRetired
        or ConstraintMet."""
        run, center = self._connection.execute, self._center
        try:
            async with self._connection.transaction():
                swapped = await self._connection.fetchrow(
                    _SWAP, center, batch.known_seq, batch.after.seq, batch.after.at, batch.after.folios
                )
                if swapped is None:
                    raise RaceLost
                events = chained(center, batch.known_seq, swapped["head"], batch.entries, batch.details)
                await self._many(_ANSWERS, [(r.command, d, as_json(r)) for d, r in batch.answers], 3)
                await self._many(_EVENTS, events, 11)
                await self._many(_ALERTS, [(a.id, a.folio, a.state, a.raised_at, a.body) for a in batch.alerts], 5)
                await self._many(_UNITS, [(u.code, u.capacity, u.listed, u.body) for u in batch.units], 4)
                await self._many(_ASSIGNMENTS, [_assignment_row(a) for a in batch.assignments], 8)
                await self._many(_KEYS, list(batch.keys.items()), 2)
                await self._many(
                    _DETAILS, [(d.id, d.alert, d.kind, d.at, d.by, d.sealed) for d in batch.details], 6
                )
                await self._many(_HOUSEHOLDS, [(h.token, h.alert, h.raised_at) for h in batch.households], 3)
                if batch.region is not None:
                    await self._write_region(batch.region, batch.after.at)
                if batch.entries:
                    await run("SELECT pg_notify($1, $2)", BELL, f"{center}:{batch.after.seq}")
        except asyncpg.IntegrityConstraintViolationError as violation:
            if violation.constraint_name == "pk_answers":
                raise AnsweredBefore from None
            if violation.constraint_name in KEY_NEEDED:
                raise KeyRetired from None
            raise ConstraintMet(violation.constraint_name) from None

    async def _write_region(self, region: RegionRows, at: float) -> None:
        run, center = self._connection.execute, self._center
        await self._many(_PLACES, [(p.unit, p.lat, p.lon, p.sealed) for p in region.places], 4)
        await run("DELETE FROM zones WHERE center = $1", center)
        await self._many(_ZONES, list(region.zones), 3)
        await run(_REGION, center, at, as_json(region.summary))
        await run("SELECT pg_notify($1, $2)", BELL, f"{center}:{REGION}")

    async def _many(self, statement: str, rows: Sequence[tuple[Any, ...]], width: int) -> None:
        if rows:
            await self._connection.execute(statement, self._center, *columns(rows, width))

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


def _assignment_row(row: AssignmentRow) -> tuple[Any, ...]:
    return (row.id, row.alert, row.need, row.unit, row.slot, row.capacity, row.state, row.body)
