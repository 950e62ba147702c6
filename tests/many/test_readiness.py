"""`/readyz` says what is so: one look that fails is named, and the process is taken out."""

import time
from typing import Any

import asyncpg
import pytest

from app.desk import Desk
from tests.patience import promised, until
from tests.service_fixture import House

NOTICED_WITHIN_S = 15.0


async def looked(house: House) -> tuple[int, dict[str, Any]]:
    answer = await (await house.client()).get("/readyz")
    return answer.status_code, answer.json()


async def failing(house: House) -> set[str]:
    """The checks that are not ok; status and checks say the same."""
    status, said = await looked(house)
    failed = {name for name, check in said["checks"].items() if not check["ok"]}
    assert (status, said["status"]) == ((200, "ready") if not failed - {"roads"} else (503, "not ready"))
    return failed


async def test_a_service_that_is_well_is_ready_and_says_every_look(house: House) -> None:
    status, said = await looked(house)
    assert (status, said["status"]) == (200, "ready")
    assert set(said["checks"]) == {"database", "log", "clock", "ticker", "children", "roads", "synthetic"}


async def test_a_database_that_takes_no_writes_makes_it_unready_until_it_does(
    house: House, database_url: str
) -> None:
    async def noticed() -> float:
        began = time.monotonic()
        await only_reads(database_url, "on")
        await until(lambda: fails(house, "database"))
        await only_reads(database_url, "off")
        await until(lambda: fails(house))
        return time.monotonic() - began

    await promised(2 * NOTICED_WITHIN_S, noticed)


async def test_a_clock_beside_the_databases_makes_it_unready(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = house.service.clock.now
    monkeypatch.setattr(type(house.service.clock), "now", lambda _: real.__func__(_) + 3600)  # type: ignore[attr-defined]
    assert "clock" in await failing(house)


async def test_a_board_that_lags_behind_the_log_makes_it_unready(
    house: House, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setattr(Desk, "look", lambda _: None)
    connection: Any = await asyncpg.connect(database_url)
    try:
        await connection.execute("UPDATE centers SET last_seq = last_seq + 1")
        await until(lambda: fails(house, "log"))
    finally:
        await connection.execute("UPDATE centers SET last_seq = last_seq - 1")
        await connection.close()


async def test_a_ticker_that_stands_still_makes_it_unready(house: House) -> None:
    await house.app.state.ticker.stop()
    house.app.state.ticker.ticked_at -= 60
    await until(lambda: fails(house, "ticker"))


async def fails(house: House, *names: str) -> bool:
    return await failing(house) == set(names)


async def only_reads(database_url: str, how: str) -> None:
    """From now on, for everybody: who is connected is cut, as when a primary goes."""
    connection: Any = await asyncpg.connect(database_url, server_settings={"default_transaction_read_only": "off"})
    try:
        name = await connection.fetchval("SELECT current_database()")
        await connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {how}')
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()
