"""A backup of everything the centers of one PostgreSQL have written, and the way back from it.

The master key is not in it, nor are the roads and the checkpoints: without the key nobody reads a sealed detail in
a backup, and so the key is kept elsewhere.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg
import msgspec

from app.children.backups import DATA, check, lay_out, take
from app.children.cluster import MAJOR, sync
from app.children.postgres import EmbeddedPostgres, locked, running_dsn
from app.children.problem import ChildError
from app.settings import Settings
from app.store.session import Database

ABOUT = "about.json"
OURS = "naranja"
"""What the database of our own PostgreSQL is called."""
_LASTS = "SELECT id, last_seq FROM centers ORDER BY id"
_INDEXES = """
SELECT c.oid::regclass::text AS name, a.amname AS kind, i.indisunique AS single FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
WHERE c.relnamespace = 'public'::regnamespace AND c.relpersistence = 'p' AND a.amname IN ('btree', 'gin')
ORDER BY 1"""
_TABLES = """
SELECT oid::regclass::text AS name FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relpersistence = 'p' ORDER BY 1"""
_CHECKS = {"btree": "SELECT bt_index_check($1::regclass, true, $2)", "gin": "SELECT gin_index_check($1::regclass)"}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What lies in a backup: whose database, when it was begun (seconds since 1970 UTC), how large it is in bytes,
    and the number of the last event of every center when it was begun: it holds at least these."""

    database: str
    at: float
    bytes: int
    lasts: dict[str, int]


@asynccontextmanager
async def source(settings: Settings) -> AsyncIterator[str]:
    """The address of what is to be backed up, as it is: nothing is migrated or made. Raises ChildError.

    That of `DATABASE_URL`, of the service that runs on the data folder, or our own PostgreSQL, started meanwhile.
    """
    directory = settings.data_dir / "postgres"
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
    elif (dsn := running_dsn(directory)) is not None:
        yield dsn
    elif (directory / DATA).exists():
        async with EmbeddedPostgres(directory) as postgres:
            yield postgres.dsn()
    else:
        raise ChildError("backup.nothing", f"There is no database in {settings.data_dir}, and no DATABASE_URL.")


async def lasts(dsn: str) -> dict[str, int]:
    """The number of the last event of every center. Raises ChildError (`backup.not_ours`), or one of GONE."""
    async with connected(dsn) as connection:
        try:
            return {row["id"]: row["last_seq"] for row in await connection.fetch(_LASTS)}
        except asyncpg.UndefinedTableError as problem:
            raise ChildError(
                "backup.not_ours", "This database has no centers: no service ever used it."
            ) from problem


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[Any]:
    """A plain connection (asyncpg) without limit of time."""
    connection: Any = await Database(dsn, None).connect(statement_s_max=None)
    try:
        yield connection
    finally:
        await connection.close()


async def back_up(dsn: str, folder: Path, at: float) -> About:
    """Make the folder `folder` with a checked backup of the server behind `dsn`, or nothing.

    `at`: now, in seconds since 1970 UTC. Raises ChildError (`backup.there`, `backup.version`, `backup.not_ours`,
    `children.backup.failed`, `children.backup.broken`), or one of GONE.
    """
    if await asyncio.to_thread(folder.exists):
        raise ChildError("backup.there", f"{folder} is there already: a backup goes into a folder of its own.")
    await _same_major(dsn)
    at_least = await lasts(dsn)
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".backup-"))
    try:
        await take(dsn, work)
        size = await asyncio.to_thread(_bytes, work)
        about = About(database=unquote(urlsplit(dsn).path[1:]), at=at, bytes=size, lasts=at_least)
        (work / ABOUT).write_bytes(msgspec.json.encode(about))
        await asyncio.to_thread(_named, work, folder)
    finally:
        # Gone already when the rename went well.
        shutil.rmtree(work, ignore_errors=True)
    return about


def read_about(folder: Path) -> About:
    """What the backup in `folder` says of itself. Raises ChildError (`children.backup.broken`)."""
    try:
        return msgspec.json.decode((folder / ABOUT).read_bytes(), type=About)
    except (OSError, msgspec.MsgspecError) as problem:
        raise ChildError("children.backup.broken", f"{folder} is no backup: {ABOUT} cannot be read.") from problem


async def restore(folder: Path, directory: Path) -> About:
    """Make of the backup in `folder` the database of `EmbeddedPostgres(directory)`, or nothing.

    It is started once beside, and must hold what the backup promised, before it gets its name. Raises ChildError
    (`restore.there`: a database is never written over; `restore.less`, `children.backup.broken`,
    `children.restore.failed`, `children.postgres.busy`).
    """
    about = read_about(folder)
    lock = await asyncio.to_thread(locked, directory)
    try:
        if (directory / DATA).exists():
            sentence = (
                f"{directory} holds a database, which is not written over: move {directory / DATA} away first."
            )
            raise ChildError("restore.there", sentence)
        await check(folder)
        work = Path(tempfile.mkdtemp(dir=directory, prefix="restore-"))
        try:
            await lay_out(folder, work, about.database, OURS)
            async with EmbeddedPostgres(work) as postgres:
                _holds(await lasts(postgres.dsn(OURS)), about)
            (work / "password").replace(directory / "password")
            (work / DATA).rename(directory / DATA)
            sync(directory)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    finally:
        os.close(lock)
    return about


async def amcheck(dsn: str) -> tuple[int, list[str]]:
    """How many tables and indexes were looked at, row for row and key for key, and what is wrong with which."""
    found: list[str] = []
    async with connected(dsn) as connection:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS amcheck")
        tables, indexes = await connection.fetch(_TABLES), await connection.fetch(_INDEXES)
        for table in tables:
            rows = await connection.fetch("SELECT blkno, msg FROM verify_heapam($1::regclass)", table["name"])
            found += [f"{table['name']} block {row['blkno']}: {row['msg']}" for row in rows]
        for index in indexes:
            arguments = [index["name"], index["single"]][: 2 if index["kind"] == "btree" else 1]
            try:
                await connection.execute(_CHECKS[index["kind"]], *arguments)
            except asyncpg.PostgresError as problem:
                # Its message alone: the detail may name a row.
                found.append(f"{index['name']}: {problem.args[0] if problem.args else type(problem).__name__}")
    return len(tables) + len(indexes), found


def _holds(there: dict[str, int], about: About) -> None:
    less = [center for center, last in about.lasts.items() if there.get(center, -1) < last]
    if less:
        sentence = f"After restoring, the log of {', '.join(less)} is shorter than the backup says."
        raise ChildError("restore.less", sentence)


async def _same_major(dsn: str) -> None:
    async with connected(dsn) as connection:
        major = str(connection.get_server_version().major)
    if major != MAJOR:
        sentence = (
            f"That is PostgreSQL {major}, the programs here are {MAJOR}'s: use that server's own pg_basebackup."
        )
        raise ChildError("backup.version", sentence)


def _named(work: Path, folder: Path) -> None:
    work.rename(folder)
    sync(folder.parent)


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
