"""The whole story in browsers at once, against the real service: from a key at the console to her being safe."""

import time
from datetime import datetime

from playwright.async_api import Page, expect

from .seats import PHONE, Seat, Theatre

PLACE = "25.67, -100.31 Calle Hidalgo 12"
SCRIPT_S = 20.0
THUMB = {"Voy", "La recibimos", "En camino", "En sitio", "Con ella", "Salimos", "A salvo", "Entrar en servicio"}
"""What a thumb has to find: in the lowest third of the screen."""


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


async def _asks_the_risk_questions(seat: Seat) -> None:
    """Two answers are saved; one that was given on the telephone is not asked again."""
    await _press(seat, "Preguntas de riesgo")
    for question in ("jealous", "left_him"):
        await seat.page.locator(f'input[name="{question}"][value="no"]').check()
    await _press(seat, "Guardar respuestas")
    await expect(seat.page.get_by_text("Guardado")).to_be_visible()


async def test_from_the_first_key_to_her_being_safe(theatre: Theatre) -> None:
    operator = await theatre.operator()
    patrol, prosecutor, shelter = [await theatre.unit(code) for code in ("P-1", "F-1", "S-1")]
    keys = operator.page.keyboard

    began = time.monotonic()
    await keys.press("F2")
    await keys.type(PLACE)
    await keys.press("Enter")
    await expect(operator.page.get_by_test_id("saved")).to_contain_text("N-1")
    dispatched_s = time.monotonic() - began
    for question, answer in (("safe-to-talk", "Sí"), ("aggressor_present", "Sí"), ("weapon_present", "No")):
        asked = operator.page.locator(f'[data-question="{question}"]')
        await expect(asked.get_by_role("button", name="Sí")).to_be_focused()
        await keys.press("ArrowRight" if answer == "No" else "Home")
        await expect(asked.get_by_role("button", name=answer, exact=True)).to_be_focused()
        await keys.press("Enter")
    assert dispatched_s < SCRIPT_S, f"dispatched after {dispatched_s:.1f} s"

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

    await _need(operator.page, "police", "accepted")
    for name, step in (("En camino", "en-route"), ("En sitio", "on-scene"), ("Con ella", "contact")):
        await _says(patrol, name, step)
    await _need(operator.page, "police", "on_scene")
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
    assert await operator.pointers() == 0

    alert = next(iter((await theatre.house.service.desk.board()).alerts))
    supervisor = await theatre.house.client("coordinator")
    points = (await supervisor.get(f"/api/alerts/{alert}/timeline")).json()["points"]
    assert {name for name, at in points.items() if at is None} <= {"T1", "T2", "T14", "T15"}, points

    coordinator = await theatre.coordinator()
    lines = coordinator.page.locator('[data-report="response-times"] tbody tr')
    response = lines.filter(has=coordinator.page.locator("th", has_text="Respuesta"))
    rows = (await supervisor.get("/api/reports/response-times?by=institution&interval=response")).json()["rows"]
    assert rows[0]["n"] == 1
    for name in ("n", "missing", "unattended"):
        await expect(response.locator(f'[data-column="{name}"]')).to_have_text(str(rows[0][name]))
    whole = round(rows[0]["p50_s"])
    await expect(response.locator('[data-column="p50_s"]')).to_have_text(f"{whole // 60}:{whole % 60:02}")
    slowest = coordinator.page.locator('[data-report="worst"] tbody tr')
    await expect(slowest.locator('[data-column="folio"]')).to_have_text("N-1")
    for name in ("T1", "T3", "T4", "T6", "T7", "T8", "T9", "T10"):
        since_call = (instant_of(points[name]) - instant_of(points["T0"])) if points[name] else None
        whole = None if since_call is None else round(since_call)
        said = "—" if whole is None else f"{whole // 60}:{whole % 60:02}"
        await expect(slowest.locator(f'[data-column="{name}"]')).to_have_text(said)


def instant_of(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
