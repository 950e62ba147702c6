"""What a map shows beneath units and alerts: streets, water, green and names of places, out of OpenStreetMap."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import osmium
from osmium.filter import KeyFilter
from osmium.geom import GeoJSONFactory
from osmium.osm import Area, Node, Way

from app.geo.street_names import Gathered

DECIMALS = 6
"""Of a degree: a tenth of a metre."""
STREETS: Mapping[str, tuple[str, int]] = {
    "motorway": ("main", 6),
    "trunk": ("main", 6),
    "primary": ("main", 8),
    "secondary": ("middle", 10),
    "tertiary": ("middle", 11),
    "unclassified": ("small", 12),
    "residential": ("small", 12),
    "living_street": ("small", 13),
    "pedestrian": ("path", 13),
    "service": ("path", 14),
    "track": ("path", 14),
    "footway": ("path", 14),
    "steps": ("path", 14),
}
"""OpenStreetMap's kind of street -> how it is drawn, and from which zoom on."""
SETTLEMENTS: Mapping[str, int] = {
    "city": 5,
    "town": 8,
    "village": 10,
    "suburb": 11,
    "quarter": 12,
    "neighbourhood": 13,
    "hamlet": 12,
}
"""Kind of settlement -> from which zoom its name is shown."""
GREEN = {
    ("leisure", "park"),
    ("leisure", "pitch"),
    ("landuse", "forest"),
    ("landuse", "grass"),
    ("natural", "wood"),
}
WATER_LINES: Mapping[str, int] = {"river": 8, "canal": 10, "stream": 13}
AREA_KEYS = ("natural", "leisure", "landuse", "waterway")


@dataclass(slots=True, kw_only=True)
class Drawn:
    """How much there is to draw."""

    streets: int = 0
    areas: int = 0
    names: int = 0


def write_features(source: Path, target: Path, names: Path) -> Drawn:
    """Write what is drawn of an OpenStreetMap file as one GeoJSON feature a line, as tippecanoe reads it, and into
    `names` the streets by their names.

    Raises RuntimeError where the file is damaged; reads in passes and holds the places of nodes in memory.
    """
    drawn, gathered = Drawn(), Gathered()
    with target.open("wb") as out:
        for feature in _features(source, drawn, gathered):
            out.write(msgspec.json.encode(feature) + b"\n")
    gathered.write(names)
    return drawn


def _features(source: Path, drawn: Drawn, gathered: Gathered) -> Iterator[dict[str, Any]]:
    shapes = GeoJSONFactory()
    wanted = KeyFilter("highway", "place", *AREA_KEYS)
    for found in osmium.FileProcessor(str(source)).with_areas(KeyFilter(*AREA_KEYS)).with_filter(wanted):
        if isinstance(found, Way):
            tags = found.tags
            feature = _street(found, tags, gathered) or _water_line(found, tags)
            drawn.streets += feature is not None and feature["tippecanoe"]["layer"] == "streets"
        elif isinstance(found, Area):
            feature = _area(found, found.tags, shapes)
            drawn.areas += feature is not None
        elif isinstance(found, Node):
            feature = _settlement(found, found.tags)
            drawn.names += feature is not None
        else:
            feature = None
        if feature is not None:
            yield feature


def _street(way: Any, tags: Any, gathered: Gathered) -> dict[str, Any] | None:
    kind = STREETS.get(tags.get("highway", "").removesuffix("_link"))
    line = _line(way) if kind is not None else None
    if kind is None or line is None:
        return None
    drawn, zoom = kind
    if "name" in tags:
        nodes = [node.ref for node in way.nodes if node.location.valid()]
        gathered.add(tags["name"], nodes, line["coordinates"])
    return _feature("streets", zoom, line, kind=drawn, name=tags.get("name"))


def _water_line(way: Any, tags: Any) -> dict[str, Any] | None:
    zoom = WATER_LINES.get(tags.get("waterway", ""))
    line = _line(way) if zoom is not None else None
    return None if zoom is None or line is None else _feature("water", zoom, line, name=tags.get("name"))


def _area(area: Any, tags: Any, shapes: Any) -> dict[str, Any] | None:
    water = tags.get("natural") == "water" or tags.get("waterway") == "riverbank"
    green = any(tags.get(key) == value for key, value in GREEN)
    if not (water or green):
        return None
    try:
        shape = msgspec.Raw(shapes.create_multipolygon(area).encode())
    except RuntimeError:
        # A ring that does not close is left out: the map is a picture, nothing is decided by it.
        return None
    return _feature("water" if water else "green", 8 if water else 11, shape, name=tags.get("name"))


def _settlement(node: Any, tags: Any) -> dict[str, Any] | None:
    zoom, name = SETTLEMENTS.get(tags.get("place", "")), tags.get("name")
    if zoom is None or name is None:
        return None
    place = {"type": "Point", "coordinates": _pair(node.location)}
    return _feature("names", zoom, place, kind=tags["place"], name=name)


def _line(way: Any) -> dict[str, Any] | None:
    """Its line; None where fewer than two of its nodes are in the file."""
    points = [_pair(node.location) for node in way.nodes if node.location.valid()]
    return {"type": "LineString", "coordinates": points} if len(points) > 1 else None


def _pair(location: Any) -> tuple[float, float]:
    return round(location.lon, DECIMALS), round(location.lat, DECIMALS)


def _feature(layer: str, zoom: int, shape: Any, **properties: str | None) -> dict[str, Any]:
    return {
        "type": "Feature",
        "tippecanoe": {"layer": layer, "minzoom": zoom},
        "properties": {name: value for name, value in properties.items() if value},
        "geometry": shape,
    }
