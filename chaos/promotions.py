"""`naranja chaos --promote N`: the primary is lost under load, its standby is promoted, a new standby is built."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

from chaos.ledger import Ledger
from chaos.pair import Pair
from chaos.probe import Probe
from chaos.run import Aftermath, run
from chaos.system import Ground, system

BETWEEN_S = (1.0, 3.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionsResult:
    """Seconds from each loss until an alert was saved by the proxy, until every service saved one, and until a new
    standby was in step. Who notices the loss and decides is not in them: the standby is promoted at once."""

    services: int
    saved_s: list[float]
    everywhere_s: list[float]
    whole_s: list[float]
    aftermath: Aftermath


async def promotions(
    ground: Ground, folder: Path, count: int, *, services: int, seed: int, per_s: float
) -> PromotionsResult:
    """Lose the primary `count` times, then compare. Raises TimeoutError when something does not come back."""
    ledger = Ledger(folder / "ledger.jsonl")
    saved_s: list[float] = []
    everywhere_s: list[float] = []
    whole_s: list[float] = []
    try:
        async with (
            Pair(ground.data / "postgres", ground.data / "postgres-second") as pair,
            system(ground, folder, services, await pair.dsn()) as running,
        ):

            async def attack(probe: Probe, draw: Random) -> None:
                for _ in range(count):
                    await asyncio.sleep(draw.uniform(*BETWEEN_S))
                    began = time.monotonic()
                    await pair.lose_primary()
                    await pair.promote()
                    urls = [running.proxy.url, *(server.url for server in running.servers)]
                    first_s, *each_s = await asyncio.gather(*(probe.saved_after(began, url) for url in urls))
                    saved_s.append(first_s)
                    everywhere_s.append(max(each_s))
                    await pair.new_standby()
                    whole_s.append(time.monotonic() - began)

            _, aftermath = await run(running, ledger, attack, seed=seed, per_s=per_s)
    finally:
        ledger.close()
    return PromotionsResult(
        services=services, saved_s=saved_s, everywhere_s=everywhere_s, whole_s=whole_s, aftermath=aftermath
    )
