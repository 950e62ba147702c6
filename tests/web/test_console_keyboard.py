"""The desk by keyboard alone: a call, its questions, silent ones too, commands in one line, keys of one's own."""

import time
from itertools import count

from playwright.async_api import Page, expect

from app.dispatch.model import Alert
from app.store import queries
from tests.patience import promised, until
from tests.service_fixture import House

from .seats import Seat, Theatre

SCRIPT_S = 20.0


async def _answers(page: Page, question: str, answer: str) -> None:
    asked = page.locator(f'[data-question="{question}"]')
    await expect(asked.get_by_role("button", name="Sí")).to_be_focused()
    await page.keyboard.press({"Sí": "Home", "No": "ArrowRight", "No se sabe": "ArrowLeft"}[answer])
    await page.keyboard.press("Enter")


async def _dispatched(seat: Seat) -> None:
    await seat.page.keyboard.press("F2")
    await seat.page.keyboard.type("25.67, -100.31 Calle Hidalgo 12")
    await seat.page.keyboard.press("Enter")
    await expect(seat.page.get_by_test_id("saved")).to_contain_text("N-")


async def _incident(house: House) -> str:
    (alert,) = (await house.service.desk.board()).alerts.values()
    return alert.incident


async def _told(house: House, **answers: str) -> Alert:
    """The only alert, as soon as these answers are saved: a page goes on before they are."""

    async def alert() -> Alert:
        (only,) = (await house.service.desk.board()).alerts.values()
        return only

    async def told() -> bool:
        return dict((await alert()).threat) == answers

    await until(told)
    return await alert()


async def test_a_call_is_taken_down_and_a_unit_asked_by_hand_within_20_s_without_a_pointer(
    theatre: Theatre,
) -> None:
    operator = await theatre.operator()
    await theatre.house.on_duty("P-1", "P-2")
    page = operator.page
    folios = count(1)

    async def asked_by_hand() -> float:
        folio = next(folios)
        began = time.monotonic()
        await _dispatched(operator)
        await _answers(page, "safe-to-talk", "Sí")
        await _answers(page, "aggressor_present", "Sí")
        need = page.locator('[data-need="police"]')
        await expect(need).to_contain_text("P-1")
        await page.keyboard.press("F3")
        await page.keyboard.type(f"n-{folio} p-2")
        await expect(page.get_by_role("option").first).to_contain_text(f"Asignar P-2 a N-{folio} (Patrulla)")
        await page.keyboard.press("Enter")
        await expect(need).to_contain_text("asignada a mano")
        await expect(need).to_contain_text("P-2")
        took_s = time.monotonic() - began
        (alert,) = (await theatre.house.service.desk.board()).alerts
        await theatre.house.cancelled(alert)
        return took_s

    await promised(SCRIPT_S, asked_by_hand)
    assert await operator.pointers() == 0


async def test_a_silent_call_is_answered_by_taps_and_whoever_goes_is_told(theatre: Theatre) -> None:
    operator = await theatre.operator()
    page = operator.page
    await page.keyboard.press("F9")
    await page.keyboard.type("25.67, -100.31")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("silent")).to_contain_text("una vez para sí y dos para no")
    assert await _incident(theatre.house) == "70104"
    tap = page.get_by_role("button", name="Toque oído")
    await expect(tap).to_be_focused()
    await page.keyboard.press("Space")
    await expect(page.locator('[data-question="weapon_present"]')).to_be_visible()
    await expect(tap).to_be_focused()
    for _ in range(3):
        await page.keyboard.press("Space")
    await expect(page.get_by_text("3 toques no son una respuesta")).to_be_visible()
    for _ in range(2):
        await page.keyboard.press("Space")
    await expect(page.locator('[data-question="weapon_used"]')).to_be_visible()
    alert = await _told(theatre.house, aggressor_present="yes", weapon_present="no")
    told = (await (await theatre.house.client("operator")).get(f"/api/alerts/{alert.id}")).json()["details"]
    assert [one["value"] for one in told if one["kind"] == "note"] == [
        "No puede hablar libremente: no le devuelva la llamada ni le escriba."
    ]


async def test_words_that_mean_something_else_stand_beside_the_answers(theatre: Theatre) -> None:
    operator = await theatre.operator()
    page = operator.page
    await _dispatched(operator)
    await _answers(page, "safe-to-talk", "No")
    assert await _incident(theatre.house) == "30503"
    await page.get_by_label("Finge pedir comida").focus()
    await page.keyboard.press("Space")
    await expect(page.get_by_test_id("silent")).to_contain_text("diga grande para sí y chica para no")
    await page.get_by_role("button", name="No «chica»").press("Enter")
    await expect(page.locator('[data-question="weapon_present"]')).to_be_visible()
    await _told(theatre.house, aggressor_present="no")


async def test_code_words_are_agreed_at_the_desk_and_read_by_nobody(theatre: Theatre) -> None:
    operator = await theatre.operator()
    page = operator.page
    await _dispatched(operator)
    await page.get_by_text("Palabras clave", exact=True).press("Enter")
    await page.get_by_label("Para cancelar").fill("mandarina")
    await page.get_by_label("De peligro", exact=True).fill("limón")
    await page.get_by_role("button", name="Agregar nota").press("Enter")
    await expect(page.get_by_text("Guardado", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Leer lo dicho").press("Enter")
    await expect(page.get_by_role("article")).to_contain_text("Calle Hidalgo 12")
    assert "mandarina" not in await page.content()
    service = theatre.house.service
    async with service.database.transaction() as connection:
        entries = await queries.alert_entries(connection, service.settings.center, 0, 1_000_000)
    assert "limón" not in str(entries)


async def test_the_line_finds_alerts_units_and_what_can_be_done(theatre: Theatre) -> None:
    operator = await theatre.operator()
    await theatre.house.on_duty("P-3")
    await theatre.house.raised("prosecutor")
    page = operator.page
    await expect(page.locator("[data-folio]")).to_be_visible()
    await page.keyboard.press("F3")
    await page.keyboard.type("n-1")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="N-1")).to_be_visible()
    await page.keyboard.press("F3")
    await page.keyboard.type("p-3")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-unit]")).to_have_count(1)
    await page.keyboard.press("F3")
    await page.keyboard.type("tablero")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-folio]")).to_be_focused()
    await page.keyboard.press("F3")
    await page.keyboard.type("xyz")
    await expect(page.get_by_text("No significa nada.")).to_be_visible()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("combobox")).to_have_count(0)
    assert await operator.pointers() == 0


async def test_a_key_is_changed_kept_and_never_fires_while_somebody_writes(theatre: Theatre) -> None:
    operator = await theatre.operator()
    page = operator.page
    await theatre.house.raised("prosecutor")
    await expect(page.locator("[data-folio]")).to_be_visible()
    await page.keyboard.press("Alt+k")
    await page.get_by_role("button", name="Cambiar Ir al tablero").press("Enter")
    await page.keyboard.press("F8")
    await expect(page.get_by_text("Esa tecla ya es de: Acusar la primera alarma.")).to_be_visible()
    await page.get_by_role("button", name="Cambiar Ir al tablero").press("Enter")
    await page.keyboard.press("t")
    await page.keyboard.press("Escape")
    await page.reload()
    await expect(page.get_by_text("t Ir al tablero")).to_be_visible()
    place = page.get_by_label("Lugar")
    await expect(place).to_be_focused()
    await page.keyboard.type("t")
    await expect(place).to_have_value("t")
    await expect(place).to_be_focused()
    await page.get_by_role("button", name="Teclas").focus()
    await page.keyboard.press("F4")
    await expect(page.get_by_role("button", name="Teclas")).to_be_focused()
    await page.keyboard.press("t")
    await expect(page.locator("[data-folio]")).to_be_focused()
    await page.keyboard.press("Alt+k")
    await page.get_by_role("button", name="Como al principio").press("Enter")
    await page.keyboard.press("Escape")
    await expect(page.get_by_text("F4 Ir al tablero")).to_be_visible()
