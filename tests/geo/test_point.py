"""Places and distances."""

import math

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from app.geo.point import EARTH_RADIUS_M, Point, distance_m, flat, from_shape, is_within, shape_point, unflat

places = st.builds(
    Point,
    st.floats(-90, 90, allow_nan=False),
    st.floats(-180, 180, allow_nan=False),
)


@pytest.mark.parametrize(
    ("lat", "lon"),
    [(math.nan, 0), (0, math.nan), (math.inf, 0), (0, -math.inf), (90.1, 0), (-90.1, 0), (0, 180.1), (0, -180.1)],
)
def test_a_place_off_the_earth_is_refused(lat: float, lon: float) -> None:
    with pytest.raises(ValueError, match=r"latitude|longitude"):
        Point(lat, lon)


def test_swapped_mexican_coordinates_are_refused_without_repeating_them() -> None:
    with pytest.raises(ValueError, match="swapped") as refused:
        Point(lat=-99.133209, lon=19.432608)
    assert "99" not in str(refused.value)


@pytest.mark.parametrize(
    ("a", "b", "metres"),
    [
        (Point(0, 0), Point(0, 180), math.pi * EARTH_RADIUS_M),
        (Point(90, 0), Point(-90, 77), math.pi * EARTH_RADIUS_M),
        (Point(0, 0), Point(0, 1), math.radians(1) * EARTH_RADIUS_M),
        (Point(0, 179.5), Point(0, -179.5), math.radians(1) * EARTH_RADIUS_M),
        (Point(90, 12), Point(90, -150), 0.0),
        # Zócalo of Mexico City to the Macroplaza of Monterrey; on the ellipsoid 706.0 km.
        (Point(19.4326, -99.1332), Point(25.6694, -100.3098), 704_000.0),
    ],
)
def test_distances_are_the_known_ones(a: Point, b: Point, metres: float) -> None:
    assert distance_m(a, b) == pytest.approx(metres, rel=5e-3 if metres == 704_000.0 else 1e-12, abs=1e-6)


def test_a_degree_of_longitude_is_shorter_than_one_of_latitude_in_mexico() -> None:
    zocalo = Point(19.4326, -99.1332)
    east = distance_m(zocalo, Point(19.4326, -98.1332))
    north = distance_m(zocalo, Point(20.4326, -99.1332))
    assert east / north == pytest.approx(math.cos(math.radians(19.4326)), rel=1e-4)


def test_a_millimetre_is_still_a_distance() -> None:
    a = Point(25.67, -100.31)
    assert distance_m(a, Point(25.67 + math.degrees(1e-3 / EARTH_RADIUS_M), -100.31)) == pytest.approx(
        1e-3, rel=1e-4
    )


@given(places, places)
def test_distance_is_the_same_both_ways_and_never_beyond_half_the_earth(a: Point, b: Point) -> None:
    assert distance_m(a, b) == pytest.approx(distance_m(b, a), abs=1e-6)
    assert 0 <= distance_m(a, b) <= math.pi * EARTH_RADIUS_M + 1e-6


@given(places)
def test_a_shape_and_a_place_are_the_same_point(place: Point) -> None:
    assert from_shape(shape_point(place)) == place
    assert shape_point(place).x == place.lon


def test_an_empty_shape_has_no_place() -> None:
    with pytest.raises(ValueError, match="empty"):
        from_shape(shapely.Point())


@pytest.mark.parametrize(
    ("around", "other"),
    [
        (Point(19.43, -99.13), Point(19.45, -99.10)),
        (Point(-17.0, 179.99), Point(-17.01, -179.99)),
        (Point(-17.0, -179.99), Point(-17.01, 179.99)),
    ],
)
def test_the_local_plane_is_in_metres_even_across_the_date_line(around: Point, other: Point) -> None:
    plane = flat(shape_point(other), around)
    assert math.hypot(plane.x, plane.y) == pytest.approx(distance_m(around, other), rel=1e-3)
    back = unflat(plane.x, plane.y, around)
    assert (back.lat, back.lon) == pytest.approx((other.lat, other.lon), abs=1e-9)


@pytest.mark.parametrize("lat", [0.0, 25.67, -54.8, 89.9])
def test_two_places_are_within_so_many_metres_if_their_distance_is(lat: float) -> None:
    a = Point(lat, 179.9999)
    for step in range(-40, 41):
        b = Point(lat + step * 1e-5, (a.lon + step * 2e-5 + 180.0) % 360.0 - 180.0)
        for metres in (1.0, 25.0, 50.0):
            assert is_within(a, b, metres) is (distance_m(a, b) <= metres)
