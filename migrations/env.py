"""Alembic's entry: runs the revisions over the same driver the service uses."""

import asyncio
from functools import partial

from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.store.roles import make_role
from app.store.server import Server
from app.store.session import DIALECT
from app.store.tables import metadata

ONE_AT_A_TIME = 7_110_001
"""Key of the advisory lock that keeps two services from migrating at once."""


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, compare_type=True)
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
        context.run_migrations()
        make_role(connection)


async def _online(dsn: str) -> None:
    # A migration may take long: no statement of it is cut short.
    way = partial(Server(dsn, {}).connect, None)
    engine = create_async_engine(DIALECT, async_creator=way, poolclass=pool.NullPool, hide_parameters=True)
    async with engine.connect() as connection:
        await connection.run_sync(_run)
        await connection.commit()
    await engine.dispose()


asyncio.run(_online(context.config.attributes["dsn"]))
