"""A running service hears of new rules by the bell, and goes on with the old ones where the new are none."""

import pytest

from app.store import region, rules
from app.store.tables import centers
from tests.patience import until
from tests.service_fixture import House


async def test_new_rules_count_without_a_new_start_and_what_is_none_changes_nothing(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    service, center = house.service, house.service.settings.center
    async with service.database.transaction() as connection:
        await rules.set_pages(connection, center, [(0.0, {"shortlist": 7})])
        await region.ring(connection, center)
    await until(lambda: service.desk.rules.shortlist == 7)
    async with service.database.transaction() as connection:
        await rules.set_pages(connection, center, [(0.0, {"shortlists": 9})])
        await region.ring(connection, center)
    await until(lambda: any("rules were not read" in record.getMessage() for record in caplog.records))
    assert service.desk.rules.shortlist == 7
    async with service.database.transaction() as connection:
        await connection.execute(centers.update().values(rules=[]))
        await region.ring(connection, center)
    await until(lambda: service.desk.rules.shortlist == 20)


async def test_the_ground_learns_the_zones_of_an_import(house: House) -> None:
    assert house.service.desk.ground.zone_step("centro", "norte") == 1
    assert house.service.desk.ground.zone_step("centro", "centro") == 0
