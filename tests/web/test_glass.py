"""Privacy on glass: a place is seen by who has accepted, for a minute, while looked at, and not afterwards."""

import pytest
from playwright.async_api import Locator, Page, expect

from app.security.sessions import Role

from .seats import Seat, Theatre

ADDRESS = "Calle Hidalgo 12"
WHERE = {"lat": 25.67, "lon": -100.31, "address": ADDRESS}
LEFT = """
async () => {
  const kept = { rows: {}, local: Object.keys(localStorage).sort(), session: Object.keys(sessionStorage) };
  for (const { name } of await indexedDB.databases()) {
    const opening = indexedDB.open(name);
    const database = await new Promise((done) => { opening.onsuccess = () => done(opening.result) });
    for (const store of database.objectStoreNames) {
      const counting = database.transaction(store).objectStore(store).count();
      await new Promise((done) => { counting.onsuccess = done });
      kept.rows[`${name}/${store}`] = counting.result;
    }
    database.close();
  }
  kept.caches = await caches.keys();
  const workers = await navigator.serviceWorker.getRegistrations();
  const heard = await Promise.all(workers.map((worker) => worker.pushManager.getSubscription()));
  kept.push = heard.filter((subscription) => subscription !== null).length;
  kept.shown = document.cookie;
  return kept;
}
"""
"""Every place in which a browser keeps something."""
OF_THE_DEVICE = {"naranja.language", "naranja.theme", "naranja.shortcuts", "naranja.discreet"}
"""How this device is used, and nothing of who used it or what for."""


def _place(page: Page) -> Locator:
    return page.get_by_test_id("where")


async def _accepts(seat: Seat) -> None:
    await seat.page.get_by_role("button", name="Voy", exact=True).tap()
    await expect(seat.page.get_by_role("button", name="En camino", exact=True)).to_be_visible()


async def _looks(seat: Seat) -> None:
    await seat.page.get_by_role("button", name="Mostrar lugar y notas").tap()
    await expect(_place(seat.page)).to_contain_text(ADDRESS)


async def _nothing_of_it(page: Page) -> None:
    await expect(_place(page)).to_have_count(0)
    assert "Hidalgo" not in await page.content()
    assert "25.67000" not in await page.content()


async def test_a_place_is_masked_until_accepted_and_hides_after_a_minute_on_blur_unseen_and_at_the_end(
    theatre: Theatre,
) -> None:
    patrol = await theatre.unit("P-1")
    await patrol.page.clock.install()
    await patrol.opens_again("/unit")
    page = patrol.page
    await theatre.house.raised("police", where=WHERE)
    await expect(page.get_by_role("button", name="Voy", exact=True)).to_be_visible()
    await _nothing_of_it(page)
    await _accepts(patrol)
    await _nothing_of_it(page)

    await _looks(patrol)
    await page.clock.fast_forward(55_000)
    await expect(_place(page)).to_be_visible()
    await page.clock.fast_forward(6_000)
    await _nothing_of_it(page)
    await _looks(patrol)
    await page.evaluate("dispatchEvent(new Event('blur'))")
    await _nothing_of_it(page)
    await _looks(patrol)
    await page.evaluate(
        "Object.defineProperty(document, 'hidden', { get: () => true, configurable: true });"
        "document.dispatchEvent(new Event('visibilitychange')); delete document.hidden"
    )
    await _nothing_of_it(page)
    for step in ("En camino", "En sitio"):
        await page.get_by_role("button", name=step, exact=True).tap()
    await _looks(patrol)
    await page.get_by_role("button", name="Libre", exact=True).tap()
    await expect(page.get_by_text("Sin asignaciones.")).to_be_visible()
    await _nothing_of_it(page)


@pytest.mark.parametrize("role", [Role.UNIT, Role.OPERATOR, Role.COORDINATOR])
async def test_signing_out_leaves_nothing_behind_and_going_back_shows_nothing(
    theatre: Theatre, role: Role
) -> None:
    seat = await _at_work(theatre, role)
    page = seat.page
    await page.goto(f"{seat.url}/account")
    await expect(page.get_by_test_id("session").first).to_be_visible()
    await page.get_by_role("button", name="Salir", exact=True).click()
    await page.wait_for_url(f"{seat.url}/")
    kept = await page.evaluate(LEFT)
    assert set(kept["rows"].values()) <= {0}, kept
    assert set(kept["local"]) <= OF_THE_DEVICE
    assert (kept["session"], kept["caches"], kept["push"], kept["shown"]) == ([], [], 0, "")
    assert await seat.context.cookies() == []

    await page.go_back()
    await page.wait_for_url(f"{seat.url}/")
    await expect(page.get_by_label("Usuario")).to_be_visible()
    assert "N-1" not in await page.content()


async def _at_work(theatre: Theatre, role: Role) -> Seat:
    """Somebody who has something on the screen that is nobody else's."""
    if role is Role.UNIT:
        seat = await theatre.unit("P-1")
        await theatre.house.raised("police", where=WHERE)
        await _accepts(seat)
        await _looks(seat)
        await seat.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        return seat
    await theatre.house.raised("police", where=WHERE)
    if role is Role.COORDINATOR:
        seat = await theatre.coordinator()
        await expect(seat.page.locator('[data-report="stuck"]')).to_contain_text("N-1")
        return seat
    seat = await theatre.operator()
    await seat.page.locator("[data-folio]").press("Enter")
    await seat.page.get_by_role("button", name="Leer lo dicho").press("Enter")
    await expect(seat.page.get_by_role("article")).to_contain_text(ADDRESS)
    await seat.page.get_by_label("Lugar").fill("25.68, -100.32 Calle Juárez 5")
    await seat.page.wait_for_timeout(1_000)
    return seat
