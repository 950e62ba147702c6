"""Everything that can stand on a screen: a walk through each page in all its states, in any language."""

import re
from collections.abc import Awaitable, Callable
from re import Pattern

import pyotp
from playwright.async_api import Locator, Page, expect

from app.security.sessions import Role

from .seats import PASSWORD, PATIENCE_MS, Seat, Theatre
from .test_sign_in import known_by_address

Look = Callable[[Seat, str], Awaitable[None]]
"""What is done before every screen; the text says which one it is."""
Walk = Callable[[Theatre, str, Look], Awaitable[None]]
"""In this language."""

LANGUAGES = ("es", "en")
RISK, NOTE = re.compile("Preguntas de riesgo|Risk questions"), re.compile("Agregar nota|Add a note")
ORDER, ISSUED = re.compile("Decir qué pasó|Say what became"), re.compile("Orden dictada|Order issued")
PLACE = re.compile("Mostrar lugar|Show place|Mostrar notas|Show notes")
THREAT = {"aggressor_present": "yes", "weapon_present": "unknown", "children_present": "yes"}
ELSEWHERE = {"lat": 25.75, "lon": -100.31}


async def the_ways_in(theatre: Theatre, language: str, look: Look) -> None:
    """Signing in with what can go wrong there, and one's own account."""
    known_by_address(theatre.house)
    seat = await theatre.seat(Role.COORDINATOR)
    seat.refusals |= {401, 403, 409, 422}
    page = seat.page
    await page.goto(f"{seat.url}/")
    await seat.reads(language)
    await expect(page.locator("[name=password]")).to_be_visible()
    await look(seat, "signing in")
    await _types(page, seat.login, "not the one it is")
    await expect(page.get_by_role("alert").locator("p")).to_be_visible()
    await look(seat, "a wrong password")
    other = page.locator("form > button:not(.big)")
    await other.click()
    await expect(page.locator("[name=secret]")).to_be_visible()
    await look(seat, "a one-time secret")
    await other.click()
    await _types(page, seat.login, PASSWORD)
    await page.wait_for_url("**/coordinator", timeout=PATIENCE_MS)

    await page.goto(f"{seat.url}/account")
    await expect(page.get_by_test_id("session").first).to_be_visible()
    await look(seat, "one's account")
    app = await _proves_again_and_sets_up_codes(seat, look)
    await page.locator("header button").last.click()
    await page.wait_for_url(f"{seat.url}/", timeout=PATIENCE_MS)
    await _types(page, seat.login, PASSWORD)
    await expect(page.locator("[name=code]")).to_be_visible()
    await look(seat, "asked for a code")
    await page.locator("[name=code]").fill(app.at(theatre.house.service.clock.now() + app.interval))
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/coordinator", timeout=PATIENCE_MS)


async def _proves_again_and_sets_up_codes(seat: Seat, look: Look) -> pyotp.TOTP:
    page, settings = seat.page, seat.house.service.settings
    fresh_s, settings.proof_fresh_s = settings.proof_fresh_s, 0.0
    await page.locator("main > section .row button.big").first.click()
    await expect(page.locator("[name=proof]")).to_be_visible()
    await look(seat, "proving once more who it is")
    settings.proof_fresh_s = fresh_s
    await page.locator("[name=proof]").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("totp-secret")).to_be_visible()
    await look(seat, "codes are set up")
    app = pyotp.TOTP(await page.get_by_test_id("totp-secret").inner_text())
    await page.locator("[name=code]").fill(app.at(seat.house.service.clock.now()))
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("totp-secret")).to_have_count(0)
    await look(seat, "codes are asked for")
    return app


async def _types(page: Page, login: str, password: str) -> None:
    await page.locator("[name=login]").fill(login)
    await page.locator("[name=password]").fill(password)
    await page.keyboard.press("Enter")


async def a_patrols_phone(theatre: Theatre, language: str, look: Look) -> None:
    """From off duty to free again, with everything that opens on the way, and without a line."""
    patrol = await _comes_on_duty(theatre, "P-1", language, look)
    page = patrol.page
    await theatre.house.raised("police", threat=THREAT)
    await _is_asked(patrol, look)
    await look(patrol, "an assignment")
    await _opens(patrol, PLACE)
    await expect(page.get_by_test_id("where")).to_be_visible()
    await look(patrol, "her place")
    await page.locator(".thumb .row button:not(.danger)").first.tap()
    await expect(page.locator(".reasons")).to_be_visible()
    await look(patrol, "why they cannot any more")
    await page.locator(".reasons button").last.tap()
    await page.locator(".thumb button.danger").tap()
    await look(patrol, "help for the crew")
    await page.locator(".thumb section button").last.tap()
    for step in ("en-route", "on-scene"):
        await _steps(patrol, step, "confirmed")
    await look(patrol, "on scene")
    await _opens(patrol, RISK)
    await expect(page.locator("fieldset").first).to_be_visible()
    await look(patrol, "the questions of risk")
    await page.locator("section:has(fieldset) > button").last.tap()
    await _opens(patrol, NOTE)
    await expect(page.locator("textarea")).to_be_visible()
    await look(patrol, "a note")
    await page.locator("form button").last.tap()
    await patrol.loses_network()
    await page.locator(".thumb button.main").tap()
    await expect(page.get_by_test_id("waiting")).to_be_visible()
    await expect(page.get_by_test_id("stale")).to_be_visible()
    await look(patrol, "without a line")
    await patrol.finds_network()
    await expect(_said(page, "contact", "confirmed")).to_be_visible()
    await page.locator(".thumb .row button:not(.danger)").first.tap()
    await expect(page.locator(".idle")).to_be_visible()
    await look(patrol, "free again")


async def a_prosecutors_phone(theatre: Theatre, language: str, look: Look) -> None:
    """What a prosecutor has besides: the order."""
    prosecutor = await _comes_on_duty(theatre, "F-1", language, look)
    await theatre.house.raised("prosecutor")
    await _is_asked(prosecutor, look)
    await _opens(prosecutor, ORDER)
    await look(prosecutor, "what became of the order")
    await _opens(prosecutor, ISSUED)
    await look(prosecutor, "whether that is sure")
    await _opens(prosecutor, ISSUED)
    await expect(prosecutor.page.locator("article [role=timer]")).to_have_count(0)
    await look(prosecutor, "the order is written down")


async def a_shelters_phone(theatre: Theatre, language: str, look: Look) -> None:
    """Places, an offer, who is to arrive."""
    shelter = await _comes_on_duty(theatre, "S-1", language, look)
    page = shelter.page
    await theatre.house.raised("shelter", threat=THREAT)
    await _is_asked(shelter, look)
    await look(shelter, "who is to arrive")
    await _opens(shelter, PLACE)
    await look(shelter, "what was told")
    await page.locator("article button.danger").tap()
    await look(shelter, "help for the shelter")


async def _comes_on_duty(theatre: Theatre, code: str, language: str, look: Look) -> Seat:
    seat = await theatre.unit(code, on_duty=False)
    await seat.reads(language)
    begin = seat.page.locator(".duty button.main")
    await expect(begin).to_be_visible()
    await look(seat, "off duty")
    await begin.tap()
    await expect(begin).to_have_count(0)
    await look(seat, "on duty")
    return seat


async def _is_asked(seat: Seat, look: Look) -> None:
    """An offer, a no that is thought over, and a yes."""
    page = seat.page
    await expect(page.locator(".offer")).to_be_visible()
    await look(seat, "an offer")
    await page.locator(".offer .two button:not(.main)").tap()
    await expect(page.locator(".reasons")).to_be_visible()
    await look(seat, "why not")
    await page.locator(".reasons button").last.tap()
    await page.locator(".offer button.main").tap()
    await expect(page.get_by_role("article")).to_be_visible()


async def _opens(seat: Seat, name: Pattern[str]) -> None:
    await seat.page.get_by_role("article").get_by_role("button", name=name).first.tap()


async def _steps(seat: Seat, step: str, state: str) -> None:
    await seat.page.locator(".thumb button.main").tap()
    await expect(_said(seat.page, step, state)).to_be_visible()


def _said(page: Page, step: str, state: str) -> Locator:
    return page.locator(f'[data-step="{step}"][data-state="{state}"]')


async def the_console(theatre: Theatre, language: str, look: Look) -> None:
    """A call, a silent one, an alert with everything open, what keys open, and a call that cannot be saved."""
    house = theatre.house
    await house.on_duty("P-1")
    await house.raised("police", "prosecutor", threat=THREAT)
    supervisor = await theatre.operator(Role.SUPERVISOR)
    await supervisor.reads(language)
    page, keys = supervisor.page, supervisor.page.keyboard
    await expect(page.get_by_test_id("map")).not_to_have_attribute("data-drawn", "no")
    await expect(page.get_by_test_id("alarms")).to_be_visible()
    await look(supervisor, "before a call")
    await page.locator("[name=place]").fill("???")
    await keys.press("Enter")
    await expect(page.locator("#place-wrong")).not_to_be_empty()
    await look(supervisor, "a place that is none")
    await keys.press("F6")
    await look(supervisor, "choosing on the map")
    await keys.press("Escape")
    await keys.press("F9")
    await page.locator("[name=place]").fill("25.67, -100.31 ±300")
    await keys.press("Enter")
    await expect(page.get_by_test_id("silent")).to_be_visible()
    await expect(page.get_by_role("article")).to_be_visible()
    for summary in await page.locator("summary").all():
        await summary.press("Enter")
    await look(supervisor, "a silent call")
    while await page.locator("[data-opens]").count():
        await page.locator("[data-opens]").first.press("Enter")
    await look(supervisor, "everything that is done by hand")
    for key in ("F3", "Alt+k"):
        await keys.press(key)
        await expect(page.get_by_role("dialog")).to_be_visible()
        await look(supervisor, f"what {key} opens")
        await keys.press("Escape")
    await keys.press("F2")
    await supervisor.loses_network()
    await page.locator("[name=place]").fill("25.68, -100.31")
    await keys.press("Enter")
    await expect(page.get_by_test_id("not-saved")).to_be_visible()
    await expect(page.get_by_test_id("stale")).to_be_visible()
    await look(supervisor, "a call that is not saved")
    await supervisor.finds_network()
    await expect(page.get_by_test_id("saved")).to_be_visible()


async def the_report(theatre: Theatre, language: str, look: Look) -> None:
    """A report with something in it, everything open, and a question that cannot be asked."""
    house = theatre.house
    await house.on_duty("P-1")
    offer = await house.offered(await house.raised("police"))
    for step in ("accept", "en-route", "on-scene", "contact", "done"):
        await house.step("P-1", offer, step)
    await house.raised("prosecutor", where=ELSEWHERE)
    coordinator = await theatre.coordinator()
    await coordinator.reads(language)
    page = coordinator.page
    await expect(page.locator("section[data-report]")).to_have_count(13)
    await expect(page.locator("section[aria-busy=true]")).to_have_count(0)
    await page.locator("details").evaluate_all("(all) => all.forEach((one) => { one.open = true })")
    await look(coordinator, "the report")
    coordinator.refusals |= {422}
    await page.locator("input[name=from]").fill("2030-01-01")
    await page.locator("form button.main").click()
    await expect(page.get_by_role("alert").locator("p")).to_be_visible()
    await look(coordinator, "a period that cannot be")


WALKS: dict[str, Walk] = {
    "ways in": the_ways_in,
    "patrol": a_patrols_phone,
    "prosecutor": a_prosecutors_phone,
    "shelter": a_shelters_phone,
    "console": the_console,
    "report": the_report,
}
