"""What every story starts with: a running center with its town, and its three patrols on duty and connected.

All stories share one database, each as a center of its own: what one center does must not show in another.
"""

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest_asyncio

from app.children.postgres import EmbeddedPostgres

from .center import Center, a_center
from .phone import Console, Phone

_numbers = count(1)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stories_url(postgres_server: EmbeddedPostgres) -> AsyncIterator[str]:
    """The address of the database that all stories share."""
    await postgres_server.create_database("stories")
    yield postgres_server.dsn("stories")
    await postgres_server.drop_database("stories")


@pytest_asyncio.fixture(loop_scope="session")
async def center(tmp_path: Path, stories_url: str) -> AsyncIterator[Center]:
    """A running center; nobody is on duty yet."""
    center = a_center(tmp_path, stories_url, center=f"center-{next(_numbers)}")
    try:
        await center.start()
        await center.settle()
        yield center
    finally:
        await center.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def console(center: Center) -> Console:
    """An operator's console."""
    return await center.console()


@pytest_asyncio.fixture(loop_scope="session")
async def kilo7(center: Center) -> Phone:
    """The patrol nearest to her."""
    return await center.phone("KILO-7", crew=("A-101", "A-102"))


@pytest_asyncio.fixture(loop_scope="session")
async def lima2(center: Center) -> Phone:
    """The patrol next to it."""
    return await center.phone("LIMA-2")


@pytest_asyncio.fixture(loop_scope="session")
async def mike9(center: Center) -> Phone:
    """The patrol farthest from her, of another agency."""
    return await center.phone("MIKE-9")
