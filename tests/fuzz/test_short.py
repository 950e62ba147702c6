"""A short run of what `make fuzz-api` does at length: no server error, and the description says what is so."""

from pathlib import Path

import pytest

from tests.service_fixture import a_house

from .api import WITHOUT_RATE, fuzz, keep_busy


@pytest.mark.parametrize("role", ["operator", "unit"])
async def test_hundreds_of_made_up_requests_find_nothing_the_description_does_not_say(
    database_url: str, tmp_path: Path, role: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_house(database_url, tmp_path, **WITHOUT_RATE) as house:
        await keep_busy(house)
        found = await fuzz(house, role, examples=5, seed=20261123, phases="examples,fuzzing,stateful")
        assert "\n".join(found.failures) == "", "\n".join(found.failures)
        assert found.cases >= 150
        assert found.operations == sum(
            method != "delete" for methods in house.app.openapi()["paths"].values() for method in methods
        )
        await house.raised("police")
    assert [record.getMessage() for record in caplog.records if record.levelname in {"ERROR", "CRITICAL"}] == []
