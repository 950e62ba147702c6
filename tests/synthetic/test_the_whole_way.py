"""Once a minute a synthetic alert goes the whole way, beside the real center and unseen by it."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from pydantic import ValidationError

from app.cli.db import verified
from app.clock import HandClock
from app.service import first_sealer
from app.settings import SYNTHETIC, Settings
from app.store.synthetic import take_turn
from app.synthetic import Synthetic, turns
from app.synthetic.center import settings_of
from tests.patience import until
from tests.service_fixture import House, a_house

EVERY_S = 60.0
WAIT_S = 90.0


@pytest.fixture
def clock() -> HandClock:
    return HandClock(1_700_000_000.0 - 1_700_000_000.0 % EVERY_S + 1)


@pytest_asyncio.fixture(loop_scope="session")
async def house(database_url: str, tmp_path: Path, clock: HandClock) -> AsyncIterator[House]:
    """A real center that sends a synthetic alert at every full minute of its clock."""
    async with a_house(database_url, tmp_path, clock, synthetic_s=EVERY_S) as house:
        patient(house)
        yield house


def patient(house: House) -> None:
    """However slow the machine is, a round that goes the whole way is well."""
    synthetic_of(house)._within_s = 60.0


def synthetic_of(house: House) -> Synthetic:
    found: Synthetic = house.app.state.synthetic
    return found


def figure(house: House, name: str, **labels: str) -> float:
    return house.service.measures.registry.get_sample_value(name, labels) or 0.0


async def rounds(house: House, clock: HandClock, count: int = 1) -> None:
    """So many more rounds go by, well or not."""

    def done() -> float:
        (wrong,) = house.service.measures.synthetic_failures.collect()
        gone_wrong = sum(sample.value for sample in wrong.samples if sample.name.endswith("_total"))
        return figure(house, "naranja_synthetic_seconds_count") + gone_wrong

    for _ in range(count):
        before = done()
        clock.advance(EVERY_S)
        await until(lambda before=before: done() > before, within_s=WAIT_S)  # type: ignore[misc]


async def rows_of(house: House, center: str) -> dict[str, int]:
    """How many rows every table has of that center."""
    connection = await house.service.database.connect()
    try:
        tables = await connection.fetch(
            "SELECT table_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name = 'center'"
        )
        return {
            table: count
            for (table,) in tables
            if (count := await connection.fetchval(f'SELECT count(*) FROM "{table}" WHERE center = $1', center))
        }
    finally:
        await connection.close()


async def ready(house: House) -> tuple[int, dict[str, Any]]:
    answer = await (await house.client()).get("/readyz")
    return answer.status_code, answer.json()["checks"]["synthetic"]


async def test_it_goes_from_the_call_to_the_phone_to_the_scene_to_the_end_through_two_doors_and_is_timed(
    house: House, clock: HandClock
) -> None:
    assert await ready(house) == (200, {"ok": True, "says": "none yet"})
    await rounds(house, clock, 2)
    assert figure(house, "naranja_synthetic_seconds_count") == 2
    assert figure(house, "naranja_synthetic_last_success_timestamp") == clock.now()
    assert await ready(house) == (200, {"ok": True, "says": "last 0 s ago"})
    center = f"{house.service.settings.center}{SYNTHETIC}"
    connection = await house.service.database.connect()
    try:
        kinds = await connection.fetch(
            "SELECT kind, alert FROM events WHERE center = $1 AND alert IS NOT NULL ORDER BY seq", center
        )
        expected = [
            "AlertRaised",
            "NeedAdded",
            "Offered",
            "Delivered",
            "Accepted",
            "WentEnRoute",
            "ArrivedOnScene",
            "Done",
            "AlertClosed",
        ]
        assert [row["kind"] for row in kinds] == 2 * expected
        assert len({row["alert"] for row in kinds}) == 2
    finally:
        await connection.close()


async def test_the_real_center_has_not_a_row_an_event_a_figure_or_a_card_of_it(
    house: House, clock: HandClock
) -> None:
    real = house.service.settings.center
    board = await house.service.desk.board()
    async with house.phone("operator") as console:
        await console.next("cards")
        before = await rows_of(house, real)
        await rounds(house, clock)
        after = await rows_of(house, real)
        assert after.keys() == before.keys()
        for table in ("answers", "audit", "events", "people", "processes", "units"):
            assert after[table] == before[table]
        assert (await house.service.desk.board()) is board
        assert [frame["type"] for frame in console.heard if frame["type"] == "cards"] == ["cards"]
    text = (await (await house.client("admin")).get("/metrics")).text
    assert "naranja_alert_saved_seconds_count 0.0" in text
    assert 'naranja_events_total{kind="AlertRaised"}' not in text
    coordinator = await house.client("coordinator")
    assert (await coordinator.get("/api/alerts", params={"open": "false"})).json()["alerts"] == []
    assert "SYNTHETIC" not in (await coordinator.get("/api/units")).text


async def test_the_records_of_both_centers_are_what_was_written(house: House, clock: HandClock) -> None:
    await house.raised()
    await rounds(house, clock, 2)
    for settings in (house.service.settings, settings_of(house.service)):
        verdict = await verified(house.service.database, settings.center, await first_sealer(settings), [])
        assert verdict.findings == []
        assert verdict.rows["events"] > 0


async def test_after_so_many_rounds_it_is_begun_anew_and_nothing_is_left_of_before(
    house: House, clock: HandClock
) -> None:
    center = settings_of(house.service).center
    real = await rows_of(house, house.service.settings.center)
    synthetic_of(house)._rounds_max = 3
    await rounds(house, clock)
    of_one = await rows_of(house, center)
    await rounds(house, clock, 3)
    assert (await rows_of(house, center))["events"] == of_one["events"]
    assert (await rows_of(house, house.service.settings.center))["events"] == real["events"]
    await synthetic_of(house).stop()
    connection = await house.service.database.connect()
    try:
        assert await take_turn(connection, center), "whoever ends leaves it to another"
        await connection.execute("SELECT forget_synthetic($1)", center)
        assert await rows_of(house, center) == {"regions": 1}, "beside its own row, nothing of it is left"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("SELECT forget_synthetic($1)", house.service.settings.center)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM events WHERE center = $1", center)
    finally:
        await connection.close()


async def test_of_several_processes_one_sends_it_and_the_others_know_how_it_went(
    house: House, database_url: str, tmp_path: Path, clock: HandClock
) -> None:
    async with a_house(database_url, tmp_path, clock, bare=True, synthetic_s=EVERY_S) as other:
        patient(other)
        houses = (house, other)
        name = "naranja_synthetic_last_success_timestamp"
        clock.advance(EVERY_S)
        await until(lambda: clock.now() in {figure(each, name) for each in houses}, within_s=WAIT_S)
        first_at = clock.now()
        clock.advance(EVERY_S)
        await until(lambda: {figure(each, name) for each in houses} <= {first_at, clock.now()}, within_s=WAIT_S)
        await until(lambda: clock.now() in {figure(each, name) for each in houses}, within_s=WAIT_S)
        first, second = sorted(houses, key=lambda each: -figure(each, "naranja_synthetic_seconds_count"))
        assert figure(first, "naranja_synthetic_seconds_count") == 2
        assert figure(second, "naranja_synthetic_seconds_count") == 0
        await synthetic_of(first).stop()
        await rounds(second, clock)
        assert figure(second, name) == clock.now()


async def test_what_does_not_go_the_whole_way_is_said_counted_and_makes_nobody_unready(
    house: House, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    await rounds(house, clock)
    synthetic_of(house)._within_s = 1.0
    connection = await house.service.database.connect()
    try:
        # Somebody holds the synthetic center's row: nothing of it can be saved, the real one goes on.
        held = connection.transaction()
        await held.start()
        await connection.execute(
            "SELECT 1 FROM centers WHERE id = $1 FOR NO KEY UPDATE", settings_of(house.service).center
        )
        with caplog.at_level(logging.ERROR, "naranja.synthetic"):
            await rounds(house, clock)
        await house.raised()
        (said,) = [record for record in caplog.records if record.name == "naranja.synthetic"]
        step = said.__dict__["code"]
        assert said.message == "a synthetic alert went wrong"
        assert step in {"connect", "duty"}
        assert figure(house, "naranja_synthetic_failures_total", at=step) == 1
        clock.advance(turns.LATE_AFTER_ROUNDS * EVERY_S)
        status, check = await ready(house)
        assert (status, check["ok"]) == (200, False)
    finally:
        connection.terminate()
    patient(house)
    await rounds(house, clock, 2)
    assert await ready(house) == (200, {"ok": True, "says": "last 0 s ago"})


def test_a_real_center_cannot_have_the_name_of_one_that_may_be_forgotten() -> None:
    with pytest.raises(ValidationError):
        Settings(center=f"main{SYNTHETIC}")
