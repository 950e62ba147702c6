"""`naranja chaos`: faults against the real system on this machine, and what was promised compared with what is."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import msgspec
import typer

from app.clock import SystemClock
from app.geo.unit_files import read_units
from app.geo.zone_files import read_zones
from app.geo.zones import Zones
from app.region import Files, bring_in
from app.settings import Settings
from chaos.figures import kills_figures, machine
from chaos.kills import kills
from chaos.system import Ground
from simulator.city import make_city

from .center import database, desk, err, out
from .players import sign_everybody_in


def chaos(
    kill: Annotated[
        int, typer.Option("--kills", min=0, help="Kill so often: services, PostgreSQL, back-ends.")
    ] = 0,
    services: Annotated[int, typer.Option(min=1, help="Service processes.")] = 3,
    per_s: Annotated[float, typer.Option(help="Alerts raised a second meanwhile.")] = 2.0,
    seed: Annotated[int, typer.Option(help="Draws the city, the calls and what is killed.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
) -> None:
    """Break a system of its own under load, in a folder that is gone afterwards. Ends with 1 if a promise is broken."""
    with TemporaryDirectory(prefix="naranja-chaos-") as folder:
        figures = asyncio.run(_run(Path(folder), kill, services, per_s, seed))
    _show(figures, as_json)
    if not figures["sound"]:
        raise typer.Exit(1)


async def _run(folder: Path, kill: int, services: int, per_s: float, seed: int) -> dict[str, Any]:
    ground = await prepare(folder, seed)
    result = await kills(ground, folder, kill, services=services, seed=seed, per_s=per_s)
    return {**machine(), **kills_figures(result)}


async def prepare(folder: Path, seed: int) -> Ground:
    """A center in `folder` with an invented city, its roads, and everybody signed in; nothing runs afterwards."""
    settings = Settings(data_dir=folder / "data", database_url=None, osrm_url=None, master_key_file=None)
    settings = settings.model_copy(update={"master_key": None, "master_key_command": None})
    err.print(f"making a city (seed {seed}) and its roads", highlight=False)
    city = await asyncio.to_thread(make_city, folder / "city", seed, "dense")
    units = read_units(city.units, Zones(read_zones(city.zones).zones)).units
    async with database(settings) as found:
        async with desk(settings, found) as opened:
            await bring_in(Files(zones=city.zones, roads=city.osm, units=city.units), settings, found, opened)
        tokens = await sign_everybody_in(settings, found, units, SystemClock())
    return Ground(data=settings.data_dir, city=city, units=units, tokens=tokens)


def _show(figures: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(figures).decode() + "\n")
        return
    for name, value in figures.items():
        out.print(f"{name:>40}  {value}", highlight=False)
