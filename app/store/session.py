"""The way to the database: one address, an engine for reads, plain connections for the desk and the bell."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from .roles import SERVICE_ROLE, limited
from .server import CONNECT_S_MAX, SERVER_SETTINGS, STATEMENT_S_MAX, Server

MIGRATIONS = Path(__file__).parents[2] / "migrations"
POOL_SIZE = 8

WRITER_SETTINGS = {"enable_seqscan": "off", "jit": "off", "plan_cache_mode": "force_generic_plan"}
"""Of a connection that is kept for writing. It plans each statement once, and a plan made while a table was nearly
empty would read all of it for every foreign key from then on: ten times slower, until something replans."""

GONE = (
    OSError,
    asyncio.TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    SQLAlchemyError,
)
"""What it looks like from here when the database cannot be reached or does not do what was asked."""

AWAY = ("08", "25006", "40", "53", "55", "57", "58")
"""How SQLSTATEs begin by which a server says: not now. No connection, a standby, a rollback, no room or no more
connections, locked, starting or stopping, its system in trouble."""


def is_away(problem: BaseException) -> bool:
    """Of one of GONE: whether to wait may mend it. A wrong address, password or statement stays wrong."""
    orig: BaseException | None = getattr(problem, "orig", None)
    # The engine wraps what the driver says twice.
    said = (orig and orig.__cause__) or orig or problem
    if isinstance(said, PermissionError | ValueError):
        return False
    state = getattr(said, "sqlstate", None)
    return state is None or str(state).startswith(AWAY)


DIALECT = "postgresql+asyncpg://"
"""How the engine speaks; where to is said by `Server`."""
_STANDING = text("""
SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off' AS writable,
  extract(epoch FROM clock_timestamp())::float8 AS at,
  (SELECT last_seq FROM centers WHERE id = :center) AS last_seq""")
"""Its clock is asked to be compared with ours and for nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whether it takes writes, what its clock says (seconds since 1970 UTC), and how far the center's log is."""

    writable: bool
    at: float
    last_seq: int


class Database:
    """One PostgreSQL database; `dsn` is `postgresql://…`. Every connection works as `role`, where one is named."""

    def __init__(self, dsn: str, role: str | None = SERVICE_ROLE) -> None:
        self.dsn, self.role = dsn, role
        self._server = Server(dsn, SERVER_SETTINGS if role is None else {**SERVER_SETTINGS, "role": role})
        self.engine: AsyncEngine = create_async_engine(
            DIALECT,
            async_creator=self._server.connect,
            pool_size=POOL_SIZE,
            max_overflow=POOL_SIZE,
            pool_timeout=CONNECT_S_MAX,
            # The driver may not know yet that a server was killed.
            pool_pre_ping=True,
            # An error of the driver goes without what was written.
            hide_parameters=True,
        )
        self._pool = cast("QueuePool", self.engine.pool)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that commits when the block ends well and rolls back when it does not."""
        async with self.engine.begin() as connection:
            yield connection

    async def connect(self, statement_s_max: float | None = STATEMENT_S_MAX, *, writes: bool = False) -> Any:
        """A plain connection of one's own (asyncpg): for the bell, what takes long, the desk (which `writes`)."""
        return await self._server.connect(statement_s_max, WRITER_SETTINGS if writes else {})

    @property
    def in_use(self) -> int:
        """Connections of the engine that somebody has now."""
        return self._pool.checkedout()

    async def standing(self, center: str) -> Standing:
        """What the database says of itself. Raises one of GONE."""
        async with self.transaction() as connection:
            row = (await connection.execute(_STANDING, {"center": center})).one()
        return Standing(writable=row.writable, at=row.at, last_seq=row.last_seq)

    async def close(self) -> None:
        """Close every pooled connection."""
        await self.engine.dispose()


def migrations(dsn: str) -> Config:
    """Alembic's configuration for this database."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["dsn"] = dsn
    return config


async def upgrade(dsn: str) -> None:
    """Bring the schema up to the newest revision."""
    await asyncio.to_thread(command.upgrade, migrations(dsn), "head")


async def role_for(dsn: str) -> str | None:
    """The role the service is to work as in this database; None where that role does not keep the log whole."""
    plain = Database(dsn, None)
    try:
        async with plain.transaction() as connection:
            return SERVICE_ROLE if await connection.run_sync(limited) else None
    finally:
        await plain.close()
