"""The whole story in browsers at once, against the real service: from a key at the console to her being safe."""

import re
import time
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright, expect

from app.geo.point import Point, distance_m
from tests.patience import PATIENCE_S
from tests.service_fixture import a_house

from .browser import WITHOUT_WEBGL, launch
from .seats import PHONE, Seat, Theatre, a_theatre

PLACE = "25.67, -100.31 Calle Hidalgo 12"
HER = Point(25.67, -100.31)
STATION, HALFWAY = Point(25.68, -100.318), Point(25.675, -100.314)
SCRIPT_S = 20.0
WIRE_S = 0.001
THUMB = {"Voy", "La recibimos", "En camino", "En sitio", "Con ella", "Salimos", "A salvo"}
"""What a thumb has to find: in the lowest third of the screen."""


@pytest_asyncio.fixture(loop_scope="session", params=[(), (WITHOUT_WEBGL,)], ids=["with WebGL", "without WebGL"])
async def stage(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> AsyncIterator[Theatre]:
    """A service of its own before a browser that draws everything, and before one that draws no WebGL."""
    async with async_playwright() as playwright, a_house(database_url, tmp_path) as house:
        browser = await launch(playwright, *request.param)
        async with a_theatre(house, browser) as theatre:
            yield theatre
        await browser.close()


async def _press(seat: Seat, name: str) -> None:
    button = seat.page.get_by_role("button", name=name, exact=True)
    await expect(button).to_be_visible()
    box = await button.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 56, f"{name} is {box['width']} x {box['height']}"
    if name in THUMB:
        assert box["y"] + box["height"] / 2 >= PHONE["height"] * 2 / 3, f"{name} is at {box['y']}"
    await button.tap()


async def _says(seat: Seat, name: str, step: str) -> None:
    """The crew presses a step, and the phone says that the service has confirmed it."""
    await _press(seat, name)
    await expect(seat.page.locator(f'[data-step="{step}"][data-state="confirmed"]')).to_be_visible()


async def _need(page: Page, need: str, state: str) -> None:
    await expect(page.locator(f'[data-need="{need}"] [data-state="{state}"]')).to_be_visible()


async def _is_at(seat: Seat, place: Point) -> None:
    await seat.context.set_geolocation({"latitude": place.lat, "longitude": place.lon})


async def _far_m(seat: Seat) -> float:
    """How far the phone says it still is."""
    said = await seat.page.get_by_test_id("where").inner_text()
    number, unit = re.findall(r"([0-9.]+) (m|km) ", said)[-1]
    return float(number) * (1000 if unit == "km" else 1)


async def _drives(seat: Seat, to: Point) -> None:
    """The phone is moved a little further all the time, until the service has heard that it is there."""
    ground = seat.house.service.desk.ground
    began, beat = time.monotonic(), 0
    while (known := ground.position("P-1")) is None or distance_m(known[0], to) > 10.0:
        assert time.monotonic() - began < PATIENCE_S, f"it is believed to be at {known}"
        # Satellites are never quite of one mind: each fix is some centimetres beside the one before.
        await _is_at(seat, Point(to.lat + beat % 2 * 1e-6, to.lon))
        beat += 1
        await seat.page.wait_for_timeout(500)


async def _asks_the_risk_questions(seat: Seat) -> None:
    """Two answers are saved; one that was given on the telephone is not asked again."""
    await _press(seat, "Preguntas de riesgo")
    for question in ("jealous", "left_him"):
        await seat.page.locator(f'input[name="{question}"][value="no"]').check()
    await _press(seat, "Guardar respuestas")
    await expect(seat.page.get_by_text("Guardado")).to_be_visible()


async def test_from_the_first_key_to_her_being_safe_and_the_coordinators_page_shows_those_very_times(
    stage: Theatre,
) -> None:
    operator = await stage.operator()
    patrol = await stage.unit("P-1", geolocation={"latitude": STATION.lat, "longitude": STATION.lon})
    prosecutor, shelter = [await stage.unit(code) for code in ("F-1", "S-1")]
    for seat in (patrol, prosecutor, shelter):
        assert seat.page.viewport_size == {"width": 360, "height": 740}
    await _takes_the_call(operator)
    await _accept(patrol, prosecutor, shelter)
    await _drive(operator, patrol)
    await _bring_her_to_safety(operator, patrol, prosecutor, shelter)
    assert await operator.pointers() == 0
    await _the_coordinator_sees_those_times(stage)


async def _takes_the_call(operator: Seat) -> None:
    """Keys only, from the first to the last question."""
    keys = operator.page.keyboard
    began = time.monotonic()
    await keys.press("F2")
    await keys.type(PLACE)
    await keys.press("Enter")
    await expect(operator.page.get_by_test_id("saved")).to_contain_text("N-1")
    for question, answer in (("safe-to-talk", "Sí"), ("aggressor_present", "Sí"), ("weapon_present", "No")):
        asked = operator.page.locator(f'[data-question="{question}"]')
        await expect(asked.get_by_role("button", name="Sí")).to_be_focused()
        await keys.press("ArrowRight" if answer == "No" else "Home")
        await expect(asked.get_by_role("button", name=answer, exact=True)).to_be_focused()
        await keys.press("Enter")
    for need in ("police", "prosecutor", "shelter"):
        await _need(operator.page, need, "offered")
    took_s = time.monotonic() - began
    assert took_s <= SCRIPT_S, f"taken down and sent after {took_s:.1f} s"


async def _accept(patrol: Seat, prosecutor: Seat, shelter: Seat) -> None:
    """Each on its own phone; the place is seen only afterwards, by who goes there, while it is looked at."""
    for seat in (patrol, prosecutor):
        await expect(seat.page.get_by_role("heading", name="Nueva asignación")).to_be_visible()
        await expect(seat.page.get_by_text("Calle Hidalgo")).to_have_count(0)
        await _press(seat, "Voy")
    await expect(patrol.page.get_by_text("El agresor está ahí")).to_be_visible()
    await _press(shelter, "La recibimos")
    await _press(patrol, "Mostrar lugar y notas")
    await expect(patrol.page.get_by_test_id("where")).to_contain_text("Calle Hidalgo 12")
    await patrol.page.evaluate("dispatchEvent(new Event('blur'))")
    await expect(patrol.page.get_by_text("Calle Hidalgo")).to_have_count(0)
    await expect(shelter.page.get_by_text("Calle Hidalgo")).to_have_count(0)


async def _drive(operator: Seat, patrol: Seat) -> None:
    """Street by street: the desk sees the patrol come nearer, and so does its crew."""
    await _need(operator.page, "police", "accepted")
    row = operator.page.locator('[data-unit="P-1"]')
    await expect(row).to_contain_text(f"{STATION.lat:.4f}, {STATION.lon:.4f}")
    await _says(patrol, "En camino", "en-route")
    far_m = distance_m(STATION, HER)
    for place in (HALFWAY, HER):
        await _drives(patrol, place)
        await expect(row).to_contain_text(f"{place.lat:.4f}, {place.lon:.4f}")
        await _press(patrol, "Mostrar lugar y notas")
        left_m = await _far_m(patrol)
        assert abs(left_m - distance_m(place, HER)) <= 10
        assert left_m < far_m
        far_m = left_m
        await patrol.page.get_by_role("button", name="Ocultar").tap()
    await _says(patrol, "En sitio", "on-scene")
    await _need(operator.page, "police", "on_scene")


async def _bring_her_to_safety(operator: Seat, patrol: Seat, prosecutor: Seat, shelter: Seat) -> None:
    await _says(patrol, "Con ella", "contact")
    for name, step in (("En camino", "en-route"), ("En sitio", "on-scene"), ("Con ella", "contact")):
        await _says(prosecutor, name, step)
    await _asks_the_risk_questions(prosecutor)
    for name, step in (("Salimos", "depart"), ("A salvo", "safe")):
        await _says(patrol, name, step)
    for seat in (patrol, prosecutor):
        await _press(seat, "Libre")
        await expect(seat.page.get_by_text("Sin asignaciones.")).to_be_visible()
    await _says(shelter, "Ya llegó", "safe")
    await _press(shelter, "Ya tiene su lugar")
    await expect(shelter.page.get_by_text("Nadie por llegar.")).to_be_visible()
    for need in ("police", "prosecutor", "shelter"):
        await _need(operator.page, need, "done")


async def _the_coordinator_sees_those_times(stage: Theatre) -> None:
    """The log's own instants, on the page to the second."""
    alert = next(iter((await stage.house.service.desk.board()).alerts))
    reader = await stage.house.client("coordinator")
    points = (await reader.get(f"/api/alerts/{alert}/timeline")).json()["points"]
    assert {name for name, at in points.items() if at is None} <= {"T1", "T2", "T14", "T15"}, points
    coordinator = await stage.coordinator()
    lines = coordinator.page.locator('[data-report="response-times"] tbody tr')
    response = lines.filter(has=coordinator.page.locator("th", has_text="Respuesta"))
    rows = (await reader.get("/api/reports/response-times?by=institution&interval=response")).json()["rows"]
    assert rows[0]["n"] == 1
    for name in ("n", "missing", "unattended"):
        await expect(response.locator(f'[data-column="{name}"]')).to_have_text(str(rows[0][name]))
    await expect(response.locator('[data-column="p50_s"]')).to_have_text(_clock(rows[0]["p50_s"]))
    slowest = coordinator.page.locator('[data-report="worst"] tbody tr')
    await expect(slowest.locator('[data-column="folio"]')).to_have_text("N-1")
    for name in ("T1", "T3", "T4", "T6", "T7", "T8", "T9", "T10"):
        since_call = (_instant(points[name]) - _instant(points["T0"])) if points[name] else None
        said = re.compile("^—$") if since_call is None else _clock(since_call)
        await expect(slowest.locator(f'[data-column="{name}"]')).to_have_text(said)


def _clock(seconds: float) -> re.Pattern[str]:
    """These seconds as the page shows them. The wire has whole milliseconds: of a half second either is right."""
    either = {round(seconds - WIRE_S), round(seconds + WIRE_S)}
    return re.compile(f"^({'|'.join(f'{whole // 60}:{whole % 60:02}' for whole in either)})$")


def _instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
