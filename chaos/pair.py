"""A PostgreSQL and its synchronous standby, both from the wheel, and what a failover manager does to them.

There are two places. One holds the primary, the other its standby; when a primary is lost its place is emptied and
becomes that of the next standby, so one address with both in it is good for ever.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import asyncpg

from app.children.cluster import SUPERUSER, open_cluster, socket_directory
from app.children.postgres import EmbeddedPostgres
from app.children.process import Command, spawn
from chaos.processes import kill_cluster

LOOK_EVERY_S = 0.05
IN_STEP_WITHIN_S = 60.0


class Pair:
    """Use it as a block; `primary` and `standby` change their places with every `promote`."""

    def __init__(self, first: Path, second: Path) -> None:
        self._first = first
        self._places = (first, second)
        self.primary = EmbeddedPostgres(first)
        self.standby = EmbeddedPostgres(second)

    async def __aenter__(self) -> Self:
        await self.primary.start()
        await self.new_standby()
        return self

    async def __aexit__(self, *_: object) -> None:
        # A primary that stops first waits for nobody.
        await self.primary.stop()
        await self.standby.stop()

    async def dsn(self) -> str:
        """One address for whichever of them takes writes."""
        cluster = await open_cluster(self._first)
        sockets = [str(socket_directory(place / "data", cluster.user)) for place in self._places]
        hosts, ports = ",".join(sockets), ",".join("5432" for _ in sockets)
        return (
            f"postgresql://{SUPERUSER}:{cluster.password}@/naranja"
            f"?host={hosts}&port={ports}&target_session_attrs=read-write"
        )

    async def new_standby(self) -> None:
        """Copy the primary into the free place, start it there, and wait until commits wait for it."""
        place = self.standby.directory
        await self._copy(place)
        self.standby = EmbeddedPostgres(place)
        await self.standby.start(None)
        async with _asked(self.primary) as connection:
            await connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            await connection.execute("SELECT pg_reload_conf()")
            async with asyncio.timeout(IN_STEP_WITHIN_S):
                while not await connection.fetchval(  # noqa: ASYNC110  # nobody rings when it is in step
                    "SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')"
                ):
                    await asyncio.sleep(LOOK_EVERY_S)

    async def lose_primary(self) -> None:
        """The primary's machine is gone, with all its processes and its disk, and does not come back."""
        kill_cluster(self.primary.pid)
        await self.primary.stop()
        await asyncio.to_thread(shutil.rmtree, self.primary.directory / "data")

    async def promote(self) -> None:
        """Let the standby take writes, at first alone: whom it should wait for is not there yet."""
        async with _asked(self.standby) as connection:
            await connection.fetchval("SELECT pg_promote(true)")
            await connection.execute("ALTER SYSTEM RESET synchronous_standby_names")
            await connection.execute("SELECT pg_reload_conf()")
        self.primary, self.standby = self.standby, self.primary

    async def _copy(self, place: Path) -> None:
        source = await open_cluster(self.primary.directory)
        data = place / "data"
        await asyncio.to_thread(place.mkdir, mode=0o700, parents=True, exist_ok=True)
        await asyncio.to_thread(data.mkdir, mode=0o700)
        if source.user is not None:
            os.chown(data, source.user.uid, source.user.gid)
        shutil.copyfile(self.primary.directory / "password", place / "password")
        command = Command(
            arguments=(
                *(str(source.programs / "pg_basebackup"), "-D", source.data_argument()),
                *("-h", str(source.sockets), "-p", "5432", "-U", SUPERUSER, "-w"),
                *("--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast"),
            ),
            directory=data,
            user=source.user,
            environment={"PGPASSWORD": source.password},
        )
        process = await spawn(command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE)
        _, complained = await process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"no copy of the primary: {complained.decode(errors='replace')}")


@asynccontextmanager
async def _asked(server: EmbeddedPostgres) -> AsyncIterator[Any]:
    connection: Any = await asyncpg.connect(server.dsn("postgres"))
    try:
        yield connection
    finally:
        await connection.close()
