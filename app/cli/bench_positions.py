"""Fixes a second, from the frame on a unit's socket until it is kept, beside bare decoding and checking."""

import asyncio
import statistics
import time
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
from app.push.line import Line
from app.push.socket import Position, read_frame, take_position
from app.security.sessions import Viewer, digest
from app.service import Service, open_service

from .bench_center import MIDDLE, furnish, settings_of
from .figures import ms

AT_A_TIME = 200
"""Fixes taken before the loop turns to others, as that many sockets ready at once would be."""
SECONDS = 1.5


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
        texts = _frames(service, len(lines))
        began = time.perf_counter()
        for text in texts:
            _bare(service, text)
        bare.append(len(lines) / (time.perf_counter() - began))
        alone.append(await _alert(service))
        raising = asyncio.create_task(_alert(service))
        taken, spent = 0, 0.0
        # Long enough that what is kept once a second is kept at least once.
        while spent < SECONDS:
            texts = _frames(service, len(lines))
            began = time.perf_counter()
            for number, (line, text) in enumerate(zip(lines, texts, strict=True)):
                said = read_frame(text)
                if isinstance(said, Position):
                    await take_position(service, line, said)
                if number % AT_A_TIME == 0:
                    await asyncio.sleep(0)
            spent += time.perf_counter() - began
            taken += len(lines)
        ours.append(taken / spent)
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


def _frames(service: Service, count: int) -> list[str]:
    at = rfc3339(service.clock.now())
    return [
        msgspec.json.encode(
            {"type": "position", "lat": MIDDLE[0] + unit * 1e-5, "lon": MIDDLE[1], "at": at, "accuracy_m": 8.0}
        ).decode()
        for unit in range(count)
    ]


def _bare(service: Service, text: str) -> bool:
    """What nobody can do without: decode, a place on the Earth, a time that is not from the future."""
    said = read_frame(text)
    if not isinstance(said, Position):
        return False
    return isinstance(Point(said.lat, said.lon), Point) and instant(said.at) <= service.clock.now() + 5.0


async def _alert(service: Service) -> float:
    """Seconds until an alert is saved; it is cancelled afterwards."""
    alert = str(uuid4())
    began = time.perf_counter()
    place = {"lat": MIDDLE[0], "lon": MIDDLE[1]}
    await service.desk.perform(RaiseAlert(id=alert, by="bench", zone="z"), {"place": place})
    took = time.perf_counter() - began
    await service.desk.perform(CancelAlert(id=str(uuid4()), by="bench", alert=alert, reason="bench"))
    return took
