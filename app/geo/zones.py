"""Jurisdictions: in which zone a place lies, which zones touch it, what stands for a sealed place.

Real files have gaps and overlaps. A place in a gap gets the nearest zone and one in an overlap the smallest, and
the answer always says which of these happened.
"""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
import shapely

from app.geo.point import (
    EARTH_RADIUS_M,
    METRES_PER_DEGREE,
    Point,
    distance_m,
    flat,
    from_shape,
    lon_lat,
    shape_point,
    turned_towards,
    unflat,
)

NEIGHBOUR_GAP_M = 50.0
"""Zones closer than this are neighbours: borders drawn twice leave slivers of some metres between them."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A jurisdiction. `shape` is a valid polygon or several, WGS 84; one that crosses 180° is split there, as
    GeoJSON asks (RFC 7946, 3.1.9)."""

    id: str
    name: str
    shape: shapely.Polygon | shapely.MultiPolygon

    @property
    def wkb(self) -> bytes:
        """The shape as the store keeps it: well-known binary, little-endian, longitude first."""
        return bytes(shapely.to_wkb(self.shape, byte_order=1))

    @classmethod
    def from_wkb(cls, id: str, name: str, wkb: bytes) -> Self:
        """A zone from what the store kept. Raises ValueError when that is not a polygon."""
        try:
            shape = shapely.from_wkb(wkb)
        except shapely.errors.GEOSException as broken:
            raise ValueError("these bytes are not a shape") from broken
        if not isinstance(shape, shapely.Polygon | shapely.MultiPolygon):
            raise ValueError("a zone's shape is a polygon")  # noqa: TRY004 - the bytes are wrong, not the type
        return cls(id, name, shape)


@dataclass(frozen=True, slots=True)
class ZoneMatch:
    """The zone of a place, and how sure that is."""

    zone: str
    """Its id; "" only where there are no zones at all."""
    how: Literal["inside", "overlap", "nearest"]
    distance_m: float
    """Metres to the zone on the sphere; 0 when the place lies in it."""
    others: tuple[str, ...]
    """For an overlap, the other zones it lies in too, sorted."""


class Zones:
    """All zones of a center, indexed. Raises ValueError when two have one id or a shape is empty."""

    def __init__(self, zones: Iterable[Zone]) -> None:
        self._zones = tuple(zones)
        self._row = {zone.id: row for row, zone in enumerate(self._zones)}
        if len(self._row) != len(self._zones):
            raise ValueError("two zones have the same id")
        self._shapes = np.array([zone.shape for zone in self._zones], dtype=object)
        if bool(np.any(shapely.is_empty(self._shapes))):
            raise ValueError("a zone has an empty shape")
        shapely.prepare(self._shapes)
        self._tree = shapely.STRtree(self._shapes)
        self._sizes = [_size(zone.shape) for zone in self._zones]
        self._neighbours: dict[str, tuple[str, ...]] = {}

    def __len__(self) -> int:
        return len(self._zones)

    def __iter__(self) -> Iterator[Zone]:
        return iter(self._zones)

    def __contains__(self, zone_id: object) -> bool:
        return zone_id in self._row

    def find(self, place: Point) -> ZoneMatch:
        """The zone of a place. It never refuses: an alert without a zone must still be sent.

        1. In one zone: that one, `inside`. A border belongs to both zones beside it.
        2. In several: the smallest by area, then by id, `overlap`, with the others.
        3. In none: the nearest, `nearest`, with its distance.
        4. Where there are no zones: zone "", `nearest`, 0 metres, which nobody should read as a distance.
        """
        if not self._zones:
            return ZoneMatch("", "nearest", 0.0, ())
        lon, lat = lon_lat(place)
        rows = self._tree.query(shape_point(place))
        rows = rows[shapely.intersects_xy(self._shapes[rows], lon, lat)]
        if len(rows) == 0:
            return self._nearest(place)
        first, *others = sorted(rows.tolist(), key=lambda row: (self._sizes[row], self._zones[row].id))
        return ZoneMatch(
            self._zones[first].id,
            "overlap" if others else "inside",
            0.0,
            tuple(sorted(self._zones[row].id for row in others)),
        )

    def around(self, places: Iterable[Point]) -> frozenset[str]:
        """The zones in which any of these places lies; one outside of all zones is in none."""
        found = [self.find(place) for place in places]
        return frozenset(zone for match in found if match.how != "nearest" for zone in (match.zone, *match.others))

    def neighbours(self, zone_id: str) -> tuple[str, ...]:
        """Zones that touch, overlap or lie within NEIGHBOUR_GAP_M metres, sorted by id; worked out once each.

        An unknown zone has none: the search for a unit then goes one rung up and does not fail.
        """
        if zone_id not in self._row:
            return ()
        if zone_id not in self._neighbours:
            row = self._row[zone_id]
            near = (
                other for other in self._around(self._shapes[row]) if other != row and self._adjoin(row, other)
            )
            self._neighbours[zone_id] = tuple(sorted(self._zones[other].id for other in near))
        return self._neighbours[zone_id]

    def inner_point(self, zone_id: str) -> Point:
        """A place surely inside the zone and always the same one: what everybody sees instead of a sealed place.

        Raises KeyError for an unknown zone: there is nothing safe to show then.
        """
        return from_shape(shapely.point_on_surface(self._zones[self._row[zone_id]].shape))

    def name(self, zone_id: str) -> str:
        """The name people use; the id itself for a zone no longer known."""
        row = self._row.get(zone_id)
        return zone_id if row is None else self._zones[row].name

    def to_json(self) -> str:
        """A GeoJSON FeatureCollection; each feature has `id` and `name` among its properties."""
        features = [
            {
                "type": "Feature",
                "id": zone.id,
                "properties": {"id": zone.id, "name": zone.name},
                "geometry": shapely.geometry.mapping(zone.shape),
            }
            for zone in self._zones
        ]
        return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)

    def outlines(self) -> dict[str, Any]:
        """The shapes as GeoJSON, each line within a thousandth of the region's width of the true one."""
        step = max((shape.bounds[2] - shape.bounds[0] for shape in self._shapes), default=0.0) / 1000
        features = [
            {
                "type": "Feature",
                "id": zone.id,
                "properties": {"id": zone.id, "name": zone.name},
                "geometry": shapely.geometry.mapping(zone.shape.simplify(step)),
            }
            for zone in self._zones
        ]
        return {"type": "FeatureCollection", "features": features}

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The zones that `to_json` wrote. For other people's files there is `region.read_zones`."""
        return cls(
            Zone(f["properties"]["id"], f["properties"]["name"], shapely.geometry.shape(f["geometry"]))
            for f in json.loads(text)["features"]
        )

    def _nearest(self, place: Point) -> ZoneMatch:
        """The nearest in metres: the nearest in degrees gives a bound, the box of that bound the candidates."""
        bound_m = self._distance_m(int(self._tree.nearest(shape_point(place))), place)
        boxes = _boxes(place, bound_m)
        rows = np.unique(self._tree.query(boxes)[1]).tolist() if boxes else range(len(self._zones))
        far, zone_id = min((round(self._distance_m(row, place), 6), self._zones[row].id) for row in rows)
        return ZoneMatch(zone_id, "nearest", far, ())

    def _distance_m(self, row: int, place: Point) -> float:
        """Metres on the sphere from a place to the corner or edge of a zone that is nearest on the local plane."""
        line = shapely.shortest_line(shapely.Point(0, 0), flat(self._shapes[row], place))
        east_m, north_m = line.coords[1]
        return distance_m(place, unflat(east_m, north_m, place))

    def _around(self, shape: shapely.Geometry) -> list[int]:
        """Rows whose box comes within the gap of a shape's box, across 180° too."""
        west, south, east, north = shape.bounds
        up = NEIGHBOUR_GAP_M / METRES_PER_DEGREE
        side = up / max(1e-9, math.cos(math.radians(min(90.0, max(abs(south), abs(north)) + up))))
        boxes = [shapely.box(west - side + t, south - up, east + side + t, north + up) for t in (-360, 0, 360)]
        rows: list[int] = np.unique(self._tree.query(boxes)[1]).tolist()
        return rows

    def _adjoin(self, row: int, other: int) -> bool:
        """Whether two zones lie within the gap, measured at the middle of both, so that each sees the other."""
        if bool(shapely.intersects(self._shapes[row], self._shapes[other])):
            return True
        low, high = sorted((row, other))
        first = self._shapes[low]
        west, south, east, north = shapely.total_bounds(
            [
                first,
                turned_towards(
                    self._shapes[high], Point((first.bounds[1] + first.bounds[3]) / 2, first.bounds[0])
                ),
            ]
        )
        middle = Point((south + north) / 2, ((west + east) / 2 + 180.0) % 360.0 - 180.0)
        return bool(shapely.dwithin(flat(first, middle), flat(self._shapes[high], middle), NEIGHBOUR_GAP_M))


def _size(shape: shapely.Geometry) -> float:
    """Area in square metres, good enough to say which of two zones is the smaller."""
    _, south, _, north = shape.bounds
    return float(shape.area * METRES_PER_DEGREE**2 * math.cos(math.radians((south + north) / 2)))


def _boxes(place: Point, radius_m: float) -> list[shapely.Polygon]:
    """Boxes in degrees that hold everything within so many metres, one for each turn; none when that is the world.

    The width is that of a circle on the sphere, asin(sin r / cos lat), widest nearer to the pole than its centre.
    """
    radius = radius_m / EARTH_RADIUS_M * 1.001 + 1e-9
    lon, lat = lon_lat(place)
    if abs(math.radians(lat)) + radius >= math.pi / 2:
        return []
    side = math.degrees(math.asin(math.sin(radius) / math.cos(math.radians(lat))))
    up = math.degrees(radius)
    return [shapely.box(lon - side + turn, lat - up, lon + side + turn, lat + up) for turn in (-360, 0, 360)]
