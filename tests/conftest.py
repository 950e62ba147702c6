"""One real PostgreSQL for the whole run, and a fresh empty database for each test that asks for one."""

import os
from collections.abc import AsyncIterator
from itertools import count

import pytest
import pytest_asyncio

from app.children.postgres import EmbeddedPostgres

_numbers = count(1)
# Nothing goes on by itself in a test that did not ask for it; processes that tests start hear it, too.
os.environ["NARANJA_SYNTHETIC_S"] = "0"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedPostgres]:
    """The server of this run, ended with it."""
    async with EmbeddedPostgres(tmp_path_factory.mktemp("postgres") / "server") as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def database_url(postgres_server: EmbeddedPostgres) -> AsyncIterator[str]:
    """The address of an empty database of this test's own, dropped afterwards with whoever is still in it."""
    name = f"test_{next(_numbers)}"
    await postgres_server.create_database(name)
    yield postgres_server.dsn(name)
    await postgres_server.drop_database(name)
