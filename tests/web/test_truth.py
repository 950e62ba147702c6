"""The truth about sending: nothing is called saved before it is, and nothing pressed is lost or counted twice."""

import json
import time

from playwright.async_api import Locator, Page, expect

from app.dispatch import events as e
from app.store import queries
from tests.patience import promised, until

from .seats import Seat, Theatre
from .tunnel import Tunnel

STALE_WITHIN_S = 12.0
APPLIED_WITHIN_S = 5.0
KEPT_WITHIN_MS = 1_000


async def _arrivals(theatre: Theatre, unit: str) -> list[float | None]:
    """What the unit's device said the time was, of every arrival of it in the log."""
    service = theatre.house.service
    async with service.database.transaction() as connection:
        entries = await queries.alert_entries(connection, service.settings.center, 0, 1_000_000)
    return [x.at_device for x in entries if isinstance(x.event, e.ArrivedOnScene) and x.event.unit == unit]


async def _on_the_way(theatre: Theatre, unit: str) -> Seat:
    patrol = await theatre.unit(unit)
    await theatre.house.raised("police")
    await patrol.page.get_by_role("button", name="Voy", exact=True).tap()
    await patrol.page.get_by_role("button", name="En camino", exact=True).tap()
    await expect(_said(patrol.page, "en-route", "confirmed")).to_be_visible()
    return patrol


async def _noticed(page: Page, tunnel: Tunnel) -> float:
    """Seconds until the page says that nothing comes any more; before, it is there that everything does."""
    tunnel.flow()
    await expect(page.get_by_test_id("stale")).to_have_count(0)
    tunnel.swallow()
    began = time.monotonic()
    await expect(page.get_by_test_id("stale")).to_contain_text("SIN LÍNEA")
    return time.monotonic() - began


def _said(page: Page, step: str, state: str) -> Locator:
    return page.locator(f'[data-step="{step}"][data-state="{state}"]')


async def test_a_step_pressed_without_network_on_a_tab_that_was_killed_counts_once_with_its_own_time(
    theatre: Theatre,
) -> None:
    left = ["P-3", "P-2", "P-1"]

    async def applied() -> float:
        unit = left.pop()
        patrol = await _on_the_way(theatre, unit)
        await patrol.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await patrol.loses_network()
        before = time.time()
        await patrol.page.get_by_role("button", name="En sitio", exact=True).tap()
        await expect(patrol.page.get_by_test_id("waiting")).to_be_visible()
        after = time.time()
        assert await _said(patrol.page, "on-scene", "confirmed").count() == 0

        await patrol.opens_again("/unit")
        await expect(patrol.page.get_by_test_id("waiting")).to_contain_text("1 aviso sin confirmar")
        assert await _arrivals(theatre, unit) == []
        await patrol.finds_network()
        began = time.monotonic()
        await expect(_said(patrol.page, "on-scene", "confirmed")).to_be_visible()
        took_s = time.monotonic() - began
        (at_device,) = await _arrivals(theatre, unit)
        assert at_device is not None
        assert before - 0.001 <= at_device <= after
        return took_s

    await promised(APPLIED_WITHIN_S, applied, attempts=len(left))


async def test_a_line_that_swallows_everything_is_noticed_and_the_age_of_the_data_shown(theatre: Theatre) -> None:
    async with Tunnel(theatre.house.port) as tunnel:
        operator = await theatre.operator()
        await operator.page.goto(f"http://localhost:{tunnel.port}/")
        await operator.page.wait_for_url("**/console")
        await expect(operator.page.get_by_label("Lugar")).to_be_focused()
        await theatre.house.on_duty("P-1")
        await expect(operator.page.locator('[data-unit="P-1"] [data-state="free"]')).to_be_visible()
        operator.offline = True
        await promised(STALE_WITHIN_S, lambda: _noticed(operator.page, tunnel))

        # The call is taken down all the same, and is not called saved.
        await operator.page.keyboard.press("F2")
        await operator.page.keyboard.type("25.67, -100.31")
        await operator.page.keyboard.press("Enter")
        await expect(operator.page.get_by_test_id("not-saved")).to_contain_text("NO GUARDADO")
        assert await operator.page.get_by_test_id("saved").count() == 0
        tunnel.flow()
        await expect(operator.page.get_by_test_id("saved")).to_contain_text("N-1")
        await expect(operator.page.get_by_test_id("stale")).to_have_count(0)
        assert len((await theatre.house.service.desk.board()).alerts) == 1


async def test_a_phone_calls_nothing_confirmed_that_the_service_has_not_heard(theatre: Theatre) -> None:
    async with Tunnel(theatre.house.port) as tunnel:
        patrol = await _on_the_way(theatre, "P-1")
        page = patrol.page
        await page.goto(f"http://localhost:{tunnel.port}/unit")
        arrive = page.get_by_role("button", name="En sitio", exact=True)
        await expect(arrive).to_be_visible()
        patrol.offline = True
        await promised(STALE_WITHIN_S, lambda: _noticed(page, tunnel))
        tunnel.flow()
        await expect(page.get_by_test_id("stale")).to_have_count(0)
        tunnel.swallow()
        pressed = time.monotonic()
        before = time.time()
        await arrive.tap()
        after = time.time()
        await expect(_said(page, "on-scene", "sent")).to_contain_text("enviado")
        await expect(page.get_by_test_id("waiting")).to_contain_text("1 aviso sin confirmar")
        await expect(page.get_by_test_id("stale")).to_contain_text("SIN LÍNEA")
        await page.wait_for_timeout(max(0.0, (STALE_WITHIN_S - (time.monotonic() - pressed)) * 1000))
        assert await _said(page, "on-scene", "confirmed").count() == 0
        assert await _arrivals(theatre, "P-1") == []
        tunnel.flow()
        await expect(_said(page, "on-scene", "confirmed")).to_contain_text("confirmado")
        (at_device,) = await _arrivals(theatre, "P-1")
        assert at_device is not None
        assert before - 0.001 <= at_device <= after


async def test_a_call_being_taken_down_survives_its_tab_and_nothing_of_it_can_be_read_on_the_disk(
    theatre: Theatre,
) -> None:
    operator = await theatre.operator()
    await operator.page.keyboard.press("F2")
    await operator.page.keyboard.type("25.67, -100.31 Calle Hidalgo 12")
    await until(lambda: _keeps_a_draft(operator.page))
    await operator.page.wait_for_timeout(KEPT_WITHIN_MS)
    await operator.opens_again("/console")
    await expect(operator.page.get_by_label("Lugar")).to_have_value("25.67, -100.31 Calle Hidalgo 12")
    kept = await operator.page.evaluate(DUMP)
    assert "draft" in kept
    assert "Hidalgo" not in kept
    assert "25.67" not in kept
    await operator.page.keyboard.press("Enter")
    await expect(operator.page.get_by_test_id("saved")).to_contain_text("N-1")


async def test_an_alarm_stands_until_somebody_acknowledges_it_and_survives_its_tab(
    theatre: Theatre,
) -> None:
    operator = await theatre.operator()
    await operator.context.add_init_script(SILENT_UNTIL_TOUCHED)
    await theatre.house.raised("police")
    await expect(operator.page.get_by_test_id("alarms")).to_contain_text("N-1")
    await operator.opens_again("/console")
    await expect(operator.page.get_by_test_id("alarms")).to_contain_text("No hay a quién preguntar")
    await expect(operator.page.get_by_text("SIN SONIDO")).to_be_visible()
    await operator.page.keyboard.press("Tab")
    await expect(operator.page.get_by_text("SIN SONIDO")).to_have_count(0)
    await operator.page.keyboard.press("F8")
    await expect(operator.page.get_by_test_id("alarms")).to_have_count(0)
    alert = next(iter((await theatre.house.service.desk.board()).alerts.values()))
    assert alert.needs[0].alarm is not None
    async with theatre.house.service.database.transaction() as connection:
        entries = await queries.story(connection, theatre.house.service.settings.center, alert.id)
    (heard,) = [entry for entry in entries if isinstance(entry.event, e.AlarmAcknowledged)]
    assert heard.by == operator.person


async def _keeps_a_draft(page: Page) -> bool:
    return bool(json.loads(await page.evaluate(DUMP))["draft"])


SILENT_UNTIL_TOUCHED = """
let touched = false;
addEventListener("keydown", () => { touched = true }, true);
window.AudioContext = class extends AudioContext {
  get state() { return touched ? super.state : "suspended" }
};
"""
"""What every browser does to a page that nobody has touched; the one that is driven from outside does not."""

DUMP = """
async () => {
  const opening = indexedDB.open("naranja");
  const database = await new Promise((done) => { opening.onsuccess = () => done(opening.result) });
  const asked = (request) => new Promise((done) => { request.onsuccess = () => done(request.result) });
  const kept = {};
  for (const name of ["outbox", "draft"]) {
    const rows = await asked(database.transaction(name).objectStore(name).getAll());
    kept[name] = rows.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) =>
      [key, value instanceof ArrayBuffer ? new TextDecoder("latin1").decode(value) : value])));
  }
  database.close();
  return JSON.stringify(kept);
}
"""
