"""The machine's clock jumps an hour to and fro: the log goes by its numbers, and no interval is negative."""

import itertools
from pathlib import Path

import asyncpg

from app.clock import SystemClock
from tests.service_fixture import a_house

from .saying import Told

HOUR_S = 3600.0


class JumpingClock(SystemClock):
    """The machine's, and `wrong_s` more."""

    wrong_s = 0.0

    def now(self) -> float:
        return super().now() + self.wrong_s


async def test_a_clock_that_jumps_an_hour_makes_no_negative_interval_and_no_disorder(
    database_url: str, tmp_path: Path
) -> None:
    clock = JumpingClock()
    async with a_house(database_url, tmp_path, clock) as house:
        told = Told(house, tmp_path)
        await house.on_duty("P-1", "P-2")
        for wrong_s in (0.0, HOUR_S, -HOUR_S, 0.0, HOUR_S, 0.0):
            clock.wrong_s = wrong_s
            receipt = await house.raised("police")
            offer = await house.offered(receipt)
            unit = (await house.service.desk.board()).assignments[offer].unit
            for step in ("seen", "accept", "en-route", "on-scene", "done"):
                clock.wrong_s = -clock.wrong_s
                assert (await house.step(unit, offer, step)).status_code == 200
            await told.raises(1)
            await house.cancelled(told.ledger.alerts[-1])
        client = await house.client("coordinator")
        line = (await client.get(f"/api/alerts/{receipt['alert']}/timeline")).json()
        assert line["entries"]
        assert await told.missing(database_url) == []
    connection = await asyncpg.connect(database_url)
    try:
        times = await connection.fetch("SELECT seq, at FROM events ORDER BY seq")
    finally:
        await connection.close()
    assert [row["seq"] for row in times] == list(range(1, len(times) + 1))
    assert all(before["at"] <= after["at"] for before, after in itertools.pairwise(times))
