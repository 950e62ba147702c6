"""`naranja chaos --kills N`: everybody works, something is killed again and again, and nothing may be missing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from uuid import uuid4

from app.clock import ScaledClock, SystemClock
from chaos.checks import Records, check_records
from chaos.faults import ROADS_EVERY, Attack, Fault, Strike, deck
from chaos.ledger import Ledger
from chaos.probe import Probe
from chaos.referee import Verdict, ask_again, judge
from chaos.system import Ground, System, system
from simulator.live.audit import Audit
from simulator.live.pace import BRISK
from simulator.live.stage import Setting, Stage, play
from simulator.play import invented_call
from simulator.randomness import stream

CENTER = "main"
HASTY = replace(
    BRISK,
    seen_s=(0.1, 0.5),
    answer_s=(0.1, 0.8),
    turnout_s=(0.1, 0.5),
    contact_s=(0.1, 0.5),
    stay_s=(0.2, 0.8),
    hand_over_s=(0.1, 0.3),
    place_taken_s=(25.0, 40.0),
    acknowledge_s=(0.2, 0.5),
    close_s=(0.1, 0.5),
    faster=1000.0,
    ignores=0.0,
)
"""A whole story in a few seconds: many answers are on their way when something dies."""
BETWEEN_S = (0.1, 0.6)
"""From everything being back to the next kill."""
SETTLED_WITHIN_S = 45.0
LOOK_EVERY_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class KillsResult:
    """What a run came to; see `Strike`, `Verdict`, `Audit` and `Records`."""

    services: int
    strikes: list[Strike]
    acknowledged: int
    refusals: dict[str, int]
    repeats: int
    answered_otherwise: int
    troubles: dict[str, int]
    verdict: Verdict
    audit: Audit
    records: Records


async def kills(
    ground: Ground, folder: Path, count: int, *, services: int, seed: int, per_s: float
) -> KillsResult:
    """Kill `count` times while `per_s` alerts a second are raised, then compare.

    Raises TimeoutError when something does not come back.
    """
    ledger = Ledger(folder / "ledger.jsonl")
    try:
        async with system(ground, folder, services) as running:
            setting = Setting(
                service=running.address,
                tokens=ground.tokens,
                units=ground.units,
                clock=ScaledClock(SystemClock().now(), 1.0),
                pace=HASTY,
                seed=seed,
                run=uuid4(),
                witness=ledger.take,
            )

            async def show(stage: Stage) -> tuple[Stage, list[Strike], Audit]:
                strikes = await _attack(running, stage, ledger, count, seed, per_s)
                await _settled(stage)
                return stage, strikes, await stage.audit(ledger.alerts)

            stage, strikes, found = await play(setting, show)
            otherwise = await ask_again(running.address, ledger.acknowledged)
            await asyncio.gather(*(server.stop() for server in running.servers))
            dsn = running.postgres.dsn()
            verdict = await judge(dsn, CENTER, ledger.acknowledged)
            records = await check_records(dsn, running.environment, ground.data)
    finally:
        ledger.close()
    return KillsResult(
        services=services,
        strikes=strikes,
        acknowledged=len(ledger.acknowledged),
        refusals=dict(stage.ledger.refusals),
        repeats=stage.ledger.repeats,
        answered_otherwise=len({*otherwise, *ledger.changed}),
        troubles=dict(stage.troubles()),
        verdict=verdict,
        audit=found,
        records=records,
    )


async def _attack(
    running: System, stage: Stage, ledger: Ledger, count: int, seed: int, per_s: float
) -> list[Strike]:
    draw = stream(seed, "chaos")
    probe = Probe(running.ground.tokens["operator-1"], draw.choice(running.ground.city.corners), ledger)
    try:
        async with (
            _ringing(running, stage, seed, per_s),
            Attack(system=running, probe=probe, draw=draw) as attack,
        ):
            for number, fault in enumerate(deck(count, draw), start=1):
                await asyncio.sleep(draw.uniform(*BETWEEN_S))
                await attack.strike(fault)
                if number % ROADS_EVERY == 0:
                    await attack.strike(Fault.ROADS)
    finally:
        await probe.close()
    return attack.strikes


@asynccontextmanager
async def _ringing(running: System, stage: Stage, seed: int, per_s: float) -> AsyncIterator[None]:
    """Calls come in meanwhile; those being raised at the end are waited for."""
    over = asyncio.Event()

    async def ring(draw: Random, group: asyncio.TaskGroup) -> None:
        while not over.is_set():
            group.create_task(stage.take_call(invented_call(draw, running.ground.city, stage.clock.now())))
            await asyncio.sleep(draw.expovariate(per_s))

    async with asyncio.TaskGroup() as group:
        group.create_task(ring(stream(seed, "calls"), group))
        try:
            yield
        finally:
            over.set()


async def _settled(stage: Stage) -> None:
    """Return when no alert is open any more, or it has taken too long: what is left is looked at all the same."""
    with suppress(TimeoutError):
        async with asyncio.timeout(SETTLED_WITHIN_S):
            while stage.console.alerts:  # noqa: ASYNC110  # the screen has no event to wait for
                await asyncio.sleep(LOOK_EVERY_S)
