"""The invented city: the same from the same seed, covered by its zones, divided by its river."""

import heapq
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely

from app.children.osrm import OsrmRouted, prepare_roads
from app.geo.point import Point, distance_m, lon_lat
from app.geo.roads import Roads
from app.geo.unit_files import read_units
from app.geo.zone_files import read_zones
from app.geo.zones import Zones
from simulator.city import City, Size, make_city
from simulator.streets import Crossing, Streets, lay_streets

SEED = 7


@pytest.fixture(scope="module", params=["small", "city"])
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> City:
    size: Size = request.param
    return make_city(tmp_path_factory.mktemp(size), SEED, size)


def test_the_same_seed_writes_the_same_bytes(city: City, tmp_path: Path) -> None:
    size: Size = "small" if len(city.corners) < 1000 else "city"
    again = make_city(tmp_path, SEED, size)
    other = make_city(tmp_path / "other", SEED + 1, size)
    for file in ("osm", "zones", "units"):
        assert getattr(again, file).read_bytes() == getattr(city, file).read_bytes()
        assert getattr(other, file).read_bytes() != getattr(city, file).read_bytes()


def test_zones_cover_the_city_exactly(city: City) -> None:
    read = read_zones(city.zones)
    assert 8 <= len(read.zones) <= 20
    assert (read.misfits, read.repaired, read.refused) == (0, 0, [])
    south, west, north, east = city.bounds
    whole = shapely.union_all(np.array([zone.shape for zone in read.zones], dtype=object))
    assert whole.equals(shapely.box(west, south, east, north))
    assert len({zone.name for zone in read.zones}) == len(read.zones)
    index = Zones(read.zones)
    assert all(index.find(corner).how != "nearest" for corner in city.corners)


def test_units_are_read_without_a_refusal_and_stand_in_the_zones(city: City) -> None:
    zones = Zones(read_zones(city.zones).zones)
    read = read_units(city.units, zones)
    assert read.refused == []
    assert all(zones.find(unit.place).how != "nearest" for unit in read.units)
    by_institution = {
        kind: [unit for unit in read.units if unit.institution == kind]
        for kind in ("police", "prosecutor", "shelter")
    }
    assert len(by_institution["police"]) == (12 if len(city.corners) < 1000 else 24)
    assert len(by_institution["prosecutor"]) >= 2
    assert sorted(unit.sealed for unit in by_institution["shelter"]) == [False, True, True, True]
    assert all(unit.capacity > 1 for unit in by_institution["shelter"])


@pytest.mark.parametrize("seed", range(12))
def test_every_crossing_is_reached_and_only_bridges_cross_the_river(seed: int) -> None:
    streets = lay_streets(seed, 24, 20, 2)
    water = shapely.LineString(streets.river)
    for street in streets.streets:
        line = shapely.LineString([streets.crossings[crossing] for crossing in street.crossings])
        assert line.crosses(water) == street.bridge
    assert sum(street.bridge for street in streets.streets) == 2
    assert len(_metres_from(next(iter(streets.crossings)), streets)) == len(streets.crossings)
    assert {street.kind for street in streets.streets} == {"primary", "secondary", "tertiary", "residential"}
    assert any(street.one_way for street in streets.streets)


def test_the_way_across_the_river_is_much_longer_than_the_line() -> None:
    streets = lay_streets(SEED, 24, 20, 2)
    here, there = _facing(streets)
    line = math.dist(streets.crossings[here], streets.crossings[there])
    assert _metres_from(here, streets)[there] > 4 * line


@pytest.mark.roads
@pytest.mark.parametrize("seed", range(8))
def test_a_small_city_is_most_of_its_grid_whatever_its_seed(seed: int) -> None:
    # By seed 2 the crossing in the very middle is one that nobody gets away from.
    assert len(lay_streets(seed, 12, 10, 1).crossings) > 12 * 10 // 2


async def test_the_road_service_builds_it_in_seconds_and_goes_round_by_the_bridge(tmp_path: Path) -> None:
    city = make_city(tmp_path / "city", SEED, "city")
    summary = await prepare_roads(city.osm, tmp_path / "roads")
    assert summary.seconds < 30
    middle = city.river[len(city.river) * 3 // 8]
    west = max(
        (corner for corner in city.corners if abs(corner.lat - middle.lat) < 0.001 and corner.lon < middle.lon),
        key=lambda corner: corner.lon,
    )
    east = min(
        (corner for corner in city.corners if abs(corner.lat - middle.lat) < 0.001 and corner.lon > middle.lon),
        key=lambda corner: corner.lon,
    )
    async with OsrmRouted(tmp_path / "roads") as osrm:
        roads = Roads(osrm.url, timeout_s=5)
        try:
            route = await roads.route(west, east)
        finally:
            await roads.close()
    assert route is not None
    assert route.metres > 4 * distance_m(west, east)
    assert lon_lat(route.line[0]) == pytest.approx(lon_lat(west), abs=1e-4)


def test_a_city_lies_where_no_town_is(city: City) -> None:
    assert distance_m(city.centre, Point(25.4, -101.9)) == 0
    south, west, north, east = city.bounds
    assert 25.3 < south < north < 25.5
    assert -102 < west < east < -101.8


def _facing(streets: Streets) -> tuple[Crossing, Crossing]:
    """Two crossings that face each other over the river, halfway between the bridges."""
    bridges = sorted(streets.crossings[street.crossings[0]][1] for street in streets.streets if street.bridge)
    middle = (bridges[0] + bridges[-1]) / 2
    river_x = min(streets.river, key=lambda place: abs(place[1] - middle))[0]
    near = [crossing for crossing, place in streets.crossings.items() if abs(place[1] - middle) < 120]
    west = max(
        (crossing for crossing in near if streets.crossings[crossing][0] < river_x),
        key=lambda crossing: streets.crossings[crossing][0],
    )
    east = min(
        (crossing for crossing in near if streets.crossings[crossing][0] > river_x),
        key=lambda crossing: streets.crossings[crossing][0],
    )
    return west, east


def _metres_from(start: Crossing, streets: Streets) -> dict[Crossing, float]:
    """Shortest way from one crossing to every other (Dijkstra)."""
    ways: dict[Crossing, list[Crossing]] = {}
    for here, there in streets.ways():
        ways.setdefault(here, []).append(there)
    found: dict[Crossing, float] = {}
    ahead = [(0.0, start)]
    while ahead:
        metres, here = heapq.heappop(ahead)
        if here in found:
            continue
        found[here] = metres
        for there in ways.get(here, ()):
            heapq.heappush(ahead, (metres + math.dist(streets.crossings[here], streets.crossings[there]), there))
    return found


def test_every_street_is_a_chain_of_different_crossings() -> None:
    for street in lay_streets(SEED, 24, 20, 2).streets:
        assert len(street.crossings) >= 2
        assert all(here != there for here, there in pairwise(street.crossings))
