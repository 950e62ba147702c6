"""The parent of several processes of one service on one port: it starts what they share, and their fork server.

The socket is opened once and handed down, so what waits to be accepted when a process dies is accepted by another.
PostgreSQL and OSRM, where they are our own, are started once, by the parent.
"""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path

from pydantic import SecretStr

from app.children import launch
from app.clock import SystemClock
from app.gate import Gate
from app.gate.accounts import Accounts, OneTimeSecret
from app.opening import patiently
from app.service import database_address, open_database, open_roads, roads_words, sealer_of
from app.serving import forkserver
from app.settings import MASTER_KEY, Settings

PAUSE_S = 1.0
"""A fork server that died is started again after this."""
ENDS_WITHIN_S = 5.0
"""Beyond what the fork server gives its processes, until it is killed itself."""

_LOG = logging.getLogger("naranja.workers")


class Workers:
    """The parent of `count` processes. It serves nobody itself, and does not outlive its children."""

    def __init__(self, settings: Settings, listening: socket.socket, count: int) -> None:
        self._settings, self._listening, self._count = settings, listening, count
        self._stopping = asyncio.Event()

    async def run(self, ready: Callable[[dict[str, str], OneTimeSecret | None], None]) -> None:
        """Until SIGTERM or SIGINT. `ready` hears what the processes stand on, once the database is there.

        What they all need is made by one, before several look for it at once; unless the database is away: then
        each of them waits for it, and says so to whoever asks. Raises one of WONT_START.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        async with AsyncExitStack() as stack:
            dsn, postgres = await database_address(self._settings, stack)
            osrm, _ = await open_roads(self._settings, stack)
            stands_on = {
                "center": self._settings.center,
                "database": "own PostgreSQL" if postgres is not None else "the PostgreSQL of DATABASE_URL",
                "roads": roads_words(self._settings, osrm),
                "processes": str(self._count),
            }
            environment = self._environment(dsn, osrm.url if osrm is not None else None)
            away, stopping = asyncio.Event(), asyncio.create_task(self._stopping.wait())
            made = asyncio.create_task(patiently(partial(self._make, dsn), stack, lambda _: away.set()))
            waits = asyncio.create_task(away.wait())
            keeper: asyncio.Task[None] | None = None
            try:
                await asyncio.wait({made, waits, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if made.done():
                    made.result()
                keeper = asyncio.create_task(self._keep(environment, stopping))
                await asyncio.wait({made, keeper}, return_when=asyncio.FIRST_COMPLETED)
                if made.done():
                    ready(stands_on, made.result())
                await keeper
            finally:
                self._stopping.set()
                tasks = [task for task in (made, waits, keeper) if task is not None]
                made.cancel()
                waits.cancel()
                await asyncio.gather(*tasks, stopping, return_exceptions=True)

    async def _make(self, dsn: str, _none: AsyncExitStack) -> OneTimeSecret | None:
        """The schema, the center, its keys and its first admin, where they are not there yet."""
        settings, clock = self._settings.model_copy(update={"database_url": SecretStr(dsn)}), SystemClock()
        async with AsyncExitStack() as stack:
            database, _ = await open_database(settings, stack)
            await sealer_of(settings, database, clock.now())
            idle_s, absolute_s = settings.session_idle_s, settings.session_absolute_s
            gate = Gate(database, clock, center=settings.center, idle_s=idle_s, absolute_s=absolute_s)
            accounts = Accounts(database=database, clock=clock, center=settings.center, gate=gate)
            return await accounts.first_admin()

    def _environment(self, dsn: str, osrm_url: str | None) -> dict[str, str]:
        """What a process is told: everything we were, and where the children are that it must not start again."""
        settings = self._settings
        told = {**os.environ, "DATABASE_URL": dsn}
        # A library that starts threads when it is imported could not be forked.
        told["OPENBLAS_NUM_THREADS"] = "1"
        if osrm_url is not None:
            told["OSRM_URL"] = osrm_url
        if settings.master_key is not None:
            told[MASTER_KEY] = settings.master_key.get_secret_value()
        return told

    async def _keep(self, environment: Mapping[str, str], stopping: asyncio.Task[bool]) -> None:
        """The fork server, again and again until all are to stop."""
        while not self._stopping.is_set():
            process = await self._start(environment)
            ended = asyncio.create_task(process.wait())
            await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                await self._end(process)
            await ended
            if not self._stopping.is_set():
                _LOG.critical("the fork server ended; it is started again", extra={"status": process.returncode})
                await asyncio.wait({stopping}, timeout=PAUSE_S)

    async def _start(self, environment: Mapping[str, str]) -> asyncio.subprocess.Process:
        """It is told to stop when the parent dies, however that dies."""
        number = self._listening.fileno()
        return await asyncio.create_subprocess_exec(
            *(sys.executable, str(Path(launch.__file__)), str(os.getpid()), str(int(signal.SIGTERM)), "-1", "-1"),
            *(sys.executable, "-m", forkserver.__name__, str(number), str(self._count)),
            env=environment,
            pass_fds=[number],
            # Ctrl-C is for the parent, who tells it.
            start_new_session=True,
        )

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        process.terminate()
        within_s = forkserver.end_within_s(self._settings) + ENDS_WITHIN_S
        try:
            async with asyncio.timeout(within_s):
                await process.wait()
        except TimeoutError:
            _LOG.critical("the fork server does not end; it is killed")
            with suppress(ProcessLookupError):
                process.kill()
