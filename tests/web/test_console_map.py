"""The live map: drawn under the strict policy from this service alone, and never needed for anything."""

from playwright.async_api import Locator, Page, expect

from app.clock import rfc3339
from tests.service_fixture import House
from tests.streets import lay_streets

from .pictures import coloured, redrawn, still
from .seats import Seat, Theatre


async def _drawn(seat: Seat, how: str) -> Locator:
    found = seat.page.get_by_test_id("map")
    await expect(found).to_have_attribute("data-drawn", how)
    await still(seat.page, found)
    return found


async def _says_where(house: House, unit: str, lat: float, lon: float) -> None:
    said = {"lat": lat, "lon": lon, "accuracy_m": 5, "at": rfc3339(house.service.clock.now())}
    (await (await house.client(unit)).put(f"/api/units/{unit}/position", json=said)).raise_for_status()


async def _place(page: Page) -> tuple[float, float, str]:
    lat, lon, *words = (await page.get_by_label("Lugar").input_value()).replace(",", " ").split()
    return float(lat), float(lon), " ".join(words)


async def test_the_map_is_drawn_of_streets_that_only_this_service_was_asked_for(theatre: Theatre) -> None:
    await lay_streets(theatre.house)
    asked: list[str] = []
    operator = await theatre.seat_of_console()
    operator.context.on("request", lambda request: asked.append(request.url))
    await operator.signs_in("/console")
    # Not only ground is drawn.
    await coloured(operator.page, await _drawn(operator, "gl"), 21)
    await expect(operator.page.get_by_text("OpenStreetMap")).to_be_visible()
    ranges = [url for url in asked if url.endswith("/api/basemap")]
    assert ranges
    assert {url.split("/")[2] for url in asked if url.startswith("http")} == {f"localhost:{theatre.house.port}"}


async def test_a_place_is_clicked_on_the_map_and_the_address_that_was_typed_stays(theatre: Theatre) -> None:
    operator = await theatre.operator()
    ground = await _drawn(operator, "gl")
    await operator.page.keyboard.type("Calle Hidalgo 12")
    await operator.page.keyboard.press("F6")
    await expect(operator.page.get_by_text("Haga clic en el lugar")).to_be_visible()
    box = await ground.bounding_box()
    assert box is not None
    await ground.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    await expect(operator.page.get_by_label("Lugar")).to_be_focused()
    lat, lon, words = await _place(operator.page)
    assert abs(lat - 25.7) < 0.01
    assert abs(lon + 100.3) < 0.01
    assert words == "Calle Hidalgo 12"
    await operator.page.keyboard.press("Enter")
    await expect(operator.page.get_by_test_id("saved")).to_be_visible()
    ground_place = theatre.house.service.desk.ground.alert_place
    alert = next(iter((await theatre.house.service.desk.board()).alerts))
    place = ground_place(alert)
    assert place is not None
    assert (place.lat, place.lon) == (lat, lon)


async def test_a_place_is_chosen_on_the_map_by_the_keyboard_alone(theatre: Theatre) -> None:
    operator = await theatre.operator()
    await _drawn(operator, "gl")
    page = operator.page
    await page.keyboard.press("F6")
    await page.keyboard.press("Escape")
    await expect(page.get_by_label("Lugar")).to_be_focused()
    assert await page.get_by_label("Lugar").input_value() == ""
    await page.keyboard.press("F6")
    await expect(page.locator("canvas:focus")).to_be_visible()
    await page.keyboard.press("ArrowUp")
    await still(page, page.get_by_test_id("map"))
    await page.keyboard.press("Enter")
    lat, lon, _ = await _place(page)
    assert lat > 25.71
    assert abs(lon + 100.3) < 0.01
    assert await operator.pointers() == 0


async def test_how_far_off_a_place_may_be_is_drawn_around_it(theatre: Theatre) -> None:
    operator = await theatre.operator()
    ground = await _drawn(operator, "gl")
    empty = await still(operator.page, ground)
    await operator.page.keyboard.type("25.67, -100.31")
    await redrawn(operator.page, ground, empty, 101)
    exact = await still(operator.page, ground)
    beside = (exact.width / 2 + 60, exact.height / 2 + 60)
    assert exact.at(*beside) == exact.at(8, 8)
    await operator.page.keyboard.type(" ±900")
    await redrawn(operator.page, ground, exact, 101)
    around = await still(operator.page, ground)
    assert around.at(*beside) != around.at(8, 8)


async def test_units_and_alerts_are_marks_and_every_mark_stands_in_a_list(theatre: Theatre) -> None:
    house = theatre.house
    operator = await theatre.operator()
    ground = await _drawn(operator, "gl")
    before = await still(operator.page, ground)
    await house.on_duty("P-1")
    await _says_where(house, "P-1", 25.66, -100.35)
    await house.raised("prosecutor")
    row = operator.page.locator('[data-unit="P-1"]')
    await expect(row).to_contain_text("25.6600, -100.3500")
    before = await redrawn(operator.page, ground, before, 101)
    await row.get_by_role("button").press("Enter")
    await redrawn(operator.page, ground, before, 101)
    near = await still(operator.page, ground)
    await operator.page.locator('[data-folio="N-1"]').press("Enter")
    await operator.page.get_by_role("button", name="Ver en el mapa", exact=True).press("Enter")
    await redrawn(operator.page, ground, near, 101)
    await still(operator.page, ground)
    await house.raised("prosecutor", where={"lat": 25.75, "lon": -100.25})
    await operator.page.locator('[data-folio="N-2"]').press("Enter")
    await expect(operator.page.get_by_role("heading", name="N-2")).to_be_visible()
    box = await ground.bounding_box()
    assert box is not None
    await ground.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    await expect(operator.page.get_by_role("heading", name="N-1")).to_be_visible()


async def test_what_moves_on_the_map_moves_neither_the_map_nor_the_focus(theatre: Theatre) -> None:
    house = theatre.house
    operator = await theatre.operator()
    ground = await _drawn(operator, "gl")
    empty = await still(operator.page, ground)
    await operator.page.keyboard.type("25.67, -100.31")
    await redrawn(operator.page, ground, empty, 101)
    before = await still(operator.page, ground)
    await house.on_duty("P-3")
    await _says_where(house, "P-3", 25.75, -100.25)
    await house.raised("prosecutor", where={"lat": 25.76, "lon": -100.25})
    await expect(operator.page.locator("[data-folio]")).to_be_visible()
    top = await still(operator.page, ground)
    await expect(operator.page.get_by_label("Lugar")).to_be_focused()
    assert (top.width, top.height) == (before.width, before.height)
    assert top.unlike(before) < 20


async def test_without_webgl_everything_is_done_all_the_same(plain_theatre: Theatre) -> None:
    house = plain_theatre.house
    operator = await plain_theatre.operator()
    page = operator.page
    ground = await _drawn(operator, "flat")
    await expect(page.get_by_text("Este navegador no dibuja el mapa de calles")).to_be_visible()
    empty = await still(page, ground)
    await house.on_duty("P-1", "P-2")
    await _says_where(house, "P-1", 25.66, -100.35)
    await expect(page.locator('[data-unit="P-1"]')).to_contain_text("25.6600")
    await redrawn(page, ground, empty, 21)
    await page.keyboard.press("F6")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    lat, lon, _ = await _place(page)
    assert 25.6 < lat < 25.7
    await page.keyboard.press("F6")
    box = await ground.bounding_box()
    assert box is not None
    await ground.click(position={"x": box["width"] / 2 + 30, "y": box["height"] / 2})
    clicked = await _place(page)
    assert clicked[1] > lon
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("saved")).to_contain_text("N-1")
    await expect(page.locator('[data-need="police"]')).to_contain_text("P-")
    await page.get_by_role("button", name="Noche").press("Enter")
    await page.get_by_role("button", name="Ver todo").press("Enter")
    await still(page, ground)
    await page.keyboard.press("F8")


async def test_a_corner_is_found_by_its_streets_and_the_call_is_sent_by_three_enters(theatre: Theatre) -> None:
    await lay_streets(theatre.house)
    operator = await theatre.operator()
    page = operator.page
    await page.keyboard.type("calle 5 esquina calle 40, interior 3")
    await page.keyboard.press("Enter")
    found = page.get_by_test_id("places").get_by_role("button")
    await expect(found).to_have_count(1)
    await expect(found).to_be_focused()
    await expect(found).to_contain_text("Calle 5 / Calle 40 · centro")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Lugar")).to_be_focused()
    lat, lon, words = await _place(page)
    assert (lat, lon) == (25.62 + 13 * 0.004, -100.36 + 4 * 0.004)
    assert words == "±20 m calle 5 esquina calle 40 interior 3"
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("saved")).to_be_visible()
    alert = next(iter((await theatre.house.service.desk.board()).alerts))
    where = (await (await theatre.house.client("operator")).get(f"/api/alerts/{alert}")).json()["where"]
    assert (where["source"], where["accuracy_m"]) == ("address", 20)
    assert await operator.pointers() == 0


async def test_a_street_that_is_nowhere_is_said_so_and_can_be_pointed_at(theatre: Theatre) -> None:
    await lay_streets(theatre.house)
    operator = await theatre.operator()
    await operator.page.keyboard.type("Callejón del Olvido 3")
    await operator.page.keyboard.press("Enter")
    await expect(operator.page.locator("#place-wrong")).to_contain_text("elija el lugar en el mapa: F6")
    await expect(operator.page.get_by_label("Lugar")).to_be_focused()
