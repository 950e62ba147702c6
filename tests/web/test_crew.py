"""What a crew says beside its steps: help for itself, notes, and what became of the protection order."""

from playwright.async_api import expect

from .seats import Seat, Theatre
from .test_truth import DUMP


async def _goes(seat: Seat) -> None:
    await seat.page.get_by_role("button", name="Voy", exact=True).tap()
    await expect(seat.page.get_by_role("button", name="En camino", exact=True)).to_be_visible()


async def _calls_for_help(seat: Seat) -> None:
    await seat.page.get_by_role("button", name="Ayuda para nosotros").tap()
    await seat.page.get_by_role("button", name="Sí, pedir ayuda").tap()


async def test_a_crew_in_danger_alarms_the_desk_until_it_is_well_and_another_patrol_goes(theatre: Theatre) -> None:
    operator, patrol, other = await theatre.operator(), await theatre.unit("P-1"), await theatre.unit("P-2")
    await theatre.house.raised("police")
    await _goes(patrol)
    box = await patrol.page.get_by_role("button", name="Ayuda para nosotros").bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 56
    await _calls_for_help(patrol)
    await expect(operator.page.get_by_test_id("alarms")).to_contain_text("La tripulación está en peligro")
    await expect(other.page.get_by_role("heading", name="Nueva asignación")).to_be_visible()
    await expect(other.page.get_by_text("Extremo")).to_be_visible()
    await expect(patrol.page.locator('[data-step="help"][data-state="confirmed"]')).to_be_visible()

    await operator.page.keyboard.press("F8")
    await expect(patrol.page.get_by_text("Pidió ayuda.")).to_be_visible()
    await patrol.page.get_by_role("button", name="Estamos bien").tap()
    await expect(patrol.page.get_by_text("Pidió ayuda.")).to_have_count(0)
    await expect(patrol.page.locator('[data-step="well"][data-state="confirmed"]')).to_be_visible()
    alert = next(iter((await theatre.house.service.desk.board()).alerts.values()))
    assert alert.needs[0].alarm is None


async def test_one_touch_calls_nobody_and_help_that_is_called_without_a_line_is_called_once_it_is_back(
    theatre: Theatre,
) -> None:
    patrol = await theatre.unit("P-1")
    await theatre.house.raised("police")
    await _goes(patrol)
    await patrol.page.get_by_role("button", name="Ayuda para nosotros").tap()
    await patrol.page.get_by_role("button", name="Regresar").tap()
    assert "help" not in await patrol.page.evaluate(DUMP)
    await patrol.loses_network()
    await _calls_for_help(patrol)
    await expect(patrol.page.locator('[data-step="help"]')).to_be_visible()
    await patrol.finds_network()
    await expect(patrol.page.locator('[data-step="help"][data-state="confirmed"]')).to_be_visible()
    alert = next(iter((await theatre.house.service.desk.board()).alerts.values()))
    assert alert.needs[0].alarm is not None
    assert (alert.needs[0].alarm.cause, alert.needs[0].alarm.times) == ("crew_in_danger", 1)


async def test_a_note_is_read_by_who_comes_after_and_kept_on_no_phone(theatre: Theatre) -> None:
    patrol, prosecutor = await theatre.unit("P-1"), await theatre.unit("F-1")
    await theatre.house.raised("police", "prosecutor")
    for seat in (patrol, prosecutor):
        await _goes(seat)
    await patrol.page.get_by_role("button", name="Agregar nota").tap()
    await patrol.page.get_by_label("Nota para quien atiende").fill("salió por la puerta de atrás")
    await patrol.page.get_by_role("button", name="Guardar nota").tap()
    await expect(patrol.page.get_by_text("Guardado", exact=True)).to_be_visible()
    await expect(prosecutor.page.get_by_text("puerta de atrás")).to_have_count(0)
    await prosecutor.page.get_by_role("button", name="Mostrar lugar y notas").tap()
    await expect(prosecutor.page.get_by_text("salió por la puerta de atrás")).to_be_visible()
    for seat in (patrol, prosecutor):
        assert "puerta" not in await seat.page.evaluate(DUMP)


async def test_a_prosecutor_says_what_became_of_the_order_and_its_time_is_written_down(theatre: Theatre) -> None:
    prosecutor, patrol = await theatre.unit("F-1"), await theatre.unit("P-1")
    receipt = await theatre.house.raised("police", "prosecutor")
    for seat in (prosecutor, patrol):
        await _goes(seat)
    await expect(patrol.page.get_by_role("heading", name="Orden de protección")).to_have_count(0)
    await expect(prosecutor.page.get_by_text("Se dicta en")).to_be_visible()
    await prosecutor.page.get_by_role("button", name="Decir qué pasó con la orden").tap()
    await prosecutor.page.get_by_role("button", name="Orden dictada").tap()
    await expect(prosecutor.page.get_by_text("Esto queda escrito y no se cambia")).to_be_visible()
    await prosecutor.page.get_by_role("button", name="Orden dictada").tap()
    await expect(prosecutor.page.get_by_text("Se dicta en")).to_have_count(0)
    coordinator = await theatre.house.client("coordinator")
    points = (await coordinator.get(f"/api/alerts/{receipt['alert']}/timeline")).json()["points"]
    assert points["T14"] is not None
