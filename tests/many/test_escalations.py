"""What is due is done in time by whoever lives."""

from pathlib import Path

from tests.service_fixture import House

from .escalations import DUE_WITHIN_S, escalations

TRIES = 5


async def test_an_offer_that_is_due_goes_on_within_two_seconds_though_a_process_is_killed_at_that_moment(
    house: House, database_url: str, tmp_path: Path
) -> None:
    found = await escalations(house, database_url, tmp_path, TRIES, seed=7)
    assert found.not_once == 0
    assert len(found.late_s) == TRIES
    assert max(found.late_s) <= DUE_WITHIN_S, found.late_s
