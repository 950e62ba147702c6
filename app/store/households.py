"""Households by keyed hash: what a hash is called on the board, which alerts had that name, whose home it is."""

from collections.abc import Collection, Sequence
from uuid import uuid4

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from .tables import alerts, household_alerts, households, staff_households


async def tokens(connection: AsyncConnection, center: str, hashes: Sequence[bytes]) -> frozenset[str]:
    """The random name of each of these hashes, made where there is none. Give them sorted: two calls at the same
    moment then wait for each other in one order only."""
    fresh = [{"center": center, "hash": each, "token": str(uuid4())} for each in hashes]
    await connection.execute(insert(households).values(fresh).on_conflict_do_nothing())
    found = await connection.execute(
        select(households.c.token).where(households.c.center == center, households.c.hash.in_(hashes))
    )
    return frozenset(row.token for row in found)


async def history(connection: AsyncConnection, center: str, names: Collection[str], since: float) -> int:
    """How many alerts these households had since then (seconds since 1970 UTC).

    An open one is not history yet, and one that was merged is counted with the alert it was merged into.
    """
    found = await connection.execute(
        select(func.count(household_alerts.c.alert.distinct()))
        .join(alerts, alerts.c.id == household_alerts.c.alert)
        .where(
            household_alerts.c.center == center,
            household_alerts.c.token.in_(list(names)),
            household_alerts.c.raised_at > since,
            alerts.c.state.not_in(["open", "merged"]),
        )
    )
    return found.scalar_one()


async def set_staff(connection: AsyncConnection, center: str, person: str, hashes: Collection[bytes]) -> None:
    """These are the person's own telephones and addresses now, and no others."""
    own = (staff_households.c.center == center) & (staff_households.c.person == person)
    await connection.execute(delete(staff_households).where(own))
    if hashes:
        rows = [{"center": center, "person": person, "hash": each} for each in sorted(set(hashes))]
        await connection.execute(insert(staff_households).values(rows))


async def staff_of(
    connection: AsyncConnection, center: str, of_alerts: Collection[str]
) -> dict[str, frozenset[str]]:
    """Alert -> the people of the center whose telephone or address one of its calls was from; none: left out."""
    found = await connection.execute(
        select(household_alerts.c.alert, staff_households.c.person)
        .join(
            households,
            (households.c.center == household_alerts.c.center) & (households.c.token == household_alerts.c.token),
        )
        .join(
            staff_households,
            (staff_households.c.center == households.c.center) & (staff_households.c.hash == households.c.hash),
        )
        .where(household_alerts.c.center == center, household_alerts.c.alert.in_(list(of_alerts)))
    )
    whose: dict[str, set[str]] = {}
    for row in found:
        whose.setdefault(row.alert, set()).add(row.person)
    return {alert: frozenset(people) for alert, people in whose.items()}
