"""A database that is full, locked or used up: NOT SAVED is said with a code, and all is well when it is over."""

import asyncio
import resource
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from app.children.postgres import EmbeddedPostgres
from app.store.server import STATEMENT_S_MAX, Server
from app.store.session import POOL_SIZE, Database
from chaos.troubles import fill
from tests.patience import PATIENCE_S, until
from tests.service_fixture import a_house

from .saying import Told, an_alert

DISK_BYTES = 160 * 1024 * 1024
GROWS_BYTES_MAX = 64 * 1024 * 1024


@pytest_asyncio.fixture
async def disk(tmp_path: Path) -> AsyncIterator[Path]:
    """A small disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0755", "tmpfs", str(place)]
    made = await asyncio.to_thread(subprocess.run, mount, capture_output=True, check=False)
    if made.returncode != 0:
        pytest.skip("no small disk can be mounted here (it takes root): a full disk was not tried")
    yield place
    await asyncio.to_thread(subprocess.run, ["umount", "-l", str(place)], check=True)


async def test_a_full_disk_is_said_and_nothing_acknowledged_is_lost(disk: Path, tmp_path: Path) -> None:
    async with EmbeddedPostgres(disk / "postgres") as postgres, a_house(postgres.dsn(), tmp_path) as house:
        told = Told(house, tmp_path)
        await told.raises(5)
        ballast = disk / "ballast"
        fill(ballast)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        async with asyncio.timeout(PATIENCE_S):
            while not told.refusals:
                await told.tries(an_alert())
        for _ in range(50):
            await told.tries(an_alert())
        assert {code for _, code in told.refusals} == {"not_saved"}
        assert {status for status, _ in told.refusals} == {503}
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before
        assert grown < GROWS_BYTES_MAX
        ballast.unlink()
        await told.raises(5)
        assert await told.missing(postgres.dsn()) == []


async def test_a_locked_table_is_not_saved_the_queue_is_bounded_and_the_same_ids_are_saved_once_afterwards(
    database_url: str, tmp_path: Path
) -> None:
    async with a_house(database_url, tmp_path, desk_queue_max=20, batch_max=4) as house:
        told = Told(house, tmp_path)
        rival: Any = await asyncpg.connect(database_url)
        try:
            await rival.execute("BEGIN; LOCK TABLE events IN SHARE MODE")
            bodies = [an_alert() for _ in range(60)]
            waiting = [asyncio.create_task(told.tries(body)) for body in bodies]
            # Those who found no room are told at once; the others still wait.
            await until(lambda: len(told.refusals) >= 60 - 20 - 4 - 1)
            assert {code for _, code in told.refusals} == {"desk_busy"}
        finally:
            await rival.execute("ROLLBACK")
            await rival.close()
        await asyncio.gather(*waiting)
        answers = await asyncio.gather(*(told.tries(body) for body in bodies[:15]))
        assert {answer.status_code for answer in answers} <= {200, 201}
        assert await told.missing(database_url) == []


async def test_a_statement_that_waits_too_long_is_answered_not_saved(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a patience of a second; that a statement has one is said by the default."""
    assert STATEMENT_S_MAX <= 15.0
    monkeypatch.setattr(Server.connect, "__defaults__", (1.0, *(Server.connect.__defaults__ or ())[1:]))
    monkeypatch.setattr(Database.connect, "__defaults__", (1.0,))
    async with a_house(database_url, tmp_path) as house:
        told = Told(house, tmp_path)
        rival: Any = await asyncpg.connect(database_url)
        await rival.execute("BEGIN; LOCK TABLE events IN SHARE MODE")
        try:
            body = an_alert()
            await told.tries(body)
            assert told.refusals == [(503, "not_saved")]
        finally:
            await rival.close()
        assert (await told.tries(body)).status_code == 201
        assert await told.missing(database_url) == []


async def test_a_pool_that_is_used_up_is_said_and_is_not_for_ever(database_url: str, tmp_path: Path) -> None:
    async with a_house(database_url, tmp_path) as house:
        client = await house.client("operator")
        async with AsyncExitStack() as stack:
            for _ in range(2 * POOL_SIZE):
                await stack.enter_async_context(house.service.database.engine.connect())
            answer = await client.get("/api/alerts?open=false")
            assert (answer.status_code, answer.json()["code"]) == (503, "not_saved")
        assert (await client.get("/api/alerts?open=false")).status_code == 200
