"""Several hosts of one PostgreSQL: the one that takes writes is found in seconds, at the start and later."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest

from app.children.cluster import SOCKET_NAME
from app.store.server import HOST_S_MAX, Server, hosts
from tests.patience import PATIENCE_S, promised
from tests.service_fixture import HERE, House, a_house

BACK_WITHIN_S = 10.0


@dataclass
class Door:
    """A TCP port that leads to PostgreSQL's socket, is shut, or is a hole that takes all and answers nothing."""

    leads: bool = True
    hole: bool = False
    port: int = 0
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def shut(self) -> None:
        """Whoever is inside is cut off, and nobody comes in."""
        self.leads = False
        for writer in self.writers:
            writer.transport.abort()


@asynccontextmanager
async def a_door(database_url: str, *, leads: bool = True, hole: bool = False) -> AsyncIterator[Door]:
    """In front of the database of this test."""
    (folder,) = parse_qs(urlsplit(database_url).query)["host"]
    door = Door(leads, hole)

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        door.writers.append(writer)
        if door.hole:
            return
        if not door.leads:
            writer.transport.abort()
            return
        back, forth = await asyncio.open_unix_connection(f"{folder}/{SOCKET_NAME}")
        door.writers.append(forth)
        for source, sink in ((reader, forth), (back, writer)):
            door.tasks.add(asyncio.create_task(pour(source, sink)))

    async def pour(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65_536):
                sink.write(data)
                await sink.drain()
        except OSError:
            pass
        sink.transport.abort()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    door.port = server.sockets[0].getsockname()[1]
    try:
        yield door
    finally:
        door.shut()
        server.close()
        for task in door.tasks:
            task.cancel()
        await asyncio.gather(*door.tasks, return_exceptions=True)


def through(database_url: str, *doors: Door) -> str:
    """The address by these doors, in this order."""
    parts = urlsplit(database_url)
    who = parts.netloc.rpartition("@")[0]
    where = ",".join(f"127.0.0.1:{door.port}" for door in doors)
    return parts._replace(netloc=f"{who}@{where}", query="sslmode=disable").geturl()


def test_an_address_of_several_hosts_is_one_address_for_each_and_wants_who_takes_writes() -> None:
    assert hosts("postgresql://u:p@one/x") == ["postgresql://u:p@one/x"]
    assert hosts("postgresql://u:p@one:5432,two:5433/x?sslmode=require") == [
        "postgresql://u:p@one:5432/x?sslmode=require&target_session_attrs=read-write",
        "postgresql://u:p@two:5433/x?sslmode=require&target_session_attrs=read-write",
    ]
    (one, _) = hosts("postgresql://one,two/x?target_session_attrs=any")
    assert one.endswith("target_session_attrs=any")


@pytest.mark.parametrize("how", ["shut", "hole"])
async def test_a_host_that_is_away_costs_seconds_once_and_then_the_other_is_asked_first(
    database_url: str, how: str
) -> None:
    async def connected(server: Server) -> float:
        began = time.monotonic()
        connection = await server.connect()
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()
        return time.monotonic() - began

    async with a_door(database_url, leads=False, hole=how == "hole") as away, a_door(database_url) as there:
        address = through(database_url, away, there)
        await promised(HOST_S_MAX + 1.0, lambda: connected(Server(address, {})))
        server = Server(address, {})
        await connected(server)
        asked = len(away.writers)
        await promised(1.0, lambda: connected(server))
        assert len(away.writers) == asked


async def test_a_service_whose_primary_moves_to_another_host_saves_again_within_seconds(
    database_url: str, tmp_path: Path
) -> None:
    async def saves_again() -> float:
        async with (
            a_door(database_url) as first,
            a_door(database_url) as second,
            a_house(through(database_url, first, second), tmp_path) as house,
        ):
            await house.raised("police")
            first.shut()
            began = time.monotonic()
            await saved(house)
            return time.monotonic() - began

    await promised(BACK_WITHIN_S, saves_again)


async def saved(house: House) -> None:
    """An alert is raised as the pages do: the same again until it is saved."""
    client, said = await house.client("operator"), {"id": str(uuid4()), "where": HERE, "needs": ["police"]}
    async with asyncio.timeout(PATIENCE_S):
        while (answer := await client.post("/api/alerts", json=said)).status_code != httpx.codes.CREATED:
            assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
            await asyncio.sleep(0.05)
