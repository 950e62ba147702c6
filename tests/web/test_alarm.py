"""An alarm calls until a named person acknowledges it: it sounds, shakes and flashes, in front of everybody."""

import re

from playwright.async_api import Page, expect

from app.security.sessions import Role

from .seats import Seat, Theatre
from .test_discreet import LISTENED, felt_at_least

QUIET_MS = 3_200
"""Two beats of the alarm, and a little more."""
FLASHING = re.compile("^▲ 1 ")
SUPERVISOR_HEARS_WITHIN_MS = 60_000


async def _tones(page: Page) -> int:
    return int(await page.evaluate("window.felt.tones"))


async def _goes_on(page: Page) -> None:
    """It sounds, shakes, and the page's name flashes: not once, but on and on."""
    before = await page.evaluate("window.felt")
    await expect(page).to_have_title(FLASHING)
    await expect(page).not_to_have_title(FLASHING)
    await felt_at_least(page, tones=before["tones"] + 4, shaken=before["shaken"] + 2)


async def _listens(seat: Seat) -> None:
    await seat.context.add_init_script(LISTENED)
    await seat.opens_again("/console")
    await expect(seat.page.get_by_label("Lugar")).to_be_focused()
    await seat.page.keyboard.press("Shift")


async def test_an_alarm_goes_on_until_somebody_acknowledges_it_survives_a_reload_and_a_supervisor_hears_it(
    theatre: Theatre,
) -> None:
    operator, supervisor = await theatre.operator(), await theatre.operator(Role.SUPERVISOR)
    for seat in (operator, supervisor):
        await _listens(seat)
    assert await _tones(operator.page) == 0
    await theatre.house.raised("police")
    await expect(supervisor.page.get_by_test_id("alarms")).to_be_visible(timeout=SUPERVISOR_HEARS_WITHIN_MS)
    for seat in (operator, supervisor):
        await expect(seat.page.get_by_test_id("alarms")).to_contain_text("N-1")
        await _goes_on(seat.page)

    await operator.page.reload()
    await expect(operator.page.get_by_test_id("alarms")).to_contain_text("N-1")
    await operator.page.keyboard.press("Shift")
    await _goes_on(operator.page)

    await operator.page.keyboard.press("F8")
    for seat in (operator, supervisor):
        await expect(seat.page.get_by_test_id("alarms")).to_have_count(0)
        heard = await _tones(seat.page)
        await seat.page.wait_for_timeout(QUIET_MS)
        assert await _tones(seat.page) == heard
        await expect(seat.page).to_have_title(re.compile("^Naranja"))


async def test_the_sound_is_tried_before_a_shift(theatre: Theatre) -> None:
    operator, patrol = await theatre.operator(), await theatre.unit("P-1")
    for seat, path in ((operator, "/console"), (patrol, "/unit")):
        await seat.context.add_init_script(LISTENED)
        await seat.opens_again(path)
        await seat.page.get_by_role("button", name="Probar sonido").press("Enter")
        # Asked here and not by a watch in the page: that would be made of a string, which the page forbids.
        await felt_at_least(seat.page, tones=1, shaken=0)
        assert await _tones(seat.page) == 2
