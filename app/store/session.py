"""The way to the database: one address, an engine for reads, plain connections for the desk and the bell."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from .roles import SERVICE_ROLE, limited

MIGRATIONS = Path(__file__).parents[2] / "migrations"
POOL_SIZE = 8
STATEMENT_S_MAX = 15.0
CONNECT_S_MAX = 5.0

SERVER_SETTINGS = {
    "idle_in_transaction_session_timeout": "5s",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
"""A machine that dies in the middle of a commit must not keep the center's row: the database lets go of it."""

WRITER_SETTINGS = {"enable_seqscan": "off", "plan_cache_mode": "force_generic_plan"}
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


class Database:
    """One PostgreSQL database; `dsn` is `postgresql://…`. Every connection works as `role`, where one is named."""

    def __init__(self, dsn: str, role: str | None = SERVICE_ROLE) -> None:
        self.dsn, self.role = dsn, role
        self._server_settings = SERVER_SETTINGS if role is None else {**SERVER_SETTINGS, "role": role}
        self.engine: AsyncEngine = create_async_engine(
            alchemy_url(dsn),
            pool_size=POOL_SIZE,
            max_overflow=POOL_SIZE,
            pool_timeout=CONNECT_S_MAX,
            pool_pre_ping=True,
            # An error of the driver goes without what was written.
            hide_parameters=True,
            connect_args={
                "timeout": CONNECT_S_MAX,
                "command_timeout": STATEMENT_S_MAX,
                "server_settings": self._server_settings,
            },
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that commits when the block ends well and rolls back when it does not."""
        async with self.engine.begin() as connection:
            yield connection

    async def connect(self, statement_s_max: float | None = STATEMENT_S_MAX, *, writes: bool = False) -> Any:
        """A plain connection of one's own (asyncpg): for the bell, what takes long, the desk (which `writes`)."""
        return await asyncpg.connect(
            self.dsn,
            timeout=CONNECT_S_MAX,
            command_timeout=statement_s_max,
            server_settings=self._server_settings | (WRITER_SETTINGS if writes else {}),
        )

    async def ready(self) -> bool:
        """Whether the database answers."""
        try:
            async with self.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except GONE:
            return False
        return True

    async def close(self) -> None:
        """Close every pooled connection."""
        await self.engine.dispose()


def alchemy_url(dsn: str) -> str:
    """The same address as SQLAlchemy's asyncpg dialect wants it."""
    return dsn.replace("postgresql://", "postgresql+asyncpg://", 1).replace(
        "postgres://", "postgresql+asyncpg://", 1
    )


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
