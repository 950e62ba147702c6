"""`naranja region`: zones, roads and units of a center, out of files."""

import asyncio
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import msgspec
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from app.children.problem import ChildError
from app.children.roads import RoadsSummary, prepare_roads, read_summary
from app.desk import Desk
from app.dispatch.commands import ListUnits, Refusal, UnitFacts
from app.dispatch.model import Institution
from app.geo.point import Point
from app.geo.region import Refused, RegionError, UnitRow, UnitsRead, ZonesRead, read_units, read_zones
from app.geo.staffing import patrols_by_population, write_units
from app.geo.zones import Zones
from app.security.sealing import Sealer
from app.service import roads_dir, sealer_of
from app.settings import Settings
from app.store import region as rows
from app.store.rows import PlaceRow, RegionRows
from app.store.session import Database

from .center import database, desk, err, fail, out

app = typer.Typer(help="Zones, roads and units.", no_args_is_help=True)
REFUSED_SHOWN_MAX = 20
STATION = "station"
"""Label under which the true place of a sealed unit is sealed."""


@app.command("import")
def import_region(
    zones: Annotated[Path | None, typer.Option(help="Polygons: GeoJSON, GeoPackage or shapefile.")] = None,
    roads: Annotated[Path | None, typer.Option(help="Streets: .osm.pbf, .osm or .osm.bz2.")] = None,
    units: Annotated[Path | None, typer.Option(help="Units: CSV.")] = None,
    id_field: Annotated[str | None, typer.Option(help="The field that identifies a zone.")] = None,
    name_field: Annotated[str | None, typer.Option(help="The field with a zone's name.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as JSON.")] = False,
) -> None:
    """Take these files, all or nothing. What is not given stays as it is; the same files again change nothing."""
    if zones is None and roads is None and units is None:
        fail("nothing_to_import", "Give --zones, --roads or --units.")
    try:
        summary = asyncio.run(_import(Settings(), zones, roads, units, id_field, name_field))
    except RegionError as problem:
        fail(problem.code, str(problem))
    except (ChildError, Refusal) as problem:
        fail(problem.code, problem.sentence)
    if as_json:
        sys.stdout.write(msgspec.json.encode(summary).decode() + "\n")
        return
    for what, found in summary.items():
        out.print(
            f"[bold]{what}[/]", ", ".join(f"{name} {value}" for name, value in found.items() if name != "refused")
        )
        _show_refused(found.get("refused", []))


def _show_refused(refused: Sequence[dict[str, Any]]) -> None:
    if not refused:
        return
    table = Table("row", "code", "why", title=f"{len(refused)} refused")
    for one in refused[:REFUSED_SHOWN_MAX]:
        table.add_row(str(one["row"]), one["code"], one["reason"])
    out.print(table)
    if len(refused) > REFUSED_SHOWN_MAX:
        out.print(f"and {len(refused) - REFUSED_SHOWN_MAX} more (--json lists all)")


async def _import(
    settings: Settings,
    zones_file: Path | None,
    roads_file: Path | None,
    units_file: Path | None,
    id_field: str | None,
    name_field: str | None,
) -> dict[str, dict[str, Any]]:
    """1. Read and check every file. 2. Make the roads beside the old ones. 3. One commit. 4. Swap the roads."""
    summary: dict[str, dict[str, Any]] = {}
    read = await asyncio.to_thread(read_zones, zones_file, id_field, name_field) if zones_file else None
    async with database(settings) as found, desk(settings, found) as opened:
        async with found.transaction() as connection:
            zones = Zones(read.zones) if read else await rows.load_zones(connection, settings.center)
        units = await asyncio.to_thread(read_units, units_file, zones) if units_file else None
        if read:
            summary["zones"] = _zones_summary(read)
        if units:
            summary["units"] = _units_summary(units)
        if roads_file:
            summary["roads"] = _roads_summary(await _prepare(settings, roads_file))
        if read or units:
            listed = (
                units.units if units else await _known_units(found, opened, sealer_of(settings), settings, zones)
            )
            await _commit(opened, sealer_of(settings), zones, listed, summary)
    if roads_file:
        _swap(settings)
    return summary


async def _commit(
    opened: Desk, sealer: Sealer, zones: Zones, units: Sequence[UnitRow], summary: dict[str, dict[str, Any]]
) -> None:
    """Zones, units and stations in one commit, by the same door as everything else."""
    command = ListUnits(id=str(uuid4()), by="region import", units=tuple(_facts(unit) for unit in units))
    places = tuple(_place(unit, zones, sealer) for unit in units)
    shapes = tuple((zone.id, zone.name, zone.wkb) for zone in zones)
    await opened.perform(command, region=RegionRows(places=places, zones=shapes, summary=summary))


def _facts(unit: UnitRow) -> UnitFacts:
    return UnitFacts(
        code=unit.code,
        institution=Institution(unit.institution),
        agency=unit.agency,
        zone=unit.zone,
        capacity=unit.capacity,
        capabilities=frozenset(unit.capabilities),
        sealed=unit.sealed,
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


async def _known_units(
    found: Database, opened: Desk, sealer: Sealer, settings: Settings, zones: Zones
) -> list[UnitRow]:
    """The units there are, placed in the new zones."""
    async with found.transaction() as connection:
        places = await rows.unit_places(connection, settings.center)
    known = []
    for code, unit in sorted((await opened.board()).units.items()):
        row = places[code]
        place = Point(row.lat, row.lon)
        if row.sealed is not None:
            truth = msgspec.json.decode(sealer.open_own(STATION, code, row.sealed))
            place = Point(truth["lat"], truth["lon"])
        known.append(
            UnitRow(
                code=code,
                institution=unit.institution.value,
                agency=unit.agency,
                place=place,
                capacity=len(unit.slots),
                capabilities=tuple(sorted(unit.capabilities)),
                sealed=unit.sealed,
                zone=zones.find(place).zone,
            )
        )
    return known


async def _prepare(settings: Settings, source: Path) -> RoadsSummary:
    columns = (TextColumn("{task.description:<24}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("roads", total=1.0)
        return await prepare_roads(
            source,
            _next(settings),
            lambda step, share: progress.update(task, description=step, completed=share),
        )


def _next(settings: Settings) -> Path:
    return roads_dir(settings).with_name("roads-next")


def _swap(settings: Settings) -> None:
    """Put the new roads in the place of the old; a running service uses them after its next start."""
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


@app.command()
def show() -> None:
    """What the center stands on: zones, units, roads, the last import."""

    async def work() -> None:
        settings = Settings()
        async with database(settings) as found:
            async with found.transaction() as connection:
                zones = await rows.load_zones(connection, settings.center)
                last = await rows.last_import(connection, settings.center)
            async with desk(settings, found) as opened:
                board = await opened.board()
        kinds = Counter(unit.institution.value for unit in board.units.values())
        roads = read_summary(roads_dir(settings))
        out.print(f"[bold]center[/] {settings.center}")
        out.print(f"[bold]zones[/] {len(zones)}")
        out.print(
            f"[bold]units[/] {len(board.units)}", ", ".join(f"{kind} {n}" for kind, n in sorted(kinds.items()))
        )
        out.print(f"[bold]roads[/] {roads.source}, {roads.nodes} nodes" if roads else "[bold]roads[/] none")
        out.print("[bold]last import[/]", last or "never")

    asyncio.run(work())


@app.command()
def staff(
    zones: Annotated[Path, typer.Option(help="Polygons with a column of population.")],
    to: Annotated[Path, typer.Option("--out", help="The CSV to write, for `region import --units`.")],
    patrols: Annotated[int, typer.Option(help="Patrols, shared out by population.")] = 100,
    prosecutors: Annotated[int, typer.Option(help="Prosecutors on call.")] = 8,
    shelters: Annotated[int, typer.Option(help="Sealed shelters.")] = 4,
    field: Annotated[str, typer.Option(help="The column with the population.")] = "poblacion",
    seed: Annotated[int, typer.Option(help="Draws the points inside the zones.")] = 1,
) -> None:
    """Make a plausible list of units for zones whose real one is not at hand: patrols by population."""
    try:
        made = patrols_by_population(
            zones, field, patrols=patrols, prosecutors=prosecutors, shelters=shelters, seed=seed
        )
        write_units(to, made)
    except RegionError as problem:
        fail(problem.code, str(problem))
    out.print(f"{len(made)} units written to {to}")
