"""What a person signs in with besides a password: passkeys, codes of an app, a one-time secret."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from .people import Person, end_sessions, set_password
from .tables import one_time_secrets, passkeys, people, totp


class CredentialTaken(Exception):
    """That passkey is registered already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A device's public key (COSE). Times are seconds since 1970 UTC; `used_at` None: never."""

    id: str
    person: str
    credential: bytes
    public_key: bytes
    sign_count: int
    made_at: float
    used_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Totp:
    """The sealed secret of an authenticator app, and the last time step a code of which was taken."""

    sealed: bytes
    confirmed: bool
    last_step: int


# --- passkeys


async def add_passkey(connection: AsyncConnection, passkey: Passkey) -> None:
    """Keep a new passkey. Raises CredentialTaken."""
    try:
        async with connection.begin_nested():
            await connection.execute(
                insert(passkeys).values(
                    id=passkey.id,
                    person=passkey.person,
                    credential=passkey.credential,
                    public_key=passkey.public_key,
                    sign_count=passkey.sign_count,
                    made_at=passkey.made_at,
                    used_at=passkey.used_at,
                )
            )
    except IntegrityError as problem:
        raise CredentialTaken from problem


async def passkeys_of(connection: AsyncConnection, person: str) -> list[Passkey]:
    """The person's passkeys, oldest first."""
    rows = await connection.execute(
        select(passkeys).where(passkeys.c.person == person).order_by(passkeys.c.made_at, passkeys.c.id)
    )
    return [Passkey(**row._mapping) for row in rows]


async def passkey_by_credential(
    connection: AsyncConnection, center: str, credential: bytes
) -> tuple[Passkey, Person] | None:
    """That passkey and whose it is, in this center."""
    row = (await connection.execute(select(passkeys).where(passkeys.c.credential == credential))).first()
    if row is None:
        return None
    person = (
        await connection.execute(select(people).where(people.c.id == row.person, people.c.center == center))
    ).first()
    return None if person is None else (Passkey(**row._mapping), Person(**person._mapping))


async def passkey_used(
    connection: AsyncConnection, passkey: str, *, known: int, sign_count: int, at: float
) -> bool:
    """The device signed and counts `sign_count` now. False: meanwhile its count was no longer `known`."""
    done = await connection.execute(
        update(passkeys)
        .where(passkeys.c.id == passkey, passkeys.c.sign_count == known)
        .values(sign_count=sign_count, used_at=at)
    )
    return done.rowcount == 1


async def remove_passkey(connection: AsyncConnection, person: str, passkey: str) -> bool:
    """Whether there was such a passkey of this person; there is none now."""
    done = await connection.execute(delete(passkeys).where(passkeys.c.id == passkey, passkeys.c.person == person))
    return done.rowcount == 1


async def count_passkeys(connection: AsyncConnection, center: str) -> dict[str, int]:
    """How many passkeys each person of the center has who has one, by the person's id."""
    rows = await connection.execute(
        select(passkeys.c.person, func.count().label("many"))
        .join(people, people.c.id == passkeys.c.person)
        .where(people.c.center == center)
        .group_by(passkeys.c.person)
    )
    return {row.person: row.many for row in rows}


# --- codes of an app


async def enrol_totp(connection: AsyncConnection, center: str, person: str, sealed: bytes) -> bool:
    """Keep a secret that is still to be confirmed, instead of one that never was. False: one is confirmed."""
    done = await connection.execute(
        upsert(totp)
        .values(center=center, person=person, sealed=sealed, confirmed_at=None, last_step=0)
        .on_conflict_do_update(
            index_elements=["person"],
            set_={"sealed": sealed, "last_step": 0},
            where=totp.c.confirmed_at.is_(None),
        )
    )
    return done.rowcount == 1


async def totp_of(connection: AsyncConnection, person: str) -> Totp | None:
    """The person's secret, confirmed or not."""
    row = (await connection.execute(select(totp).where(totp.c.person == person))).first()
    if row is None:
        return None
    return Totp(sealed=row.sealed, confirmed=row.confirmed_at is not None, last_step=row.last_step)


async def with_totp(connection: AsyncConnection, center: str) -> set[str]:
    """The ids of those people of the center who have a confirmed one."""
    rows = await connection.execute(
        select(totp.c.person)
        .join(people, people.c.id == totp.c.person)
        .where(people.c.center == center, totp.c.confirmed_at.is_not(None))
    )
    return {row.person for row in rows}


async def use_step(connection: AsyncConnection, person: str, step: int) -> bool:
    """Use a time step up: whether neither it nor a later one was used before."""
    done = await connection.execute(
        update(totp).where(totp.c.person == person, totp.c.last_step < step).values(last_step=step)
    )
    return done.rowcount == 1


async def confirm_totp(connection: AsyncConnection, person: str, at: float) -> None:
    """From now on a password alone does not sign in."""
    await connection.execute(
        update(totp).where(totp.c.person == person, totp.c.confirmed_at.is_(None)).values(confirmed_at=at)
    )


async def remove_totp(connection: AsyncConnection, person: str) -> bool:
    """Whether there was one; there is none now."""
    return (await connection.execute(delete(totp).where(totp.c.person == person))).rowcount == 1


# --- one-time secrets


async def give_secret(connection: AsyncConnection, person: str, digest: bytes, expires_at: float) -> None:
    """A new one-time secret; one of before opens nothing any more."""
    values = {"digest": digest, "expires_at": expires_at}
    await connection.execute(
        upsert(one_time_secrets)
        .values(person=person, **values)
        .on_conflict_do_update(index_elements=["person"], set_=values)
    )


async def has_secret(connection: AsyncConnection, person: str, digest: bytes, at: float) -> bool:
    """Whether this is the person's secret and still counts."""
    found = await connection.execute(select(one_time_secrets.c.person).where(*_counts(person, digest, at)))
    return found.first() is not None


async def use_secret(connection: AsyncConnection, person: str, digest: bytes, at: float) -> bool:
    """Use it up: whether it was the person's and still counted."""
    done = await connection.execute(delete(one_time_secrets).where(*_counts(person, digest, at)))
    return done.rowcount == 1


def _counts(person: str, digest: bytes, at: float) -> tuple[ColumnElement[bool], ...]:
    c = one_time_secrets.c
    return c.person == person, c.digest == digest, c.expires_at > at


async def forget_old_secrets(connection: AsyncConnection, center: str, at: float) -> None:
    """Those that open nothing any more."""
    here = select(people.c.id).where(people.c.center == center)
    await connection.execute(
        delete(one_time_secrets).where(one_time_secrets.c.person.in_(here), one_time_secrets.c.expires_at <= at)
    )


async def reset(
    connection: AsyncConnection, person: str, digest: bytes, *, at: float, expires_at: float
) -> list[str]:
    """Only a new one-time secret lets this person in now; nothing of before does. The ids of sessions ended."""
    await set_password(connection, person, None)
    await connection.execute(delete(passkeys).where(passkeys.c.person == person))
    await remove_totp(connection, person)
    await give_secret(connection, person, digest, expires_at)
    return await end_sessions(connection, person, at)
