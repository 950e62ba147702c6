"""One thumb on a small phone: what is pressed is large and lies low, and a notice is two taps away from a yes."""

import pytest
from playwright.async_api import expect

from .seats import PHONE, Seat, Theatre
from .walk import WALKS

LEAST_PX = 56
LOWEST_THIRD = PHONE["height"] * 2 / 3
TARGETS = """
() => [...document.querySelectorAll("main button, main label:has(input[type=radio])")]
  .filter((one) => one.checkVisibility())
  .map((one) => [one.textContent.trim(), one.getBoundingClientRect()])
  .map(([name, box]) => [name, Math.min(box.width, box.height)])
"""
PRIMARY = ".offer button.main, .thumb button.main, .duty button.main"
"""What comes next: a yes, the next step, the beginning of the duty."""
NEEDS_MORE_THAN_A_THUMB = """
() => [
  ...[...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])
    .filter((rule) => rule.cssText.includes(":hover")).map((rule) => rule.cssText),
  ...[...document.querySelectorAll("[draggable=true], input[type=range]")].map((one) => one.outerHTML),
]
"""


@pytest.mark.parametrize("walk", ["patrol", "prosecutor", "shelter"])
async def test_all_that_is_pressed_on_the_phone_is_56_px_and_what_comes_next_is_in_the_lowest_third(
    theatre: Theatre, walk: str
) -> None:
    wrong: list[str] = []
    primary = 0

    async def look(seat: Seat, what: str) -> None:
        nonlocal primary
        page = seat.page
        targets = await page.evaluate(TARGETS)
        wrong.extend(f"{what}: {name} is {least:.0f} px" for name, least in targets if least < LEAST_PX)
        wrong.extend(f"{what}: {one}" for one in await page.evaluate(NEEDS_MORE_THAN_A_THUMB))
        for button in await page.locator(PRIMARY).all():
            box = await button.bounding_box()
            assert box is not None
            primary += 1
            middle = box["y"] + box["height"] / 2
            if not LOWEST_THIRD <= middle <= PHONE["height"]:
                wrong.append(f"{what}: {await button.inner_text()} is at {middle:.0f} px")

    await WALKS[walk](theatre, "es", look)
    assert wrong == []
    assert primary >= 2


async def test_a_notice_is_two_taps_away_from_a_yes(theatre: Theatre) -> None:
    patrol = await theatre.unit("P-1")
    await theatre.house.raised("police")
    # The first tap is on the notice: it opens this page. Nothing is between it and the question.
    await patrol.opens_again("/unit")
    yes = patrol.page.get_by_role("button", name="Voy", exact=True)
    await expect(yes).to_be_in_viewport(ratio=1)
    await yes.tap()
    await expect(patrol.page.locator('[data-step="accept"][data-state="confirmed"]')).to_be_visible()
