"""The migrations make exactly the tables that the code believes in, and can take them away and make them again."""

import asyncio
import sys
from typing import Any

import asyncpg
import pytest
from alembic import command
from sqlalchemy.ext.asyncio import create_async_engine

from app.children.postgres import EmbeddedPostgres
from app.store.server import Server
from app.store.session import DIALECT, migrations, upgrade
from app.store.tables import metadata

COLUMNS = """
SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
       || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
       || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') || ' ' || c.relpersistence::text
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped"""
CONSTRAINTS = """
SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace"""
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"


async def shape(url: str) -> list[str]:
    """Every column, constraint and index, Alembic's own table apart, as PostgreSQL describes them."""
    connection: Any = await asyncpg.connect(url)
    try:
        found = [row[0] for query in (COLUMNS, CONSTRAINTS, INDEXES) for row in await connection.fetch(query)]
    finally:
        await connection.close()
    return sorted(line for line in found if "alembic_version" not in line)


async def test_alembic_finds_no_difference_between_models_and_migrations(url: str) -> None:
    await asyncio.to_thread(command.check, migrations(url))


async def test_postgresql_describes_the_models_tables_and_the_migrated_ones_in_the_same_words(
    url: str, postgres_server: EmbeddedPostgres
) -> None:
    await postgres_server.create_database("from_models")
    try:
        made = postgres_server.dsn("from_models")
        engine = create_async_engine(DIALECT, async_creator=Server(made, {}).connect)
        async with engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        await engine.dispose()
        assert await shape(url) == await shape(made)
    finally:
        await postgres_server.drop_database("from_models")


async def test_everything_can_be_taken_down_and_put_up_again(url: str) -> None:
    before = await shape(url)
    await asyncio.to_thread(command.downgrade, migrations(url), "base")
    assert await shape(url) == []
    await upgrade(url)
    assert await shape(url) == before


async def test_two_services_that_start_at_once_migrate_once(database_url: str) -> None:
    script = "import asyncio, sys; from app.store.session import upgrade; asyncio.run(upgrade(sys.argv[1]))"
    services = [await asyncio.create_subprocess_exec(sys.executable, "-c", script, database_url) for _ in range(2)]
    assert [await service.wait() for service in services] == [0, 0]
    assert await shape(database_url)


@pytest.mark.parametrize("table", ["events", "answers", "details", "audit", "centers"])
async def test_no_value_is_made_by_the_databases_own_clock_or_chance(url: str, table: str) -> None:
    lines = [line for line in await shape(url) if line.startswith(f"{table}.")]
    assert lines
    assert not any(word in line for line in lines for word in ("now()", "random", "gen_random", "CURRENT"))
