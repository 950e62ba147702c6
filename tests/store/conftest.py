"""A migrated database for each test, copied from one that was migrated once."""

from collections.abc import AsyncIterator
from itertools import count

import pytest_asyncio

from app.children.postgres import EmbeddedPostgres
from app.clock import HandClock
from app.desk import Desk
from app.store.session import upgrade

from .desks import a_clock, a_desk, staff

TEMPLATE = "migrated"
_numbers = count(1)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def template(postgres_server: EmbeddedPostgres) -> AsyncIterator[str]:
    """The name of an empty migrated database that is only copied."""
    await postgres_server.create_database(TEMPLATE)
    await upgrade(postgres_server.dsn(TEMPLATE))
    yield TEMPLATE
    await postgres_server.drop_database(TEMPLATE)


@pytest_asyncio.fixture(loop_scope="session")
async def url(postgres_server: EmbeddedPostgres, template: str) -> AsyncIterator[str]:
    """The address of a migrated database of this test's own."""
    name = f"store_{next(_numbers)}"
    await postgres_server.create_database(name, template=template)
    yield postgres_server.dsn(name)
    await postgres_server.drop_database(name)


@pytest_asyncio.fixture(loop_scope="session")
async def clock() -> HandClock:
    """A clock that stands still until the test moves it."""
    return a_clock()


@pytest_asyncio.fixture(loop_scope="session")
async def desk(url: str, clock: HandClock) -> AsyncIterator[Desk]:
    """A desk with three patrols on duty."""
    async with a_desk(url, clock) as desk:
        await staff(desk)
        yield desk
