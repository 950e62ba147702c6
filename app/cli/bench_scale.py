"""The same night with more units, and with more centers in one database: how each cost grows."""

import asyncio
import statistics
import time
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from app.children.postgres import EmbeddedPostgres
from app.dispatch.commands import CancelAlert, ListUnits, RaiseAlert, StartDuty, UnitFacts
from app.dispatch.model import Institution
from app.service import Service, open_service
from app.store.rows import PlaceRow, RegionRows

from .bench_center import MIDDLE, settings_of
from .bench_match import SIZES, match_figures

CENTERS = (1, 2, 4)
UNITS = 200
"""Of each center."""
TOGETHER = 8
"""Alerts under way at once, over all centers."""


async def scale_figures(rounds: int, alerts: int) -> dict[str, Any]:
    """Decisions by units, as ratios to 1,000; alerts saved a second by centers, as ratios to one center."""
    matched = match_figures(rounds)
    units = {
        name: {str(size): matched[f"{name}_{size}_units_ratio"] for size in SIZES}
        for name in ("one_alert", "one_extreme_alert", "one_unit_becomes_free")
    }
    with TemporaryDirectory() as name:
        async with AsyncExitStack() as stack:
            postgres = await stack.enter_async_context(EmbeddedPostgres(Path(name) / "postgres"))
            services = [await _center(postgres.dsn(), Path(name), number, stack) for number in range(max(CENTERS))]
            saved: dict[int, list[float]] = {count: [] for count in CENTERS}
            for _ in range(max(3, rounds // 10)):
                for count in CENTERS:
                    saved[count].append(await _rate(services[:count], alerts))
    medians = {count: statistics.median(found) for count, found in saved.items()}
    return {
        "rounds": rounds,
        "latency_to_that_of_1000_units": units,
        "one_alert_ms": {str(size): matched[f"one_alert_{size}_units_ms"] for size in SIZES},
        "alerts_saved_per_s_by_centers": {str(count): round(found) for count, found in medians.items()},
        "rate_to_that_of_one_center": {str(n): round(found / medians[1], 2) for n, found in medians.items()},
    }


async def _center(dsn: str, folder: Path, number: int, stack: AsyncExitStack) -> Service:
    settings = settings_of(dsn, folder / f"c{number}").model_copy(update={"center": f"c{number}"})
    settings.data_dir.mkdir(mode=0o700)
    service = await open_service(settings, stack)
    facts = tuple(
        UnitFacts(code=f"P-{unit}", institution=Institution.POLICE, agency="bench", zone="z")
        for unit in range(UNITS)
    )
    places = tuple(
        PlaceRow(unit=unit.code, lat=MIDDLE[0] + at * 0.001, lon=MIDDLE[1]) for at, unit in enumerate(facts)
    )
    region = RegionRows(places=places, zones=(), summary={})
    await service.desk.perform(ListUnits(id=str(uuid4()), by="bench", units=facts), region=region)
    duty = (StartDuty(id=str(uuid4()), by="bench", unit=unit.code) for unit in facts)
    await asyncio.gather(*(service.desk.perform(command) for command in duty))
    return service


async def _rate(services: list[Service], alerts: int) -> float:
    """Alerts saved a second, each cancelled again, by so many at once, spread over the centers."""

    async def some(service: Service, count: int) -> None:
        for _ in range(count):
            alert = str(uuid4())
            place = {"lat": MIDDLE[0], "lon": MIDDLE[1]}
            await service.desk.perform(RaiseAlert(id=alert, by="bench", zone="z"), {"place": place})
            await service.desk.perform(CancelAlert(id=str(uuid4()), by="bench", alert=alert, reason="bench"))

    each = max(1, alerts // TOGETHER)
    began = time.perf_counter()
    await asyncio.gather(*(some(services[number % len(services)], each) for number in range(TOGETHER)))
    return each * TOGETHER / (time.perf_counter() - began)
