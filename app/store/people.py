"""Who may sign in, and their sessions. Only the digest of a session's token is kept."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Self
from uuid import uuid4

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    LargeBinary,
    Text,
    any_,
    bindparam,
    cast,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from .tables import people, push_subscriptions, sessions


class LoginTaken(Exception):
    """Somebody in this center has that login."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One account of one center. `unit` is the code of the unit it answers for (role `unit` only)."""

    id: str
    center: str
    login: str
    role: str
    unit: str | None
    password: str | None
    disabled: bool

    @classmethod
    def new(cls, center: str, login: str, role: str, unit: str | None, password: str | None = None) -> Self:
        """An account that nobody has yet, with an id of its own."""
        return cls(
            id=str(uuid4()), center=center, login=login, role=role, unit=unit, password=password, disabled=False
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One signed-in device; times are seconds since 1970 UTC. `id`, `way`, `proved_at`: see the table."""

    id: str
    person: Person
    way: str
    opened_at: float
    proved_at: float
    seen_at: float


_PERSON = (
    people.c.id,
    people.c.center,
    people.c.login,
    people.c.role,
    people.c.unit,
    people.c.password,
    people.c.disabled,
)


async def add(connection: AsyncConnection, person: Person) -> None:
    """Keep a new account. Raises LoginTaken."""
    try:
        async with connection.begin_nested():
            await connection.execute(
                insert(people).values(
                    id=person.id,
                    center=person.center,
                    login=person.login,
                    role=person.role,
                    unit=person.unit,
                    password=person.password,
                    disabled=person.disabled,
                )
            )
    except IntegrityError as problem:
        raise LoginTaken(person.login) from problem


async def by_login(connection: AsyncConnection, center: str, login: str) -> Person | None:
    """The account of that login, or None."""
    row = (
        await connection.execute(select(*_PERSON).where(people.c.center == center, people.c.login == login))
    ).first()
    return Person(**row._mapping) if row else None


async def everybody(connection: AsyncConnection, center: str) -> list[Person]:
    """Every account of the center, by login."""
    rows = await connection.execute(select(*_PERSON).where(people.c.center == center).order_by(people.c.login))
    return [Person(**row._mapping) for row in rows]


async def by_ids(connection: AsyncConnection, center: str, ids: Collection[str]) -> dict[str, Person]:
    """Id -> account, of those of these ids that are people of the center."""
    wanted = cast(people.c.id, Text).in_(list(ids))
    rows = await connection.execute(select(*_PERSON).where(people.c.center == center, wanted))
    return {row.id: Person(**row._mapping) for row in rows}


async def sessions_between(
    connection: AsyncConnection, ids: Collection[str], since: float, until: float
) -> dict[str, list[tuple[float, float | None]]]:
    """Person -> (opened, ended or None) of their sessions that stood at some time between."""
    rows = await connection.execute(
        select(sessions.c.person, sessions.c.opened_at, sessions.c.ended_at).where(
            sessions.c.person.in_(list(ids)),
            sessions.c.opened_at <= until,
            or_(sessions.c.ended_at.is_(None), sessions.c.ended_at >= since),
        )
    )
    found: dict[str, list[tuple[float, float | None]]] = {}
    for row in rows:
        found.setdefault(row.person, []).append((row.opened_at, row.ended_at))
    return found


async def change(
    connection: AsyncConnection, person: str, *, role: str, unit: str | None, disabled: bool, at: float
) -> list[str]:
    """The account is this from now on; its sessions of before end. Their ids."""
    await connection.execute(
        update(people).where(people.c.id == person).values(role=role, unit=unit, disabled=disabled)
    )
    return await end_sessions(connection, person, at)


async def set_disabled(connection: AsyncConnection, person: str, disabled: bool, at: float) -> None:
    """Shut an account out, and end its sessions; or let it in again."""
    await connection.execute(update(people).where(people.c.id == person).values(disabled=disabled))
    if disabled:
        await end_sessions(connection, person, at)


async def set_password(connection: AsyncConnection, person: str, hashed: str | None) -> None:
    """The hash of the person's password, or None for no password any more."""
    await connection.execute(update(people).where(people.c.id == person).values(password=hashed))


async def admins(connection: AsyncConnection, center: str) -> list[str]:
    """The ids of the admins who are not shut out. Nobody else changes them until the transaction ends."""
    rows = await connection.execute(
        select(people.c.id)
        .where(people.c.center == center, people.c.role == "admin", people.c.disabled.is_(False))
        .order_by(people.c.id)
        .with_for_update()
    )
    return [row.id for row in rows]


_PERSON_NAMES = [column.name for column in _PERSON]
_SESSION = (
    sessions.c.id.label("session"),
    sessions.c.way,
    sessions.c.opened_at,
    sessions.c.proved_at,
    sessions.c.seen_at,
)

_AMONG = sessions.c.digest == any_(bindparam("digests", type_=ARRAY(LargeBinary)))
"""One array, however many there are: a list of parameters has an end."""
# Built once: every socket's session is looked at every second.
_STANDING = (
    select(*_PERSON, sessions.c.digest, *_SESSION)
    .join(people, people.c.id == sessions.c.person)
    .where(_AMONG, sessions.c.ended_at.is_(None), people.c.disabled.is_(False))
)
_TOUCHED = update(sessions).where(_AMONG).values(seen_at=bindparam("at"))


async def open_session(connection: AsyncConnection, digest: bytes, session: Session) -> None:
    """Keep a new session under the digest of its token."""
    await connection.execute(
        insert(sessions).values(
            digest=digest,
            id=session.id,
            person=session.person.id,
            way=session.way,
            opened_at=session.opened_at,
            proved_at=session.proved_at,
            seen_at=session.seen_at,
        )
    )


async def session(connection: AsyncConnection, digest: bytes) -> Session | None:
    """The session of that token if it was not ended and its person is not shut out."""
    return (await sessions_of(connection, [digest])).get(digest)


async def sessions_of(connection: AsyncConnection, digests: Collection[bytes]) -> dict[bytes, Session]:
    """Of the sessions under these digests those that were not ended and whose person is not shut out."""
    rows = await connection.execute(_STANDING, {"digests": list(digests)})
    return {row.digest: _session(row) for row in rows}


def _session(row: Any) -> Session:
    """From a row that begins with `_PERSON`."""
    return Session(
        id=row.session,
        # By place: row by row, names are what takes longest when a thousand sessions are looked at.
        person=Person(**dict(zip(_PERSON_NAMES, row, strict=False))),
        way=row.way,
        opened_at=row.opened_at,
        proved_at=row.proved_at,
        seen_at=row.seen_at,
    )


async def touch_sessions(connection: AsyncConnection, digests: Collection[bytes], at: float) -> None:
    """Note that the sessions are in use."""
    await connection.execute(_TOUCHED, {"digests": list(digests), "at": at})


async def prove(connection: AsyncConnection, session: str, at: float) -> None:
    """The person of this session has proved just now who they are."""
    await connection.execute(update(sessions).where(sessions.c.id == session).values(proved_at=at))


async def sessions_of_person(
    connection: AsyncConnection, person: str, opened_after: float, seen_after: float
) -> list[Session]:
    """The person's sessions that stand: not ended, opened and used after these times; the newest first."""
    rows = await connection.execute(
        select(*_PERSON, *_SESSION)
        .join(people, people.c.id == sessions.c.person)
        .where(
            sessions.c.person == person,
            sessions.c.ended_at.is_(None),
            sessions.c.opened_at > opened_after,
            sessions.c.seen_at > seen_after,
        )
        .order_by(sessions.c.opened_at.desc(), sessions.c.id)
    )
    return [_session(row) for row in rows]


async def end_session(connection: AsyncConnection, digest: bytes, at: float) -> list[str]:
    """End it: the token opens nothing any more. Its id, if it stood."""
    return await _end(connection, sessions.c.digest == digest, at)


async def end_sessions(
    connection: AsyncConnection, person: str, at: float, *, only: str | None = None, but: str | None = None
) -> list[str]:
    """End all sessions of a person, or `only` that one, or all `but` that one. The ids of those that stood."""
    which = sessions.c.person == person
    if only is not None:
        which &= sessions.c.id == only
    if but is not None:
        which &= sessions.c.id != but
    return await _end(connection, which, at)


async def end_old_sessions(
    connection: AsyncConnection, center: str, at: float, opened_before: float, seen_before: float
) -> list[str]:
    """End the center's sessions that ran out: opened, or used last, at or before these times."""
    here = sessions.c.person.in_(select(people.c.id).where(people.c.center == center))
    old = or_(sessions.c.opened_at <= opened_before, sessions.c.seen_at <= seen_before)
    return await _end(connection, here & old, at)


async def _end(connection: AsyncConnection, which: ColumnElement[bool], at: float) -> list[str]:
    """A session that ends takes along where its device hears push: nobody is told anything after it."""
    rows = await connection.execute(
        update(sessions).where(which, sessions.c.ended_at.is_(None)).values(ended_at=at).returning(sessions.c.id)
    )
    ended = [row.id for row in rows]
    if ended:
        await connection.execute(delete(push_subscriptions).where(push_subscriptions.c.session.in_(ended)))
    return ended
