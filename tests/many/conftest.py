"""A small town in a database of its own for each test; the test's own service stands beside the processes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.service_fixture import House, a_house


@pytest_asyncio.fixture(loop_scope="session")
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """One process of the center: this one, whose ground and board a test can look at."""
    async with a_house(database_url, tmp_path) as house:
        yield house
