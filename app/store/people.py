"""Who may sign in, and their sessions. Only the digest of a session's token is kept."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    LargeBinary,
    Text,
    any_,
    cast,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from .tables import people, sessions


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


async def set_disabled(connection: AsyncConnection, person: str, disabled: bool, at: float) -> None:
    """Shut an account out, and end its sessions; or let it in again."""
    await connection.execute(update(people).where(people.c.id == person).values(disabled=disabled))
    if disabled:
        await connection.execute(
            update(sessions).where(sessions.c.person == person, sessions.c.ended_at.is_(None)).values(ended_at=at)
        )


_SESSION = (
    sessions.c.id.label("session"),
    sessions.c.way,
    sessions.c.opened_at,
    sessions.c.proved_at,
    sessions.c.seen_at,
)


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
    rows = await connection.execute(
        select(*_PERSON, sessions.c.digest, *_SESSION)
        .join(people, people.c.id == sessions.c.person)
        .where(_among(digests), sessions.c.ended_at.is_(None), people.c.disabled.is_(False))
    )
    return {row.digest: _session(row) for row in rows}


def _session(row: Any) -> Session:
    return Session(
        id=row.session,
        person=Person(**{column.name: getattr(row, column.name) for column in _PERSON}),
        way=row.way,
        opened_at=row.opened_at,
        proved_at=row.proved_at,
        seen_at=row.seen_at,
    )


async def touch_sessions(connection: AsyncConnection, digests: Collection[bytes], at: float) -> None:
    """Note that the sessions are in use."""
    await connection.execute(update(sessions).where(_among(digests)).values(seen_at=at))


def _among(digests: Collection[bytes]) -> ColumnElement[bool]:
    """One array, however many there are: a list of parameters has an end."""
    return sessions.c.digest == any_(literal(list(digests), ARRAY(LargeBinary)))


async def end_session(connection: AsyncConnection, digest: bytes, at: float) -> None:
    """End it: the token opens nothing any more."""
    await connection.execute(
        update(sessions).where(sessions.c.digest == digest, sessions.c.ended_at.is_(None)).values(ended_at=at)
    )
