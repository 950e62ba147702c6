"""The service's own PostgreSQL: closed to strangers, up again by itself, nothing committed is lost."""

import asyncio
import os
import signal
import stat
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from app.children.cluster import open_cluster
from app.children.postgres import EmbeddedPostgres, running_dsn
from app.children.problem import ChildError, DirectoryBusy
from app.children.process import Command, State, spawn
from tests.children.looking import listening, lives, may_look_into, processes_in, what_others_see
from tests.patience import PATIENCE_S, promised, until

BROKEN_LINE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
WRITES_WITHIN_S = 5.0


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedPostgres]:
    async with EmbeddedPostgres(tmp_path / "own") as server:
        yield server


async def asked(server: EmbeddedPostgres, question: str) -> Any:
    connection: Any = await asyncpg.connect(server.dsn())
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def written_again(server: EmbeddedPostgres) -> float:
    """Seconds until a row is committed."""
    began = time.monotonic()
    while time.monotonic() < began + PATIENCE_S:
        try:
            await asked(server, "INSERT INTO kept VALUES (default) RETURNING id")
        except BROKEN_LINE:
            # A socket that is not there fails at once: let the watcher have its turn.
            await asyncio.sleep(0.005)
            continue
        return time.monotonic() - began
    raise AssertionError("it did not come back")


def sockets(server: EmbeddedPostgres) -> Path:
    host = make_url(server.dsn()).query["host"]
    assert isinstance(host, str)
    return Path(host)


async def test_a_test_gets_an_empty_database_of_its_own(database_url: str) -> None:
    connection: Any = await asyncpg.connect(database_url)
    tables = await connection.fetch("SELECT 1 FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    assert tables == []


async def test_sqlalchemy_takes_the_same_address(postgres_server: EmbeddedPostgres) -> None:
    url = make_url(postgres_server.dsn()).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT current_database()"))).scalar_one() == "naranja"
    await engine.dispose()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("data_checksums", "on"),
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("server_encoding", "UTF8"),
        ("wal_level", "replica"),
        ("max_connections", "200"),
    ],
)
async def test_it_runs_with_safe_settings(postgres_server: EmbeddedPostgres, setting: str, value: str) -> None:
    assert await asked(postgres_server, f"SHOW {setting}") == value


async def test_spanish_letters_are_letters_to_it(postgres_server: EmbeddedPostgres) -> None:
    assert await asked(postgres_server, "SELECT upper('muñoz íñigo')") == "MUÑOZ ÍÑIGO"


async def test_only_its_user_can_reach_the_socket(postgres_server: EmbeddedPostgres) -> None:
    place = sockets(postgres_server)
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert stat.S_IMODE((place / ".s.PGSQL.5432").stat().st_mode) == 0o700
    assert stat.S_IMODE((postgres_server.directory / "password").stat().st_mode) == 0o600
    assert stat.S_IMODE(postgres_server.directory.stat().st_mode) == 0o700


async def test_a_wrong_password_is_refused(postgres_server: EmbeddedPostgres) -> None:
    url = make_url(postgres_server.dsn()).set(password="wrong")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(url.render_as_string(hide_password=False))


async def test_no_network_port_is_open(postgres_server: EmbeddedPostgres) -> None:
    assert postgres_server.pid is not None
    if not may_look_into(postgres_server.pid):
        pytest.skip("needs to look into another user's process")
    assert listening(postgres_server.pid) == []


async def test_its_password_stands_on_no_command_line(postgres_server: EmbeddedPostgres) -> None:
    password = (postgres_server.directory / "password").read_bytes().strip()
    for pid in processes_in(postgres_server.directory / "data"):
        assert password not in what_others_see(pid)


async def test_a_key_pressed_in_the_terminal_does_not_reach_it(postgres_server: EmbeddedPostgres) -> None:
    assert postgres_server.pid is not None
    assert os.getsid(postgres_server.pid) != os.getsid(0)


async def test_another_process_finds_the_address_of_the_running_one(postgres_server: EmbeddedPostgres) -> None:
    assert running_dsn(postgres_server.directory) == postgres_server.dsn()


async def test_it_writes_again_by_itself_after_each_kill_and_lost_nothing(server: EmbeddedPostgres) -> None:
    await asked(server, "CREATE TABLE kept (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY)")
    took = []
    for kills in range(1, 6):
        await asked(server, "INSERT INTO kept VALUES (default)")
        pid = server.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        took.append(await written_again(server))
        assert await asked(server, "SELECT count(*) FROM kept") == 2 * kills
        await server.wait_ready(PATIENCE_S)
        assert (server.state, server.pid == pid) == (State.UP, False)
    print("writing again after kill -9, seconds:", [round(s, 2) for s in took])  # noqa: T201
    assert max(took) < WRITES_WITHIN_S, took


async def test_it_comes_back_when_only_one_of_its_backends_is_killed(server: EmbeddedPostgres) -> None:
    await asked(server, "CREATE TABLE kept (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY)")

    async def comes_back() -> float:
        connection: Any = await asyncpg.connect(server.dsn())
        os.kill(connection.get_server_pid(), signal.SIGKILL)
        took_s = await written_again(server)
        connection.terminate()
        return took_s

    await promised(WRITES_WITHIN_S, comes_back)


async def test_it_stops_without_leaving_a_process_and_starts_again_with_its_rows(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "own")
    await server.start()
    pid = server.pid
    await asked(server, "CREATE TABLE kept AS SELECT 7 AS id")
    await server.stop()
    assert server.state is State.STOPPED
    assert server.pid is None
    assert pid is not None
    assert not lives(pid)
    assert processes_in(server.directory / "data") == []
    assert not (server.directory / "data" / "postmaster.pid").exists()
    assert running_dsn(server.directory) is None
    assert not sockets(server).exists()
    await server.start()
    assert await asked(server, "SELECT id FROM kept") == 7
    await server.stop()


async def test_a_second_service_on_the_directory_is_refused_and_the_first_works_on(
    server: EmbeddedPostgres,
) -> None:
    pid = server.pid
    second = EmbeddedPostgres(server.directory)
    with pytest.raises(DirectoryBusy) as refused:
        await second.start()
    assert refused.value.code == "children.postgres.busy"
    assert "NARANJA_DATA_DIR" in refused.value.sentence
    assert await asked(server, "SELECT 1") == 1
    assert server.pid == pid


async def test_a_long_directory_still_gets_a_short_socket(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path / ("long" * 30) / "own") as server:
        assert await asked(server, "SELECT 1") == 1
        assert len(os.fsencode(sockets(server) / ".s.PGSQL.5432")) <= 107
    assert running_dsn(server.directory) is None


async def test_a_wrong_password_file_is_said_and_not_waited_for(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "own")
    await server.start()
    await server.stop()
    (server.directory / "password").write_text("another\n")
    with pytest.raises(ChildError) as refused:
        await server.start()
    assert refused.value.code == "children.postgres.password"
    assert processes_in(server.directory / "data") == []


async def test_files_of_a_damaged_cluster_are_left_alone(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "own")
    await server.start()
    await server.stop()
    (server.directory / "data" / "global" / "pg_control").unlink()
    with pytest.raises(ChildError) as refused:
        await server.start()
    assert refused.value.code == "children.postgres.damaged"
    assert (server.directory / "data" / "base").is_dir()


async def test_an_orphan_is_stopped_cleanly_and_its_rows_are_there(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "own")
    await server.start()
    await asked(server, "CREATE TABLE kept AS SELECT 7 AS id")
    await server.stop()
    cluster = await open_cluster(server.directory)
    orphan = await spawn(
        Command(
            arguments=(
                *(str(cluster.programs / "postgres"), "-D", cluster.data_argument()),
                *("-c", "listen_addresses=", "-c", f"unix_socket_directories={cluster.sockets}"),
            ),
            directory=cluster.data,
            user=cluster.user,
        ),
        stderr=-3,
    )
    await until(lambda: running_dsn(server.directory) is not None)
    if not may_look_into(orphan.pid):
        orphan.send_signal(signal.SIGINT)
    await server.start()
    assert await orphan.wait() == 0
    assert server.pid != orphan.pid
    assert await asked(server, "SELECT id FROM kept") == 7
    await server.stop()
