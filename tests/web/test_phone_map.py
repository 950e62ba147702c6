"""The map on the phone: opened when asked for, hidden with the place, and never more than a picture of it."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from app.geo.point import Point
from tests.patience import until
from tests.service_fixture import House, a_house
from tests.streets import driven_streets, lay_streets

from .axe import wrong_on
from .pictures import coloured, redrawn, still
from .seats import Seat, Theatre, a_theatre

SHOWN_S = 60
QUIET_MS = 1_500
ABOARD = Point(25.652, -100.328)
AREA_M = 150


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def osrm(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A real OSRM on the streets of the tests' region."""
    async with driven_streets(tmp_path_factory.mktemp("streets")) as url:
        yield url


@pytest_asyncio.fixture(loop_scope="session")
async def city(database_url: str, tmp_path: Path, osrm: str, browser: Browser) -> AsyncIterator[Theatre]:
    """A theatre whose service knows the streets, to be drawn and to be driven on."""
    async with a_house(database_url, tmp_path, osrm_url=osrm) as house, a_theatre(house, browser) as theatre:
        await lay_streets(house)
        yield theatre


async def _on_the_way(theatre: Theatre) -> Seat:
    """A patrol that says where it is, has accepted, and is shown where she is."""
    patrol = await theatre.unit("P-1", on_duty=False)
    # A center without roads answers so, and a browser complains of every refusal.
    patrol.refusals.add(409)
    await patrol.context.set_geolocation({"latitude": ABOARD.lat, "longitude": ABOARD.lon})
    await patrol.page.get_by_role("button", name="Entrar en servicio").tap()
    await expect(patrol.page.get_by_role("button", name="Salir de servicio")).to_be_visible()
    await _heard(theatre.house, patrol)
    where = {"lat": 25.67, "lon": -100.31, "accuracy_m": AREA_M, "address": "Calle Hidalgo 12"}
    await theatre.house.raised("police", where=where)
    await patrol.page.get_by_role("button", name="Voy", exact=True).tap()
    await patrol.page.get_by_role("button", name="Mostrar lugar y notas").tap()
    await expect(patrol.page.get_by_test_id("where")).to_contain_text("hacia el")
    return patrol


async def _heard(house: House, patrol: Seat) -> None:
    """The service has heard where the patrol is."""

    def heard() -> bool:
        known = house.service.desk.ground.position("P-1")
        return known is not None and known[1] is not None

    await until(heard)


async def _opens(patrol: Seat, how: str) -> Locator:
    await patrol.page.get_by_role("button", name="Mapa", exact=True).tap()
    found = patrol.page.get_by_test_id("map")
    await expect(found).to_have_attribute("data-drawn", how)
    await still(patrol.page, found)
    return found


async def _hidden(patrol: Seat) -> None:
    """Neither place nor map, and the map is not back as soon as the place is."""
    page = patrol.page
    await expect(page.get_by_test_id("map")).to_have_count(0)
    await expect(page.get_by_test_id("where")).to_have_count(0)
    assert await page.locator("canvas").count() == 0


async def test_the_map_and_the_road_there_are_loaded_only_when_they_are_asked_for(city: Theatre) -> None:
    asked: list[str] = []
    patrol = await _on_the_way(city)
    patrol.context.on("request", lambda request: asked.append(request.url))
    await patrol.page.wait_for_timeout(QUIET_MS)
    assert [url for url in asked if "/assets/" in url or "/api/" in url] == []
    ground = await _opens(patrol, "gl")
    await expect(patrol.page.get_by_text("Por calle: ")).to_be_visible()
    await expect(patrol.page.get_by_text("OpenStreetMap")).to_be_visible()
    assert any(url.endswith("/route") for url in asked)
    assert any(url.endswith("/api/basemap") for url in asked)
    assert {url.split("/")[2] for url in asked if url.startswith("http")} == {f"localhost:{city.house.port}"}
    await expect(patrol.page.get_by_role("region", name="Mapa", exact=True).first).to_be_focused()
    await expect(ground).to_be_in_viewport(ratio=0.9)
    # Not only ground is drawn.
    await coloured(patrol.page, ground, 21)
    assert await wrong_on(patrol, "map") == []


async def test_the_map_is_hidden_after_a_minute_and_does_not_come_back_with_the_place(city: Theatre) -> None:
    patrol = await _on_the_way(city)
    began = time.monotonic()
    await _opens(patrol, "gl")
    await patrol.page.wait_for_timeout((began + SHOWN_S - 10 - time.monotonic()) * 1_000)
    await expect(patrol.page.get_by_test_id("map")).to_be_visible()
    await _hidden(patrol)
    await patrol.page.get_by_role("button", name="Mostrar lugar y notas").tap()
    await expect(patrol.page.get_by_test_id("where")).to_be_visible()
    await expect(patrol.page.get_by_role("button", name="Mapa", exact=True)).to_be_visible()
    await expect(patrol.page.get_by_test_id("map")).to_have_count(0)


async def test_the_map_is_hidden_when_nobody_looks_and_when_the_assignment_ends(city: Theatre) -> None:
    patrol = await _on_the_way(city)
    await _opens(patrol, "gl")
    await patrol.page.evaluate("dispatchEvent(new Event('blur'))")
    await _hidden(patrol)
    for step in ("En camino", "En sitio"):
        await patrol.page.get_by_role("button", name=step, exact=True).tap()
    await patrol.page.get_by_role("button", name="Mostrar lugar y notas").tap()
    await _opens(patrol, "gl")
    await patrol.page.get_by_role("button", name="Libre", exact=True).tap()
    await expect(patrol.page.get_by_text("Sin asignaciones.")).to_be_visible()
    await _hidden(patrol)


async def test_without_webgl_and_without_roads_a_straight_line_is_drawn_that_says_so(
    plain_theatre: Theatre,
) -> None:
    patrol = await _on_the_way(plain_theatre)
    ground = await _opens(patrol, "flat")
    await expect(patrol.page.get_by_text("la línea punteada es recta")).to_be_visible()
    await expect(patrol.page.get_by_text("Sin mapa de calles")).to_be_visible()
    # The place and the line are drawn.
    whole = await coloured(patrol.page, ground, 4)
    await patrol.page.get_by_role("button", name="Acercar").tap()
    await redrawn(patrol.page, ground, whole, 101)
    near = await still(patrol.page, ground)
    await patrol.page.get_by_role("button", name="Ver todo").tap()
    await redrawn(patrol.page, ground, near, 101)
    assert await wrong_on(patrol, "plain map") == []
    await patrol.page.get_by_role("button", name="Ocultar").tap()
    await _hidden(patrol)
