"""What a report costs from the log: everything folded anew, and what was kept with a few alerts more."""

import statistics
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from app.chronicle import Chronicle
from app.dispatch import events as e
from app.dispatch.model import Institution, Level, Why
from app.reports.response_times import Row, Shifts, rows_of
from app.service import open_database
from app.settings import Settings
from app.store.chained import chained

BY = ("institution", "zone", "shift")
SHIFTS = Shifts(time_zone=ZoneInfo("America/Mexico_City"))
BEGIN, EVERY_S = 1_700_000_000.0, 300.0
AT_ONCE = 1_000
NEW = 10
"""Alerts that come between two reports."""
_STEPS = (e.Delivered, e.Seen, e.Accepted, e.WentEnRoute, e.ArrivedOnScene, e.ContactMade, e.Done)


async def chronicle_figures(alerts: int, rounds: int) -> dict[str, Any]:
    """Medians in seconds for one report of so many alerts. Raises RuntimeError where the two ways differ."""
    anew: list[float] = []
    kept_s: list[float] = []
    figures: list[list[Row]] = []
    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), database_url=None, osrm_url=None)
        async with AsyncExitStack() as stack:
            database, _ = await open_database(settings, stack)
            log = _Log(await asyncpg.connect(database.dsn), settings.center)
            stack.push_async_callback(log.sql.close)
            await log.grows(alerts)
            await log.sql.execute("VACUUM ANALYZE events, alerts")

            def a_chronicle() -> Chronicle:
                return Chronicle(database, (settings.center,), SHIFTS.time_zone, alerts_max=2 * alerts)

            kept = a_chronicle()
            await _report(kept)
            for _ in range(rounds):
                await log.grows(NEW)
                for chronicle, times in ((kept, kept_s), (a_chronicle(), anew)):
                    began = time.perf_counter()
                    figures.append(await _report(chronicle))
                    times.append(time.perf_counter() - began)
                if figures[-1] != figures[-2]:
                    raise RuntimeError("what was kept is not what the log says")
    return {
        "alerts": alerts,
        "entries": log.seq,
        "report_folded_anew_s": round(statistics.median(anew), 3),
        "report_kept_s": round(statistics.median(kept_s), 3),
        "times_faster_kept": round(statistics.median(anew) / statistics.median(kept_s)),
    }


async def _report(chronicle: Chronicle) -> list[Row]:
    told = await chronicle.since(0.0)
    return rows_of(told.seen, BY, at=BEGIN, shifts=SHIFTS)


class _Log:
    """A center's log of attended alerts, one each five minutes."""

    def __init__(self, sql: Any, center: str) -> None:
        self.sql, self._center, self.seq, self._alerts = sql, center, 0, 0
        self._head: bytes | None = None

    async def grows(self, alerts: int) -> None:
        """So many more alerts, each from its call to its end."""
        for first in range(self._alerts, self._alerts + alerts, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, self._alerts + alerts))
            entries: list[e.Entry] = []
            for number in numbers:
                entries += _story(number, self.seq + len(entries))
            rows = chained(self._center, self.seq, self._head, entries, [])
            self.seq, self._head = entries[-1].seq, rows[-1][-1]
            columns = ["seq", "at", "by", "command", "at_device", "kind", "alert", "unit", "body", "seals", "hash"]
            records = [(self._center, *row) for row in rows]
            await self.sql.copy_records_to_table("events", records=records, columns=["center", *columns])
            known = [(_id(n), self._center, f"N-{n}", "closed", False, BEGIN + n * EVERY_S) for n in numbers]
            columns = ["id", "center", "folio", "state", "on_board", "raised_at"]
            await self.sql.copy_records_to_table("alerts", records=known, columns=columns)
        self._alerts += alerts
        await self.sql.execute("UPDATE centers SET last_seq = $1 WHERE id = $2", self.seq, self._center)


def _id(number: int) -> str:
    return str(UUID(int=number + 1))


def _story(number: int, before: int) -> Iterator[e.Entry]:
    alert, at = _id(number), BEGIN + number * EVERY_S
    about: dict[str, Any] = {"alert": alert, "need": "police", "assignment": alert, "unit": f"P-{number % 300}"}
    raised = e.AlertRaised(
        alert=alert,
        folio=f"N-{number}",
        zone=f"zone-{number % 50}",
        zone_how="inside",
        level=tuple(Level)[number % 3],
        incident="30503",
        received_at=at - number % 90,
        answered_at=at - number % 60,
    )
    events: tuple[e.Event, ...] = (
        raised,
        e.NeedAdded(alert=alert, need="police", institution=Institution.POLICE),
        e.Offered(**about, slot=0, why=Why(rule="nearest", travel_s=300.0), seen_by=at, answer_by=at),
        *(step(**about) for step in _STEPS),
        e.AlertClosed(alert=alert, disposition="attended", safe="yes"),
    )
    for place, event in enumerate(events):
        then, command = at + place * (7.0 + number % 97), f"c-{number}-{place}"
        yield e.Entry(seq=before + place + 1, at=then, by="bench", command=command, event=event)
