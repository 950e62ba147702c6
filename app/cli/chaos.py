"""`naranja chaos`: faults against the real system on this machine, and what was promised compared with what is."""

import asyncio
import shutil
import sys
import traceback
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated, Any, TypedDict

import msgspec
import typer

from app.clock import SystemClock
from app.geo.unit_files import read_units
from app.geo.zone_files import read_zones
from app.geo.zones import Zones
from app.region import Files, bring_in
from app.settings import Settings
from chaos.figures import (
    kills_figures,
    machine,
    messages_figures,
    phones_figures,
    promotions_figures,
    troubles_figures,
)
from chaos.kills import kills
from chaos.messages import messages
from chaos.phones import phones
from chaos.promotions import promotions
from chaos.system import Ground
from chaos.troubles import Trouble, small_disk, troubles
from simulator.city import make_city

from .center import database, desk, err, fail, out
from .players import sign_everybody_in

Figures = dict[str, Any]
Run = Callable[[Ground, Path], Awaitable[Figures]]
"""One run in a folder of its own, in which a center was made."""


class Load(TypedDict):
    """What every run is told."""

    services: int
    seed: int


def chaos(
    kill: Annotated[
        int, typer.Option("--kills", min=0, help="Kill services, PostgreSQL, back-ends so often.")
    ] = 0,
    promote: Annotated[int, typer.Option(min=0, help="Lose the primary so often; its standby is promoted.")] = 0,
    message: Annotated[int, typer.Option("--messages", min=0, help="Commands through a line that loses.")] = 0,
    phone: Annotated[int, typer.Option("--phones", min=0, help="Cut and swallow the lines of so many.")] = 0,
    disk_full: Annotated[int, typer.Option(min=0, help="Fill the database's disk so often.")] = 0,
    locked: Annotated[int, typer.Option(min=0, help="Lock the log's table so often, longer than is waited.")] = 0,
    clock: Annotated[int, typer.Option(min=0, help="Let wall clocks jump an hour to or fro so often.")] = 0,
    services: Annotated[int, typer.Option(min=1, help="Service processes.")] = 3,
    per_s: Annotated[float, typer.Option(help="Alerts raised a second meanwhile.")] = 2.0,
    seed: Annotated[int, typer.Option(help="Draws the city, the calls and what is killed.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON, a line for each run.")] = False,
) -> None:
    """Break a system of its own, in a folder that is gone afterwards. Ends with 1 if a promise was broken."""
    load: Load = {"services": services, "seed": seed}

    async def killed(ground: Ground, folder: Path) -> Figures:
        return kills_figures(await kills(ground, folder, kill, per_s=per_s, **load))

    async def promoted(ground: Ground, folder: Path) -> Figures:
        return promotions_figures(await promotions(ground, folder, promote, per_s=per_s, **load))

    async def carried(ground: Ground, folder: Path) -> Figures:
        return messages_figures(await messages(ground, folder, message, **load))

    async def cut(ground: Ground, folder: Path) -> Figures:
        return phones_figures(await phones(ground, folder, phone, per_s=per_s, **load))

    def troubled(trouble: Trouble, count: int) -> Run:
        async def endured(ground: Ground, folder: Path) -> Figures:
            return troubles_figures(await troubles(ground, folder, trouble, count, per_s=per_s, **load))

        return endured

    counts = {Trouble.DISK: disk_full, Trouble.LOCK: locked, Trouble.CLOCK: clock}
    asked: list[tuple[int, Run]] = [(kill, killed), (promote, promoted), (message, carried), (phone, cut)]
    asked += [(count, troubled(trouble, count)) for trouble, count in counts.items()]
    runs = [one for count, one in asked if count]
    if not runs:
        fail("nothing_to_break", "Say what to break; --help names it.")
    sound = True
    for one in runs:
        with _place() as place, _disk(place.folder, disk_full):
            figures = asyncio.run(_run(one, place.folder, seed))
            place.keep = not figures["sound"]
        _show(figures, as_json)
        sound = sound and figures["sound"]
    if not sound:
        raise typer.Exit(1)


@dataclass(slots=True)
class _Place:
    """Where a run works, and whether what it leaves is kept to be looked at: everybody in it is invented."""

    folder: Path
    keep: bool = False


@contextmanager
def _place() -> Iterator[_Place]:
    """A folder that is gone afterwards, unless the run fell or a promise was broken; then where is said."""
    place = _Place(Path(mkdtemp(prefix="naranja-chaos-")))
    try:
        yield place
    except Exception:
        place.keep = True
        (place.folder / "fell.txt").write_text(traceback.format_exc())
        raise
    finally:
        if place.keep:
            err.print(f"what the run left is in {place.folder}", highlight=False, soft_wrap=True)
        else:
            shutil.rmtree(place.folder)


def _disk(folder: Path, disk_full: int) -> AbstractContextManager[None]:
    """A small disk for the database, where one is to be filled."""
    return small_disk(folder / "data" / "postgres") if disk_full else nullcontext()


async def _run(one: Run, folder: Path, seed: int) -> Figures:
    ground = await prepare(folder, seed)
    return {**machine(), "seed": seed, **await one(ground, folder)}


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
