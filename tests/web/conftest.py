"""One Chromium for all tests of this folder, and for each test a service of its own with seats before it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from app.pages import FOLDER
from tests.service_fixture import a_house

from .browser import WITHOUT_WEBGL, launch
from .seats import Theatre, a_theatre


@pytest.fixture(scope="package", autouse=True)
def built_pages() -> None:
    """The pages are there to be looked at."""
    if not (FOLDER / "index.html").exists():
        pytest.fail("The pages are not built: run `make web`.")


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A real Chromium. Raises NoBrowser where there is none to be had."""
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def plain_theatre(database_url: str, tmp_path: Path) -> AsyncIterator[Theatre]:
    """A theatre whose browser draws no WebGL."""
    async with async_playwright() as playwright, a_house(database_url, tmp_path) as house:
        browser = await launch(playwright, WITHOUT_WEBGL)
        async with a_theatre(house, browser) as theatre:
            yield theatre
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def theatre(database_url: str, tmp_path: Path, browser: Browser) -> AsyncIterator[Theatre]:
    """A furnished service with everybody off duty, and nobody at a screen yet."""
    async with a_house(database_url, tmp_path) as house, a_theatre(house, browser) as theatre:
        yield theatre
