"""Real streets: made into roads, asked, and compared with the straight line."""

import random
from pathlib import Path

import osmium
import pytest

from app.children.osrm import OsrmRouted, prepare_roads
from app.geo.point import Point, distance_m
from app.geo.roads import Roads

FOLDER = Path(__file__).parents[2].parent / "shared" / "data" / "osm"
FILES = ("small.osm.pbf", "helsinki.osm.pbf", "monaco.osm.pbf", "hermosillo_arterials.osm")
PLACES = 24
STREETS = {"primary", "secondary", "tertiary", "residential", "unclassified", "trunk"}

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FOLDER.exists(), reason="the folder of real data is not beside the project"),
]


def places_on_streets(source: Path) -> list[Point]:
    """Ends of streets a car may use, the same ones each time."""
    ways = osmium.FileProcessor(source).with_locations().with_filter(osmium.filter.KeyFilter("highway"))
    ends = [
        Point(way.nodes[0].lat, way.nodes[0].lon)
        for way in ways
        if isinstance(way, osmium.osm.Way) and way.tags["highway"] in STREETS and way.nodes[0].location.valid()
    ]
    return random.Random(1).sample(sorted(ends, key=lambda place: (place.lat, place.lon)), PLACES)


@pytest.mark.parametrize("name", FILES)
async def test_the_road_differs_from_the_straight_line_and_from_the_way_back(name: str, tmp_path: Path) -> None:
    await prepare_roads(FOLDER / name, tmp_path / "roads")
    places = places_on_streets(FOLDER / name)
    async with OsrmRouted(tmp_path / "roads") as server:
        roads = Roads(server.url)
        table = [await roads.seconds(places, destination) for destination in places]
        detours, one_way = [], 0
        for to, destination in enumerate(places):
            for source, place in enumerate(places[:to]):
                there, back = table[to][source], table[source][to]
                if there is None or back is None or distance_m(place, destination) < 300:
                    continue
                one_way += abs(there - back) > 5
                route = await roads.route(place, destination)
                assert route is not None
                detours.append(route.metres / distance_m(place, destination))
        await roads.close()
    assert len(detours) > 50
    assert max(detours) > 1.5
    assert one_way > 5
