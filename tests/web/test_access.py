"""Everybody can use it: axe finds nothing on any screen in any theme and language, and all fits a small phone."""

import pytest

from .axe import wrong_on, wrong_where_little_fits
from .seats import Seat, Theatre
from .walk import LANGUAGES, WALKS

SCREENS = {"ways in": 7, "patrol": 13, "prosecutor": 7, "shelter": 7, "console": 8, "report": 2}
"""How many each walk comes by at least: one that stops early finds nothing, and proves nothing."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("walk", WALKS)
async def test_axe_finds_nothing_on_any_screen_in_any_theme_and_language(
    theatre: Theatre, walk: str, language: str
) -> None:
    found: list[str] = []
    screens = 0

    async def look(seat: Seat, what: str) -> None:
        nonlocal screens
        screens += 1
        assert await seat.page.locator("html").get_attribute("lang") == ("en-GB" if language == "en" else "es-MX")
        found.extend(await wrong_on(seat, what))
        found.extend(await wrong_where_little_fits(seat, what))

    await WALKS[walk](theatre, language, look)
    assert found == []
    assert screens >= SCREENS[walk]
