"""A service that starts while its database is away: it lives, says what it waits for, and opens by itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError

from app.children.postgres import EmbeddedPostgres
from app.main import create_app
from app.settings import Settings
from app.store.session import is_away
from tests.patience import PATIENCE_S, until
from tests.service_fixture import HERE


@asynccontextmanager
async def started(dsn: str, folder: Path) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    """A service of this database, as far as it has come, and a stranger before it."""
    settings = Settings(data_dir=folder / "data").model_copy(
        update={"database_url": SecretStr(dsn), "osrm_url": None}
    )
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://here", timeout=PATIENCE_S
        ) as client,
    ):
        yield app, client


async def is_ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/readyz")).status_code == 200


async def test_a_service_waits_for_its_database_says_so_and_opens_once_it_is_there(tmp_path: Path) -> None:
    postgres = EmbeddedPostgres(tmp_path / "postgres")
    await postgres.start()
    dsn = postgres.dsn()
    await postgres.stop()
    async with started(dsn, tmp_path) as (app, client):
        assert (await client.get("/healthz")).json() == {"status": "alive"}
        ready = await client.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["status"] == "not ready"
        assert not ready.json()["checks"]["database"]["ok"]
        intake = await client.post("/api/alerts", json={"id": str(uuid4()), "where": HERE})
        assert (intake.status_code, intake.json()["code"]) == (503, "not_saved")
        await postgres.start()
        try:
            await until(lambda: app.state.opening.service is not None)
            await until(lambda: is_ready(client))
            intake = await client.post("/api/alerts", json={"id": str(uuid4()), "where": HERE})
            assert intake.status_code == 401
        finally:
            await app.state.opening.service.desk.stop()
            await postgres.stop()


async def test_a_service_that_waits_ends_when_it_is_told(tmp_path: Path) -> None:
    async with asyncio.timeout(PATIENCE_S), started("postgresql://nobody@127.0.0.1:1/none", tmp_path) as (app, _):
        assert app.state.opening.missed == "ConnectionRefusedError"


async def test_what_waiting_does_not_mend_is_not_waited_for(database_url: str, tmp_path: Path) -> None:
    nowhere = database_url.replace("/test_", "/no_such_")
    with pytest.raises(DBAPIError, match="does not exist"):
        async with started(nowhere, tmp_path):
            pass


@pytest.mark.parametrize(
    ("problem", "away"),
    [
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (asyncpg.CannotConnectNowError("starting up"), True),
        (asyncpg.DiskFullError("no room"), True),
        (asyncpg.ReadOnlySQLTransactionError("a standby"), True),
        (asyncpg.InvalidPasswordError("wrong"), False),
        (asyncpg.UndefinedTableError("none"), False),
        (asyncpg.exceptions.ClientConfigurationError("nonsense"), False),
        (PermissionError(), False),
    ],
)
def test_a_server_that_says_not_now_is_away_and_one_that_says_no_is_not(problem: Exception, away: bool) -> None:
    assert is_away(problem) is away
