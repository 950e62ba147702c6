"""One furnished service for all tests of the API; who changes units or sessions starts one of their own."""

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from app.children.postgres import EmbeddedPostgres
from app.clock import HandClock
from app.security.sessions import Role
from tests.service_fixture import House, a_house

from .signing_in import ORIGIN, signed_in, somebody

_numbers = count(1)


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def house(
    postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """A service shared by all tests of this folder: in it nobody is on duty."""
    name = f"api_{next(_numbers)}"
    await postgres_server.create_database(name)
    async with a_house(postgres_server.dsn(name), tmp_path_factory.mktemp(name)) as house:
        yield house
    await postgres_server.drop_database(name)


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def kept(
    postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """A furnished service whose clock is moved by hand and that browsers know by ORIGIN; shared, like `house`."""
    name = f"api_{next(_numbers)}"
    await postgres_server.create_database(name)
    folder = tmp_path_factory.mktemp(name)
    async with a_house(postgres_server.dsn(name), folder, HandClock(), public_origin=ORIGIN) as house:
        yield house
    await postgres_server.drop_database(name)


@pytest.fixture
def clock(kept: House) -> HandClock:
    """The clock of `kept`."""
    assert isinstance(kept.service.clock, HandClock)
    return kept.service.clock


@pytest_asyncio.fixture(loop_scope="session")
async def operator(kept: House) -> httpx.AsyncClient:
    """An operator who has just signed in."""
    return await signed_in(kept, await somebody(kept))


@pytest_asyncio.fixture(loop_scope="session")
async def admin(kept: House) -> httpx.AsyncClient:
    """An admin who has just signed in."""
    return await signed_in(kept, await somebody(kept, Role.ADMIN))


@pytest_asyncio.fixture(loop_scope="session")
async def fresh(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A furnished service of this test's own."""
    async with a_house(database_url, tmp_path) as house:
        yield house
