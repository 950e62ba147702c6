"""Everybody can use it: axe finds nothing on any page in either theme, and nothing is wider than a small phone."""

import pytest
from playwright.async_api import expect

from .axe import wrong_on
from .seats import Theatre


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
        found += await wrong_on(seat, what)

    threat = {"aggressor_present": "yes", "weapon_present": "unknown"}
    await theatre.house.raised("police", "prosecutor", "shelter", threat=threat)
    for seat in (patrol, shelter):
        await expect(seat.page.get_by_role("timer")).to_be_visible()
        found += await wrong_on(seat, "offer")
        await seat.page.locator("button.big.main").tap()
        await expect(seat.page.get_by_role("article")).to_be_visible()
        found += await wrong_on(seat, "task")
    await patrol.page.locator("button.danger").tap()
    found += await wrong_on(patrol, "help")
    await coordinator.page.goto(f"{coordinator.url}/account")
    await expect(coordinator.page.get_by_test_id("session").first).to_be_visible()
    found += await wrong_on(coordinator, "account")
    await operator.page.locator("[data-folio]").click()
    await expect(operator.page.get_by_role("article")).to_be_visible()
    await expect(operator.page.get_by_test_id("alarms")).to_be_visible()
    found += await wrong_on(operator, "alert")
    assert found == []
