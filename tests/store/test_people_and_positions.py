"""Accounts and their sessions; the newest fix of each unit."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncConnection

from app.security.sessions import digest, new_token
from app.store import people, positions
from app.store.people import LoginTaken, Person
from app.store.positions import Fix

from .desks import CENTER, a_database


@pytest_asyncio.fixture(loop_scope="session")
async def connection(url: str) -> AsyncIterator[AsyncConnection]:
    async with a_database(url, CENTER, "other") as database, database.transaction() as connection:
        yield connection


def a_person(
    login: str = "op-1", *, center: str = CENTER, role: str = "operator", unit: str | None = None
) -> Person:
    """An account without a password."""
    return Person(id=str(uuid4()), center=center, login=login, role=role, unit=unit, password=None, disabled=False)


async def signed_in(connection: AsyncConnection, person: Person, at: float = 100.0) -> bytes:
    """The digest of a fresh session's token."""
    key = digest(new_token())
    session = people.Session(
        id=str(uuid4()), person=person, way="password", opened_at=at, proved_at=at, seen_at=at
    )
    await people.open_session(connection, key, session)
    return key


async def test_an_account_is_found_by_its_login_in_its_own_center_only(connection: AsyncConnection) -> None:
    person = a_person(role="unit", unit="KILO-7")
    await people.add(connection, person)
    assert await people.by_login(connection, CENTER, "op-1") == person
    assert await people.by_login(connection, "other", "op-1") is None
    assert await people.by_login(connection, CENTER, "op-2") is None


async def test_a_login_is_given_once_in_a_center_and_the_transaction_goes_on(connection: AsyncConnection) -> None:
    await people.add(connection, a_person())
    with pytest.raises(LoginTaken):
        await people.add(connection, a_person())
    await people.add(connection, a_person(center="other"))
    await people.add(connection, a_person("admin-1"))
    assert [person.login for person in await people.everybody(connection, CENTER)] == ["admin-1", "op-1"]


async def test_a_session_says_who_it_is_and_when_it_was_used(connection: AsyncConnection) -> None:
    person = a_person()
    await people.add(connection, person)
    key = await signed_in(connection, person)
    await people.touch_sessions(connection, [key], 160.0)
    found = await people.session(connection, key)
    assert found is not None
    assert (found.person, found.opened_at, found.seen_at) == (person, 100.0, 160.0)
    assert await people.session(connection, digest("another token")) is None


async def test_a_session_that_was_ended_opens_nothing(connection: AsyncConnection) -> None:
    person = a_person()
    await people.add(connection, person)
    ended, stands = await signed_in(connection, person), await signed_in(connection, person)
    await people.end_session(connection, ended, 110.0)
    assert await people.session(connection, ended) is None
    assert await people.session(connection, stands) is not None


async def test_who_is_shut_out_loses_every_session_and_gets_none_back_when_let_in_again(
    connection: AsyncConnection,
) -> None:
    person = a_person()
    await people.add(connection, person)
    key = await signed_in(connection, person)
    await people.set_disabled(connection, person.id, True, 120.0)
    assert await people.session(connection, key) is None
    await people.set_disabled(connection, person.id, False, 130.0)
    assert await people.session(connection, key) is None
    assert await people.session(connection, await signed_in(connection, person)) is not None


HERE = "here"
"""The process that took a fix."""


def a_fix(unit: str = "P1", at: float = 100.0, lat: float = 25.6) -> Fix:
    """A fix."""
    return Fix(unit=unit, lat=lat, lon=-100.3, accuracy_m=8.0, at=at)


async def test_the_newest_fix_of_each_unit_is_kept_whatever_the_order_they_come_in(
    connection: AsyncConnection,
) -> None:
    await positions.save(connection, CENTER, HERE, [a_fix(at=100), a_fix("P2", at=100)])
    await positions.save(connection, CENTER, HERE, [a_fix(at=90, lat=20.0)])
    await positions.save(connection, CENTER, HERE, [a_fix("P2", at=110, lat=25.7)])
    await positions.save(connection, CENTER, HERE, [])
    kept, _ = await positions.changed(connection, CENTER, 0)
    assert kept == [a_fix(at=100), a_fix("P2", at=110, lat=25.7)]


async def test_old_fixes_and_those_of_another_center_are_left_out(connection: AsyncConnection) -> None:
    await positions.save(connection, CENTER, HERE, [a_fix(at=100), a_fix("P2", at=200)])
    await positions.save(connection, "other", HERE, [a_fix(at=300)])
    kept, _ = await positions.changed(connection, CENTER, 0, since=100.0)
    assert kept == [a_fix("P2", at=200)]


async def test_what_changed_since_the_last_look_is_read_once_and_only_of_other_processes(
    connection: AsyncConnection,
) -> None:
    await positions.save(connection, CENTER, HERE, [a_fix(at=100), a_fix("P2", at=100)])
    _, seen = await positions.changed(connection, CENTER, 0)
    await positions.save(connection, CENTER, "there", [a_fix("P2", at=110), a_fix(at=90)])
    assert (await positions.changed(connection, CENTER, seen, beside=HERE))[0] == [a_fix("P2", at=110)]
    assert await positions.changed(connection, CENTER, seen, beside="there") == ([], seen)
