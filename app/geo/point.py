"""A place on the Earth and the distance between two; the one room that knows who wants longitude first.

Everywhere else a place is a `Point` with a `lat` and a `lon`, and nobody can swap them. shapely, GeoJSON and
OSRM want (lon, lat): they get it from here.
"""

import math
from dataclasses import dataclass

import numpy as np
import shapely

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth, metres: (2a + b) / 3 of the WGS 84 ellipsoid (IUGG 1980)."""

METRES_PER_DEGREE = math.radians(1.0) * EARTH_RADIUS_M
"""Length of one degree of latitude on that sphere, and of one degree of longitude at the equator."""


@dataclass(frozen=True, slots=True)
class Point:
    """A place, WGS 84 degrees. Raises ValueError when it is not on the Earth."""

    lat: float
    lon: float

    def __post_init__(self) -> None:
        # The sentences name the rule and never the number: a place is personal data, an error goes to a log.
        if not (math.isfinite(self.lat) and math.isfinite(self.lon)):
            raise ValueError("a latitude and a longitude are finite numbers")
        if not -90.0 <= self.lat <= 90.0:
            raise ValueError("a latitude lies between -90 and 90 degrees; are latitude and longitude swapped?")
        if not -180.0 <= self.lon <= 180.0:
            raise ValueError("a longitude lies between -180 and 180 degrees")


def distance_m(a: Point, b: Point) -> float:
    """Metres along the great circle.

    The haversine formula (R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68, 1984): exact for
    small distances too. Against the ellipsoid the sphere is off by 0.5 % at most.
    """
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    half_lat = math.sin((lat_b - lat_a) / 2)
    half_lon = math.sin(math.radians(b.lon - a.lon) / 2)
    h = half_lat * half_lat + math.cos(lat_a) * math.cos(lat_b) * half_lon * half_lon
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, h)))


def is_within(a: Point, b: Point, metres: float) -> bool:
    """Whether two places are at most so many metres apart. Of near ones the degrees say so already: no way on the
    sphere is longer than along the meridian and then along the equator."""
    rough = (abs(a.lat - b.lat) + abs(a.lon - b.lon)) * METRES_PER_DEGREE
    return rough <= metres or distance_m(a, b) <= metres


def lon_lat(place: Point) -> tuple[float, float]:
    """The pair in the order of shapely, GeoJSON and OSRM."""
    return place.lon, place.lat


def from_lon_lat(lon: float, lat: float) -> Point:
    """A place from a pair in the order of shapely, GeoJSON and OSRM. Raises ValueError as `Point` does."""
    return Point(lat=lat, lon=lon)


def shape_point(place: Point) -> shapely.Point:
    """The place as a shape."""
    return shapely.Point(place.lon, place.lat)


def from_shape(shape: shapely.Point) -> Point:
    """The place of a point shape in WGS 84 degrees. Raises ValueError for an empty one or one off the Earth."""
    if shape.is_empty:
        raise ValueError("an empty shape has no place")
    return Point(lat=shape.y, lon=shape.x)


def turned_towards(shape: shapely.Geometry, place: Point) -> shapely.Geometry:
    """The same shape, moved by a whole turn of the Earth where that brings its middle nearer to the place.

    So a zone at 179.9° E lies beside a place at 179.9° W and not a world away.
    """
    west, _, east, _ = shape.bounds
    turns = round((place.lon - (west + east) / 2) / 360)
    return shapely.transform(shape, lambda xy: xy + np.array((360.0 * turns, 0.0))) if turns else shape


def flat(shape: shapely.Geometry, around: Point) -> shapely.Geometry:
    """The shape in metres east and north of a place: equirectangular, longitudes shrunk by the cosine there.

    Right to 0.1 % within about 30 km at Mexico's latitudes. Far away it still finds a near corner, but measure
    the distance to it with `distance_m`.
    """
    east_m = METRES_PER_DEGREE * math.cos(math.radians(around.lat))
    near = turned_towards(shape, around)
    return shapely.transform(near, lambda xy: (xy - lon_lat(around)) * (east_m, METRES_PER_DEGREE))


def unflat(east_m: float, north_m: float, around: Point) -> Point:
    """The place so many metres east and north of another: the inverse of `flat`."""
    lat = around.lat + north_m / METRES_PER_DEGREE
    # At a pole every longitude is the same place; the cosine there is 6e-17 and never zero.
    lon = around.lon + east_m / (METRES_PER_DEGREE * math.cos(math.radians(around.lat)))
    return Point(lat=min(90.0, max(-90.0, lat)), lon=(lon + 180.0) % 360.0 - 180.0)
