"""Bringing a region in: zones, roads and units out of files, read and checked whole, then one commit."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec

from app.children.roads import RoadsSummary, prepare_roads
from app.children.tiles import make_tiles
from app.desk import Desk
from app.dispatch.commands import ListUnits, UnitFacts
from app.dispatch.model import Institution
from app.geo.basemap import write_features
from app.geo.files import Refused
from app.geo.point import Point
from app.geo.unit_files import UnitRow, UnitsRead, read_units
from app.geo.zone_files import ZonesRead, read_zones
from app.geo.zones import Zones
from app.security.sealing import Sealer
from app.service import STREETS, roads_dir, sealer_of
from app.settings import Settings
from app.store import region as rows
from app.store.own import STATION
from app.store.rows import PlaceRow, RegionRows
from app.store.session import Database

Progress = Callable[[str, float], None]
"""Hears a step and the share of the work done, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What to bring in; what is None stays as it is."""

    zones: Path | None = None
    roads: Path | None = None
    units: Path | None = None
    id_field: str | None = None
    name_field: str | None = None
    layer: str | None = None
    skip_refused: bool = False


class RowsRefused(Exception):
    """Rows were refused, so nothing was taken: a unit left out by a slip of the pen would be retired."""

    code = "rows_refused"

    def __init__(self, summary: dict[str, dict[str, Any]]) -> None:
        super().__init__("rows were refused")
        self.summary = summary


def _silent(_step: str, _share: float) -> None:
    """Nobody watches."""


async def bring_in(
    files: Files, settings: Settings, found: Database, desk: Desk, progress: Progress = _silent
) -> dict[str, dict[str, Any]]:
    """Take these files, all or nothing, and say what was taken and what was refused and why.

    1. Read and check every file. 2. Make the roads beside the old ones. 3. One commit. 4. Swap the roads.
    The same files again change nothing. Raises RegionError, RowsRefused, RoadsRefused, Refusal or NotSaved.
    """
    summary: dict[str, dict[str, Any]] = {}
    read = None
    if files.zones is not None:
        read = await asyncio.to_thread(
            read_zones, files.zones, files.id_field, files.name_field, layer=files.layer
        )
        summary["zones"] = _zones_summary(read)
    async with found.transaction() as connection:
        zones = Zones(read.zones) if read else await rows.load_zones(connection, settings.center)
    units = None
    if files.units is not None:
        units = await asyncio.to_thread(read_units, files.units, zones)
        summary["units"] = _units_summary(units)
    if not files.skip_refused and any(found["refused"] for found in summary.values()):
        raise RowsRefused(summary)
    if files.roads is not None:
        summary["roads"] = _roads_summary(await prepare_roads(files.roads, _next(settings), progress))
        summary["basemap"] = await _draw(files.roads, _next(settings), progress)
    if read or units:
        sealer = await sealer_of(settings, found, desk.now())
        listed = units.units if units else await true_units(settings, desk, found, zones)
        await _commit(desk, sealer, zones, listed, summary)
    if files.roads is not None:
        await asyncio.to_thread(_swap, settings)
        async with found.transaction() as connection:
            await rows.ring(connection, settings.center)
    return summary


async def listed_units(settings: Settings, found: Database, desk: Desk) -> list[UnitRow]:
    """The center's units at the places everybody may know: a sealed one at its zone's inner point."""
    async with found.transaction() as connection:
        places = await rows.unit_places(connection, settings.center)
    return [
        UnitRow(
            code=code,
            institution=unit.institution.value,
            agency=unit.agency,
            place=Point(places[code].lat, places[code].lon),
            capacity=len(unit.slots),
            capabilities=tuple(sorted(unit.capabilities)),
            sealed=unit.sealed,
            zone=unit.zone,
            children_max=unit.children_max,
        )
        for code, unit in sorted((await desk.board()).units.items())
    ]


async def true_units(settings: Settings, desk: Desk, found: Database, zones: Zones) -> list[UnitRow]:
    """The center's units at their true places, in these zones."""
    sealer = await sealer_of(settings, found, desk.now())
    async with found.transaction() as connection:
        places = await rows.unit_places(connection, settings.center)
    units = []
    for unit in await listed_units(settings, found, desk):
        sealed, place = places[unit.code].sealed, unit.place
        if sealed is not None:
            truth = msgspec.json.decode(sealer.open_own(STATION, unit.code, sealed))
            place = Point(truth["lat"], truth["lon"])
        units.append(replace(unit, place=place, zone=zones.find(place).zone))
    return units


async def copy_region(found: Database, source: tuple[Settings, Desk], target: tuple[Settings, Desk]) -> None:
    """Give the target center the source's zones and units, sealed places sealed anew with its own key."""
    async with found.transaction() as connection:
        zones = await rows.load_zones(connection, source[0].center)
    units = await true_units(source[0], source[1], found, zones)
    sealer = await sealer_of(target[0], found, target[1].now())
    await _commit(target[1], sealer, zones, units, {"copied": {"from": source[0].center}})


async def _commit(
    desk: Desk, sealer: Sealer, zones: Zones, units: Sequence[UnitRow], summary: dict[str, dict[str, Any]]
) -> None:
    """Zones, units and stations in one commit, by the same door as everything else."""
    command = ListUnits(id=str(uuid4()), by="region import", units=tuple(_facts(unit) for unit in units))
    places = tuple(_place(unit, zones, sealer) for unit in units)
    shapes = tuple((zone.id, zone.name, zone.wkb) for zone in zones)
    await desk.perform(command, region=RegionRows(places=places, zones=shapes, summary=summary))


def _facts(unit: UnitRow) -> UnitFacts:
    return UnitFacts(
        code=unit.code,
        institution=Institution(unit.institution),
        agency=unit.agency,
        zone=unit.zone,
        capacity=unit.capacity,
        capabilities=frozenset(unit.capabilities),
        sealed=unit.sealed,
        children_max=unit.children_max,
    )


def _place(unit: UnitRow, zones: Zones, sealer: Sealer) -> PlaceRow:
    """Where a unit's station is. Of a sealed one everybody but the sealed row knows its zone's inner point."""
    if not unit.sealed:
        return PlaceRow(unit=unit.code, lat=unit.place.lat, lon=unit.place.lon)
    truth = msgspec.json.encode({"lat": unit.place.lat, "lon": unit.place.lon})
    shown = zones.inner_point(unit.zone)
    return PlaceRow(
        unit=unit.code, lat=shown.lat, lon=shown.lon, sealed=sealer.seal_own(STATION, unit.code, truth)
    )


async def _draw(source: Path, folder: Path, progress: Progress) -> dict[str, Any]:
    """The map that is shown, beside the roads it was made of: both are swapped in together."""
    progress("drawing the map", 0.95)
    features = folder / "features.geojsonl"
    try:
        drawn = await asyncio.to_thread(write_features, source, features, folder / STREETS)
        made = await make_tiles(features, folder)
    finally:
        features.unlink(missing_ok=True)
    return {**asdict(drawn), "bytes": made.stat().st_size}


def _next(settings: Settings) -> Path:
    return roads_dir(settings).with_name("roads-next")


def _swap(settings: Settings) -> None:
    """Put the new roads in the place of the old."""
    current, old = roads_dir(settings), roads_dir(settings).with_name("roads-old")
    shutil.rmtree(old, ignore_errors=True)
    if current.exists():
        current.rename(old)
    _next(settings).rename(current)
    shutil.rmtree(old, ignore_errors=True)


def _zones_summary(read: ZonesRead) -> dict[str, Any]:
    return {
        "taken": len(read.zones),
        "repaired": read.repaired,
        "misfits": read.misfits,
        "id_field": read.id_field,
        "name_field": read.name_field,
        "notes": "; ".join(read.notes) or "none",
        "refused": _refused(read.refused),
    }


def _units_summary(read: UnitsRead) -> dict[str, Any]:
    kinds = Counter(unit.institution for unit in read.units)
    return {"taken": len(read.units), **dict(sorted(kinds.items())), "refused": _refused(read.refused)}


def _roads_summary(made: RoadsSummary) -> dict[str, Any]:
    return {
        "source": made.source,
        "sha256": made.sha256,
        "nodes": made.nodes,
        "edges": made.edges,
        "seconds": round(made.seconds, 1),
    }


def _refused(refused: Sequence[Refused]) -> list[dict[str, Any]]:
    return [{"row": one.row, "code": one.code, "reason": one.reason} for one in refused]
