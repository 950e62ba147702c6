"""The newest fix of each unit, written in batches, and read by what has changed. Not part of the log."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from .passing import MARKED
from .tables import positions


class Fix(NamedTuple):
    """Where a unit said it was; `at` is seconds since 1970 UTC by the service's clock or earlier."""

    unit: str
    lat: float
    lon: float
    accuracy_m: float | None
    at: float


_SAVE = text(f"""
{MARKED}
INSERT INTO positions (center, unit, lat, lon, accuracy_m, at, process, change)
SELECT :center, u, la, lo, m, a, :process, mark.change
FROM mark, unnest(
  CAST(:units AS text[]), CAST(:lats AS float8[]), CAST(:lons AS float8[]), CAST(:accuracies AS float8[]),
  CAST(:ats AS float8[])
) AS t(u, la, lo, m, a)
ON CONFLICT (center, unit) DO UPDATE
SET lat = excluded.lat, lon = excluded.lon, accuracy_m = excluded.accuracy_m, at = excluded.at,
  process = excluded.process, change = excluded.change
WHERE excluded.at > positions.at""")  # noqa: S608


async def save(connection: AsyncConnection, center: str, process: str, fixes: Sequence[Fix]) -> None:
    """Keep these fixes where they are newer than what is kept; at most one a unit. One statement."""
    if not fixes:
        return
    values = {
        "center": center,
        "process": process,
        # The tables know no epoch yet: this process names it.
        "epoch": process,
        "units": [fix.unit for fix in fixes],
        "lats": [fix.lat for fix in fixes],
        "lons": [fix.lon for fix in fixes],
        "accuracies": [fix.accuracy_m for fix in fixes],
        "ats": [fix.at for fix in fixes],
    }
    await connection.execute(_SAVE, values)


async def forget(connection: AsyncConnection, center: str, units: Collection[str]) -> None:
    """Keep nothing of where these units were."""
    if units:
        await connection.execute(
            delete(positions).where(positions.c.center == center, positions.c.unit.in_(sorted(units)))
        )


async def changed(
    connection: AsyncConnection, center: str, after: int, *, beside: str = "", since: float = 0.0
) -> tuple[list[Fix], int]:
    """What changed after the change `after`, by other processes than `beside`, of fixes from after `since`.

    With the number to go on from.
    """
    found = await connection.execute(
        select(positions)
        .where(
            positions.c.center == center,
            positions.c.change > after,
            positions.c.process != beside,
            positions.c.at > since,
        )
        .order_by(positions.c.unit)
    )
    rows = found.all()
    fixes = [Fix(unit=row.unit, lat=row.lat, lon=row.lon, accuracy_m=row.accuracy_m, at=row.at) for row in rows]
    return fixes, max((row.change for row in rows), default=after)
