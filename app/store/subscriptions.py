"""Where devices hear web push: one for each session, sealed, gone with it."""

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from .tables import people, push_subscriptions, sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One device of one person that wants to be told. What is sealed opens for its session only."""

    session: str
    person: str
    login: str
    sealed: bytes


async def keep(connection: AsyncConnection, center: str, session: str, sealed: bytes, at: float) -> bool:
    """This session's device is told there from now on, and nowhere else. False: the session has ended."""
    # The row is locked: a session that ends meanwhile does so before or after, and takes this along.
    stands = await connection.execute(
        select(sessions.c.id).where(sessions.c.id == session, sessions.c.ended_at.is_(None)).with_for_update()
    )
    if stands.first() is None:
        return False
    values = {"sealed": sealed, "made_at": at}
    await connection.execute(
        upsert(push_subscriptions)
        .values(center=center, session=session, **values)
        .on_conflict_do_update(index_elements=["session"], set_=values)
    )
    return True


async def remove(connection: AsyncConnection, session: str) -> None:
    """This session's device is told nothing any more."""
    await connection.execute(delete(push_subscriptions).where(push_subscriptions.c.session == session))


async def forget(connection: AsyncConnection, session: str, sealed: bytes) -> None:
    """The same, if it is still that one: the device may hear elsewhere by now."""
    await connection.execute(
        delete(push_subscriptions).where(
            push_subscriptions.c.session == session, push_subscriptions.c.sealed == sealed
        )
    )


async def live_of_unit(
    connection: AsyncConnection, center: str, unit: str, *, opened_after: float, seen_after: float
) -> list[Subscription]:
    """Those of a unit's people whose session stands and who are not shut out."""
    rows = await connection.execute(
        select(
            push_subscriptions.c.session, push_subscriptions.c.sealed, people.c.id.label("person"), people.c.login
        )
        .join(sessions, sessions.c.id == push_subscriptions.c.session)
        .join(people, people.c.id == sessions.c.person)
        .where(
            people.c.center == center,
            people.c.unit == unit,
            people.c.disabled.is_(False),
            sessions.c.ended_at.is_(None),
            sessions.c.opened_at > opened_after,
            sessions.c.seen_at > seen_after,
        )
        .order_by(push_subscriptions.c.session)
    )
    return [
        Subscription(session=row.session, person=row.person, login=row.login, sealed=row.sealed) for row in rows
    ]
