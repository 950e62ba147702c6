"""One service for all tests of the socket; each test finds it with nobody on duty and no alert open."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from app.children.postgres import EmbeddedPostgres
from app.dispatch.model import UnitState
from tests.patience import until
from tests.service_fixture import House, a_house

NAME = "push"


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def shared(
    postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """The service; tests change its settings while it runs."""
    await postgres_server.create_database(NAME)
    async with a_house(postgres_server.dsn(NAME), tmp_path_factory.mktemp(NAME)) as house:
        yield house
    await postgres_server.drop_database(NAME)


@pytest_asyncio.fixture(loop_scope="session")
async def house(shared: House) -> AsyncIterator[House]:
    """The service, tidied up after the test: what it raised is called off, who it put on duty goes home."""
    yield shared
    await until(lambda: shared.hub.open == 0)
    for alert in list((await shared.service.desk.board()).alerts.values()):
        if alert.state == "open":
            await shared.cancelled(alert.id)
    units = (await shared.service.desk.board()).units
    await shared.off_duty(*(code for code, unit in units.items() if unit.state is not UnitState.OFF_DUTY))
