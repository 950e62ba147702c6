"""What signs people in, as stored: it counts once, whatever process asks, and goes when it should."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.keys import open_keys
from app.security.sealing import Sealer
from app.store import attempts, challenges, people, second_ways, subscriptions
from app.store.attempts import Count
from app.store.people import Person
from app.store.second_ways import CredentialTaken, Passkey
from app.store.session import Database
from app.store.tables import sessions

from .desks import CENTER, SECRET, a_database

KEY = b"k" * 32


@pytest_asyncio.fixture(loop_scope="session")
async def database(url: str) -> AsyncIterator[Database]:
    async with a_database(url, CENTER, "other") as database:
        yield database


@pytest_asyncio.fixture(loop_scope="session")
async def person(database: Database) -> Person:
    """Somebody of KILO-7."""
    person = Person(
        id=str(uuid4()), center=CENTER, login="k7-a", role="unit", unit="KILO-7", password="x", disabled=False
    )
    async with database.transaction() as connection:
        await people.add(connection, person)
    return person


@pytest_asyncio.fixture(loop_scope="session")
async def sealer(database: Database) -> Sealer:
    """The center's keys."""
    sealer = Sealer(SECRET, CENTER)
    await open_keys(database, sealer, CENTER, 1.0)
    return sealer


async def a_session(database: Database, person: Person, at: float = 100.0) -> str:
    """The id of a new session."""
    session = people.Session(
        id=str(uuid4()), person=person, way="password", opened_at=at, proved_at=at, seen_at=at
    )
    async with database.transaction() as connection:
        await people.open_session(connection, uuid4().bytes, session)
    return session.id


async def enrol(connection: AsyncConnection, sealer: Sealer, person: Person, secret: bytes) -> bool:
    """Enrol this person's app with this secret."""
    sealed = sealer.seal_own("totp", person.id, secret)
    return await second_ways.enrol_totp(connection, CENTER, person.id, sealed)


async def hears(connection: AsyncConnection, sealer: Sealer, session: str, at: float) -> bool:
    """Say where this session's device hears."""
    sealed = sealer.seal_own("push subscription", session, b"there")
    return await subscriptions.keep(connection, CENTER, session, sealed, at)


async def test_a_challenge_is_taken_once_however_many_ask_at_once(database: Database) -> None:
    async with database.transaction() as connection:
        await challenges.keep(connection, CENTER, KEY, purpose="p", asker=b"a", expires_at=400.0)

    async def take() -> bool:
        async with database.transaction() as connection:
            return await challenges.take(connection, CENTER, KEY, purpose="p", asker=b"a", at=100.0)

    assert sorted(await asyncio.gather(*(take() for _ in range(5)))) == [False] * 4 + [True]


@pytest.mark.parametrize(
    ("center", "purpose", "asker", "at"),
    [
        ("other", "p", b"a", 100.0),
        (CENTER, "q", b"a", 100.0),
        (CENTER, "p", b"b", 100.0),
        (CENTER, "p", b"a", 400.0),
    ],
    ids=["another center's", "for something else", "somebody else's", "too late"],
)
async def test_a_challenge_is_for_one_thing(
    database: Database, center: str, purpose: str, asker: bytes, at: float
) -> None:
    async with database.transaction() as connection:
        await challenges.keep(connection, CENTER, KEY, purpose="p", asker=b"a", expires_at=400.0)
        assert not await challenges.take(connection, center, KEY, purpose=purpose, asker=asker, at=at)


async def test_a_time_step_is_used_once_and_never_an_earlier_one(
    database: Database, person: Person, sealer: Sealer
) -> None:
    async with database.transaction() as connection:
        assert await second_ways.enrol_totp(
            connection, CENTER, person.id, sealer.seal_own("totp", person.id, b"s")
        )

    async def use(step: int) -> bool:
        async with database.transaction() as connection:
            return await second_ways.use_step(connection, person.id, step)

    assert sorted(await asyncio.gather(*(use(7) for _ in range(5)))) == [False] * 4 + [True]
    assert [await use(step) for step in (6, 7, 8)] == [False, False, True]


async def test_an_app_is_enrolled_anew_only_until_it_is_confirmed(
    database: Database, person: Person, sealer: Sealer
) -> None:
    async with database.transaction() as connection:
        assert await second_ways.enrol_totp(
            connection, CENTER, person.id, sealer.seal_own("totp", person.id, b"first")
        )
        assert await second_ways.enrol_totp(
            connection, CENTER, person.id, sealer.seal_own("totp", person.id, b"second")
        )
        assert await second_ways.with_totp(connection, CENTER) == set()
        await second_ways.confirm_totp(connection, person.id, 100.0)
        assert not await second_ways.enrol_totp(
            connection, CENTER, person.id, sealer.seal_own("totp", person.id, b"third")
        )
        kept = await second_ways.totp_of(connection, person.id)
        assert kept is not None
        assert sealer.open_own("totp", person.id, kept.sealed) == b"second"
        assert kept.confirmed
        assert await second_ways.with_totp(connection, CENTER) == {person.id}


async def test_a_secret_is_used_once_and_replaced_by_the_next_one(database: Database, person: Person) -> None:
    async with database.transaction() as connection:
        await second_ways.give_secret(connection, person.id, b"first", 400.0)
        await second_ways.give_secret(connection, person.id, b"second", 400.0)
        assert not await second_ways.use_secret(connection, person.id, b"first", 100.0)
        assert not await second_ways.use_secret(connection, person.id, b"second", 400.0)

    async def use() -> bool:
        async with database.transaction() as connection:
            return await second_ways.use_secret(connection, person.id, b"second", 100.0)

    assert sorted(await asyncio.gather(*(use() for _ in range(5)))) == [False] * 4 + [True]


async def test_a_passkey_is_one_persons_and_its_count_is_written_once(database: Database, person: Person) -> None:
    passkey = Passkey(
        id=str(uuid4()),
        person=person.id,
        credential=b"c",
        public_key=b"p",
        sign_count=3,
        made_at=100.0,
        used_at=None,
    )
    async with database.transaction() as connection:
        await second_ways.add_passkey(connection, passkey)
        with pytest.raises(CredentialTaken):
            await second_ways.add_passkey(connection, passkey)
        assert await second_ways.passkey_by_credential(connection, CENTER, b"c") == (passkey, person)
        assert await second_ways.passkey_by_credential(connection, "other", b"c") is None
        assert await second_ways.passkey_used(connection, passkey.id, known=3, sign_count=4, at=110.0)
        assert not await second_ways.passkey_used(connection, passkey.id, known=3, sign_count=5, at=110.0)
        assert not await second_ways.remove_passkey(connection, str(uuid4()), passkey.id)
        assert await second_ways.count_passkeys(connection, CENTER) == {person.id: 1}


async def test_where_a_device_hears_goes_with_its_session(
    database: Database, person: Person, sealer: Sealer
) -> None:
    first, second = await a_session(database, person), await a_session(database, person)

    async def heard() -> list[str]:
        async with database.transaction() as connection:
            found = await subscriptions.live_of_unit(
                connection, CENTER, "KILO-7", opened_after=0.0, seen_after=0.0
            )
        return [one.session for one in found]

    async with database.transaction() as connection:
        for session in (first, second):
            assert await subscriptions.keep(
                connection, CENTER, session, sealer.seal_own("push", session, b"sealed"), 100.0
            )
    assert await heard() == sorted([first, second])
    async with database.transaction() as connection:
        assert await people.end_sessions(connection, person.id, 110.0, only=first) == [first]
    assert await heard() == [second]
    async with database.transaction() as connection:
        assert not await subscriptions.keep(
            connection, CENTER, first, sealer.seal_own("push", first, b"sealed"), 120.0
        ), "its session has ended"
        await people.set_disabled(connection, person.id, True, 120.0)
    assert await heard() == []


async def test_sessions_that_ran_out_are_ended_in_their_own_center_only(
    database: Database, person: Person
) -> None:
    old, young = await a_session(database, person, 100.0), await a_session(database, person, 200.0)
    async with database.transaction() as connection:
        assert await people.end_old_sessions(connection, "other", 300.0, 250.0, 250.0) == []
        assert await people.end_old_sessions(connection, CENTER, 300.0, 150.0, 0.0) == [old]
        standing = await people.sessions_of_person(connection, person.id, 0.0, 0.0)
        assert [one.id for one in standing] == [young]
        assert await people.sessions_of_person(connection, person.id, 0.0, 200.0) == []
        assert (await connection.execute(select(func.count()).select_from(sessions))).scalar_one() == 2


async def test_a_reset_leaves_nothing_that_lets_in_but_the_secret(
    database: Database, person: Person, sealer: Sealer
) -> None:
    session = await a_session(database, person)
    async with database.transaction() as connection:
        await enrol(connection, sealer, person, b"s")
        ended = await second_ways.reset(connection, person.id, KEY, at=110.0, expires_at=400.0)
        assert ended == [session]
        assert await second_ways.totp_of(connection, person.id) is None
        found = await people.by_login(connection, CENTER, person.login)
        assert found is not None
        assert found.password is None
        assert await second_ways.has_secret(connection, person.id, KEY, 399.0)
        await second_ways.forget_old_secrets(connection, "other", 400.0)
        assert await second_ways.has_secret(connection, person.id, KEY, 399.0)
        await second_ways.forget_old_secrets(connection, CENTER, 400.0)
        assert not await second_ways.has_secret(connection, person.id, KEY, 399.0)


async def test_failures_are_kept_until_nothing_of_them_counts(database: Database) -> None:
    async with database.transaction() as connection:
        assert await attempts.read(connection, CENTER, [KEY]) == {KEY: Count()}
        await attempts.write(connection, CENTER, KEY, Count(failures=2, failed_at=100.0))
        await attempts.take_back(connection, CENTER, [KEY])
        await attempts.ensure(connection, CENTER, [KEY, b"new"])
        known = await attempts.read(connection, CENTER, [KEY, b"new"], lock=True)
        assert known == {KEY: Count(failures=1, failed_at=100.0), b"new": Count()}
        await attempts.forget_old(connection, CENTER, failed_before=99.0, succeeded_before=99.0)
        assert (await attempts.read(connection, CENTER, [KEY]))[KEY].failures == 1
        await attempts.forget_old(connection, CENTER, failed_before=100.0, succeeded_before=99.0)
        assert (await attempts.read(connection, CENTER, [KEY]))[KEY].failures == 0
