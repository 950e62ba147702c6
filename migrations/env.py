"""Alembic's entry: runs the revisions over the same driver the service uses."""

import asyncio

from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.store.roles import make_role
from app.store.session import alchemy_url
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
    engine = create_async_engine(alchemy_url(dsn), poolclass=pool.NullPool, hide_parameters=True)
    async with engine.connect() as connection:
        await connection.run_sync(_run)
        await connection.commit()
    await engine.dispose()


asyncio.run(_online(context.config.attributes["dsn"]))
