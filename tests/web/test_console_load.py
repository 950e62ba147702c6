"""A large city on the console: 1,500 units that move every second, and a page that answers all the same."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from app.dispatch.commands import StartDuty
from app.geo.point import Point
from app.region import Files, bring_in
from tests.service_fixture import House, a_house, write_units
from tests.streets import lay_streets

from .seats import Theatre, a_theatre

UNITS = 1_500
BEATS, ROUNDS_MAX = 30, 3
LONG_MS_P95 = 50.0
"""What a person feels. The browser calls a task long from 50 ms on."""
HEAD = "code,institution,agency,lat,lon,capacity,capabilities,sealed\n"
WATCH = """
window.naranjaLong = [];
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) window.naranjaLong.push([task.startTime, task.duration]);
}).observe({ type: "longtask" });
"""


@pytest_asyncio.fixture(loop_scope="session")
async def city(database_url: str, tmp_path: Path, browser: Browser) -> AsyncIterator[Theatre]:
    """A service with a map and 1,500 patrols on duty."""
    async with a_house(database_url, tmp_path) as house, a_theatre(house, browser) as theatre:
        await lay_streets(house)
        service = house.service
        units = (
            f"P-{n},police,SSC,{25.63 + n % 40 * 0.004:.4f},{-100.38 + n // 40 * 0.004:.4f},1,,\n"
            for n in range(1, UNITS + 1)
        )
        listed = write_units(tmp_path / "many.csv", HEAD + "".join(units))
        await bring_in(Files(units=listed), service.settings, service.database, service.desk)
        await asyncio.gather(
            *(
                service.desk.perform(StartDuty(id=str(uuid4()), by="test", unit=f"P-{n}"))
                for n in range(1, UNITS + 1)
            )
        )
        yield theatre


async def _drive(house: House, beats: int) -> None:
    """Every unit says once a second where it is, some metres further."""
    chance = Random(1)
    places = {f"P-{n}": (25.63 + n % 40 * 0.004, -100.38 + n // 40 * 0.004) for n in range(1, UNITS + 1)}
    began = time.monotonic()
    for beat in range(beats):
        now = house.service.clock.now()
        for unit, (lat, lon) in places.items():
            places[unit] = (lat + chance.uniform(-2e-4, 2e-4), lon + chance.uniform(-2e-4, 2e-4))
            await house.service.positions.take(unit, Point(*places[unit]), 5.0, now)
        await asyncio.sleep(max(0.0, began + beat + 1 - time.monotonic()))


async def test_1500_units_that_move_every_second_do_not_hold_up_the_page(
    city: Theatre, capsys: pytest.CaptureFixture[str]
) -> None:
    operator = await city.operator()
    page = operator.page
    await expect(page.get_by_test_id("map")).to_have_attribute("data-drawn", "gl")
    await _drive(city.house, 5)
    await page.evaluate(WATCH)
    rounds: list[float] = []
    # The service, the page and other tests share this machine: what is disturbed once is looked at again.
    while len(rounds) < ROUNDS_MAX and min(rounds, default=math.inf) > LONG_MS_P95:
        rounds.append(await _longest_p95(city.house, page, capsys))
    await expect(page.get_by_text(f"1 a 25 de {UNITS}")).to_be_visible()
    assert min(rounds) <= LONG_MS_P95, rounds


async def _longest_p95(house: House, page: Page, capsys: pytest.CaptureFixture[str]) -> float:
    """While all of them move and an operator types: of each second the longest task, of these the P95, in ms."""
    typed = page.get_by_label("Lugar")
    driving = asyncio.create_task(_drive(house, BEATS))
    began = await page.evaluate("performance.now()")
    waited = []
    while not driving.done():
        before = time.monotonic()
        await typed.press("1")
        waited.append((time.monotonic() - before) * 1000)
        await asyncio.sleep(0.4)
    await driving
    long = [(at, took) for at, took in await page.evaluate("window.naranjaLong") if at >= began]
    # Of each second, the longest time in which the page answered nobody; below 50 ms the browser tells of none.
    worst = [0.0] * BEATS
    for at, took in long:
        beat = min(BEATS - 1, int((at - began) / 1000))
        worst[beat] = max(worst[beat], took)
    p95 = sorted(worst)[int(0.95 * BEATS)]
    key = sorted(waited)[int(0.95 * len(waited))]
    with capsys.disabled():
        figures = (
            f"{len(long)} long tasks in {BEATS} s, each second's longest p95 {p95:.0f} ms, max {max(worst):.0f} ms"
        )
        print(f"\n{UNITS} units at 1 Hz: {figures}; a key p95 {key:.0f} ms")  # noqa: T201
    return p95
