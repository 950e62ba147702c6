"""What is held about one household: its alerts, and who looked at them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Text, cast, select
from sqlalchemy.ext.asyncio import AsyncConnection

from .tables import alerts, audit, household_alerts, households, people


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Somebody was shown something of an alert, at that time (seconds since 1970 UTC).

    `role` is None of the service itself and of accounts that are not there any more.
    """

    at: float
    what: str
    role: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAlert:
    """An alert of the household."""

    id: str
    folio: str
    state: str
    raised_at: float


async def held_alerts(connection: AsyncConnection, center: str, hashes: Collection[bytes]) -> list[HeldAlert]:
    """The alerts of the households with these keyed hashes, oldest first. Erased ones have no household."""
    rows = await connection.execute(
        select(alerts.c.id, alerts.c.folio, alerts.c.state, alerts.c.raised_at)
        .join(household_alerts, household_alerts.c.alert == alerts.c.id)
        .join(households, households.c.token == household_alerts.c.token)
        .where(households.c.center == center, households.c.hash.in_(list(hashes)), alerts.c.center == center)
        .distinct()
        .order_by(alerts.c.raised_at, alerts.c.id)
    )
    return [HeldAlert(**row._mapping) for row in rows]


async def looks(connection: AsyncConnection, center: str, alert: str) -> Sequence[Looked]:
    """Everything that is written down of who was shown this alert, oldest first."""
    rows = await connection.execute(
        select(audit.c.at, audit.c.what, people.c.role)
        .outerjoin(people, cast(people.c.id, Text) == audit.c.by)
        .where(audit.c.center == center, audit.c.alert == alert)
        .order_by(audit.c.seq)
    )
    return [Looked(**row._mapping) for row in rows]
