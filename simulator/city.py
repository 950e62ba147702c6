"""An invented city from one seed: streets for the road service, zones and units for the region import.

The same seed writes the same bytes. It lies where no town is, so that nobody takes it for a real one.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import osmium
import shapely
from osmium.osm import mutable

from app.geo.point import Point, unflat
from app.geo.staffing import write_units
from app.geo.zones import Zone
from simulator.districts import DECIMALS, lay_zones, staff
from simulator.streets import SPEED_KMH, Street, Streets, lay_streets

CENTRE = Point(25.4, -101.9)
"""Desert."""

MARGIN_M = 150.0
"""The outermost zones reach so far beyond the last street."""

type Size = Literal["small", "city", "capital"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Extent:
    columns: int
    rows: int
    bridges: int
    zones: tuple[int, int]
    patrols: int


_EXTENTS: dict[Size, _Extent] = {
    "small": _Extent(columns=24, rows=20, bridges=2, zones=(4, 2), patrols=12),
    "city": _Extent(columns=50, rows=40, bridges=3, zones=(5, 4), patrols=24),
    "capital": _Extent(columns=90, rows=70, bridges=5, zones=(8, 6), patrols=240),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """Where its files are, and what the simulator's people know of it.

    Attributes:
        osm, zones, units: streets (.osm.pbf), polygons (.geojson), units (.csv as `region.read_units` reads).
        bounds: south, west, north, east.
        corners: every crossing of two streets, where people live.
        river: its middle line, from south to north.
    """

    seed: int
    osm: Path
    zones: Path
    units: Path
    centre: Point
    bounds: tuple[float, float, float, float]
    corners: tuple[Point, ...]
    river: tuple[Point, ...]


def make_city(directory: Path, seed: int, size: Size = "city") -> City:
    """Lay out the city and write its three files into `directory`, which is made if it is not there."""
    extent = _EXTENTS[size]
    directory.mkdir(parents=True, exist_ok=True)
    streets = lay_streets(seed, extent.columns, extent.rows, extent.bridges)
    places = [_on_earth(*metres) for metres in streets.crossings.values()]
    xs, ys = zip(*streets.crossings.values(), strict=True)
    box = (min(xs) - MARGIN_M, min(ys) - MARGIN_M, max(xs) + MARGIN_M, max(ys) + MARGIN_M)
    zones = lay_zones(seed, box, *extent.zones, CENTRE)
    west, south, east, north = shapely.total_bounds([zone.shape for zone in zones]).tolist()
    city = City(
        seed=seed,
        osm=directory / "streets.osm.pbf",
        zones=directory / "zones.geojson",
        units=directory / "units.csv",
        centre=CENTRE,
        bounds=(south, west, north, east),
        corners=tuple(places),
        river=tuple(_on_earth(*metres) for metres in streets.river),
    )
    _write_streets(city.osm, streets, places)
    _write_zones(city.zones, zones)
    write_units(city.units, staff(seed, zones, places, extent.patrols))
    return city


def _on_earth(east_m: float, north_m: float) -> Point:
    place = unflat(east_m, north_m, CENTRE)
    return Point(round(place.lat, DECIMALS), round(place.lon, DECIMALS))


def _write_streets(path: Path, streets: Streets, places: Sequence[Point]) -> None:
    """Nodes, then ways, by number: no time stands in the file, so the bytes depend on the seed only."""
    numbers = {crossing: number for number, crossing in enumerate(streets.crossings, start=1)}
    path.unlink(missing_ok=True)
    with osmium.SimpleWriter(str(path)) as writer:
        for number, place in enumerate(places, start=1):
            writer.add_node(mutable.Node(id=number, version=1, location=(place.lon, place.lat)))
        banks = [_on_earth(*metres) for metres in streets.river]
        for number, place in enumerate(banks, start=len(places) + 1):
            writer.add_node(mutable.Node(id=number, version=1, location=(place.lon, place.lat)))
        for number, street in enumerate(streets.streets, start=1):
            nodes = [numbers[crossing] for crossing in street.crossings]
            writer.add_way(mutable.Way(id=number, version=1, nodes=nodes, tags=_tags(street)))
        # No road leads along it: it is there to be drawn.
        nodes = [len(places) + number for number in range(1, len(banks) + 1)]
        tags = {"waterway": "river", "name": "Río"}
        writer.add_way(mutable.Way(id=len(streets.streets) + 1, version=1, nodes=nodes, tags=tags))


def _tags(street: Street) -> dict[str, str]:
    tags = {"highway": street.kind, "maxspeed": str(SPEED_KMH[street.kind]), "name": street.name}
    if street.one_way:
        tags["oneway"] = "yes"
    if street.bridge:
        tags |= {"bridge": "yes", "layer": "1"}
    return tags


def _write_zones(path: Path, zones: Sequence[Zone]) -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"id": zone.id, "name": zone.name},
            "geometry": shapely.geometry.mapping(zone.shape),
        }
        for zone in zones
    ]
    collection = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(collection, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
