"""What an operator does by hand, by keyboard alone, and what the board says of it."""

from typing import Any
from uuid import uuid4

from playwright.async_api import Page, expect

from app.dispatch.model import Level
from app.security.sessions import Role
from tests.service_fixture import HERE, House

from .seats import Seat, Theatre

NUMBER = "81 8345 6789"


async def _does(page: Page, what: str, **chosen: str) -> None:
    """Press the button, choose what has to be said with it, confirm: without a pointer."""
    await page.get_by_role("article").get_by_role("button", name=what).first.press("Enter")
    form = page.get_by_role("article").locator("form")
    for name, value in chosen.items():
        field = form.locator(f'[name="{name}"]')
        if await field.evaluate("element => element.tagName") == "SELECT":
            await field.select_option(label=value)
        else:
            await field.fill(value)
    await form.get_by_role("button", name="Confirmar").press("Enter")


async def _chooses(seat: Seat, folio: str) -> Page:
    await seat.page.locator(f'[data-folio="{folio}"]').press("Enter")
    await expect(seat.page.get_by_role("heading", name=folio)).to_be_visible()
    return seat.page


async def _called(house: House, **more: Any) -> dict[str, Any]:
    """The receipt of a call from one household's telephone."""
    caller = {"role": "victim", "telephone": NUMBER}
    said = {"id": str(uuid4()), "where": HERE, "needs": ["police"], "caller": caller, **more}
    answer = await (await house.client("operator")).post("/api/alerts", json=said)
    found: dict[str, Any] = answer.json()
    return found


async def test_a_unit_is_asked_recalled_and_another_asked_without_a_pointer(theatre: Theatre) -> None:
    operator = await theatre.operator()
    await theatre.house.on_duty("P-1", "P-2")
    await theatre.house.raised("police")
    page = await _chooses(operator, "N-1")
    need = page.locator('[data-need="police"]')
    await expect(need).to_contain_text("P-1")
    await expect(need).to_contain_text("Patrulla libre más cercana")
    await _does(page, "Retirar", reason="Hay otra más cerca")
    await expect(need).to_contain_text("P-2")
    await _does(page, "Retirar", reason="No es la adecuada")
    await expect(need.locator('[data-state="stuck"]')).to_be_visible()
    await expect(need).to_contain_text("2 en servicio")
    await _does(page, "Asignar", unit="P-1 · centro")
    await expect(need).to_contain_text("asignada a mano")
    assert await operator.pointers() == 0


async def test_levels_rise_by_anybody_and_fall_by_a_supervisor_only(theatre: Theatre) -> None:
    operator, supervisor = await theatre.operator(), await theatre.operator(Role.SUPERVISOR)
    alert = (await theatre.house.raised("police"))["alert"]
    page = await _chooses(operator, "N-1")
    await _does(page, "Subir nivel", level="Extremo", reason="Hay más peligro")
    await expect(page.get_by_role("article").locator('[data-level="extreme"]')).to_be_visible()
    await expect(page.get_by_role("button", name="Bajar nivel")).to_have_count(0)
    above = await _chooses(supervisor, "N-1")
    await _does(above, "Bajar nivel", level="Alto", reason="Hay menos peligro")
    await expect(page.get_by_role("article").locator('[data-level="high"]')).to_be_visible()
    assert (await theatre.house.service.desk.board()).alerts[alert].level is Level.HIGH


async def test_a_need_is_added_and_a_neighbour_that_is_not_there_is_said_so(theatre: Theatre) -> None:
    operator = await theatre.operator()
    operator.refusals |= {409}
    await theatre.house.raised("police")
    page = await _chooses(operator, "N-1")
    await _does(page, "Agregar necesidad", institution="Refugio")
    await expect(page.locator('[data-need="shelter"]')).to_be_visible()
    await _does(page, "Pedir al centro vecino")
    await expect(page.get_by_test_id("not-saved")).to_contain_text("No hay centro vecino a quién pedir.")


async def test_two_alerts_become_one_and_the_operator_is_shown_the_one_that_goes_on(theatre: Theatre) -> None:
    operator = await theatre.operator()
    first = await theatre.house.raised("police")
    await theatre.house.raised("police", where={"lat": 25.675, "lon": -100.315})
    page = await _chooses(operator, "N-2")
    await page.get_by_role("article").get_by_role("button", name="Unir con otra").press("Enter")
    into = page.get_by_role("article").locator('[name="into"]')
    await into.select_option(value=first["alert"])
    await into.press("Enter")
    await page.get_by_role("button", name="Confirmar").press("Enter")
    await expect(page.get_by_role("heading", name="N-1")).to_be_visible()
    await expect(page.locator("[data-folio]")).to_have_count(1)


async def test_a_call_that_joined_wrongly_is_split_off(theatre: Theatre) -> None:
    operator = await theatre.operator()
    first = await _called(theatre.house)
    second = await _called(theatre.house)
    assert second["joined"]
    page = await _chooses(operator, first["folio"])
    await page.get_by_role("article").get_by_role("button", name="Separar llamada").press("Enter")
    await page.get_by_role("article").locator('[name="call"]').select_option(index=1)
    await page.get_by_role("button", name="Confirmar").press("Enter")
    await expect(page.locator('[data-folio="N-2"]')).to_be_visible()
    await expect(page.get_by_role("button", name="Separar llamada")).to_have_count(0)


async def test_calling_off_asks_for_the_word_that_was_agreed(theatre: Theatre) -> None:
    operator = await theatre.operator()
    operator.refusals |= {422}
    await theatre.house.raised("police", code_words={"cancel": "mandarina", "duress": "limón"})
    page = await _chooses(operator, "N-1")
    await _does(page, "Cancelar alerta", reason="Lo pidió quien llamó", word="naranja")
    await expect(page.get_by_test_id("not-saved")).to_contain_text("La palabra clave no es correcta.")
    form = page.get_by_role("article").locator("form")
    await form.locator('[name="word"]').fill("Mandarina")
    await form.get_by_role("button", name="Confirmar").press("Enter")
    await expect(page.locator("[data-folio]")).to_have_count(0)


async def test_how_often_a_household_called_is_a_number_and_no_list(theatre: Theatre) -> None:
    operator = await theatre.operator()
    before = await _called(theatre.house)
    await theatre.house.cancelled(before["alert"])
    await _called(theatre.house)
    page = await _chooses(operator, "N-2")
    await expect(page.get_by_text("1 alerta anterior de este hogar")).to_be_visible()
    assert before["alert"] not in await page.content()
    assert NUMBER not in await page.content()
