"""What is kept for reports is what folding the whole log anew gives, however it grew and whoever asked."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

import asyncpg
import numpy as np
import pytest

from app.chronicle import Chronicle, Told
from app.dispatch import events as e
from app.reports.response_times import Period, Shifts, rows_of, summarise
from app.reports.timeline import timelines
from app.store import queries
from app.store.chained import chained
from app.store.region import ensure_center
from app.store.session import Database
from simulator.scenario import draw
from simulator.watched import Watched

CENTER = "main"
SHIFTS = Shifts(time_zone=ZoneInfo("America/Mexico_City"))
BY = ("center", "zone", "unit")
COLUMNS = ["seq", "at", "by", "command", "at_device", "kind", "alert", "unit", "body", "seals", "hash"]


class Log:
    """A center's log that somebody else writes."""

    def __init__(self, sql: asyncpg.Connection, center: str) -> None:
        self._sql, self.center, self.entries, self._head = sql, center, list[e.Entry](), None

    async def grows(self, entries: Sequence[e.Entry]) -> None:
        rows = chained(self.center, len(self.entries), self._head, entries, [])
        self.entries += entries
        self._head = rows[-1][-1]
        raised = [entry for entry in entries if isinstance(entry.event, e.AlertRaised)]
        alerts = [
            (one.event.alert, self.center, one.event.folio, "closed", False, one.at)
            for one in raised
            if isinstance(one.event, e.AlertRaised)
        ]
        async with self._sql.transaction():
            names = ["id", "center", "folio", "state", "on_board", "raised_at"]
            await self._sql.copy_records_to_table("alerts", records=alerts, columns=names)
            records = [(self.center, *row) for row in rows]
            await self._sql.copy_records_to_table("events", records=records, columns=["center", *COLUMNS])
            await self._sql.execute(
                "UPDATE centers SET last_seq = $1 WHERE id = $2", len(self.entries), self.center
            )


@asynccontextmanager
async def a_log(url: str, *centers: str) -> AsyncIterator[tuple[Database, list[Log]]]:
    database, sql = Database(url), await asyncpg.connect(url)
    try:
        async with database.transaction() as connection:
            for center in centers:
                await ensure_center(connection, center, center, center[0].upper())
        yield database, [Log(sql, center) for center in centers]
    finally:
        await sql.close()
        await database.close()


def a_night(seed: int) -> list[e.Entry]:
    """A simulated night, its alerts and calls under ids as the database has them."""
    trial = Watched(draw(seed, 6.0))
    trial.run()
    return [replace(entry, event=_with_uuids(entry.event)) for entry in trial.engine.log]


def _with_uuids(event: e.Event) -> e.Event:
    ids = {name: getattr(event, name, None) for name in ("alert", "call", "into")}
    named: dict[str, Any] = {name: str(uuid5(NAMESPACE_OID, id_)) for name, id_ in ids.items() if id_}
    return replace(event, **named)


def same_as_anew(told: Told, log: Sequence[e.Entry], start: float = 0.0) -> None:
    """The timelines, and every figure of every group, of the alerts whose call came since then."""
    anew, at = timelines(log, CENTER), log[-1].at
    period = Period(start=start, end=at + 1)
    kept = {one.alert: one for one in period.of(told.timelines)}
    assert kept == {one.alert: one for one in period.of(anew.values())}
    figures = rows_of(told.seen, BY, at=at, period=period, shifts=SHIFTS)
    assert figures == summarise(period.of(anew.values()), BY, at=at, shifts=SHIFTS)
    assert figures or not period.of(anew.values())


@pytest.mark.parametrize("seed", [12, 16])
async def test_what_is_kept_is_what_the_whole_log_says(url: str, seed: int) -> None:
    """A night of joins, merges, splits and entries after the end, asked about at any time and from any time on."""
    night, of = a_night(seed), np.random.default_rng(seed)
    async with a_log(url, CENTER) as (database, (log,)):
        kept = Chronicle(database, (CENTER,), SHIFTS.time_zone)
        assert {"CallJoined", "CallSplit", "AlertMerged"} <= {type(entry.event).__name__ for entry in night}
        while len(log.entries) < len(night):
            done = len(log.entries)
            await log.grows(night[done : done + int(of.integers(1, 30))])
            start = night[int(of.integers(0, len(night)))].at
            same_as_anew(await kept.since(start), log.entries, start)
        same_as_anew(await kept.since(0.0), log.entries)


async def test_who_asks_at_the_same_time_gets_one_moment_each(url: str) -> None:
    """While the log grows, and also if somebody goes away in the middle."""
    night = a_night(14)
    async with a_log(url, CENTER) as (database, (log,)):
        await log.grows(night[: len(night) // 2])
        kept = Chronicle(database, (CENTER,), SHIFTS.time_zone)
        asked = [asyncio.create_task(kept.since(start)) for start in (night[300].at, 0.0, night[100].at, 0.0)]
        await asyncio.sleep(0)
        asked[0].cancel()
        await log.grows(night[len(night) // 2 :])
        found = await asyncio.gather(*asked[1:])
        for told in found:
            ends = max(one.seq for one in told.timelines)
            assert {one.alert: one for one in told.timelines}.items() >= timelines(night[:ends], CENTER).items()
        same_as_anew(await kept.since(0.0), log.entries)
        before = found[0].seen.seen["alert"].copy()
        assert np.array_equal(before, found[0].seen.seen["alert"]), "what was given does not change"


async def test_more_than_is_kept_is_folded_for_who_asks_and_let_go(url: str) -> None:
    night = a_night(15)
    async with a_log(url, CENTER) as (database, (log,)):
        await log.grows(night)
        kept = Chronicle(database, (CENTER,), SHIFTS.time_zone, alerts_max=3)
        for start in (0.0, night[-400].at, 0.0):
            same_as_anew(await kept.since(start), log.entries, start)


async def test_a_look_at_what_is_kept_reads_only_what_is_new(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    night, read = a_night(16), 0
    whole = queries.stories_of

    async def counted(*asked: object) -> list[e.Entry]:
        nonlocal read
        read += 1
        return await whole(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(queries, "stories_of", counted)
    async with a_log(url, CENTER) as (database, (log,)):
        await log.grows(night[:-20])
        kept = Chronicle(database, (CENTER,), SHIFTS.time_zone)
        await kept.since(0.0)
        once = read
        await log.grows(night[-20:])
        same_as_anew(await kept.since(night[200].at), log.entries, night[200].at)
        assert read == once > 0


async def test_an_error_of_the_database_loses_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    night, calls = a_night(17), 0
    whole = queries.alert_entries

    async def fails_once(*asked: object) -> list[e.Entry]:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError("the line is cut")
        return await whole(*asked)  # type: ignore[arg-type]

    async with a_log(url, CENTER) as (database, (log,)):
        await log.grows(night[:200])
        kept = Chronicle(database, (CENTER,), SHIFTS.time_zone)
        await kept.since(0.0)
        await log.grows(night[200:])
        monkeypatch.setattr(queries, "alert_entries", fails_once)
        calls = 1
        with pytest.raises(OSError, match="cut"):
            await kept.since(0.0)
        same_as_anew(await kept.since(0.0), log.entries)


async def test_centers_of_one_database_are_told_apart(url: str) -> None:
    nights = {"main": a_night(18), "north": a_night(19)}
    async with a_log(url, *nights) as (database, logs):
        for log in logs:
            await log.grows(nights[log.center])
        told = await Chronicle(database, tuple(nights), SHIFTS.time_zone).since(0.0)
        at = max(night[-1].at for night in nights.values())
        anew = [one for center, night in nights.items() for one in timelines(night, center).values()]
        rows = rows_of(told.seen, ("center", "zone"), at=at, shifts=SHIFTS)
        assert rows == summarise(anew, ("center", "zone"), at=at, shifts=SHIFTS)
        assert {dict(row.group)["center"] for row in rows} == set(nights)
        alone = await Chronicle(database, ("north",), SHIFTS.time_zone).since(0.0)
        assert {one.center for one in alone.timelines} == {"north"}
