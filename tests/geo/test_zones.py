"""Which zone a place lies in."""

import math

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from app.geo.point import EARTH_RADIUS_M, Point, distance_m
from app.geo.zones import NEIGHBOUR_GAP_M, Zone, ZoneMatch, Zones


def a_zone(id: str, west: float, south: float, east: float, north: float) -> Zone:
    return Zone(id, f"Zona {id}", shapely.box(west, south, east, north))


def degrees(metres: float) -> float:
    return math.degrees(metres / EARTH_RADIUS_M)


WEST = a_zone("west", -99.2, 19.0, -99.1, 19.1)
EAST = a_zone("east", -99.1, 19.0, -99.0, 19.1)
PARK = a_zone("park", -99.18, 19.02, -99.16, 19.04)


def test_a_place_in_one_zone_is_inside() -> None:
    assert Zones([WEST, EAST]).find(Point(19.05, -99.15)) == ZoneMatch("west", "inside", 0.0, ())


def test_a_place_in_two_zones_goes_to_the_smaller_and_says_so() -> None:
    assert Zones([WEST, PARK]).find(Point(19.03, -99.17)) == ZoneMatch("park", "overlap", 0.0, ("west",))
    assert Zones([PARK, WEST]).find(Point(19.03, -99.17)) == ZoneMatch("park", "overlap", 0.0, ("west",))


def test_equal_zones_that_overlap_are_decided_by_id() -> None:
    twice = [Zone(id, id, WEST.shape) for id in ("c", "a", "b")]
    assert Zones(twice).find(Point(19.05, -99.15)) == ZoneMatch("a", "overlap", 0.0, ("b", "c"))


def test_a_common_border_belongs_to_both() -> None:
    assert Zones([WEST, EAST]).find(Point(19.05, -99.1)).how == "overlap"


def test_a_place_in_a_gap_gets_the_nearest_in_metres_not_in_degrees() -> None:
    # At 60° N: 0.019° to the west are 1,056 m, 0.010° to the south are 1,112 m.
    zones = Zones([a_zone("west", 9.0, 59.0, 9.981, 61.0), a_zone("south", 9.99, 59.0, 10.5, 59.99)])
    match = zones.find(Point(60.0, 10.0))
    assert (match.zone, match.how, match.others) == ("west", "nearest", ())
    assert match.distance_m == pytest.approx(distance_m(Point(60, 10), Point(60, 9.981)), abs=0.1)


def test_two_zones_equally_near_are_decided_by_id() -> None:
    zones = Zones([a_zone("b", 1.0, -1.0, 2.0, 1.0), a_zone("a", -2.0, -1.0, -1.0, 1.0)])
    assert zones.find(Point(0.0, 0.0)).zone == "a"


@pytest.mark.parametrize(("lon", "other_side"), [(-179.99, 179.0), (179.99, -180.0)])
def test_the_nearest_zone_may_lie_across_the_date_line(lon: float, other_side: float) -> None:
    beside = a_zone("beside", other_side, -18.0, other_side + 1.0, -17.0)
    # In degrees this one, five degrees away on the same side, is the nearer.
    same_side = a_zone("far", lon * 0.96 - 0.5, -18.0, lon * 0.96 + 0.5, -17.0)
    match = Zones([same_side, beside]).find(Point(-17.5, lon))
    assert match.zone == "beside"
    assert match.distance_m == pytest.approx(
        math.radians(0.01) * EARTH_RADIUS_M * math.cos(math.radians(17.5)), rel=1e-3
    )


@settings(max_examples=60, deadline=None)
@given(st.floats(14, 33), st.floats(-118, -86), st.data())
def test_the_nearest_of_small_zones_is_that_of_brute_force(lat: float, lon: float, data: st.DataObject) -> None:
    offsets = st.tuples(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
    corners = data.draw(st.lists(offsets, min_size=1, max_size=15))
    # So small that the distance to one is the distance to its corner, to a metre.
    boxes = [(lon + x, lat + y, lon + x + 1e-6, lat + y + 1e-6) for x, y in corners]
    zones = Zones([a_zone(f"z{n:02d}", *box) for n, box in enumerate(boxes)])
    match = zones.find(Point(lat, lon))
    best = min(distance_m(Point(lat, lon), Point(south, west)) for west, south, _, _ in boxes)
    assert match.distance_m == pytest.approx(best, abs=1.0)


def test_even_at_a_pole_and_on_the_other_side_of_the_earth_there_is_a_nearest_zone() -> None:
    zones = Zones([WEST, EAST])
    for place in (Point(90, 0), Point(-90, 0), Point(-19.05, 80.85), Point(19.05, 80.9)):
        match = zones.find(place)
        assert match.zone in {"west", "east"}
        assert match.distance_m > 5_000_000


def test_without_zones_there_is_no_zone_and_no_refusal() -> None:
    zones = Zones([])
    assert zones.find(Point(19, -99)) == ZoneMatch("", "nearest", 0.0, ())
    assert len(zones) == 0
    assert zones.neighbours("") == ()


def test_neighbours_touch_overlap_or_lie_within_the_gap() -> None:
    gap = degrees(NEIGHBOUR_GAP_M)
    wide = gap / math.cos(math.radians(19.05))
    zones = Zones(
        [
            WEST,
            EAST,
            PARK,
            a_zone("a sliver away", -99.2, 19.1 + gap * 0.98, -99.1, 19.2),
            a_zone("a street too far", -99.2, 18.9, -99.1, 19.0 - gap * 1.02),
            a_zone("west by a sliver", -99.3, 19.0, -99.2 - wide * 0.98, 19.1),
            a_zone("west by too much", -99.3, 18.7, -99.2 - wide * 1.02, 18.8),
        ]
    )
    assert zones.neighbours("west") == ("a sliver away", "east", "park", "west by a sliver")
    assert "west" not in zones.neighbours("a street too far")
    assert all(zone.id in zones.neighbours(other) for zone in zones for other in zones.neighbours(zone.id))


def test_neighbours_see_each_other_across_the_date_line() -> None:
    zones = Zones([a_zone("taveuni", 179.8, -17.0, 180.0, -16.7), a_zone("rabi", -180.0, -17.0, -179.8, -16.4)])
    assert zones.neighbours("taveuni") == ("rabi",)
    assert zones.neighbours("rabi") == ("taveuni",)


def test_an_unknown_zone_has_no_neighbours_and_no_inner_point_and_goes_by_its_id() -> None:
    zones = Zones([WEST])
    assert zones.neighbours("gone") == ()
    assert zones.name("gone") == "gone"
    assert zones.name("west") == "Zona west"
    with pytest.raises(KeyError):
        zones.inner_point("gone")


def test_the_inner_point_of_a_horseshoe_is_inside_it() -> None:
    horseshoe = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 4))
    zones = Zones([Zone("u", "U", horseshoe)])
    assert not horseshoe.contains(horseshoe.centroid)
    assert zones.find(zones.inner_point("u")) == ZoneMatch("u", "inside", 0.0, ())
    assert zones.inner_point("u") == zones.inner_point("u")


def test_two_zones_with_one_id_and_an_empty_one_are_refused() -> None:
    with pytest.raises(ValueError, match="same id"):
        Zones([WEST, WEST])
    with pytest.raises(ValueError, match="empty"):
        Zones([Zone("e", "E", shapely.Polygon())])


def test_zones_come_back_from_bytes_and_from_json_as_they_were() -> None:
    islands = Zone("i", "Islas Marías ñ", shapely.MultiPolygon([PARK.shape, EAST.shape]))
    zones = Zones([WEST, islands])
    assert list(Zones.from_json(zones.to_json())) == list(zones)
    assert Zone.from_wkb("i", islands.name, islands.wkb) == islands


@pytest.mark.parametrize("wkb", [b"", b"nonsense", shapely.to_wkb(shapely.Point(1, 2))])
def test_bytes_that_are_no_polygon_are_refused(wkb: bytes) -> None:
    with pytest.raises(ValueError, match=r"not a shape|polygon"):
        Zone.from_wkb("x", "x", wkb)


def test_outlines_are_the_shapes_without_what_a_small_drawing_cannot_show() -> None:
    steps = 400
    bent = [(x / steps, 0.00001 * (x % 2)) for x in range(steps)]
    shape = shapely.Polygon([*bent, (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
    (feature,) = Zones([Zone("a", "A", shape)]).outlines()["features"]
    drawn = shapely.geometry.shape(feature["geometry"])
    assert feature["properties"] == {"id": "a", "name": "A"}
    assert len(drawn.exterior.coords) < 10
    assert drawn.hausdorff_distance(shape) < 1 / 1000
    assert Zones([]).outlines()["features"] == []
