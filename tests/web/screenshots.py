"""`make screenshots`: pictures of every page by day and by night, of a real service with a made-up evening."""

import asyncio
import random
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Browser, async_playwright, expect

from app.children.postgres import EmbeddedPostgres
from app.clock import HandClock, rfc3339
from app.security.sessions import Role
from tests.service_fixture import House, a_house
from tests.streets import lay_streets

from .browser import launch
from .fortnight import DAYS, SETTINGS, Fortnight
from .seats import Seat, Theatre, a_theatre

THEMES = ("day", "night")
DRAWN_MS = 1_500
"""A map tells nobody when its last tile is drawn."""
CLOSE_BY = {"lat": 25.6712, "lon": -100.3098, "address": "Calle Hidalgo 12, interior 3"}


TURN = """
(theme) => {
  const name = { day: "Día", night: "Noche" }[theme];
  const all = [...document.querySelectorAll("header button, form button")];
  const turns = all.find((one) => one.textContent === name);
  if (turns === undefined) document.documentElement.dataset.theme = theme;
  else turns.click();
}
"""
"""By the page's own button where it has one, so that it says the other theme afterwards."""


async def _picture(seat: Seat, folder: Path, name: str) -> None:
    """The page in both themes, as it stands."""
    for theme in THEMES:
        await seat.page.evaluate(TURN, theme)
        if await seat.page.get_by_test_id("map").count():
            await seat.page.wait_for_timeout(DRAWN_MS)
        await seat.page.screenshot(path=folder / f"{name}-{theme}.png")


async def _says_where(house: House, unit: str, lat: float, lon: float) -> None:
    said = {"lat": lat, "lon": lon, "accuracy_m": 5, "at": rfc3339(house.service.clock.now())}
    (await (await house.client(unit)).put(f"/api/units/{unit}/position", json=said)).raise_for_status()


async def _evening(house: House) -> None:
    """Three alerts before the one that is looked at: one attended, one on its way, one nobody can come to."""
    await house.on_duty("P-2", "P-3")
    first = await house.raised("police", where={"lat": 25.682, "lon": -100.322})
    offer = await house.offered(first)
    for step in ("accept", "en-route", "on-scene", "contact"):
        (await house.step("P-2", offer, step)).raise_for_status()
    north = {"lat": 25.751, "lon": -100.311}
    second = await house.raised("police", where=north, threat={"children_present": "yes"})
    for step in ("accept", "en-route"):
        (await house.step("P-3", await house.offered(second), step)).raise_for_status()
    await house.raised("prosecutor", where={"lat": 25.66, "lon": -100.3})


async def _story(theatre: Theatre, folder: Path) -> None:
    house = theatre.house
    stranger = await theatre.seat(Role.OPERATOR)
    await stranger.page.goto(f"{stranger.url}/")
    await expect(stranger.page.get_by_role("button", name="Entrar")).to_be_visible()
    await _picture(stranger, folder, "sign-in")

    await _evening(house)
    patrol, shelter = await theatre.unit("P-1", on_duty=False), await theatre.unit("S-1")
    await _picture(patrol, folder, "unit-off-duty")
    await patrol.page.get_by_role("button", name="Entrar en servicio").tap()
    await expect(patrol.page.get_by_role("button", name="Salir de servicio")).to_be_visible()

    operator = await theatre.operator()
    keys = operator.page.keyboard
    await keys.press("F2")
    await keys.type(f"{CLOSE_BY['lat']}, {CLOSE_BY['lon']} {CLOSE_BY['address']}")
    await keys.press("Enter")
    await expect(operator.page.get_by_test_id("saved")).to_be_visible()
    await _says_where(house, "P-2", 25.6842, -100.3190)
    await _says_where(house, "P-3", 25.7312, -100.3124)
    for answer in ("Sí", "Sí"):
        await operator.page.get_by_role("button", name=answer, exact=True).press("Enter")
    await expect(patrol.page.get_by_text("El agresor está ahí")).to_be_visible()
    await operator.page.get_by_role("button", name="Ver en el mapa", exact=True).press("Enter")
    for _ in range(2):
        await operator.page.get_by_role("button", name="Alejar").press("Enter")
    await operator.page.locator("[data-question] button").first.focus()
    await _picture(operator, folder, "console")
    await _picture(patrol, folder, "unit-offer")
    await _picture(shelter, folder, "shelter-offer")

    await shelter.page.get_by_role("button", name="La recibimos").tap()
    await patrol.page.get_by_role("button", name="Voy", exact=True).tap()
    await patrol.page.get_by_role("button", name="En camino", exact=True).tap()
    await expect(patrol.page.locator('[data-step="en-route"][data-state="confirmed"]')).to_be_visible()
    await _picture(patrol, folder, "unit-task")
    await expect(shelter.page.get_by_role("button", name="Ya llegó")).to_be_visible()
    await _picture(shelter, folder, "shelter")


async def _report(theatre: Theatre, folder: Path) -> None:
    """The coordinator's page: what is seen first, and the charts below it."""
    coordinator = await theatre.coordinator()
    await expect(coordinator.page.locator("section[aria-busy=true]")).to_have_count(0)
    await _picture(coordinator, folder, "coordinator")
    for name in ("trend", "map", "compare"):
        section = coordinator.page.locator(f'[data-report="{name}"]')
        for theme in THEMES:
            await coordinator.page.evaluate(TURN, theme)
            await section.screenshot(path=folder / f"coordinator-{name}-{theme}.png")


async def _fortnight(dsn: str, folder: Path, browser: Browser, pictures: Path) -> None:
    """A service of its own, whose clock is moved by hand through two weeks of calls."""
    clock = HandClock(time.time() - DAYS * 86_400)
    async with (
        a_house(dsn, folder, clock, time_zone="America/Mexico_City", **SETTINGS) as house,
        a_theatre(house, browser) as theatre,
    ):
        await Fortnight(house=house, clock=clock, chance=random.Random(5)).passes()
        await house.raised("prosecutor")
        clock.advance(max(0.0, time.time() - clock.now()))
        await _report(theatre, pictures)


async def _take(folder: Path) -> None:
    async with AsyncExitStack() as stack:
        place = Path(stack.enter_context(TemporaryDirectory(prefix="naranja-screens-")))
        server = await stack.enter_async_context(EmbeddedPostgres(place / "server"))
        await server.create_database("screens")
        house = await stack.enter_async_context(a_house(server.dsn("screens"), place / "house"))
        await lay_streets(house)
        playwright = await stack.enter_async_context(async_playwright())
        browser = await launch(playwright)
        await _story(await stack.enter_async_context(a_theatre(house, browser)), folder)
        await server.create_database("fortnight")
        await _fortnight(server.dsn("fortnight"), place / "fortnight", browser, folder)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    asyncio.run(_take(target))
