"""The two shows: an invented night in an invented city, and real calls played again."""

import asyncio
import math
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any
from uuid import NAMESPACE_OID, uuid4, uuid5

from rich.console import Console

from app.clock import ScaledClock, SystemClock, rfc3339
from app.geo.point import Point
from app.geo.unit_files import UnitRow, read_units
from app.geo.zone_files import read_zones
from app.geo.zones import Zones
from simulator.calls import Call, CallsRead
from simulator.cast import COORDINATOR
from simulator.city import City
from simulator.live.console import seconds as seconds_of
from simulator.live.pace import BRISK, LIFELIKE, Pace, drawn
from simulator.live.results import DemoResult, ReplayResult, demo_result, replay_result
from simulator.live.stage import NotReady, Setting, Stage, play
from simulator.live.view import watch
from simulator.live.wire import ServiceAddress, Wire
from simulator.randomness import stream

OPENING_CALLS = 10
OPENING_GAP_S, LATER_GAP_S = (1.8, 3.0), (3.5, 7.0)
"""Between two calls of a demo: the first so many come quickly."""

QUIET_S = 20.0
"""The last call of a demo comes so long before its end, so that its story can be told."""

AWAY_M = 35.0
"""A caller lives so far from the crossing at most."""

CATCH_UP_MAX = 32
"""Calls of a replay that are being raised at once."""

TAIL_S = 3 * 3600.0
"""A replay waits so long for its last stories to end; the service's seconds."""

LOOK_EVERY_S = 0.5
CLOCK_READINGS = 7


async def demo(
    service: ServiceAddress,
    city: City,
    tokens: Mapping[str, str],
    seconds: float,
    seed: int,
    view: Console | None = None,
    *,
    pace: Pace = BRISK,
    stop: asyncio.Event | None = None,
) -> DemoResult:
    """Play an invented night for so many seconds, or with 0 until `stop` is set, and count what became of it.

    `tokens`: login (see `cast`) -> token. The service runs on the machine's clock. Raises NotReady.
    """
    units = read_units(city.units, Zones(read_zones(city.zones).zones)).units
    clock = ScaledClock(SystemClock().now(), 1.0)
    setting = Setting(service=service, tokens=tokens, units=units, clock=clock, pace=pace, seed=seed, run=uuid4())
    stop = stop or asyncio.Event()

    async def show(stage: Stage) -> DemoResult:
        async with _shown(stage, view), asyncio.TaskGroup() as group:
            until = stage.clock.now() + max(seconds / 3, seconds - QUIET_S) if seconds else math.inf
            ringing = group.create_task(_ring(stage, city, seed, until, group))
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds or None):
                    await stop.wait()
            ringing.cancel()
        return demo_result(stage, await stage.audit())

    return await play(setting, show)


async def replay(
    service: ServiceAddress,
    calls: CallsRead,
    tokens: Mapping[str, str],
    units: Sequence[UnitRow],
    speed: float,
    *,
    seed: int = 0,
    view: Console | None = None,
    pace: Pace = LIFELIKE,
    tail_s: float = TAIL_S,
    stop: asyncio.Event | None = None,
) -> ReplayResult:
    """Raise each call when the service's clock, which runs `speed` times as fast as the wall, comes to its time.

    Calls whose time is over are raised at once; those the service has already are not raised again. Then wait
    until no alert is open, at most `tail_s`. Raises NotReady.
    """
    clock = await service_clock(service, tokens, speed)
    run = uuid5(NAMESPACE_OID, f"replay/{seed}/{clock.now()}")
    setting = Setting(service=service, tokens=tokens, units=units, clock=clock, pace=pace, seed=seed, run=run)
    stop = stop or asyncio.Event()

    async def show(stage: Stage) -> ReplayResult:
        async with _shown(stage, view):
            known = await _raise_all(stage, calls.calls, stop)
            await _until_over(stage, clock.now() + tail_s, stop)
        found = await stage.audit([call.id for call in calls.calls])
        report = await _report(stage, calls)
        return replay_result(stage, found, calls.rows, len(calls.refused), known, report)

    return await play(setting, show)


async def service_clock(service: ServiceAddress, tokens: Mapping[str, str], speed: float) -> ScaledClock:
    """A clock that goes with the service's and never before it. Raises NotReady where it cannot be read.

    What the way back took is what this clock is late by, so of some readings the one that puts it farthest ahead
    is the best.
    """
    async with Wire(service) as wire:
        person = wire.person(tokens[COORDINATOR], uuid4())
        wall, zeros = SystemClock(), []
        for _ in range(CLOCK_READINGS):
            answer = await person.get("/readyz")
            if not answer.ok:
                raise NotReady(f"the service does not tell its time: {answer.status} {answer.code}".rstrip())
            zeros.append(seconds_of(answer.body["at"]) - wall.now() * speed)
        return ScaledClock(wall.now() * speed + max(zeros), speed)


@asynccontextmanager
async def _shown(stage: Stage, view: Console | None) -> AsyncIterator[None]:
    """Show the show meanwhile, where anybody looks."""
    if view is None:
        yield
        return
    watching = asyncio.create_task(watch(stage, view))
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _ring(stage: Stage, city: City, seed: int, until: float, group: asyncio.TaskGroup) -> None:
    """Let calls come until then, or until cancelled; each is answered while others wait."""
    draw = stream(seed, "calls")
    number = 0
    while stage.clock.now() < until:
        number += 1
        group.create_task(stage.take_call(invented_call(draw, city, stage.clock.now())))
        await stage.clock.sleep(drawn(draw, OPENING_GAP_S if number < OPENING_CALLS else LATER_GAP_S))


def invented_call(draw: Random, city: City, at: float) -> Call:
    """Somebody calls: near a crossing, with police in any case, the rest and the danger by chance."""
    corner = draw.choice(city.corners)
    # A degree of latitude is 111 km; the invented city lies where one of longitude is 100 km.
    away = AWAY_M / 111_000
    place = Point(
        round(corner.lat + draw.uniform(-away, away), 6), round(corner.lon + draw.uniform(-away, away), 6)
    )
    needs = ["police"]
    needs += ["police"] if draw.random() < 0.07 else []
    needs += ["prosecutor"] if draw.random() < 0.3 else []
    needs += ["shelter"] if draw.random() < 0.35 else []
    dangers = {
        "aggressor_present": 0.4,
        "children_present": 0.25,
        "weapon_present": 0.08,
        "threatened_to_kill": 0.05,
    }
    threat = tuple(question for question, share in dangers.items() if draw.random() < share)
    return Call(
        id=str(uuid4()),
        at=at - draw.uniform(5, 40),
        place=place,
        needs=tuple(needs),
        threat=threat,
        incident=draw.choice(("30502", "30503")),
    )


async def _raise_all(stage: Stage, calls: Sequence[Call], stop: asyncio.Event) -> int:
    """Raise each call at its time; how many the service had already."""
    gate = asyncio.Semaphore(CATCH_UP_MAX)
    known = 0

    async def take(call: Call) -> None:
        nonlocal known
        async with gate:
            if stop.is_set():
                return
            before = await stage.coordinator.get(f"/api/alerts/{call.id}")
            if before.ok:
                known += 1
                return
            await stage.take_call(call)

    async with asyncio.TaskGroup() as group:
        for call in calls:
            while (wait_s := call.at - stage.clock.now()) > 0 and not stop.is_set():
                await stage.clock.sleep(min(wait_s, LOOK_EVERY_S * stage.clock.speed))
            if stop.is_set():
                break
            group.create_task(take(call))
    return known


async def _until_over(stage: Stage, last: float, stop: asyncio.Event) -> None:
    """Return when no alert is open any more, or the clock comes to `last`."""
    while True:
        if not stage.console.alerts or stage.clock.now() >= last or stop.is_set():
            return
        await asyncio.sleep(LOOK_EVERY_S)


async def _report(stage: Stage, calls: CallsRead) -> list[dict[str, Any]]:
    """The service's own response times of the window, by institution."""
    answer = await stage.coordinator.get(
        "/api/reports/response-times", **_period(calls.start, stage.clock.now()), by="institution"
    )
    rows: list[dict[str, Any]] = answer.body.get("rows", [])
    return rows


def _period(start: float, end: float) -> dict[str, str]:
    return {"from": rfc3339(start), "to": rfc3339(max(end, start + 1.0))}
