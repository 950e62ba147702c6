"""No word of any page stands in the code: read in a language of brackets, all is in brackets but the data."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, expect

from app.security.sessions import Role

from .seats import Seat, Theatre
from .walk import WALKS

DATA = re.compile(
    r"N-\d+|[PFS]-\d|centro|norte|Centro|Norte|(?:supervisor|coordinator|unit|shelter)-[0-9a-f]{6}|"
    # Keys as they stand on a keyboard, kinds of files, what is typed into an app.
    r"F\d+|Alt\+K|T\d+|^(?:CSV|XLSX|PDF)$|^[A-Z2-7]{32}$"
)
LOOK = """
() => {
  const found = [];
  const take = (what, text) => { if (text && text.trim() !== "") found.push([what, text.trim()]) };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const around = walker.currentNode.parentElement;
    if (["SCRIPT", "STYLE", "NOSCRIPT"].includes(around.tagName)) continue;
    // What the service says in the language it was asked for.
    if (around.closest('[data-said="service"]') !== null) continue;
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


@pytest.mark.parametrize("walk", WALKS)
async def test_no_screen_says_anything_that_is_not_in_the_words(theatre: Theatre, walk: str) -> None:
    found: list[str] = []

    async def look(seat: Seat, what: str) -> None:
        found.extend(await _hard_coded(seat.page, what))

    await WALKS[walk](theatre, "pseudo", look)
    assert found == []


async def test_a_word_that_stands_in_the_code_is_found(theatre: Theatre) -> None:
    seat = await theatre.seat(Role.OPERATOR)
    await seat.page.goto(f"{seat.url}/")
    await seat.reads("pseudo")
    await expect(seat.page.locator("[name=password]")).to_be_visible()
    assert await _hard_coded(seat.page, "signing in") == []
    await seat.page.evaluate("document.querySelector('form').append('Recuérdame')")
    assert await _hard_coded(seat.page, "signing in") == ["signing in, FORM: Recuérdame"]


async def test_times_are_those_of_the_center_in_24_hours_whatever_the_zone_and_language_of_the_device(
    theatre: Theatre,
) -> None:
    patrol = await theatre.unit("P-1", locale="en-US", timezone_id="Asia/Tokyo")
    operator = await theatre.operator(locale="en-US", timezone_id="Asia/Tokyo")
    before = datetime.now(UTC)
    await theatre.house.raised("police")
    await patrol.page.get_by_role("button", name="Voy", exact=True).tap()
    said = patrol.page.locator('[data-step="accept"][data-state="confirmed"]')
    await expect(said).to_be_visible()
    await operator.page.locator("[data-folio]").press("Enter")
    heard = operator.page.get_by_role("article").get_by_text(re.compile("Recibida"))
    after = datetime.now(UTC)
    center = ZoneInfo(theatre.house.service.settings.time_zone)
    own = {f"{at.astimezone(center):%H:%M}" for at in (before, after)}
    for told in (await said.inner_text(), await heard.first.inner_text()):
        (clock,) = re.findall(r"(\d\d:\d\d):\d\d", told)
        assert clock in own, told
        assert re.search("[ap]\\.? ?m", told, re.IGNORECASE) is None
    for seat in (patrol, operator):
        assert await seat.page.locator("html").get_attribute("lang") == "es-MX"
