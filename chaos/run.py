"""One run: everybody works while somebody attacks; then it grows quiet, and everything is compared."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from random import Random
from uuid import uuid4

from app.clock import ScaledClock, SystemClock
from chaos.checks import Records, check_records
from chaos.ledger import Ledger
from chaos.probe import Probe
from chaos.referee import Verdict, ask_again, judge
from chaos.system import System
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
SETTLED_WITHIN_S = 45.0
LOOK_EVERY_S = 0.2
OPEN_AT_MOST = 60
"""With more open than all crews together can see to, a long run would only wait for them."""
INTERNAL = "500"
"""How such an answer begins among troubles, whatever its body says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """What was found when all was over; see `Verdict`, `Audit` and `Records`.

    Attributes:
        acknowledged: commands that were said to be saved.
        refusals, troubles: answers that were not yes, by code; repeats: commands that had to be sent again.
        answered_otherwise: acknowledged commands that got another answer when they were sent once more.
        bugs: lines in which a service says that it has met one; internal: answers that said so.
    """

    acknowledged: int
    refusals: dict[str, int]
    repeats: int
    answered_otherwise: int
    troubles: dict[str, int]
    bugs: list[str]
    internal: int
    verdict: Verdict
    audit: Audit
    records: Records


async def run[Result](
    running: System,
    ledger: Ledger,
    attack: Callable[[Probe, Random], Awaitable[Result]],
    *,
    seed: int,
    per_s: float,
    settle_s: float = SETTLED_WITHIN_S,
) -> tuple[Result, Aftermath]:
    """Raise `per_s` alerts a second while `attack` lasts, then compare; the services are stopped by then."""
    ground = running.ground
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

    async def show(stage: Stage) -> tuple[Stage, Result, int, Audit]:
        draw = stream(seed, "chaos")
        probe = Probe(ground.tokens["operator-1"], draw.choice(ground.city.corners), ledger)
        try:
            async with _ringing(running, stage, seed, per_s):
                result = await attack(probe, draw)
        finally:
            await probe.close()
        await _settled(stage, settle_s)
        internal = probe.internal + sum(
            count for what, count in stage.troubles().items() if what.startswith(INTERNAL)
        )
        return stage, result, internal, await stage.audit(ledger.alerts)

    stage, result, internal, found = await play(setting, show)
    otherwise = await ask_again(running.address, ledger.acknowledged)
    await asyncio.gather(*(server.stop() for server in running.servers))
    return result, Aftermath(
        acknowledged=len(ledger.acknowledged),
        refusals=dict(stage.ledger.refusals),
        repeats=stage.ledger.repeats,
        answered_otherwise=len({*otherwise, *ledger.changed}),
        troubles=dict(stage.troubles()),
        internal=internal,
        bugs=[line for server in running.servers for line in server.bugs()],
        verdict=await judge(running.dsn, CENTER, ledger.acknowledged),
        audit=found,
        records=await check_records(running.dsn, running.environment, ground.data),
    )


@asynccontextmanager
async def _ringing(running: System, stage: Stage, seed: int, per_s: float) -> AsyncIterator[None]:
    """Calls come in meanwhile, while not too many are open; those being raised at the end are waited for."""
    over = asyncio.Event()

    async def ring(draw: Random, group: asyncio.TaskGroup) -> None:
        while not over.is_set():
            if len(stage.console.alerts) >= OPEN_AT_MOST:
                await asyncio.sleep(LOOK_EVERY_S)
                continue
            group.create_task(stage.take_call(invented_call(draw, running.ground.city, stage.clock.now())))
            await asyncio.sleep(draw.expovariate(per_s))

    async with asyncio.TaskGroup() as group:
        group.create_task(ring(stream(seed, "calls"), group))
        try:
            yield
        finally:
            over.set()


async def _settled(stage: Stage, within_s: float) -> None:
    """Return when no alert is open any more, or it has taken too long: what is left is looked at all the same."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while stage.console.alerts:  # noqa: ASYNC110  # the screen has no event to wait for
                await asyncio.sleep(LOOK_EVERY_S)
