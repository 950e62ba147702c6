"""Where the time of an alert goes: from the request until its patrol's line has the frame, stage by stage.

Everything is in this process and one alert is under way at a time; sockets and the server around are left out.
"""

import asyncio
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import msgspec
from fastapi import FastAPI

from app import batch, desk
from app.children.postgres import EmbeddedPostgres
from app.main import create_app
from app.push.line import Line
from app.security.sessions import Viewer, digest
from app.service import Service
from app.serving.server import settle
from app.store.log import LogWriter

from .bench_adapter import alert_of
from .bench_center import MIDDLE, SPREAD, Center, furnish, settings_of
from .figures import ms

STAGES = ("door", "waiting", "deciding", "rows", "commit", "telling", "answer")
"""Limits, session and parsing; until it is taken; each command on the board; rows, sealed; the database; until the
frame is in the patrol's queue; until the answer is on its way."""
QUIET_S = 0.02
"""After each alert, so that what follows of it is not in the time of the next."""


class _Marks:
    """When each stage of the alert under way ended: wall seconds and CPU seconds of this thread."""

    def __init__(self) -> None:
        self.at: dict[str, tuple[float, float]] = {}

    def now(self, stage: str) -> None:
        """The first time counts: what comes after it is of another command."""
        self.at.setdefault(stage, (time.perf_counter(), time.thread_time()))

    @contextmanager
    def placed(self) -> Iterator[None]:
        """Marks at the borders between the stages."""
        perform, write = desk.Desk.perform, LogWriter.write
        decide_all, rows_of = batch.decide_all, batch.rows_of

        async def performed(*given: Any, **named: Any) -> Any:
            self.now("door")
            return await perform(*given, **named)

        def decided(*given: Any) -> Any:
            self.now("waiting")
            found = decide_all(*given)
            self.now("deciding")
            return found

        async def rowed(*given: Any) -> Any:
            found = await rows_of(*given)
            self.now("rows")
            return found

        async def wrote(*given: Any) -> None:
            await write(*given)
            self.now("commit")

        with (
            patch.object(desk.Desk, "perform", performed),
            patch.object(desk, "decide_all", decided),
            patch.object(desk, "rows_of", rowed),
            patch.object(LogWriter, "write", wrote),
        ):
            yield


async def stages_figures(units: int, rounds: int) -> dict[str, Any]:
    """Medians over so many alerts: milliseconds of each stage, and how much of it was computing."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        async with AsyncExitStack() as stack:
            postgres = await stack.enter_async_context(EmbeddedPostgres(folder / "postgres"))
            center = await furnish(postgres.dsn(), folder / "center", units)
            app = create_app(settings_of(postgres.dsn(), folder / "center"))
            await stack.enter_async_context(app.router.lifespan_context(app))
            service: Service = app.state.service
            marks = _Marks()
            phones = [asyncio.create_task(_phone(app, line, marks)) for line in await _lines(app, service, center)]
            stack.callback(lambda: [phone.cancel() for phone in phones])
            settle()
            with marks.placed():
                found = [await _one(app, center, marks) for _ in range(rounds + rounds // 4)][rounds // 4 :]
    return {"units": units, "rounds": rounds, "stages": _medians(found)}


def _medians(found: list[dict[str, tuple[float, float]]]) -> dict[str, dict[str, float | None]]:
    """Each stage's own share, and both sums that somebody waits for."""
    rows: dict[str, dict[str, float | None]] = {}
    for before, stage in zip(("began", *STAGES), STAGES, strict=False):
        rows[stage] = _row(found, before, stage)
    rows["until the frame"] = _row(found, "began", "telling")
    rows["until the answer"] = _row(found, "began", "answer")
    return rows


def _row(found: list[dict[str, tuple[float, float]]], begins: str, ends: str) -> dict[str, float | None]:
    wall, computing = ([each[ends][axis] - each[begins][axis] for each in found] for axis in (0, 1))
    return {
        "p50_ms": ms(wall, 50),
        "p99_ms": ms(wall, 99),
        "computing_ms": round(statistics.median(computing) * 1000, 3),
    }


async def _lines(app: FastAPI, service: Service, center: Center) -> list[Line]:
    """An open line of each unit."""
    lines = []
    for token in center.units.values():
        viewer = await service.gate.who(token)
        if isinstance(viewer, Viewer):
            lines.append(Line(viewer, digest(token), service.settings.socket_queue_max))
            await app.state.hub.join(lines[-1], 0)
    return lines


async def _phone(app: FastAPI, line: Line, marks: _Marks) -> None:
    """A device that has received what it is sent."""
    while True:
        said = msgspec.json.decode(await line.next())
        if said["type"] == "cards":
            if any(card["card"] == "assignment" and card["institution"] == "police" for card in said["cards"]):
                marks.now("telling")
            app.state.hub.received(line, said["seq"])


async def _one(app: FastAPI, center: Center, marks: _Marks) -> dict[str, tuple[float, float]]:
    """One alert, and its end."""
    alert = str(uuid4())
    place = [random.gauss(middle, SPREAD) for middle in MIDDLE]
    marks.at = {}
    marks.now("began")
    await _asked(app, center.operator, "/api/alerts", alert_of(alert, *place), lambda: marks.now("answer"))
    found = marks.at
    await asyncio.sleep(QUIET_S)
    said = {"id": str(uuid4()), "reason": "mistake"}
    await _asked(app, center.operator, f"/api/alerts/{alert}/cancel", said, lambda: None)
    await asyncio.sleep(QUIET_S)
    return found


async def _asked(app: FastAPI, token: str, path: str, said: dict[str, Any], answered: Callable[[], None]) -> None:
    """One request, as the server hands it over. Raises RuntimeError unless it is done."""
    body = msgspec.json.encode(said)
    headers = {
        "host": "127.0.0.1",
        "authorization": f"Bearer {token}",
        "content-type": "application/json",
        "content-length": str(len(body)),
    }
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(key.encode(), value.encode()) for key, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 1),
        "state": {},
    }
    status = 0

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)
        if message["type"] == "http.response.body":
            answered()

    await app(scope, receive, send)
    if status >= 300:
        raise RuntimeError(f"answered {status}")
