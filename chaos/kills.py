"""`naranja chaos --kills N`: everybody works, something is killed again and again, and nothing may be missing."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from random import Random

from app.children.postgres import EmbeddedPostgres
from chaos.faults import ROADS_EVERY, Attack, Fault, Strike, deck
from chaos.ledger import Ledger
from chaos.probe import Probe
from chaos.run import SETTLED_WITHIN_S, Aftermath, run
from chaos.system import Ground, system

BETWEEN_S = (0.1, 0.6)
"""From somebody being served again to the next kill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KillsResult:
    """What a run came to."""

    services: int
    strikes: list[Strike]
    aftermath: Aftermath


async def kills(
    ground: Ground,
    folder: Path,
    count: int,
    *,
    services: int,
    seed: int,
    per_s: float,
    settle_s: float = SETTLED_WITHIN_S,
) -> KillsResult:
    """Kill `count` times, give what is open then `settle_s` seconds to end, and compare.

    Raises TimeoutError when something does not come back.
    """
    ledger = Ledger(folder / "ledger.jsonl")
    try:
        async with (
            EmbeddedPostgres(ground.data / "postgres") as postgres,
            system(ground, folder, services, postgres.dsn()) as running,
        ):

            async def attack(probe: Probe, draw: Random) -> list[Strike]:
                async with Attack(system=running, postgres=postgres, probe=probe, draw=draw) as attack:
                    for number, fault in enumerate(deck(count, draw), start=1):
                        await asyncio.sleep(draw.uniform(*BETWEEN_S))
                        await attack.strike(fault)
                        if number % ROADS_EVERY == 0:
                            await attack.strike(Fault.ROADS)
                return attack.strikes

            strikes, aftermath = await run(running, ledger, attack, seed=seed, per_s=per_s, settle_s=settle_s)
    finally:
        ledger.close()
    return KillsResult(services=services, strikes=strikes, aftermath=aftermath)
