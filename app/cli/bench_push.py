"""One card to many open sockets: through the real hub, beside a bare loop over the same library, in turns."""

import asyncio
import os
import resource
import socket
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import uvicorn
import uvloop
from websockets.asyncio.client import connect

from app.children.postgres import EmbeddedPostgres

from .bench_adapter import CENTER_FILE, KEPT, Adapter
from .bench_center import MIDDLE, Center, furnish
from .bench_listeners import Listeners, Wanted
from .center import fail

UNITS = 10
FILES_BESIDE = 1_000
"""What a process has open besides the sockets."""
CARD = "x" * 1200
"""As long as the card of an alert with three needs, more or less."""


async def push_figures(sockets: list[int], rounds: int) -> dict[str, Any]:
    """Milliseconds until the last of so many sockets has the card, of both; KiB an idle one costs the server."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = max(sockets) + FILES_BESIDE
    if hard < wanted:
        fail("too_few_files", f"This needs {wanted} open files; {hard} are allowed here (ulimit -n).")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    figures: dict[str, Any] = {"rounds": rounds, "by_sockets": {}}
    with TemporaryDirectory() as name:
        folder = Path(name)
        async with EmbeddedPostgres(folder / "postgres") as postgres:
            await postgres.create_database(KEPT)
            center = await furnish(postgres.dsn(KEPT), folder / "center", UNITS)
            (folder / "center.json").write_bytes(msgspec.json.encode(center))
            os.environ |= {CENTER_FILE: str(folder / "center.json"), "NARANJA_SOCKETS_PER_SESSION_MAX": "100000"}
            for count in sockets:
                figures["by_sockets"][str(count)] = await _beside(center, count, rounds)
    return figures


async def _beside(center: Center, count: int, rounds: int) -> dict[str, float]:
    times: dict[str, list[float]] = {"hub": [], "bare": []}
    idle: dict[str, float] = {}
    async with AsyncExitStack() as stack:
        adapter = Adapter()
        await asyncio.to_thread(adapter.start)
        stack.push_async_callback(asyncio.to_thread, adapter.stop)
        bare, port = await _bare()
        stack.callback(bare.terminate)
        hello = msgspec.json.encode({"type": "hello", "last_seq": 0, "token": center.operator}).decode()
        hub_pid = adapter.pid
        before = _kib(hub_pid), _kib(bare.pid)
        hub = await Listeners.open(Wanted(f"ws://127.0.0.1:{adapter.ws_port}/ws", count, hello))
        stack.callback(hub.close)
        loop = await Listeners.open(Wanted(f"ws://127.0.0.1:{port}/", count))
        stack.callback(loop.close)
        idle = {"hub": (_kib(hub_pid) - before[0]) / count, "bare": (_kib(bare.pid) - before[1]) / count}
        client = await stack.enter_async_context(
            httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{adapter.http_port}",
                headers={"Authorization": f"Bearer {center.operator}"},
                trust_env=False,
                timeout=30,
            )
        )
        starter = await stack.enter_async_context(connect(f"ws://127.0.0.1:{port}/", proxy=None, max_size=None))
        for _ in range(rounds):
            times["bare"].append(await _last(loop, "x", lambda: starter.send("go")))
            alert = str(uuid4())
            said = {"id": alert, "where": {"lat": MIDDLE[0], "lon": MIDDLE[1]}, "needs": ["police"]}
            raising = partial(client.post, "/api/alerts", json=said)
            times["hub"].append(await _last(hub, alert, raising))
    medians = {which: statistics.median(found) * 1000 for which, found in times.items()}
    return {
        "hub_last_ms": round(medians["hub"], 1),
        "bare_last_ms": round(medians["bare"], 1),
        "ratio": round(statistics.median(a / b for a, b in zip(times["hub"], times["bare"], strict=True)), 2),
        "hub_kib_idle": round(idle["hub"], 1),
        "bare_kib_idle": round(idle["bare"], 1),
    }


async def _last(listeners: Listeners, wanted: str, trigger: Callable[[], Awaitable[Any]]) -> float:
    """Seconds from the trigger until the last line has had the frame that names what is wanted."""
    last = await listeners.hear(wanted)
    began = time.monotonic()
    await trigger()
    return await last - began


def _kib(pid: int) -> float:
    """Resident memory of a process (Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return float(next(line for line in lines if line.startswith("VmRSS")).split()[1])


async def _bare() -> tuple[asyncio.subprocess.Process, int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", f"from {__name__} import main; main({port})"
    )
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return process, port


def main(port: int) -> None:
    """The bare loop: whoever says anything has the card sent to everybody, one after the other."""
    everybody: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "websocket":
            return
        await receive()
        await send({"type": "websocket.accept"})
        everybody.append(send)
        while (await receive())["type"] != "websocket.disconnect":
            for each in everybody:
                await each({"type": "websocket.send", "text": CARD})

    config = uvicorn.Config(
        app,
        port=port,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        lifespan="off",
        log_level="error",
        backlog=4096,
    )
    uvloop.run(uvicorn.Server(config).serve())
