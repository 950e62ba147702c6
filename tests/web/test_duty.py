"""What a phone costs its crew: the screen is kept lit and the place is watched on duty, and never otherwise."""

from playwright.async_api import Page, expect

from app.geo.point import Point
from tests.patience import until

from .seats import Seat, Theatre

COUNTED = """
window.counted = { lit: 0, watched: 0, asked: 0 };
navigator.wakeLock.request = async () => {
  window.counted.lit += 1;
  window.counted.asked += 1;
  return { released: false, async release() { this.released = true; window.counted.lit -= 1 } };
};
const watch = navigator.geolocation.watchPosition.bind(navigator.geolocation);
const clear = navigator.geolocation.clearWatch.bind(navigator.geolocation);
navigator.geolocation.watchPosition = (...said) => { window.counted.watched += 1; return watch(...said) };
navigator.geolocation.clearWatch = (id) => { window.counted.watched -= 1; clear(id) };
"""
START = Point(25.671, -100.311)
ON_THE_WAY = Point(25.6705, -100.3105)
MOVING_EVERY_S = 15


async def _counts(page: Page) -> dict[str, int]:
    counted: dict[str, int] = await page.evaluate("window.counted")
    return counted


async def _begins(seat: Seat) -> None:
    await seat.page.get_by_role("button", name="Entrar en servicio").tap()
    await expect(seat.page.get_by_role("button", name="Salir de servicio")).to_be_visible()


async def test_off_duty_nothing_is_watched_and_only_with_an_assignment_is_the_screen_kept_lit(
    theatre: Theatre,
) -> None:
    patrol = await theatre.unit("P-1", on_duty=False)
    await patrol.context.add_init_script(COUNTED)
    await patrol.page.reload()
    await expect(patrol.page.get_by_role("button", name="Entrar en servicio")).to_be_visible()
    assert await _counts(patrol.page) == {"lit": 0, "watched": 0, "asked": 0}

    await _begins(patrol)
    assert await _counts(patrol.page) == {"lit": 0, "watched": 1, "asked": 0}

    await theatre.house.raised("police")
    await patrol.page.get_by_role("button", name="Voy").tap()
    await expect(patrol.page.get_by_role("button", name="En camino")).to_be_visible()
    assert await _counts(patrol.page) == {"lit": 1, "watched": 1, "asked": 1}

    for step in ("En camino", "En sitio", "Libre"):
        await patrol.page.get_by_role("button", name=step, exact=True).tap()
    await expect(patrol.page.get_by_text("Sin asignaciones.")).to_be_visible()
    assert await _counts(patrol.page) == {"lit": 0, "watched": 1, "asked": 1}

    await patrol.page.get_by_role("button", name="Salir de servicio").tap()
    await expect(patrol.page.get_by_role("button", name="Entrar en servicio")).to_be_visible()
    assert await _counts(patrol.page) == {"lit": 0, "watched": 0, "asked": 1}


async def test_a_patrol_that_drives_is_seen_to_move_and_a_place_of_off_duty_is_never_heard(
    theatre: Theatre,
) -> None:
    patrol = await theatre.unit("P-1", on_duty=False)
    ground = theatre.house.service.desk.ground
    station = ground.position("P-1")
    await patrol.context.set_geolocation({"latitude": ON_THE_WAY.lat, "longitude": ON_THE_WAY.lon})
    await patrol.page.wait_for_timeout(1_000)
    assert ground.position("P-1") == station

    await patrol.context.set_geolocation({"latitude": START.lat, "longitude": START.lon})
    await _begins(patrol)
    await theatre.house.raised("police")
    for step in ("Voy", "En camino"):
        await patrol.page.get_by_role("button", name=step, exact=True).tap()
    await patrol.page.get_by_role("button", name="Mostrar lugar y notas").tap()
    await expect(patrol.page.get_by_test_id("where")).to_contain_text("hacia el")
    await patrol.page.wait_for_timeout(MOVING_EVERY_S * 1_000)
    await patrol.context.set_geolocation({"latitude": ON_THE_WAY.lat, "longitude": ON_THE_WAY.lon})

    def heard() -> bool:
        known = ground.position("P-1")
        return known is not None and abs(known[0].lat - ON_THE_WAY.lat) < 1e-6

    await until(heard)
