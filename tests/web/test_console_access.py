"""The console for every eye: no state by colour alone, large letters, small screens, nothing that axe finds."""

from itertools import combinations

import pytest
from playwright.async_api import ViewportSize, expect

from .axe import wrong_on
from .pictures import picture
from .seats import Seat, Theatre

HALF = ViewportSize(width=720, height=450)
"""What is left of a desk's screen at 200 %."""
NARROW = ViewportSize(width=320, height=640)
"""At 400 %: what WCAG calls reflow (1.4.10)."""
UNLIKE_PIXELS_MIN = 12
SIGNS = "marks => marks.map((mark) => [mark.dataset.state, mark.firstChild.textContent, mark.textContent])"
CUT = """
(all) => all.filter((one) => one.checkVisibility() && !one.closest(".scroll"))
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
  .map((one) => one.outerHTML.slice(0, 120))
"""


async def _busy(theatre: Theatre, seat: Seat) -> None:
    """A call that is taken down, one that calls for a person, and one that is chosen."""
    await theatre.house.on_duty("P-1")
    await theatre.house.raised("police", "prosecutor", threat={"aggressor_present": "yes"})
    page = seat.page
    await expect(page.get_by_test_id("map")).not_to_have_attribute("data-drawn", "no")
    await page.locator("[data-folio]").press("Enter")
    await expect(page.get_by_role("article")).to_be_visible()
    await expect(page.get_by_test_id("alarms")).to_be_visible()


async def _sees_no_colour(seat: Seat) -> None:
    session = await seat.context.new_cdp_session(seat.page)
    await session.send("Emulation.setEmulatedVisionDeficiency", {"type": "achromatopsia"})


@pytest.mark.parametrize("theme", ["day", "night"])
async def test_every_mark_of_the_map_is_told_from_every_other_without_colour(theatre: Theatre, theme: str) -> None:
    operator = await theatre.operator()
    page = operator.page
    await page.evaluate("(theme) => { document.documentElement.dataset.theme = theme }", theme)
    await page.get_by_text("Qué es cada signo").press("Enter")
    await _sees_no_colour(operator)
    marks = page.get_by_test_id("legend").locator("li")
    await expect(marks.first).to_be_visible()
    drawn = {}
    for number in range(await marks.count()):
        name = await marks.nth(number).get_attribute("data-mark")
        drawn[name] = await picture(page, marks.nth(number).locator("canvas"))
    assert len(drawn) == 12
    alike = {pair for pair in combinations(drawn, 2) if drawn[pair[0]].unlike(drawn[pair[1]]) < UNLIKE_PIXELS_MIN}
    assert alike == set()
    grey = {max(found.at(x, 17)) - min(found.at(x, 17)) for found in drawn.values() for x in range(found.width)}
    assert max(grey) <= 2, "the browser showed colours"


async def test_every_state_has_a_word_and_a_sign_of_its_own(theatre: Theatre) -> None:
    operator = await theatre.operator()
    await _busy(theatre, operator)
    said = await operator.page.locator("[data-state]").evaluate_all(SIGNS)
    assert len(said) > 5
    signs = {state: sign for state, sign, _ in said}
    of_units = {state: sign for state, sign in signs.items() if state in {"free", "held", "busy", "off_duty"}}
    assert len(set(of_units.values())) == len(of_units)
    assert all(text.removeprefix(sign).strip() for _, sign, text in said)
    for badge in await operator.page.locator("[data-level]").all():
        assert (await badge.inner_text()).strip()


@pytest.mark.parametrize("screen", [HALF, NARROW], ids=["200 %", "400 %"])
async def test_nothing_is_lost_when_letters_are_large(theatre: Theatre, screen: ViewportSize) -> None:
    operator = await theatre.operator()
    await _busy(theatre, operator)
    page = operator.page
    headings = await page.get_by_role("heading").all_inner_texts()
    await page.set_viewport_size(screen)
    assert await page.get_by_role("heading").all_inner_texts() == headings
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await page.evaluate(wide) == 0
    cut = await page.locator("button, label, h2, h3, p, td, th").evaluate_all(CUT)
    assert cut == []
    assert await wrong_on(operator, f"{screen['width']} px wide") == []
    await page.keyboard.press("F3")
    await expect(page.get_by_role("combobox")).to_be_focused()
    assert await page.evaluate(wide) == 0
