"""No word of any page stands in the code: read in a language of brackets, all is in brackets but the data."""

import re

import pytest
from playwright.async_api import Page, expect

from app.security.sessions import Role

from .seats import PASSWORD, Seat, Theatre

DATA = re.compile(
    r"N-\d+|[PFS]-\d|centro|norte|Centro|Norte|operator-\w+|P-1 · centro|"
    # Keys as they stand on a keyboard, and what is drawn as a sign.
    r"F\d+|Alt\+K|T\d+"
)
LOOK = """
() => {
  const found = [];
  const take = (what, text) => { if (text && text.trim() !== "") found.push([what, text.trim()]) };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const around = walker.currentNode.parentElement;
    if (["SCRIPT", "STYLE", "NOSCRIPT"].includes(around.tagName)) continue;
    take(around.tagName, walker.currentNode.data);
  }
  for (const element of document.querySelectorAll("*")) {
    for (const name of ["aria-label", "placeholder", "title", "alt"]) take(name, element.getAttribute(name));
  }
  take("title", document.title);
  return found;
}
"""


async def _hard_coded(page: Page, what: str) -> list[str]:
    found = []
    for where, text in await page.evaluate(LOOK):
        left = DATA.sub("", re.sub(r"⟦[^⟧]*⟧", "", _innermost(text)))
        if re.search(r"[^\W\d_]{2,}", left):
            found.append(f"{what}, {where}: {text}")
    return found


def _innermost(text: str) -> str:
    """Without brackets inside of brackets: a sentence is made of words."""
    while (shorter := re.sub(r"⟦([^⟦⟧]*)⟦([^⟦⟧]*)⟧", r"⟦\1\2", text)) != text:
        text = shorter
    return text


async def _in_brackets(seat: Seat, path: str) -> None:
    await seat.page.goto(f"{seat.url}/")
    await seat.page.evaluate("localStorage.setItem('naranja.language', 'pseudo')")
    await seat.page.goto(f"{seat.url}/")
    await seat.page.locator("input").first.fill(seat.login)
    await seat.page.locator("input[type=password]").fill(PASSWORD)
    await seat.page.keyboard.press("Enter")
    await seat.page.wait_for_url(f"**{path}")


async def test_the_console_says_nothing_that_is_not_in_the_words(theatre: Theatre) -> None:
    await theatre.house.on_duty("P-1")
    seat = await theatre.seat(Role.SUPERVISOR)
    await seat.page.goto(f"{seat.url}/")
    await _in_brackets(seat, "/console")
    page = seat.page
    await expect(page.get_by_test_id("map")).not_to_have_attribute("data-drawn", "no")
    found = await _hard_coded(page, "before a call")
    await page.keyboard.press("F9")
    await page.keyboard.type("nowhere")
    await page.keyboard.press("Enter")
    await expect(page.locator("#place-wrong")).not_to_be_empty()
    found += [said for said in await _hard_coded(page, "a wrong place") if "nowhere" not in said]
    await page.locator("[name=place]").fill("25.67, -100.31")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("silent")).to_be_visible()
    await expect(page.get_by_role("article")).to_be_visible()
    await expect(page.get_by_test_id("alarms")).to_be_visible()
    found += await _hard_coded(page, "a silent call")
    buttons = page.get_by_role("article").locator("button[data-opens]")
    for number in range(await buttons.count()):
        await buttons.nth(number).press("Enter")
        found += await _hard_coded(page, f"what is done by hand, {number}")
        await page.keyboard.press("Escape")
    await page.keyboard.press("F6")
    found += await _hard_coded(page, "choosing on the map")
    await page.keyboard.press("F3")
    await expect(page.get_by_role("combobox")).to_be_focused()
    found += await _hard_coded(page, "the line of commands")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Alt+k")
    found += await _hard_coded(page, "the keys")
    assert found == []


@pytest.mark.parametrize(
    ("role", "unit", "path"),
    [(Role.UNIT, "P-1", "/unit"), (Role.SHELTER, "S-1", "/unit"), (Role.COORDINATOR, None, "/coordinator")],
)
async def test_the_other_pages_say_nothing_that_is_not_in_the_words(
    theatre: Theatre, role: Role, unit: str | None, path: str
) -> None:
    seat = await theatre.seat(role, unit)
    await seat.page.goto(f"{seat.url}/")
    await seat.page.evaluate("localStorage.setItem('naranja.language', 'pseudo')")
    await seat.page.reload()
    await expect(seat.page.locator("input[type=password]")).to_be_visible()
    found = await _hard_coded(seat.page, "signing in")
    await _in_brackets(seat, path)
    await expect(seat.page.get_by_role("heading").first).to_be_visible()
    found += await _hard_coded(seat.page, path)
    assert found == []
