"""What is done to the system, and how long it takes until somebody is served and saved again."""

import asyncio
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from types import TracebackType
from typing import Any, Self

import asyncpg

from app.children.postgres import EmbeddedPostgres
from chaos.probe import Probe
from chaos.processes import kill_cluster
from chaos.servers import Server
from chaos.system import System

UNDER_WAY_S = 0.05
"""After one back-end was killed the server ends the others within this; who answers before it is an old one."""


class Fault(StrEnum):
    """What is killed by SIGKILL: a service, all of PostgreSQL, one of its back-ends, the road service."""

    SERVICE = "service"
    DATABASE = "postgresql"
    BACKEND = "back-end"
    ROADS = "osrm"


TEN = (
    *(Fault.SERVICE, Fault.DATABASE, Fault.SERVICE, Fault.BACKEND, Fault.SERVICE),
    *(Fault.DATABASE, Fault.SERVICE, Fault.BACKEND, Fault.SERVICE, Fault.DATABASE),
)
"""Of ten kills five, three and two; any first few of them are mixed, too."""
LOOK_EVERY_S = 0.05
BACK_WITHIN_S = 300.0
"""A service that starts while the database is killed again starts again, too."""
ROADS_EVERY = 20
"""The road service is killed, beside, once in so many kills."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """One kill. Seconds from it until a new alert is saved.

    Attributes:
        served_s: sent by the proxy that strangers use, to whichever service takes it.
        back_s: at the killed service itself, or, when it was the database, at the last of all services that
            were there. Another kill may have come in between.
    """

    fault: Fault
    served_s: float
    back_s: float


def deck(count: int, draw: Random) -> list[Fault]:
    """So many kills in a random order; of whole tens the shares are exact."""
    faults = [TEN[number % len(TEN)] for number in range(count)]
    draw.shuffle(faults)
    return faults


@dataclass(slots=True, kw_only=True)
class Attack:
    """Kills, one after the other, the next as soon as somebody is served and saved again.

    What was killed may still be on its way back then: the next kill may meet it there. `strikes` has everything
    once the block is over.
    """

    system: System
    postgres: EmbeddedPostgres
    probe: Probe
    draw: Random
    strikes: list[Strike] = field(default_factory=list)
    _away: set[Server] = field(default_factory=set)
    _group: asyncio.TaskGroup = field(default_factory=asyncio.TaskGroup)

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._group.__aexit__(kind, error, trace)

    async def strike(self, fault: Fault) -> None:
        """Kill, and wait until a new alert is saved by the proxy. Raises TimeoutError when none is."""
        began, watched = await self._kill(fault)
        served_s = await self.probe.saved_after(began, self.system.proxy.url)
        self._group.create_task(self._see_back(fault, began, served_s, watched))

    async def _kill(self, fault: Fault) -> tuple[float, list[Server]]:
        """When it was done, and the services that have to come back."""
        there = [server for server in self.system.servers if server not in self._away]
        match fault:
            case Fault.SERVICE:
                while len(there) < min(2, len(self.system.servers)):
                    await asyncio.sleep(LOOK_EVERY_S)
                    there = [server for server in self.system.servers if server not in self._away]
                victim = self.draw.choice(there)
                self._away.add(victim)
                began = time.monotonic()
                victim.kill()
                return began, [victim]
            case Fault.DATABASE:
                began = time.monotonic()
                kill_cluster(self.postgres.pid)
            case Fault.BACKEND:
                pid = await self._some_backend()
                began = time.monotonic()
                os.kill(pid, signal.SIGKILL)
                await asyncio.sleep(UNDER_WAY_S)
            case Fault.ROADS:
                began = time.monotonic()
                os.kill(self.system.osrm_pid, signal.SIGKILL)
        return began, there

    async def _see_back(self, fault: Fault, began: float, served_s: float, watched: Sequence[Server]) -> None:
        each_s = await asyncio.gather(
            *(self.probe.saved_after(began, server.url, BACK_WITHIN_S) for server in watched)
        )
        if fault is Fault.SERVICE:
            self._away.difference_update(watched)
        self.strikes.append(Strike(fault=fault, served_s=served_s, back_s=max(each_s, default=served_s)))

    async def _some_backend(self) -> int:
        """The process of one connection of a service."""
        connection: Any = await asyncpg.connect(self.postgres.dsn())
        try:
            rows = await connection.fetch(
                "SELECT pid FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
        finally:
            await connection.close()
        pid: int = self.draw.choice([row["pid"] for row in rows])
        return pid
