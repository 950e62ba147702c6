"""Seconds by road between the places of a region: over its streets, or over an invented net where none are given.

Both are graphs of one-way edges, and the seconds are the shortest ways over them (Dijkstra). So they keep the
triangle inequality, on which the bound of a trial rests.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import osmium
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

from app.geo.point import Point, distance_m, from_lon_lat
from app.geo.travel import DETOUR, FREE_FLOW_KMH
from app.geo.zones import Zone
from simulator.randomness import stream

SPEED_KMH = {
    "motorway": 80.0,
    "trunk": 70.0,
    "primary": 60.0,
    "secondary": 50.0,
    "tertiary": 40.0,
    "unclassified": 30.0,
    "residential": 25.0,
    "living_street": 15.0,
}
"""Of the free road by kind, where the street does not say; links as their kind. Others are not driven."""

PLACES_MAX = 2000
"""More crossings than these are thinned out: all pairs of them are kept, and that grows with the square."""

AT_ONCE = 200
"""Places from which the ways are searched together: bounds the memory."""

LINKS = 6
"""In an invented net every place leads to so many nearest others."""

EDGE_SIGMA = 0.85
"""How much single links of an invented net differ (lognormal), so that whole trips of some kilometres differ from
line x constant as was measured: by 15 % in the median."""

type Edges = dict[tuple[int, int], float]
type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Net:
    """Places, the seconds from each to each, and how they are known."""

    places: Sequence[Point]
    seconds: npt.NDArray[np.float32]
    said: str


def street_net(path: Path) -> Net:
    """The net of a file of OpenStreetMap, one-ways and speeds kept.

    Only what can be reached from everywhere and left for everywhere is kept; of many crossings an even part.
    Raises ValueError where the file has no streets.
    """
    places: dict[int, Point] = {}
    edges: dict[tuple[int, int], float] = {}
    for way in osmium.FileProcessor(str(path)).with_locations():
        speed = _speed_m_s(way.tags) if isinstance(way, osmium.osm.Way) else None
        if speed is None or not isinstance(way, osmium.osm.Way):
            continue
        nodes = [node for node in way.nodes if node.location.valid()]
        places |= {node.ref: from_lon_lat(node.location.lon, node.location.lat) for node in nodes}
        oneway = way.tags.get("oneway", "no")
        for here, there in pairwise(node.ref for node in nodes):
            seconds = distance_m(places[here], places[there]) / speed
            if oneway != "-1":
                edges[here, there] = min(seconds, edges.get((here, there), np.inf))
            if oneway not in {"yes", "true", "1"}:
                edges[there, here] = min(seconds, edges.get((there, here), np.inf))
    if not edges:
        raise ValueError(f"{path.name} holds no streets")
    numbers = {node: number for number, node in enumerate(sorted(places))}
    graph = _graph({(numbers[here], numbers[there]): s for (here, there), s in edges.items()}, len(numbers))
    _, groups = connected_components(graph, directed=True, connection="strong")
    inside = np.flatnonzero(groups == np.bincount(groups).argmax())
    kept = inside[np.linspace(0, len(inside) - 1, min(PLACES_MAX, len(inside))).round().astype(int)]
    in_order = [places[node] for node in sorted(places)]
    said = f"shortest ways over the streets of {path.name}, {len(kept)} of {len(inside)} crossings as places"
    return Net(places=[in_order[number] for number in kept], seconds=_seconds(graph, kept), said=said)


def invented_net(zones: Sequence[Zone]) -> Net:
    """A net over random places of the zones; its trips differ from line x detour as real ones do."""
    draw = stream(0, "invented-net")
    places: list[Point] = []
    for zone in zones:
        west, south, east, north = zone.shape.bounds
        wanted, tries = max(1, round(PLACES_MAX / len(zones))), 0
        while wanted and tries < 1000:
            tries += 1
            lon, lat = draw.uniform(west, east), draw.uniform(south, north)
            if shapely.contains_xy(zone.shape, lon, lat):
                places.append(from_lon_lat(lon, lat))
                wanted -= 1
    middle = places[0]
    flat = np.array([(place.lon * np.cos(np.radians(middle.lat)), place.lat) for place in places])
    _, near = cKDTree(flat).query(flat, k=min(LINKS + 1, len(places)))
    edges: Edges = {}
    for here, row in enumerate(np.atleast_2d(near)):
        for there in row[1:].tolist():
            metres = distance_m(places[here], places[there])
            for way in ((here, there), (there, here)):
                edges.setdefault(way, metres * float(np.exp(EDGE_SIGMA * draw.gauss())))
    graph = _graph(edges, len(places))
    _, groups = connected_components(graph, directed=True, connection="strong")
    kept = np.flatnonzero(groups == np.bincount(groups).argmax())
    by_road = _seconds(graph, kept).astype(np.float64)
    line = _line_m([places[number] for number in kept])
    trips = (line > 500) & (line < 6000)
    stretch = DETOUR / float(np.median(by_road[trips] / line[trips])) if trips.any() else 1.0
    wrong = np.abs(by_road[trips] * stretch / line[trips] / DETOUR - 1)
    said = (
        f"no streets were given: an invented net of {len(kept)} places, {FREE_FLOW_KMH} km/h; its trips of 0.5 to "
        f"6 km differ from line x {DETOUR} by {np.median(wrong):.0%} in the median and a tenth by "
        f"{np.quantile(wrong, 0.9):.0%} (real ones were measured to differ by 15 % and 40 %)"
    )
    seconds = (by_road * stretch / (FREE_FLOW_KMH / 3.6)).astype(np.float32)
    return Net(places=[places[number] for number in kept], seconds=seconds, said=said)


def _line_m(places: Sequence[Point]) -> Floats:
    degrees = np.radians([(place.lon, place.lat) for place in places])
    flat = degrees * (np.cos(degrees[0, 1]), 1.0) * 6_371_008.8
    east, north = flat.T
    metres: Floats = np.hypot(east[:, None] - east, north[:, None] - north)
    return metres


def _speed_m_s(tags: osmium.osm.TagList) -> float | None:
    kind = (tags.get("highway") or "").removesuffix("_link")
    if kind not in SPEED_KMH:
        return None
    said = tags.get("maxspeed") or ""
    return (float(said) if said.isdecimal() and said != "0" else SPEED_KMH[kind]) / 3.6


def _graph(edges: Edges, size: int) -> csr_matrix:
    rows, columns = np.array(list(edges), dtype=np.int32).T
    return csr_matrix((np.fromiter(edges.values(), float), (rows, columns)), shape=(size, size))


def _seconds(graph: csr_matrix, kept: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
    """What the edges of the graph add up to, from each of the kept to each."""
    parts = (kept[start : start + AT_ONCE] for start in range(0, len(kept), AT_ONCE))
    return np.vstack([dijkstra(graph, indices=part)[:, kept].astype(np.float32) for part in parts])
