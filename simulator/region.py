"""The ground of a trial: zones, patrols, and the seconds by road between the places of a region."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from app.geo.files import RegionError
from app.geo.point import METRES_PER_DEGREE, Point
from app.geo.unit_files import UnitRow, read_units
from app.geo.zone_files import read_zones
from app.geo.zones import Zone, Zones
from simulator.city import make_city
from simulator.roads import Net, invented_net, street_net

CITY_SEED = 1
"""The made-up city that a trial is played in where no region is given."""

POPULATION_FIELDS = ("poblacion", "population", "pobtot")

NEAREST = 8
"""A free patrol drives on to one of so many nearest places of its zone."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Region:
    """What stays the same over all nights.

    Attributes:
        name: for people.
        places: where a patrol or a call can be.
        zone_of: of each place, the zone it is in.
        seconds: [from, to] by road, free and without lights; every place can be reached from every other.
        patrols: the police units.
        population: zone -> people, where the file said it.
        roads: how the seconds are known, in a sentence for the assumptions.
    """

    name: str
    zones: Zones = field(repr=False)
    places: Sequence[Point] = field(repr=False)
    zone_of: Sequence[str] = field(repr=False)
    seconds: npt.NDArray[np.float32] = field(repr=False)
    patrols: Sequence[UnitRow] = field(repr=False)
    population: Mapping[str, float] = field(repr=False)
    roads: str

    @cached_property
    def in_zone(self) -> Mapping[str, Sequence[int]]:
        """Zone -> its places; zones without one are not in it."""
        found: dict[str, list[int]] = {}
        for place, zone in enumerate(self.zone_of):
            found.setdefault(zone, []).append(place)
        return found

    @cached_property
    def metres(self) -> npt.NDArray[np.float64]:
        """[place] east and north of the first, on a plane: exact to a thousandth within a city."""
        return flat_metres(self.places)

    @cached_property
    def next_places(self) -> Sequence[Sequence[int]]:
        """Of each place, the nearest of its zone by road; itself where there is no other."""
        found = []
        for place, zone in enumerate(self.zone_of):
            others = np.array([other for other in self.in_zone[zone] if other != place] or [place])
            found.append(others[np.argsort(self.seconds[place, others], kind="stable")[:NEAREST]].tolist())
        return found

    def nearest_place(self, place: Point) -> int:
        """The place of the region nearest to any place, in a straight line."""
        return int(np.argmin(((self.metres - flat_metres([self.places[0], place])[1]) ** 2).sum(axis=1)))


def flat_metres(places: Sequence[Point]) -> npt.NDArray[np.float64]:
    """[place] metres east and north of the first of them."""
    degrees = np.array([(place.lon, place.lat) for place in places])
    stretch = np.array((np.cos(np.radians(degrees[0, 1])), 1.0))
    metres: npt.NDArray[np.float64] = (degrees - degrees[0]) * METRES_PER_DEGREE * stretch
    return metres


def made_up_city(seed: int = CITY_SEED) -> Region:
    """The made-up city with its real street graph."""
    with TemporaryDirectory() as folder:
        make_city(Path(folder), seed)
        return load_region(Path(folder), f"made-up city {seed}")


def load_region(folder: Path, name: str | None = None) -> Region:
    """The region of a folder: `zones.geojson`, `units.csv` and, where there is one, a file of streets.

    Streets are the first of `*.osm.pbf`, `*.osm`; without, an invented net of the measured errors stands for them.
    Raises RegionError as `read_zones` and `read_units` do, `no_patrols` without a patrol.
    """
    path = folder / "zones.geojson"
    read = _with_people(path)
    zones = Zones(read[0])
    patrols = [unit for unit in read_units(folder / "units.csv", zones).units if unit.institution == "police"]
    if not patrols:
        raise RegionError("no_patrols", "units.csv holds no patrol (institution police) inside the zones")
    streets = next(iter([*sorted(folder.glob("*.osm.pbf")), *sorted(folder.glob("*.osm"))]), None)
    net: Net = street_net(streets) if streets else invented_net(read[0])
    zone_of = [zones.find(place).zone for place in net.places]
    return Region(
        name=name or folder.name,
        zones=zones,
        places=net.places,
        zone_of=zone_of,
        seconds=net.seconds,
        patrols=sorted(patrols, key=lambda unit: unit.code),
        population=read[1],
        roads=net.said,
    )


def _with_people(path: Path) -> tuple[Sequence[Zone], Mapping[str, float]]:
    """The zones, with their people where a customary field gives them."""
    for name in POPULATION_FIELDS:
        try:
            read = read_zones(path, population_field=name)
        except RegionError as problem:
            if problem.code != "no_field":
                raise
        else:
            return read.zones, read.population
    return read_zones(path).zones, {}
