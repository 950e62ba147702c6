"""A long storm against the real service: whether it grows, leaks or slows while alerts come and are attended.

It looks at the service's process from outside, by what Linux tells of it in /proc.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import numpy as np

from app.clock import ScaledClock, SystemClock
from app.geo.unit_files import UnitRow
from simulator.city import City
from simulator.live.audit import percentile
from simulator.live.pace import BRISK
from simulator.live.results import DemoResult, demo_result
from simulator.live.stage import Setting, Stage, play
from simulator.live.wire import ServiceAddress
from simulator.play import invented_call
from simulator.profile import BUSIEST
from simulator.randomness import stream

CALLS_PER_DAY = 188_940 / 99
"""Of the largest line we know of: *765 SOS Mujeres, Mexico City, 1 January to 9 April 2025."""
BUSIEST_DAY = 175 / 89
"""The busiest day by the mean day: family violence in Mexico City, 2019 to 2024."""
PEAK_PER_S = CALLS_PER_DAY / 86_400 * BUSIEST_DAY * BUSIEST
"""Calls a second in the busiest hour of the week, on the busiest day."""

PACE = replace(BRISK, place_taken_s=(10.0, 20.0))
"""A place in a shelter is free again soon: the storm is long, and the city has 29 of them."""
SAMPLE_EVERY_S = 2.0
TELL_EVERY_S = 60.0
WARM_UP = 1 / 6
"""Of the whole: until then caches fill, and nothing is compared."""
WINDOW = 1 / 10
"""Of the whole: the first and the last so much after it are compared."""
QUIET_S = 60.0
"""No call comes in so much of the end, a quarter of the whole at most: every story can be told to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """What is played: who is there (`tokens`: login -> token), for how long, how many calls a second come."""

    city: City
    units: Sequence[UnitRow]
    tokens: Mapping[str, str]
    seconds: float
    per_s: float
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The service's process at one moment. `at`: seconds from the beginning; `memory`: MiB resident."""

    at: float
    memory: float
    descriptors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Soaked:
    """What was seen.

    Attributes:
        alerts_per_s: drawn, not counted; `alerts` is counted.
        memory_mib, descriptors: medians of the window after the warm-up and of the last one while calls came.
        memory_growth: the last by the first, less 1. `memory_mib_per_h`: the slope of a line through all after
            the warm-up.
        to_phone: seconds from the operator's key to the first phone that shows the offer. `_late`: of the last
            third of the alerts only.
    """

    minutes: float
    alerts_per_s: float
    units: int
    alerts: int
    needs: int
    accepted: int
    on_scene: int
    lost: int
    double_booked: int
    unowned: int
    repeats: int
    refusals: Mapping[str, int]
    troubles: Mapping[str, int]
    to_phone_p50_s: float | None
    to_phone_p99_s: float | None
    to_phone_p99_late_s: float | None
    to_phone_max_s: float | None
    memory_mib: tuple[float, float]
    memory_growth: float
    memory_mib_per_h: float
    descriptors: tuple[float, float]

    @property
    def sound(self) -> bool:
        """Whether every promise was kept."""
        return not (self.lost or self.double_booked or self.unowned or self.troubles)


async def soak(
    service: ServiceAddress, pid: int, storm: Storm, tell: Callable[[str], None], stop: asyncio.Event
) -> Soaked:
    """Play the storm against the service whose process is `pid`, or until `stop`. Raises NotReady."""
    clock = ScaledClock(SystemClock().now(), 1.0)
    setting = Setting(
        service=service,
        tokens=storm.tokens,
        units=storm.units,
        clock=clock,
        pace=PACE,
        seed=storm.seed,
        run=uuid4(),
    )
    quiet_s = min(QUIET_S, storm.seconds / 4)

    async def show(stage: Stage) -> Soaked:
        samples: list[Sample] = []
        async with asyncio.TaskGroup() as group:
            tasks = (
                group.create_task(_sample(pid, samples)),
                group.create_task(_tell(stage, samples, tell)),
                group.create_task(_ring(stage, storm, group)),
            )
            await _wait(storm.seconds - quiet_s, stop)
            for task in tasks:
                task.cancel()
        await _wait(quiet_s, stop)
        found = demo_result(stage, await stage.audit())
        return summed(storm, found, samples, stage.ledger.to_phone_s)

    return await play(setting, show)


async def _wait(seconds: float, stop: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


async def _ring(stage: Stage, storm: Storm, group: asyncio.TaskGroup) -> None:
    """Calls come, none because of another, until cancelled; each is answered while others wait."""
    draw = stream(storm.seed, "soak")
    due = stage.clock.now()
    while True:
        due += draw.expovariate(storm.per_s)
        await stage.clock.sleep(max(0.0, due - stage.clock.now()))
        group.create_task(stage.take_call(invented_call(draw, storm.city, stage.clock.now())))


async def _sample(pid: int, samples: list[Sample]) -> None:
    began = time.monotonic()
    while True:
        samples.append(await asyncio.to_thread(look_at, pid, time.monotonic() - began))
        await asyncio.sleep(SAMPLE_EVERY_S)


def look_at(pid: int, at: float) -> Sample:
    """The process now. Raises FileNotFoundError when it is gone."""
    process = Path("/proc") / str(pid)
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    return Sample(
        at=at,
        memory=int(status["VmRSS"].removesuffix("kB")) / 1024,
        descriptors=sum(1 for _ in (process / "fd").iterdir()),
    )


async def _tell(stage: Stage, samples: Sequence[Sample], tell: Callable[[str], None]) -> None:
    while True:
        await asyncio.sleep(TELL_EVERY_S)
        p99 = percentile(stage.ledger.to_phone_s, 0.99)
        tell(
            f"{samples[-1].at / 60:.0f} min: {len(stage.ledger.folios)} alerts,"
            f" {len(stage.console.alerts)} open; alert to phone P99 {p99} s;"
            f" {samples[-1].memory:.0f} MiB, {samples[-1].descriptors} descriptors"
        )


def summed(storm: Storm, found: DemoResult, samples: Sequence[Sample], to_phone: Sequence[float]) -> Soaked:
    """What a storm comes to. `to_phone` in the order the alerts came."""
    warm = [sample for sample in samples if sample.at >= storm.seconds * WARM_UP]
    window = max(1, round(len(samples) * WINDOW))
    at = np.array([sample.at for sample in warm])
    memory = np.array([sample.memory for sample in warm])
    descriptors = np.array([sample.descriptors for sample in warm])
    first, last = float(np.median(memory[:window])), float(np.median(memory[-window:]))
    return Soaked(
        minutes=round(storm.seconds / 60, 2),
        alerts_per_s=round(storm.per_s, 3),
        units=len(storm.units),
        alerts=found.alerts_raised,
        needs=found.needs,
        accepted=found.accepted,
        on_scene=found.on_scene,
        lost=found.lost,
        double_booked=found.double_booked,
        unowned=found.unowned,
        repeats=found.repeats,
        refusals=found.refusals,
        troubles=found.troubles,
        to_phone_p50_s=percentile(to_phone, 0.5),
        to_phone_p99_s=percentile(to_phone, 0.99),
        to_phone_p99_late_s=percentile(to_phone[-len(to_phone) // 3 :], 0.99),
        to_phone_max_s=percentile(to_phone, 1.0),
        memory_mib=(round(first, 1), round(last, 1)),
        memory_growth=round(last / first - 1, 4),
        memory_mib_per_h=round(float(np.polyfit(at, memory, 1)[0]) * 3600, 2),
        descriptors=(float(np.median(descriptors[:window])), float(np.median(descriptors[-window:]))),
    )
