"""An invented city brought in as a center of its own, with an account for everybody who plays in it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.clock import SystemClock
from app.geo.unit_files import UnitRow, read_units
from app.geo.zone_files import read_zones
from app.geo.zones import Zones
from app.region import Files, bring_in
from app.settings import Settings
from simulator.city import City, Size, make_city

from .center import database, desk, err
from .players import sign_everybody_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Invented:
    """What a show needs: the center's settings, its city, and login -> token of each player."""

    settings: Settings
    city: City
    units: Sequence[UnitRow]
    tokens: Mapping[str, str]


async def invent(folder: Path, seed: int, size: Size = "city") -> Invented:
    """Make the city, its roads and its center in `folder`. It never meets a real database."""
    # A made-up city has nobody to hide.
    settings = Settings(
        data_dir=folder / "data", database_url=None, osrm_url=None, master_key_file=None, small_cell_min=1
    )
    settings = settings.model_copy(update={"master_key": None, "master_key_command": None})
    err.print(f"making a city (seed {seed}) and its roads", highlight=False)
    city = await asyncio.to_thread(make_city, folder / "city", seed, size)
    units = read_units(city.units, Zones(read_zones(city.zones).zones)).units
    async with database(settings) as found:
        files = Files(zones=city.zones, roads=city.osm, units=city.units)
        async with desk(settings, found) as opened:
            await bring_in(files, settings, found, opened)
        tokens = await sign_everybody_in(settings, found, units, SystemClock())
    return Invented(settings=settings, city=city, units=units, tokens=tokens)
