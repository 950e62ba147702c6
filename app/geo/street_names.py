"""Streets by their names: where a caller means who says a street, or a corner of two, and no coordinates."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import inf
from pathlib import Path

import msgspec

from app.geo.point import Point, distance_m
from app.geo.zones import Zones

CORNER_M = 20.0
"""How far from the middle of a corner somebody may be who says its two streets."""
FOUND_MAX = 8
_KINDS = (
    "avenida av ave calle c calzada calz boulevard bulevar blvd privada priv callejon andador cerrada",
    "prolongacion camino carretera periferico circuito paseo via de del la las los el",
)
KINDS = frozenset(word for line in _KINDS for word in line.split())
"""Words that stand in many names and tell none from another."""
CORNER = re.compile(r"\s+(?:y|e|esq\.?|esquina(?: con)?|casi|cruce con|con|and|at)\s+|\s*[/&]\s*", re.IGNORECASE)

Place = tuple[float, float]
"""Longitude, latitude."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One meaning of what was said. `accuracy_m`: nobody said where in the street."""

    name: str
    zone: str
    lat: float
    lon: float
    accuracy_m: float


class _Kept(msgspec.Struct, frozen=True):
    names: list[str]
    streets: list[list[tuple[float, float, float]]]
    corners: list[tuple[float, float, list[int]]]


@dataclass(slots=True)
class Gathered:
    """What an import gathers while it reads the streets."""

    _number: dict[str, int] = field(default_factory=dict)
    _streets: dict[int, list[tuple[float, float, float]]] = field(default_factory=lambda: defaultdict(list))
    _first: dict[int, int] = field(default_factory=dict)
    _corners: dict[int, tuple[Place, set[int]]] = field(default_factory=dict)

    def add(self, name: str, nodes: Sequence[int], line: Sequence[Place]) -> None:
        """One piece of a street: its nodes and where they are."""
        number = self._number.setdefault(name, len(self._number))
        middle = line[len(line) // 2]
        reach = max(_metres(middle, end) for end in (line[0], line[-1]))
        self._streets[number].append((*middle, round(reach, 1)))
        for node, place in zip(nodes, line, strict=True):
            first = self._first.setdefault(node, number)
            if first != number:
                self._corners.setdefault(node, (place, {first}))[1].add(number)

    def write(self, target: Path) -> None:
        """Keep it as the service reads it."""
        kept = _Kept(
            names=list(self._number),
            streets=[self._streets[number] for number in range(len(self._number))],
            corners=[(*place, sorted(numbers)) for place, numbers in self._corners.values()],
        )
        target.write_bytes(msgspec.json.encode(kept))


class StreetNames:
    """The streets of a region by name. Raises ValueError where the bytes are not what an import wrote."""

    def __init__(self, kept: bytes = b'{"names":[],"streets":[],"corners":[]}') -> None:
        self._kept = msgspec.json.decode(kept, type=_Kept)
        self._tokens = [_tokens(name) for name in self._kept.names]
        self._telling = [[token for token in tokens if token not in KINDS] for tokens in self._tokens]
        self._by_token: dict[str, set[int]] = defaultdict(set)
        self._corners_of: dict[int, set[int]] = defaultdict(set)
        for place, (_, _, numbers) in enumerate(self._kept.corners):
            for number in numbers:
                self._corners_of[number].add(place)
        for number, tokens in enumerate(self._telling):
            for token in tokens:
                self._by_token[token].add(number)

    def find(self, text: str, zones: Zones) -> list[Found]:
        """What was meant, the likeliest first: corners of two streets, else a street in each of its zones."""
        parts = [part for part in CORNER.split(text) if part and part.strip()]
        if len(parts) > 1:
            corners = self._corners(parts, zones)
            if corners:
                return corners[:FOUND_MAX]
        found = (one for number in self._named(text) for one in self._street(number, zones))
        return list(islice(found, FOUND_MAX))

    def _corners(self, parts: Sequence[str], zones: Zones) -> list[Found]:
        # The house number or the quarter may stand behind: the first two are the streets.
        one, other = (set(self._named(part)) for part in parts[:2])
        at_both = set().union(*(self._corners_of[n] for n in one)) & set().union(
            *(self._corners_of[n] for n in other)
        )
        found = []
        for place in sorted(at_both):
            lon, lat, numbers = self._kept.corners[place]
            meant = [number for number in numbers if number in one or number in other]
            if len(meant) > 1:
                names = " / ".join(self._kept.names[number] for number in meant)
                found.append(_found(names, Point(lat, lon), CORNER_M, zones))
        return found

    def _named(self, text: str) -> list[int]:
        """Streets whose name is said in the text, most words first; else those of which the text says a part."""
        said = _tokens(text)
        words, spoken = set(said), f" {' '.join(said)} "
        near = {number for word in words for number in self._by_token.get(word, ())}
        whole = [number for number in near if self._is_said(number, words, spoken)]
        if whole:
            most = max(len(self._telling[number]) for number in whole)
            return sorted(
                (n for n in whole if len(self._telling[n]) == most), key=lambda number: self._kept.names[number]
            )
        telling = {word for word in words if word not in KINDS and not word.isdigit()}
        part = [n for n in near if telling and telling <= set(self._telling[n])]
        return sorted(part, key=lambda number: (len(self._telling[number]), self._kept.names[number]))

    def _is_said(self, number: int, words: set[str], spoken: str) -> bool:
        telling = self._telling[number]
        if not set(telling) <= words:
            return False
        # "Calle 5" is said by "calle 5" and not by the house number 5 of another street.
        return not all(token.isdigit() for token in telling) or f" {' '.join(self._tokens[number])} " in spoken

    def _street(self, number: int, zones: Zones) -> list[Found]:
        by_zone: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
        for lon, lat, reach in self._kept.streets[number]:
            by_zone[zones.find(Point(lat, lon)).zone].append((lon, lat, reach))
        return [_middle(self._kept.names[number], pieces, zones) for _, pieces in sorted(by_zone.items())]


def read_street_names(path: Path) -> StreetNames:
    """The names an import wrote; none where it wrote none."""
    return StreetNames(path.read_bytes()) if path.is_file() else StreetNames()


def _middle(name: str, pieces: Sequence[tuple[float, float, float]], zones: Zones) -> Found:
    """The piece in the middle of the street, and how far its ends are from there."""
    lon = sum(piece[0] for piece in pieces) / len(pieces)
    lat = sum(piece[1] for piece in pieces) / len(pieces)
    best, nearest = pieces[0], inf
    for piece in pieces:
        away = _metres((lon, lat), (piece[0], piece[1]))
        if away < nearest:
            best, nearest = piece, away
    centre = (best[0], best[1])
    reach = max(_metres(centre, (piece[0], piece[1])) + piece[2] for piece in pieces)
    return _found(name, Point(centre[1], centre[0]), max(reach, CORNER_M), zones)


def _found(name: str, place: Point, accuracy_m: float, zones: Zones) -> Found:
    zone = zones.find(place).zone
    return Found(name=name, zone=zone, lat=place.lat, lon=place.lon, accuracy_m=float(round(accuracy_m)))


def _metres(one: Place, other: Place) -> float:
    return distance_m(Point(one[1], one[0]), Point(other[1], other[0]))


def _tokens(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"[a-z0-9]+", "".join(sign for sign in plain if not unicodedata.combining(sign)))
