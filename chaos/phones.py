"""`naranja chaos --phones N`: every phone's line is cut at once, then swallowed; how soon each is served again."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from random import Random

from app.children.postgres import EmbeddedPostgres
from chaos.ledger import Ledger
from chaos.probe import Probe
from chaos.processes import allow_many_files
from chaos.run import Aftermath, run
from chaos.system import Ground, System, system
from simulator.live.phone import Heard, Phone
from simulator.randomness import stream

CUTS = 3
BETWEEN_S = 2.0
CONNECTED_WITHIN_S = 120.0
SWALLOWED_S = 14.0
"""Longer than either side may go without noticing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhonesResult:
    """Seconds.

    Attributes:
        served_s: of each phone, from each cut of all lines until it has its cards again.
        strangers_noticed_s, services_noticed_s: of each line that was swallowed, until the one side or the other
            gave it up; lines: how many there were.
        healed_s: of each phone, from the end of that until it has its cards again.
    """

    phones: int
    services: int
    served_s: list[float]
    lines: int
    strangers_noticed_s: list[float]
    services_noticed_s: list[float]
    healed_s: list[float]
    aftermath: Aftermath


async def phones(
    ground: Ground, folder: Path, count: int, *, services: int, seed: int, per_s: float
) -> PhonesResult:
    """Connect `count` phones beside everybody who works. Raises TimeoutError when one is not served again."""
    allow_many_files()
    ledger = Ledger(folder / "ledger.jsonl")
    more = {"NARANJA_SOCKETS_PER_SESSION_MAX": str(count)}
    served_s: list[float] = []
    try:
        async with (
            EmbeddedPostgres(ground.data / "postgres") as postgres,
            system(ground, folder, services, postgres.dsn(), more) as running,
        ):

            async def attack(_probe: Probe, _draw: Random) -> _Swallowed:
                crowd = Crowd(running, count, seed)
                try:
                    await crowd.served(time.monotonic())
                    for _ in range(CUTS):
                        await asyncio.sleep(BETWEEN_S)
                        crowd.forget()
                        began = time.monotonic()
                        running.proxy.cut()
                        served_s.extend(await crowd.served(began))
                    return await _swallow(running, crowd)
                finally:
                    await crowd.leave()

            swallowed, aftermath = await run(running, ledger, attack, seed=seed, per_s=per_s)
    finally:
        ledger.close()
    return PhonesResult(
        phones=count,
        services=services,
        served_s=served_s,
        lines=swallowed.lines,
        strangers_noticed_s=swallowed.strangers_s,
        services_noticed_s=swallowed.services_s,
        healed_s=swallowed.healed_s,
        aftermath=aftermath,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Swallowed:
    lines: int
    strangers_s: list[float]
    services_s: list[float]
    healed_s: list[float]


async def _swallow(running: System, crowd: "Crowd") -> _Swallowed:
    proxy = running.proxy
    lines, began = proxy.lines, time.monotonic()
    proxy.swallow()
    await asyncio.sleep(SWALLOWED_S)
    strangers_s = sorted(at - began for at in proxy.strangers_gave_up)[:lines]
    services_s = sorted(at - began for at in proxy.services_gave_up)[:lines]
    crowd.forget()
    healed = time.monotonic()
    proxy.heal()
    healed_s = await crowd.served(healed)
    return _Swallowed(lines=lines, strangers_s=strangers_s, services_s=services_s, healed_s=healed_s)


class Crowd:
    """Phones that do nothing but keep their lines; several share a session, as tabs and devices do."""

    def __init__(self, running: System, count: int, seed: int) -> None:
        tokens: Sequence[str] = list(running.ground.tokens.values())
        self._phones = [
            Phone(running.address, token, stream(seed, f"phone {number}"))
            for number, token in enumerate(islice(cycle(tokens), count))
        ]
        self._tasks = [asyncio.create_task(phone.run(_hear)) for phone in self._phones]

    def forget(self) -> None:
        """From now on, who has its cards has got them anew."""
        for phone in self._phones:
            phone.first_cards.clear()

    async def served(self, began: float) -> list[float]:
        """Of each, the seconds from `began` (monotonic) until it has its cards. Raises TimeoutError."""

        async def one(phone: Phone) -> float:
            await phone.first_cards.wait()
            return time.monotonic() - began

        async with asyncio.timeout(CONNECTED_WITHIN_S):
            return await asyncio.gather(*(one(phone) for phone in self._phones))

    async def leave(self) -> None:
        """Hang up."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _hear(_: Heard) -> None:
    """A phone of the crowd looks at nothing."""
