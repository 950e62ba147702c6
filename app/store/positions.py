"""The newest fix of each unit, written in batches and read back after a restart. Not part of the log."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from .tables import positions


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """Where a unit said it was; `at` is seconds since 1970 UTC by the service's clock or earlier."""

    unit: str
    lat: float
    lon: float
    accuracy_m: float | None
    at: float


async def save(connection: AsyncConnection, center: str, fixes: Sequence[Fix]) -> None:
    """Keep these fixes where they are newer than what is kept; at most one a unit."""
    if not fixes:
        return
    statement = insert(positions)
    statement = statement.on_conflict_do_update(
        index_elements=[positions.c.center, positions.c.unit],
        set_={name: statement.excluded[name] for name in ("lat", "lon", "accuracy_m", "at")},
        where=statement.excluded.at > positions.c.at,
    )
    await connection.execute(
        statement,
        [
            {
                "center": center,
                "unit": fix.unit,
                "lat": fix.lat,
                "lon": fix.lon,
                "accuracy_m": fix.accuracy_m,
                "at": fix.at,
            }
            for fix in fixes
        ],
    )


async def forget(connection: AsyncConnection, center: str, units: Collection[str]) -> None:
    """Keep nothing of where these units were."""
    if units:
        await connection.execute(
            delete(positions).where(positions.c.center == center, positions.c.unit.in_(sorted(units)))
        )


async def newest(connection: AsyncConnection, center: str, after: float) -> list[Fix]:
    """Every fix kept from after `after` (seconds since 1970 UTC)."""
    rows = await connection.execute(
        select(positions).where(positions.c.center == center, positions.c.at > after).order_by(positions.c.unit)
    )
    return [Fix(unit=row.unit, lat=row.lat, lon=row.lon, accuracy_m=row.accuracy_m, at=row.at) for row in rows]
