"""The discreet look: who glances at the phone learns nothing, and nobody in the room hears it."""

import re

from playwright.async_api import Page, expect

from tests.patience import until

from .seats import Theatre

LISTENED = """
window.felt = { shaken: 0, tones: 0 };
navigator.vibrate = (pattern) => { if (pattern) window.felt.shaken += 1; return true };
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...at) { window.felt.tones += 1; return start.apply(this, at) };
"""
TELLING = re.compile("Naranja|Violencia|violencia|Patrulla|asignación", re.IGNORECASE)


async def felt_at_least(page: Page, *, tones: int, shaken: int) -> dict[str, int]:
    """What was felt of the page so far, as soon as it is so much."""

    async def felt() -> dict[str, int]:
        found: dict[str, int] = await page.evaluate("window.felt")
        return found

    async def enough() -> bool:
        so_far = await felt()
        return so_far["tones"] >= tones and so_far["shaken"] >= shaken

    await until(enough)
    return await felt()


async def test_a_discreet_phone_shakes_and_makes_no_sound_and_its_page_says_nothing_of_what_it_is(
    theatre: Theatre,
) -> None:
    patrol = await theatre.unit("P-1")
    await patrol.context.add_init_script(LISTENED)
    await patrol.page.get_by_role("button", name="Modo discreto").tap()
    await patrol.opens_again("/unit")
    await expect(patrol.page.get_by_role("button", name="Modo discreto: vibra y no suena")).to_be_visible()
    assert await patrol.page.title() == "Avisos"
    await patrol.page.get_by_role("heading").first.tap()

    await theatre.house.raised("police", threat={"weapon_present": "yes"})
    await expect(patrol.page.get_by_role("button", name="Voy")).to_be_visible()
    felt = await felt_at_least(patrol.page, tones=0, shaken=2)
    assert felt["tones"] == 0
    assert await patrol.page.title() == "● Aviso"
    shown = await patrol.page.locator("body").inner_text()
    assert TELLING.search(shown) is None, shown
    assert "Hay un arma" in shown

    await patrol.page.get_by_role("button", name="Voy").tap()
    await expect(patrol.page.get_by_role("button", name="En camino")).to_be_visible()
    shown = await patrol.page.locator("body").inner_text()
    assert TELLING.search(shown) is None, shown


async def test_a_phone_that_is_not_discreet_sounds(theatre: Theatre) -> None:
    patrol = await theatre.unit("P-1")
    await patrol.context.add_init_script(LISTENED)
    await patrol.opens_again("/unit")
    await patrol.page.get_by_role("heading").first.tap()
    await theatre.house.raised("police")
    await expect(patrol.page.get_by_role("button", name="Voy")).to_be_visible()
    await felt_at_least(patrol.page, tones=2, shaken=1)
