"""The service's own PostgreSQL 18: no network port, a socket only its user can reach, a password besides."""

import asyncio
import contextlib
import fcntl
import os
import signal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import asyncpg

from app.children.cluster import SOCKET_NAME, SUPERUSER, Cluster, open_cluster, quoted
from app.children.leftovers import clear_leftovers
from app.children.problem import ChildError, DirectoryBusy
from app.children.process import Child, Command, State

START_WITHIN_S = 60.0
"""A start after a crash reads the journal first; on a slow disk that takes its time."""
PROBE_TIMEOUT_S = 5.0
NOT_YET = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What one gets from a server that is starting, stopping or just dying."""
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "wal_level": "replica",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_destination": "stderr",
    "logging_collector": "off",
    # The log names neither rows nor statements: they may hold what she told us.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


class EmbeddedPostgres:
    """One PostgreSQL in `directory` (mode 0700: `data`, `password`, `postgres.log`, `lock`).

    It is started again by itself whenever it dies, at the same address; a commit that was answered is on disk.
    It lives no longer than this process. Use it in the event loop that started it.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._cluster: Cluster | None = None
        self._lock: int | None = None
        self._child = Child(
            name="PostgreSQL",
            log=directory / "postgres.log",
            prepare=self._prepare,
            ready=self._ready,
            # Fast shutdown, then immediate: the next start then reads the journal, and nothing is lost.
            stop_steps=((signal.SIGINT, 15.0), (signal.SIGQUIT, 5.0)),
        )

    @property
    def state(self) -> State:
        return self._child.state

    @property
    def pid(self) -> int | None:
        """The postmaster's process id; None while it does not run."""
        return self._child.pid

    async def start(self, database: str | None = "naranja", *, within_s: float = START_WITHIN_S) -> None:
        """Return when `database` exists and answers; None makes none, as for a standby, which takes no writes.

        Raises DirectoryBusy, or another ChildError, and leaves nothing running.
        """
        if self._lock is not None:
            raise ChildError("children.started_twice", f"PostgreSQL in {self.directory} was started already.")
        self._lock = await asyncio.to_thread(locked, self.directory)
        try:
            self._cluster = await open_cluster(self.directory)
            self._child.start()
            await self._child.wait_ready(within_s)
            if database is not None:
                await self.create_database(database)
        except BaseException:
            await self.stop()
            raise

    async def wait_ready(self, within_s: float = START_WITHIN_S) -> None:
        """Return as soon as it answers. Raises ChildError when it does not within so many seconds."""
        await self._child.wait_ready(within_s)

    async def stop(self) -> None:
        """End it within 20 s, cleanly where it can be, and free the directory. Safe to call twice."""
        await self._child.stop()
        if self._lock is not None:
            self._tidy()
            os.close(self._lock)
            self._lock = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def dsn(self, database: str = "naranja") -> str:
        """The address for asyncpg, and for SQLAlchemy after `postgresql` became `postgresql+asyncpg`.

        It holds the password: never print it. Raises ChildError (`children.stopped`) before `start`.
        """
        if self._cluster is None:
            raise ChildError("children.stopped", f"PostgreSQL in {self.directory} was not started.")
        return _dsn(self._cluster.password, self._cluster.sockets, database)

    async def create_database(self, name: str, *, template: str = "template1") -> bool:
        """Make the database `name` as a copy of `template`; False when it is there already."""
        return await self._administer(
            f"CREATE DATABASE {quoted(name)} TEMPLATE {quoted(template)}", asyncpg.DuplicateDatabaseError
        )

    async def drop_database(self, name: str) -> bool:
        """Remove the database `name` and end its connections; False when there is none."""
        return await self._administer(
            f"DROP DATABASE {quoted(name)} WITH (FORCE)", asyncpg.InvalidCatalogNameError
        )

    async def _administer(self, statement: str, nothing_to_do: type[Exception]) -> bool:
        connection: Any = await asyncpg.connect(self.dsn("postgres"))
        try:
            await connection.execute(statement)
        except nothing_to_do:
            return False
        finally:
            await connection.close()
        return True

    def _tidy(self) -> None:
        """Remove the socket's folder, empty after a clean stop; what a killed server left there stays."""
        if self._cluster is not None:
            with contextlib.suppress(OSError):
                self._cluster.sockets.rmdir()

    async def _prepare(self) -> Command:
        cluster = self._opened()
        await clear_leftovers(cluster.data, cluster.lock_files)
        settings = {**SETTINGS, "unix_socket_directories": str(cluster.sockets)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Command(
            arguments=(str(cluster.programs / "postgres"), "-D", cluster.data_argument(), *options),
            directory=cluster.data,
            user=cluster.user,
            death_signal=signal.SIGINT,
        )

    async def _ready(self) -> bool:
        """Whether it answers a question; a password that is not ours will not become so by waiting."""
        try:
            connection: Any = await asyncpg.connect(self.dsn("postgres"), timeout=PROBE_TIMEOUT_S)
        except asyncpg.InvalidPasswordError as problem:
            sentence = f"The password in {self.directory / 'password'} is not the database's: restore that file."
            raise ChildError("children.postgres.password", sentence) from problem
        except NOT_YET:
            return False
        try:
            return bool(await connection.fetchval("SELECT true", timeout=PROBE_TIMEOUT_S))
        except NOT_YET:
            return False
        finally:
            connection.terminate()

    def _opened(self) -> Cluster:
        if self._cluster is None:
            raise ChildError("children.stopped", f"PostgreSQL in {self.directory} was not started.")
        return self._cluster


def running_dsn(directory: Path, database: str = "naranja") -> str | None:
    """The address of the PostgreSQL that another process runs in `directory`; None when none seems to run."""
    try:
        lines = (directory / "data" / "postmaster.pid").read_text().splitlines()
        password = (directory / "password").read_text().strip()
    except FileNotFoundError:
        return None
    sockets = Path(lines[4]) if len(lines) > 4 else None
    if sockets is None or not (sockets / SOCKET_NAME).exists():
        return None
    return _dsn(password, sockets, database)


def _dsn(password: str, sockets: Path, database: str) -> str:
    # The port is said although it is the usual one: PGPORT in the environment would change it.
    return f"postgresql://{SUPERUSER}:{password}@/{database}?host={sockets}&port=5432"


def locked(directory: Path) -> int:
    """Make the directory ours alone and hold its lock: a file descriptor, given up by closing it or by dying."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)
        descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError as problem:
        sentence = f"{directory} cannot be written to by this user: {problem.strerror}."
        raise ChildError("children.postgres.not_ours", sentence) from problem
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as problem:
        os.close(descriptor)
        sentence = (
            f"Another Naranja service already keeps its database in {directory}. Stop that one, or give "
            "this one another folder with NARANJA_DATA_DIR."
        )
        raise DirectoryBusy("children.postgres.busy", sentence) from problem
    return descriptor
