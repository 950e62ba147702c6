"""The service adds to its log and can do nothing else to it, by the database's own rights."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from app.children.postgres import EmbeddedPostgres
from app.desk import Desk
from app.store.roles import SERVICE_ROLE
from app.store.session import Database, role_for, upgrade
from tests.service_fixture import a_house

from .desks import a_call, a_database, raise_alert, rows

LOGS = ("answers", "audit", "checkpoints", "events")


@pytest_asyncio.fixture(loop_scope="session")
async def database(url: str, desk: Desk) -> AsyncIterator[Database]:
    """The way the service reaches its database, with something in the log."""
    await raise_alert(desk)
    async with a_database(url) as database:
        yield database


@pytest.mark.parametrize("table", LOGS)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET center = center",
        "DELETE FROM {table}",
        "TRUNCATE {table}",
        "ALTER TABLE {table} ADD COLUMN x text",
        "DROP TABLE {table}",
        "SELECT * FROM {table} FOR UPDATE",
    ],
)
async def test_the_services_connection_changes_and_deletes_nothing_of_the_log(
    database: Database, table: str, statement: str
) -> None:
    connection = await database.connect()
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement.format(table=table))
    finally:
        await connection.close()


async def test_pooled_connections_work_as_the_same_role(database: Database) -> None:
    async with database.transaction() as connection:
        assert (await connection.exec_driver_sql("SELECT current_user")).scalar_one() == SERVICE_ROLE


async def test_the_head_of_the_audit_can_be_moved_and_not_removed(database: Database) -> None:
    connection = await database.connect()
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM chains")
    finally:
        await connection.close()


async def test_a_right_that_somebody_gave_is_taken_back_at_the_next_start(url: str) -> None:
    await rows(url, f"GRANT DELETE ON events TO {SERVICE_ROLE}")
    assert await role_for(url) is None
    await upgrade(url)
    assert await role_for(url) == SERVICE_ROLE


async def test_many_databases_of_one_server_can_make_the_role_at_once(postgres_server: EmbeddedPostgres) -> None:
    names = [f"roles_{number}" for number in range(4)]
    for name in names:
        await postgres_server.create_database(name)
    try:
        urls = [postgres_server.dsn(name) for name in names]
        script = "import asyncio, sys; from app.store.session import upgrade; asyncio.run(upgrade(sys.argv[1]))"
        starts = [await asyncio.create_subprocess_exec(sys.executable, "-c", script, url) for url in urls]
        assert [await start.wait() for start in starts] == [0] * 4
        assert [await role_for(url) for url in urls] == [SERVICE_ROLE] * 4
    finally:
        for name in names:
            await postgres_server.drop_database(name)


@pytest.mark.parametrize(("right", "role"), [("CREATEROLE", SERVICE_ROLE), ("NOCREATEROLE", None)])
async def test_what_a_user_without_all_rights_may_not_set_up_is_said(
    postgres_server: EmbeddedPostgres, tmp_path: Path, right: str, role: str | None
) -> None:
    """One that may make roles makes it, where it is not there yet; one that may not goes on and says so."""
    server, user = postgres_server, f"user_{right.lower()}"
    await server.create_database(user)
    url = server.dsn(user)
    await rows(url, f"CREATE ROLE {user} LOGIN PASSWORD 'x' {right}")
    await rows(url, f"ALTER DATABASE {user} OWNER TO {user}")
    await rows(url, f"GRANT ALL ON SCHEMA public TO {user}")
    if role is not None:
        await rows(url, f"GRANT {SERVICE_ROLE} TO {user} WITH ADMIN TRUE, SET FALSE, INHERIT FALSE")
    theirs = url.replace(url.split("//")[1].split("@")[0], f"{user}:x")
    try:
        async with a_house(theirs, tmp_path, bare=True) as house:
            words = house.service.stands_on["log"]
            assert house.service.database.role == role
            assert ("NOT append-only" in words) is (role is None)
            assert SERVICE_ROLE in words
            receipt = await house.service.desk.perform(a_call())
            assert receipt.seq > 0
    finally:
        await server.drop_database(user)
        await rows(server.dsn("postgres"), f"DROP ROLE {user}")
