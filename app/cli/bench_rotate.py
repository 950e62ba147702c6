"""What a rotation of the center's key costs, and what those notice who work meanwhile."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import msgspec

from app.details import PLACE
from app.dispatch.commands import CancelAlert, RaiseAlert
from app.keys import versions
from app.push.feed import Feed
from app.service import Service, open_service
from app.settings import Settings

from .figures import ms

HERE = {"lat": 25.4, "lon": -101.9}
KILL_AFTER_SHARE = 0.4
"""The first rotation is killed when so much is wrapped anew."""


@dataclass(slots=True)
class Traffic:
    """What others did meanwhile: seconds of each alert saved and each alert read, and what went wrong."""

    raised: list[str] = field(default_factory=list)
    saved: list[float] = field(default_factory=list)
    read: list[float] = field(default_factory=list)
    lost: int = 0
    unreadable: int = 0


async def rotate_figures(rows: int) -> dict[str, Any]:
    """Rotate while `rows` sealed alerts stand there and others work; once the rotating process is killed."""
    with TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            settings = Settings(data_dir=Path(folder), database_url=None, osrm_url=None)
            service = await open_service(settings, stack)
            feed = Feed(service)
            feed.start()
            stack.push_async_callback(feed.stop)
            alerts = await _filled(service, rows)
            traffic = Traffic()
            async with _working(service, alerts, traffic):
                killed_at = await _killed(settings, service, rows)
                began = time.perf_counter()
                went_on = await _rotated(settings)
                seconds = time.perf_counter() - began
            unreadable = await _unreadable(service, [*alerts, *traffic.raised])
            found = await versions(service.database, service.sealer, settings.center)
    return {
        "rows": rows,
        "killed_after": killed_at,
        "went_on_and_moved": went_on,
        "seconds_after_the_kill": round(seconds, 2),
        "rows_per_s": round((rows - killed_at) / seconds),
        "alerts_raised_meanwhile": len(traffic.saved),
        "alerts_lost": traffic.lost,
        "alert_saved_p50_ms": ms(traffic.saved, 50),
        "alert_saved_p99_ms": ms(traffic.saved, 99),
        "reads_meanwhile": len(traffic.read),
        "read_p99_ms": ms(traffic.read, 99),
        "reads_unreadable_meanwhile": traffic.unreadable,
        "rows_unreadable_after": unreadable,
        "versions": [[one.version, one.alerts, one.retired_at is not None] for one in found],
    }


async def _filled(service: Service, rows: int) -> list[str]:
    """So many alerts with a sealed place each, as they are stored, without their history."""
    alerts = [str(uuid4()) for _ in range(rows)]
    connection = await service.database.connect()
    try:
        for begin in range(0, rows, 5000):
            keys, sealed = [], []
            for alert in alerts[begin : begin + 5000]:
                key = service.details.new_key(alert)
                keys.append((service.settings.center, alert, key.wrapped))
                (row,) = service.details.seal(key, alert, alert, 0.0, "bench", {PLACE: HERE})
                sealed.append((row.id, service.settings.center, alert, row.kind, row.at, row.by, row.sealed))
            await connection.copy_records_to_table(
                "alert_keys", records=keys, columns=("center", "alert", "wrapped")
            )
            await connection.copy_records_to_table(
                "details", records=sealed, columns=("id", "center", "alert", "kind", "at", "by", "sealed")
            )
    finally:
        await connection.close()
    return alerts


@asynccontextmanager
async def _working(service: Service, alerts: list[str], traffic: Traffic) -> AsyncIterator[None]:
    """Alerts are raised and old ones read, one after the other, until the block ends."""
    over = asyncio.Event()

    async def raises() -> None:
        while not over.is_set():
            call = RaiseAlert(id=str(uuid4()), by="bench", zone="z")
            began = time.perf_counter()
            await service.desk.perform(call, {PLACE: HERE, "note": call.id})
            traffic.saved.append(time.perf_counter() - began)
            told = await service.details.told(call.id, "note")
            traffic.lost += told != [call.id]
            traffic.raised.append(call.id)
            await service.desk.perform(CancelAlert(id=str(uuid4()), by="bench", alert=call.id, reason="bench"))

    async def reads() -> None:
        turn = 0
        while not over.is_set():
            alert, turn = alerts[turn * 7919 % len(alerts)], turn + 1
            began = time.perf_counter()
            told = await service.details.told(alert, PLACE)
            traffic.read.append(time.perf_counter() - began)
            traffic.unreadable += told != [HERE]

    work = [asyncio.create_task(raises()), asyncio.create_task(reads())]
    try:
        yield
    finally:
        over.set()
        await asyncio.gather(*work)


def _command(settings: Settings) -> tuple[list[str], dict[str, str]]:
    words = [sys.executable, "-m", "app.cli", "keys", "rotate", "--json"]
    return words, {"NARANJA_DATA_DIR": str(settings.data_dir), "PATH": ""}


async def _killed(settings: Settings, service: Service, rows: int) -> int:
    """Begin a rotation in a process of its own and kill it in the middle; how much it had wrapped anew."""
    words, environment = _command(settings)
    process = await asyncio.create_subprocess_exec(*words, env=environment, stdout=asyncio.subprocess.DEVNULL)
    while True:
        found = await versions(service.database, service.sealer, settings.center)
        if process.returncode is not None or (len(found) > 1 and found[-1].alerts >= KILL_AFTER_SHARE * rows):
            break
        await asyncio.sleep(0.02)
    if process.returncode is None:
        process.kill()
    await process.wait()
    found = await versions(service.database, service.sealer, settings.center)
    return found[-1].alerts


async def _rotated(settings: Settings) -> int:
    """Go on with it; how many rows this one moved."""
    words, environment = _command(settings)
    process = await asyncio.create_subprocess_exec(*words, env=environment, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    moved: int = msgspec.json.decode(said)["moved"]
    return moved


async def _unreadable(service: Service, alerts: Sequence[str]) -> int:
    """How many of these alerts have a place that does not open."""
    wrong = 0
    for begin in range(0, len(alerts), 1000):
        some = alerts[begin : begin + 1000]
        known = await service.details.places(some)
        wrong += sum(alert not in known or known[alert].place is None for alert in some)
    return wrong
