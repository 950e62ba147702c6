"""Fixes a second, from the frame on a unit's socket until it is kept, beside bare decoding and checking."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import msgspec

from app.children.postgres import EmbeddedPostgres
from app.clock import instant, rfc3339
from app.dispatch.commands import CancelAlert, RaiseAlert
from app.geo.point import Point
from app.positions import FUTURE_S_MAX
from app.push.line import Line
from app.push.socket import Position, read_frame, take_position
from app.security.sessions import Viewer, digest
from app.service import Service, open_service

from .bench_center import MIDDLE, furnish, settings_of
from .figures import ms

AT_A_TIME = 200
"""Fixes taken before the loop turns to others, as that many sockets ready at once would be."""
SECONDS = 1.5
_Each = Callable[[Service, Line, str], Awaitable[None]]


async def positions_figures(units: int, rounds: int) -> dict[str, Any]:
    """Fixes a second of both, and an alert's time with and without them passing."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        async with AsyncExitStack() as stack:
            postgres = await stack.enter_async_context(EmbeddedPostgres(folder / "postgres"))
            center = await furnish(postgres.dsn(), folder / "center", units)
            service = await open_service(settings_of(postgres.dsn(), folder / "center"), stack)
            viewers = [await service.gate.who(token) for token in list(center.units.values())]
            lines = [
                Line(viewer, digest("bench"), 16)
                for viewer in viewers
                if isinstance(viewer, Viewer) and viewer.role.value == "unit"
            ]
            return await _measured(service, lines, rounds)


async def _measured(service: Service, lines: list[Line], rounds: int) -> dict[str, Any]:
    """Rounds in turns: bare, an alert alone, a second and more of fixes with an alert among them."""
    ours, bare, alone, beside = [], [], [], []
    for _ in range(rounds):
        bare.append(await _rate(service, lines, _bare))
        alone.append(await _alert(service))
        raising = asyncio.create_task(_alert(service))
        ours.append(await _rate(service, lines, _taken))
        beside.append(await raising)
    return {
        "units": len(lines),
        "rounds": rounds,
        "refused": sum(service.positions.refused.values()),
        "fixes_per_s": round(statistics.median(ours)),
        "bare_decoding_and_checking_per_s": round(statistics.median(bare)),
        "ratio": round(statistics.median(a / b for a, b in zip(ours, bare, strict=True)), 3),
        "alert_alone_p50_ms": ms(alone, 50),
        "alert_beside_fixes_p50_ms": ms(beside, 50),
    }


async def _rate(
    service: Service, lines: list[Line], each: Callable[[Service, Line, str], Awaitable[None]]
) -> float:
    """Fixes a second, over a time long enough that what is kept now and then is kept several times.

    Both sides take as long, so that whoever else uses the machine takes as much from both.
    """
    taken, spent = 0, 0.0
    while spent < SECONDS:
        texts = _frames(service, len(lines))
        began = time.perf_counter()
        for number, (line, text) in enumerate(zip(lines, texts, strict=True)):
            await each(service, line, text)
            if number % AT_A_TIME == 0:
                await asyncio.sleep(0)
        spent += time.perf_counter() - began
        taken += len(lines)
    return taken / spent


async def _taken(service: Service, line: Line, text: str) -> None:
    said = read_frame(text)
    if isinstance(said, Position):
        await take_position(service, line, said)


def _frames(service: Service, count: int) -> list[str]:
    at = rfc3339(service.clock.now())
    return [
        msgspec.json.encode(
            {"type": "position", "lat": MIDDLE[0] + unit * 1e-5, "lon": MIDDLE[1], "at": at, "accuracy_m": 8.0}
        ).decode()
        for unit in range(count)
    ]


async def _bare(service: Service, _line: Line, text: str) -> None:
    """What nobody can do without: decode, a place on the Earth, a time that is not from the future."""
    said = read_frame(text)
    if isinstance(said, Position):
        Point(said.lat, said.lon)
        if instant(said.at) > service.clock.now() + FUTURE_S_MAX:
            raise ValueError("a fix from the future")


async def _alert(service: Service) -> float:
    """Seconds until an alert is saved; it is cancelled afterwards."""
    alert = str(uuid4())
    began = time.perf_counter()
    place = {"lat": MIDDLE[0], "lon": MIDDLE[1]}
    await service.desk.perform(RaiseAlert(id=alert, by="bench", zone="z"), {"place": place})
    took = time.perf_counter() - began
    await service.desk.perform(CancelAlert(id=str(uuid4()), by="bench", alert=alert, reason="bench"))
    return took
