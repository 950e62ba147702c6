"""What is done to the system, and how long it takes until somebody is served and saved again."""

import asyncio
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Any

import asyncpg

from chaos.probe import Probe
from chaos.system import System

UNDER_WAY_S = 0.05
"""After one back-end was killed the server ends the others within this; what is answered before was no new start."""


class Fault(StrEnum):
    """What is killed by SIGKILL: one service, every process of PostgreSQL, one of its back-ends, the road service."""

    SERVICE = "service"
    DATABASE = "postgresql"
    BACKEND = "back-end"
    ROADS = "osrm"


TEN = (
    *(Fault.SERVICE, Fault.DATABASE, Fault.SERVICE, Fault.BACKEND, Fault.SERVICE),
    *(Fault.DATABASE, Fault.SERVICE, Fault.BACKEND, Fault.SERVICE, Fault.DATABASE),
)
"""Of ten kills five, three and two; any first few of them are mixed, too."""
ROADS_EVERY = 20
"""The road service is killed, beside, once in so many kills."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """One kill. Seconds from it until a new command is saved.

    Attributes:
        served_s: sent by the line that strangers use, to whichever service takes it.
        back_s: at the killed service itself, or, when it was the database, at the last of all services.
    """

    fault: Fault
    served_s: float
    back_s: float


def deck(count: int, draw: Random) -> list[Fault]:
    """So many kills in a random order; of whole tens the shares are exact."""
    faults = [TEN[number % len(TEN)] for number in range(count)]
    draw.shuffle(faults)
    return faults


async def strike(system: System, fault: Fault, probe: Probe, draw: Random) -> Strike:
    """Kill, and wait until everything is back. Raises TimeoutError when it does not come back."""
    match fault:
        case Fault.SERVICE:
            victim = draw.choice(system.servers)
            began = time.monotonic()
            victim.kill()
            served_s, back_s = await asyncio.gather(
                probe.saved_after(began, system.line.url), probe.saved_after(began, victim.url)
            )
            return Strike(fault=fault, served_s=served_s, back_s=back_s)
        case Fault.DATABASE:
            began = time.monotonic()
            kill_cluster(system.postgres.pid)
        case Fault.BACKEND:
            pid = await _some_backend(system, draw)
            began = time.monotonic()
            os.kill(pid, signal.SIGKILL)
            await asyncio.sleep(UNDER_WAY_S)
        case Fault.ROADS:
            began = time.monotonic()
            if system.osrm is not None and system.osrm.pid is not None:
                os.kill(system.osrm.pid, signal.SIGKILL)
    urls = [system.line.url, *(server.url for server in system.servers)]
    served_s, *each_s = await asyncio.gather(*(probe.saved_after(began, url) for url in urls))
    return Strike(fault=fault, served_s=served_s, back_s=max(each_s))


def kill_cluster(postmaster: int | None) -> None:
    """SIGKILL to the postmaster and to all its children: none of them finishes what it had begun."""
    if postmaster is None:
        return
    # The order matters: a postmaster that sees a child die would end the others in its own way.
    children = _children(postmaster)
    for pid in (postmaster, *children):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _children(parent: int) -> list[int]:
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            with suppress(OSError):
                stat = (process / "stat").read_text(errors="replace").rpartition(")")[2].split()
                if int(stat[1]) == parent:
                    found.append(int(process.name))
    return found


async def _some_backend(system: System, draw: Random) -> int:
    """The process of one connection of a service."""
    connection: Any = await asyncpg.connect(system.postgres.dsn())
    try:
        rows = await connection.fetch(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()
    pid: int = draw.choice([row["pid"] for row in rows])
    return pid
