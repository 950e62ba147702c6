"""Households by keyed hash: what a hash is called on the board, and which alerts were raised under that name."""

from collections.abc import Collection, Sequence
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from .tables import alerts, household_alerts, households


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
