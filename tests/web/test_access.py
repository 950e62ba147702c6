"""Everybody can use it: axe finds nothing on any page in either theme, and nothing is wider than a small phone."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from .seats import Seat, Theatre

AXE = (Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
RUN = """
async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const found = await axe.run(document, { runOnly: { type: "tag", values: tags } });
  const where = (one) => one.nodes.map((node) => node.html).join(" | ").slice(0, 400);
  return found.violations.map((one) => `${one.id}: ${where(one)}`);
}
"""
THEMES = ("day", "night")


async def _violations(seat: Seat, what: str) -> list[str]:
    """What axe finds in both themes, each named by what was looked at."""
    found = []
    page = seat.page
    for theme in THEMES:
        await page.evaluate("(theme) => { document.documentElement.dataset.theme = theme }", theme)
        # Run as the test's own code: the page's policy lets no other script in, and it should not.
        await page.evaluate(AXE)
        found += [f"{what} by {theme}: {said}" for said in await page.evaluate(RUN)]
        found += await _wider_than_the_screen(page, f"{what} by {theme}")
    return found


async def _wider_than_the_screen(page: Page, what: str) -> list[str]:
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{what}: {wide} px too wide"] if wide > 0 else []


@pytest.mark.parametrize("language", ["es", "en"])
async def test_axe_finds_nothing_on_any_page(theatre: Theatre, language: str) -> None:
    operator, patrol = await theatre.operator(), await theatre.unit("P-1")
    shelter, coordinator = await theatre.unit("S-1"), await theatre.coordinator()
    stranger = await theatre.operator()
    await stranger.page.get_by_role("button", name="Salir").click()
    await stranger.page.wait_for_url(f"{stranger.url}/")
    seats = {"console": operator, "patrol": patrol, "shelter": shelter, "report": coordinator, "sign-in": stranger}
    for seat in seats.values():
        await seat.page.evaluate("(language) => localStorage.setItem('naranja.language', language)", language)
        await seat.page.reload()
    found = []
    for what, seat in seats.items():
        await expect(seat.page.get_by_role("heading").first).to_be_visible()
        found += await _violations(seat, what)

    threat = {"aggressor_present": "yes", "weapon_present": "unknown"}
    await theatre.house.raised("police", "prosecutor", "shelter", threat=threat)
    for seat in (patrol, shelter):
        await expect(seat.page.get_by_role("timer")).to_be_visible()
        found += await _violations(seat, "offer")
        await seat.page.locator("button.big.main").tap()
        await expect(seat.page.get_by_role("article")).to_be_visible()
        found += await _violations(seat, "task")
    await patrol.page.locator("button.danger").tap()
    found += await _violations(patrol, "help")
    await coordinator.page.goto(f"{coordinator.url}/account")
    await expect(coordinator.page.get_by_test_id("session").first).to_be_visible()
    found += await _violations(coordinator, "account")
    await operator.page.locator("[data-folio]").click()
    await expect(operator.page.get_by_role("article")).to_be_visible()
    await expect(operator.page.get_by_test_id("alarms")).to_be_visible()
    found += await _violations(operator, "alert")
    assert found == []
