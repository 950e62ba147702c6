"""The center, its zones and where its units' stations are."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.dispatch.model import Institution
from app.geo.zones import Zone, Zones

from . import audit
from .commit import BELL
from .log import REGION
from .rows import PlaceRow
from .tables import centers, regions, units, zones
from .tables import unit_places as unit_places_table


async def ensure_center(connection: AsyncConnection, center: str, name: str, prefix: str) -> None:
    """Make the center if it is not there; an existing one is left as it is."""
    await connection.execute(
        upsert(centers).values(id=center, name=name, folio_prefix=prefix).on_conflict_do_nothing()
    )
    await audit.begin(connection, center)


async def ring(connection: AsyncConnection, center: str) -> None:
    """Tell running services that the region has changed."""
    await connection.execute(select(func.pg_notify(BELL, f"{center}:{REGION}")))


async def load_zones(connection: AsyncConnection, center: str) -> Zones:
    """The center's zones; empty when none were imported."""
    rows = await connection.execute(select(zones).where(zones.c.center == center).order_by(zones.c.id))
    return Zones([Zone.from_wkb(row.id, row.name, row.shape) for row in rows])


async def unit_places(connection: AsyncConnection, center: str) -> dict[str, PlaceRow]:
    """Where each listed unit's station is; for a sealed one its zone's inner point, and the truth sealed."""
    rows = await connection.execute(
        select(
            unit_places_table.c.unit, unit_places_table.c.lat, unit_places_table.c.lon, unit_places_table.c.sealed
        )
        .join(
            units,
            (units.c.center == unit_places_table.c.center) & (units.c.code == unit_places_table.c.unit),
        )
        .where(unit_places_table.c.center == center, units.c.listed)
    )
    return {row.unit: PlaceRow(unit=row.unit, lat=row.lat, lon=row.lon, sealed=row.sealed) for row in rows}


async def institution_of(connection: AsyncConnection, center: str, unit: str) -> Institution | None:
    """What kind of help a unit is, or None where no such unit is known."""
    found = await connection.execute(
        select(units.c.body["institution"].astext).where(units.c.center == center, units.c.code == unit)
    )
    told = found.scalar_one_or_none()
    return None if told is None else Institution(told)


async def last_import(connection: AsyncConnection, center: str) -> dict[str, Any] | None:
    """When and what the last import took and refused, or None when there was none."""
    row = (await connection.execute(select(regions).where(regions.c.center == center))).first()
    return {"imported_at": row.imported_at, **row.summary} if row else None
