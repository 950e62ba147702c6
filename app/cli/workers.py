"""Several processes of one service on one port: started, started again when they end, and ended together.

The socket is opened once and handed down, so what waits to be accepted when a process dies is accepted by another.
PostgreSQL and OSRM, where they are our own, are started once, by the parent.
"""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from app.api.server import GRACE_S
from app.children import launch
from app.clock import SystemClock
from app.service import open_database, open_roads, roads_words, sealer_of
from app.settings import MASTER_KEY, Settings

PAUSE_S_MIN = 0.1
PAUSE_S_MAX = 5.0
STEADY_S = 10.0
"""A process that lived this long did not fail to start."""
KILLED_AFTER_S = 15.0
"""Beyond the drain and the grace for requests, a process that does not end is ended."""

_LOG = logging.getLogger("naranja.workers")


class Workers:
    """The parent of `count` processes. It serves nobody itself, and does not outlive its children."""

    def __init__(self, settings: Settings, listening: socket.socket, count: int) -> None:
        self._settings, self._listening, self._count = settings, listening, count
        self._stopping = asyncio.Event()

    async def run(self, ready: Callable[[dict[str, str]], None]) -> None:
        """Until SIGTERM or SIGINT. Raises one of WONT_START."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        settings = self._settings
        async with AsyncExitStack() as stack:
            database, postgres = await open_database(settings, stack)
            # Made by one, before several look for it at once.
            await sealer_of(settings, database, SystemClock().now())
            osrm, _ = await open_roads(settings, stack)
            environment = self._environment(database.dsn, osrm.url if osrm is not None else None)
            keepers = [asyncio.create_task(self._keep(environment)) for _ in range(self._count)]
            ready(
                {
                    "center": settings.center,
                    "database": "own PostgreSQL" if postgres is not None else "the PostgreSQL of DATABASE_URL",
                    "roads": roads_words(settings, osrm),
                    "processes": str(self._count),
                }
            )
            try:
                await asyncio.gather(*keepers)
            finally:
                self._stopping.set()
                await asyncio.gather(*keepers, return_exceptions=True)

    def _environment(self, dsn: str, osrm_url: str | None) -> dict[str, str]:
        """What a process is told: everything we were, and where the children are that it must not start again."""
        settings = self._settings
        told = {**os.environ, "DATABASE_URL": dsn}
        if osrm_url is not None:
            told["OSRM_URL"] = osrm_url
        if settings.master_key is not None:
            told[MASTER_KEY] = settings.master_key.get_secret_value()
        return told

    async def _keep(self, environment: dict[str, str]) -> None:
        """One process, again and again until all are to stop."""
        pause_s, loop = PAUSE_S_MIN, asyncio.get_running_loop()
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            while not self._stopping.is_set():
                began = loop.time()
                process = await self._start(environment)
                ended = asyncio.create_task(process.wait())
                await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not ended.done():
                    await self._end(process)
                await ended
                if self._stopping.is_set():
                    return
                pause_s = PAUSE_S_MIN if loop.time() - began > STEADY_S else min(PAUSE_S_MAX, 2 * pause_s)
                _LOG.error("a process ended; it is started again", extra={"status": process.returncode})
                await asyncio.wait({stopping}, timeout=pause_s)
        finally:
            stopping.cancel()

    async def _start(self, environment: dict[str, str]) -> asyncio.subprocess.Process:
        """It is told to stop when the parent dies, however that dies."""
        number = self._listening.fileno()
        return await asyncio.create_subprocess_exec(
            *(sys.executable, str(Path(launch.__file__)), str(os.getpid()), str(int(signal.SIGTERM)), "-1", "-1"),
            *(sys.executable, "-m", "app.cli", "serve", "--listener", str(number)),
            env=environment,
            pass_fds=[number],
            # Ctrl-C is for the parent, who tells them.
            start_new_session=True,
        )

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        process.terminate()
        try:
            async with asyncio.timeout(self._settings.drain_s + GRACE_S + KILLED_AFTER_S):
                await process.wait()
        except TimeoutError:
            _LOG.critical("a process does not end; it is killed")
            with suppress(ProcessLookupError):
                process.kill()
