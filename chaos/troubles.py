"""Troubles that last a while: a full disk, a locked table, a clock that jumps; what is said, and when it ends."""

import asyncio
import os
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Any

import asyncpg

from app.children.postgres import EmbeddedPostgres
from chaos.ledger import Ledger
from chaos.probe import Probe
from chaos.processes import resident_bytes
from chaos.run import Aftermath, run
from chaos.skew import Skew
from chaos.system import Ground, System, system


class Trouble(StrEnum):
    """What is wrong for a while."""

    DISK = "disk-full"
    LOCK = "locked"
    CLOCK = "clock"


LASTS_S: Mapping[Trouble, float] = {Trouble.DISK: 5.0, Trouble.LOCK: 20.0, Trouble.CLOCK: 4.0}
"""A lock lasts longer than a statement may."""
BETWEEN_S = (1.0, 2.0)
ASKERS, ASK_EVERY_S = 4, 0.1
"""Operators who go on raising alerts meanwhile, one after the other, and what each rests in between."""
DISK_BYTES = 512 * 1024 * 1024
HOURS_S = (-3600.0, 3600.0)
FULL = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Endured:
    """One trouble.

    Attributes:
        answers: what operators were answered meanwhile, by status and code, and how often.
        refused_s: seconds until each of them knew that it was not saved.
        saved_s, everywhere_s: from the end of it until a new alert was saved by the proxy, and by every service.
        grown_bytes: what the process of a service took more of memory meanwhile, of the one that took most.
    """

    answers: Counter[str]
    refused_s: list[float]
    saved_s: float
    everywhere_s: float
    grown_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TroublesResult:
    """What a run came to."""

    trouble: Trouble
    services: int
    endured: list[Endured]
    aftermath: Aftermath


@dataclass(slots=True)
class _Heard:
    answers: Counter[str] = field(default_factory=Counter)
    refused_s: list[float] = field(default_factory=list)


async def troubles(
    ground: Ground, folder: Path, trouble: Trouble, count: int, *, services: int, seed: int, per_s: float
) -> TroublesResult:
    """Have the trouble `count` times, then compare. Raises TimeoutError when it does not end with its cause."""
    ledger, skew = Ledger(folder / "ledger.jsonl"), Skew(folder / "skew")
    more = skew.environment if trouble is Trouble.CLOCK else {}
    try:
        async with (
            EmbeddedPostgres(ground.data / "postgres") as postgres,
            system(ground, folder, services, postgres.dsn(), more) as running,
        ):

            def one(draw: Random) -> AbstractAsyncContextManager[None]:
                match trouble:
                    case Trouble.DISK:
                        return _full(ground.data / "postgres")
                    case Trouble.LOCK:
                        return _locked(running.dsn)
                    case Trouble.CLOCK:
                        return _jumped(skew, draw)

            async def attack(probe: Probe, draw: Random) -> list[Endured]:
                found = []
                for _ in range(count):
                    await asyncio.sleep(draw.uniform(*BETWEEN_S))
                    found.append(await _endure(running, probe, lambda: one(draw), LASTS_S[trouble]))
                return found

            endured, aftermath = await run(running, ledger, attack, seed=seed, per_s=per_s)
    finally:
        ledger.close()
        skew.close()
    return TroublesResult(trouble=trouble, services=services, endured=endured, aftermath=aftermath)


async def _endure(
    running: System, probe: Probe, trouble: Callable[[], AbstractAsyncContextManager[None]], lasts_s: float
) -> Endured:
    before, heard = _resident(running), _Heard()
    async with trouble():
        until = time.monotonic() + lasts_s
        await asyncio.gather(*(_ask(probe, running.proxy.url, heard, until) for _ in range(ASKERS)))
        grown = max(after - then for after, then in zip(_resident(running), before, strict=True))
    began = time.monotonic()
    urls = [running.proxy.url, *(server.url for server in running.servers)]
    saved_s, *each_s = await asyncio.gather(*(probe.saved_after(began, url) for url in urls))
    return Endured(
        answers=heard.answers,
        refused_s=heard.refused_s,
        saved_s=saved_s,
        everywhere_s=max(each_s),
        grown_bytes=grown,
    )


async def _ask(probe: Probe, url: str, heard: _Heard, until: float) -> None:
    while time.monotonic() < until:
        began = time.monotonic()
        said = await probe.asks(url)
        heard.answers[said.words] += 1
        if not said.saved:
            heard.refused_s.append(time.monotonic() - began)
        await asyncio.sleep(ASK_EVERY_S)


def _resident(running: System) -> Sequence[int]:
    return [0 if server.worker is None else resident_bytes(server.worker) for server in running.servers]


@contextmanager
def small_disk(place: Path) -> Iterator[None]:
    """A disk of its own at this folder, of `DISK_BYTES`. Raises PermissionError where none can be mounted."""
    place.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0755", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:  # noqa: S603  # our own words
        raise PermissionError("no disk can be mounted here")
    try:
        yield
    finally:
        unmount = ["umount", "-l", str(place)]
        subprocess.run(unmount, capture_output=True, check=True)  # noqa: S603  # our own words


@asynccontextmanager
async def _full(disk: Path) -> AsyncIterator[None]:
    ballast = disk / "ballast"
    await asyncio.to_thread(fill, ballast)
    try:
        yield
    finally:
        ballast.unlink()


def fill(ballast: Path) -> None:
    """Leave nothing free on the disk that this file is on."""
    block = b"\\0" * FULL
    descriptor = os.open(ballast, os.O_WRONLY | os.O_CREAT)
    try:
        for size in (len(block), 4096, 1):
            try:
                while True:
                    os.write(descriptor, block[:size])
            except OSError:
                continue
    finally:
        os.close(descriptor)


@asynccontextmanager
async def _locked(dsn: str) -> AsyncIterator[None]:
    """Somebody holds the log's table and does not let go: reads go on, writes wait."""
    rival: Any = await asyncpg.connect(dsn)
    try:
        await rival.execute("BEGIN; LOCK TABLE events IN SHARE MODE")
        yield
    finally:
        await rival.close()


@asynccontextmanager
async def _jumped(skew: Skew, draw: Random) -> AsyncIterator[None]:
    skew.set(draw.choice(HOURS_S))
    try:
        yield
    finally:
        skew.set(0.0)
