"""How fast records are checked: a made-up center of so many rows, each chained and sealed as the service does."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import SecretStr

from app.details import Details
from app.dispatch.events import AlertRaised, Entry, NeedAdded, Seen
from app.dispatch.model import Institution, Level
from app.security import chain
from app.security.sealing import Sealer
from app.service import open_database, sealer_of
from app.settings import Settings
from app.store.chained import chained
from app.store.rows import DetailRow

from .db import verified

OF_AN_ALERT = 20
"""Rows one alert brings: twelve of the log, four of the audit, four details; and a key, not counted."""
ALERTS_AT_ONCE = 500
DETAILS = ("place", "caller", "note", "people")
BEGIN = 1_700_000_000.0


async def verify_figures(rows: int) -> dict[str, Any]:
    """Rows a second of one whole check. Raises RuntimeError where it finds anything."""
    async with _scratch() as scratch:
        began = time.perf_counter()
        await _fill(scratch, max(1, rows // OF_AN_ALERT))
        built = time.perf_counter() - began
        began, cpu = time.perf_counter(), time.process_time()
        verdict = await verified(scratch.found, scratch.settings.center, scratch.sealer, [])
        checked, cpu = time.perf_counter() - began, time.process_time() - cpu
    if not verdict.well:
        raise RuntimeError(f"what was made is not well: {verdict.findings[0]}")
    counted = verdict.rows["events"] + verdict.rows["audit"] + verdict.rows["details"]
    return {
        "rows": counted,
        **verdict.rows,
        "built_in_s": round(built, 2),
        "checked_in_s": round(checked, 2),
        "of_that_own_cpu_s": round(cpu, 2),
        "rows_per_s": round(counted / checked),
        "a_million_in_s": round(checked * 1_000_000 / counted, 1),
    }


@dataclass(frozen=True, slots=True)
class _Scratch:
    """A database of nobody's, with its owner's connection."""

    settings: Settings
    found: Any
    sealer: Sealer
    sql: Any


@asynccontextmanager
async def _scratch() -> AsyncIterator[_Scratch]:
    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), database_url=None, osrm_url=None)
        async with AsyncExitStack() as stack:
            found, _ = await open_database(settings, stack)
            sql = await asyncpg.connect(found.dsn)
            stack.push_async_callback(sql.close)
            own = settings.model_copy(update={"database_url": SecretStr(found.dsn)})
            yield _Scratch(own, found, await sealer_of(own, found, BEGIN), sql)


async def _fill(scratch: _Scratch, alerts: int) -> None:
    """Write the center's rows, in some alerts at a time, with the heads they lead to."""
    center = scratch.settings.center
    details = Details(scratch.found, scratch.sealer, center)
    head, audit = None, chain.genesis(chain.AUDIT, center)
    seq = seen = 0
    for first in range(0, alerts, ALERTS_AT_ONCE):
        entries: list[Entry] = []
        keys, told, audited = [], [], []
        for number in range(first, min(alerts, first + ALERTS_AT_ONCE)):
            alert = str(UUID(int=number + 1))
            key = details.new_key(alert)
            keys.append((alert, center, key.wrapped))
            told += details.seal(
                key, alert, f"c-{number}", BEGIN + number, "p-1", dict.fromkeys(DETAILS, "x" * 40)
            )
            entries += _entries(alert, number, len(entries) + seq)
            for _ in range(4):
                seen += 1
                rest = chain.audit_rest(center, BEGIN + number, "p-1", "alert", alert, None, 1, None)
                audit = chain.following(audit, chain.audit_leaf(seen, rest))
                audited.append((center, seen, BEGIN + number, "p-1", "alert", alert, 1, audit))
        events = chained(center, seq, head, entries, told)
        seq, head = entries[-1].seq, events[-1][-1]
        await _copy(scratch.sql, center, events, audited, keys, told)
    await scratch.sql.execute("UPDATE centers SET last_seq = $1 WHERE id = $2", seq, center)
    await scratch.sql.execute("UPDATE chains SET seq = $1, hash = $2 WHERE center = $3", seen, audit, center)


def _entries(alert: str, number: int, before: int) -> Iterator[Entry]:
    """The twelve rows of one alert; its first command told the details."""
    at = BEGIN + number
    raised = AlertRaised(
        alert=alert,
        folio=f"N-{number}",
        zone="z",
        zone_how="inside",
        level=Level.HIGH,
        incident="",
        received_at=at,
    )
    need = NeedAdded(alert=alert, need="police", institution=Institution.POLICE)
    yield Entry(seq=before + 1, at=at, by="p-1", command=f"c-{number}", event=raised)
    yield Entry(seq=before + 2, at=at, by="p-1", command=f"c-{number}", event=need)
    for step in range(3, 13):
        seen = Seen(alert=alert, need="police", assignment=alert, unit="P-1")
        yield Entry(seq=before + step, at=at, by="p-2", command=f"c-{number}-{step}", event=seen, at_device=at)


async def _copy(
    sql: Any, center: str, events: list[Any], audited: list[Any], keys: list[Any], told: list[DetailRow]
) -> None:
    columns = ["seq", "at", "by", "command", "at_device", "kind", "alert", "unit", "body", "seals", "hash"]
    rows = [(center, *event) for event in events]
    await sql.copy_records_to_table("events", records=rows, columns=["center", *columns])
    columns = ["center", "seq", "at", "by", "what", "alert", "count", "hash"]
    await sql.copy_records_to_table("audit", records=audited, columns=columns)
    await sql.copy_records_to_table("alert_keys", records=keys, columns=["alert", "center", "wrapped"])
    sealed = [(row.id, center, row.alert, row.kind, row.at, row.by, row.sealed) for row in told]
    columns = ["id", "center", "alert", "kind", "at", "by", "sealed"]
    await sql.copy_records_to_table("details", records=sealed, columns=columns)
