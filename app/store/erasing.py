"""Erasing an alert's personal data by forgetting its key, and the holds that forbid it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Text, cast, delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from .tables import alert_keys, alerts, household_alerts, households, legal_holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How it stands with an alert's personal data. Times are seconds since 1970 UTC.

    `on_board` is true while the alert is open, or a unit still has something of it.
    """

    state: str
    on_board: bool
    erased_at: float | None
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An alert that may not be erased: since when (seconds since 1970 UTC), and why."""

    folio: str
    at: float
    reason: str


async def locked(connection: AsyncConnection, center: str, alert: str) -> Kept | None:
    """How it stands, unchanged by others until this transaction ends; None where there is no such alert."""
    query = (
        select(alerts.c.state, alerts.c.on_board, alert_keys.c.erased_at)
        .join(alert_keys, alert_keys.c.alert == alerts.c.id)
        .where(alerts.c.center == center, alerts.c.id == alert)
        .with_for_update()
    )
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    held = await connection.scalar(select(exists().where(legal_holds.c.alert == alert)))
    return Kept(state=row.state, on_board=row.on_board, erased_at=row.erased_at, held=bool(held))


async def erase(connection: AsyncConnection, center: str, alert: str, at: float) -> None:
    """Forget the alert's key, and the names of its households where they had no other alert."""
    await connection.execute(
        update(alert_keys).where(alert_keys.c.alert == alert).values(wrapped=None, erased_at=at)
    )
    gone = await connection.execute(
        delete(household_alerts)
        .where(household_alerts.c.center == center, household_alerts.c.alert == alert)
        .returning(household_alerts.c.token)
    )
    names = [row.token for row in gone]
    others = exists().where(household_alerts.c.center == center, household_alerts.c.token == households.c.token)
    await connection.execute(
        delete(households).where(households.c.center == center, households.c.token.in_(names), ~others)
    )


async def hold(connection: AsyncConnection, center: str, alert: str, *, at: float, by: str, reason: str) -> bool:
    """Hold the alert; False if it was held already."""
    done = await connection.execute(
        insert(legal_holds)
        .values(alert=alert, center=center, at=at, by=by, reason=reason)
        .on_conflict_do_nothing()
    )
    return done.rowcount == 1


async def release(connection: AsyncConnection, center: str, alert: str) -> bool:
    """End the hold; False if there was none."""
    done = await connection.execute(
        delete(legal_holds).where(legal_holds.c.center == center, legal_holds.c.alert == alert)
    )
    return done.rowcount == 1


async def held(connection: AsyncConnection, center: str) -> list[Held]:
    """Every held alert of the center, the longest held first."""
    rows = await connection.execute(
        select(alerts.c.folio, legal_holds.c.at, legal_holds.c.reason)
        .join(alerts, alerts.c.id == legal_holds.c.alert)
        .where(legal_holds.c.center == center)
        .order_by(legal_holds.c.at, alerts.c.folio)
    )
    return [Held(**row._mapping) for row in rows]


async def by_folio(connection: AsyncConnection, center: str, folio: str) -> str | None:
    """The id of the alert with this folio, or with this id."""
    named = (alerts.c.folio == folio) | (cast(alerts.c.id, Text) == folio)
    found: str | None = await connection.scalar(select(alerts.c.id).where(alerts.c.center == center, named))
    return found


async def folios(connection: AsyncConnection, center: str, ids: list[str]) -> Mapping[str, str]:
    """The folio of each of these alerts."""
    rows = await connection.execute(
        select(alerts.c.id, alerts.c.folio).where(alerts.c.center == center, alerts.c.id.in_(ids))
    )
    return {row.id: row.folio for row in rows}
