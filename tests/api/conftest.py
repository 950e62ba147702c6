"""One furnished service for each file of tests, and a way to start one's own."""

from collections.abc import AsyncIterator
from itertools import count

import pytest
import pytest_asyncio

from app.children.postgres import EmbeddedPostgres
from tests.service_fixture import House, a_house

_numbers = count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(
    postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """A service shared by the tests of one file: nobody is on duty in it."""
    name = f"api_{next(_numbers)}"
    await postgres_server.create_database(name)
    async with a_house(postgres_server.dsn(name), tmp_path_factory.mktemp(name)) as house:
        yield house
    await postgres_server.drop_database(name)
