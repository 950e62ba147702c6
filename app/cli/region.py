"""`naranja region`: zones, roads and units of a center, out of files."""

import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from app.children.problem import ChildError
from app.children.roads import read_summary
from app.dispatch.commands import Refusal
from app.geo.files import RegionError
from app.geo.staffing import patrols_by_population, write_units
from app.region import Files, RowsRefused, bring_in
from app.service import roads_dir
from app.settings import Settings
from app.store import region as rows

from .center import database, desk, err, fail, out

app = typer.Typer(help="Zones, roads and units.", no_args_is_help=True)
REFUSED_SHOWN_MAX = 20


@app.command("import")
def import_region(
    zones: Annotated[Path | None, typer.Option(help="Polygons: GeoJSON, GeoPackage or shapefile.")] = None,
    roads: Annotated[Path | None, typer.Option(help="Streets: .osm.pbf, .osm or .osm.bz2.")] = None,
    units: Annotated[Path | None, typer.Option(help="Units: CSV.")] = None,
    id_field: Annotated[str | None, typer.Option(help="The field that identifies a zone.")] = None,
    name_field: Annotated[str | None, typer.Option(help="The field with a zone's name.")] = None,
    layer: Annotated[str | None, typer.Option(help="The layer of polygons, where a file has several.")] = None,
    skip_refused: Annotated[bool, typer.Option(help="Take the good rows although others are refused.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as JSON.")] = False,
) -> None:
    """Take these files, all or nothing. What is not given stays as it is; the same files again change nothing."""
    if zones is None and roads is None and units is None:
        fail("nothing_to_import", "Give --zones, --roads or --units.")
    try:
        files = Files(
            zones=zones,
            roads=roads,
            units=units,
            id_field=id_field,
            name_field=name_field,
            layer=layer,
            skip_refused=skip_refused,
        )
        summary = asyncio.run(_import(files))
    except RowsRefused as problem:
        _show(problem.summary, as_json=as_json)
        fail(problem.code, "Nothing was taken. Mend the refused rows, or leave them out with --skip-refused.")
    except RegionError as problem:
        fail(problem.code, str(problem))
    except (ChildError, Refusal) as problem:
        fail(problem.code, problem.sentence)
    _show(summary, as_json=as_json)


def _show(summary: dict[str, dict[str, Any]], *, as_json: bool) -> None:
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


async def _import(files: Files) -> dict[str, dict[str, Any]]:
    settings = Settings()
    columns = (TextColumn("{task.description:<24}"), BarColumn(), TimeElapsedColumn())
    async with database(settings) as found, desk(settings, found) as opened:
        with Progress(*columns, console=err, transient=True) as progress:
            task = progress.add_task("reading files", total=1.0)
            return await bring_in(
                files,
                settings,
                found,
                opened,
                lambda step, share: progress.update(task, description=step, completed=share),
            )


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
