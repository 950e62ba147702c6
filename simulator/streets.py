"""The streets of an invented city: an uneven grid, faster avenues, one-ways, a park, a river with few bridges.

Everything is laid out in metres east and north of the city's centre. A crossing is named by its (column, row).
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from random import Random

import shapely

from simulator.randomness import stream

BLOCK_M = (105.0, 175.0)
"""Shortest and longest block."""

WOBBLE_M = 11.0
"""How far a crossing lies from where a ruler would put it, at most."""

AVENUE_EVERY = 7
"""Of so many parallel streets one is an avenue."""

RIVER_M, BANK_M = 60.0, 18.0
"""Width of the water, and of the strip beside it where no crossing is."""

GAP_SHARE, ONE_WAY_SHARE = 0.10, 0.35
"""Share of residential blocks that were never opened, and of residential streets that are one-way."""

SPEED_KMH = {"primary": 70, "secondary": 50, "tertiary": 40, "residential": 25}

type Crossing = tuple[int, int]
type Metres = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """A piece of street without a gap: `crossings` in driving order where it is one-way."""

    name: str
    kind: str
    one_way: bool
    bridge: bool
    crossings: tuple[Crossing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Streets:
    """Where the crossings are, the streets between them, and the middle line of the river."""

    crossings: dict[Crossing, Metres]
    streets: tuple[Street, ...]
    river: tuple[Metres, ...]

    def ways(self) -> Iterator[tuple[Crossing, Crossing]]:
        """Every block in every direction one may drive it."""
        for street in self.streets:
            for here, there in pairwise(street.crossings):
                yield here, there
                if not street.one_way:
                    yield there, here


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A street as it is drawn before river, park and gaps cut it."""

    name: str
    kind: str
    one_way: bool
    bridged: bool
    crossings: tuple[Crossing, ...]


def lay_streets(seed: int, columns: int, rows: int, bridges: int) -> Streets:
    """Streets for a grid of so many columns and rows; every crossing can be reached from every other."""
    draw = stream(seed, "streets")
    across, along = _positions(draw, columns), _positions(draw, rows)
    river = _river(draw, across, along)
    places = {
        (column, row): (x + draw.uniform(-WOBBLE_M, WOBBLE_M), y + draw.uniform(-WOBBLE_M, WOBBLE_M))
        for column, x in enumerate(across)
        for row, y in enumerate(along)
    }
    water = shapely.LineString(river).buffer(RIVER_M / 2)
    wet = water.buffer(BANK_M)
    dry = {crossing: place for crossing, place in places.items() if not shapely.contains_xy(wet, *place)}
    for crossing in _park(draw, columns, rows):
        dry.pop(crossing, None)
    streets = [
        street for line in _lines(draw, columns, rows, bridges) for street in _pieces(draw, line, dry, water)
    ]
    return _connected(dry, streets, river)


def _positions(draw: Random, count: int) -> list[float]:
    """Where parallel streets lie, the middle at 0."""
    ends = list(accumulate((draw.uniform(*BLOCK_M) for _ in range(count - 1)), initial=0.0))
    return [end - ends[-1] / 2 for end in ends]


def _river(draw: Random, across: Sequence[float], along: Sequence[float]) -> tuple[Metres, ...]:
    """From south to north, a little east of the centre, in two bends laid over each other."""
    width, south, north = across[-1] - across[0], along[0] - 400.0, along[-1] + 400.0
    turn, bend = draw.uniform(0, math.tau), draw.uniform(0, math.tau)
    steps = 80
    line = []
    for step in range(steps + 1):
        share = step / steps
        bends = 0.05 * math.sin(math.tau * share + turn) + 0.02 * math.sin(2.7 * math.tau * share + bend)
        x = width * (0.06 + bends)
        line.append((x, south + share * (north - south)))
    return tuple(line)


def _is_avenue(line: int) -> bool:
    return line % AVENUE_EVERY == AVENUE_EVERY // 2


def _kind(line: int) -> str:
    if _is_avenue(line):
        return "primary" if line // AVENUE_EVERY % 2 == 0 else "secondary"
    return "tertiary" if line % AVENUE_EVERY == 0 else "residential"


def _park(draw: Random, columns: int, rows: int) -> Iterator[Crossing]:
    """Crossings that a park took: a square on the west side; avenues go through it."""
    side = max(3, columns // 12)
    left, low = draw.randrange(1, columns // 3), draw.randrange(1, rows - side - 1)
    for column in range(left, left + side):
        for row in range(low, low + side):
            if not _is_avenue(column) and not _is_avenue(row):
                yield column, row


def _lines(draw: Random, columns: int, rows: int, bridges: int) -> Iterator[_Line]:
    """Streets from north to south, streets from west to east, and one diagonal."""
    bridged = _spread([row for row in range(rows) if _is_avenue(row)], bridges)
    for column in range(columns):
        way = tuple((column, row) for row in range(rows))
        yield _line(draw, "Calle" if not _is_avenue(column) else "Avenida", column, way, bridged=False)
    for row in range(rows):
        way = tuple((column, row) for column in range(columns))
        yield _line(draw, "Poniente" if not _is_avenue(row) else "Calzada", row, way, bridged=row in bridged)
    start = draw.randrange(columns // 2, columns * 2 // 3)
    slope = tuple((start + step, step) for step in range(min(columns - start, rows)))
    yield _Line(name="Diagonal del Desierto", kind="secondary", one_way=False, bridged=False, crossings=slope)


def _line(draw: Random, word: str, number: int, way: tuple[Crossing, ...], *, bridged: bool) -> _Line:
    kind = _kind(number)
    one_way = kind == "residential" and draw.random() < ONE_WAY_SHARE
    if one_way and number % 2:
        way = way[::-1]
    return _Line(name=f"{word} {number + 1}", kind=kind, one_way=one_way, bridged=bridged, crossings=way)


def _spread(rows: Sequence[int], count: int) -> set[int]:
    """So many of the rows, as far from each other as they can be."""
    last = len(rows) - 1
    return {rows[round(last * step / max(1, count - 1))] for step in range(min(count, len(rows)))}


def _pieces(draw: Random, line: _Line, dry: dict[Crossing, Metres], water: shapely.Geometry) -> Iterator[Street]:
    """The pieces of a line between its gaps; the block over the water is a piece of its own, if there is one."""
    piece: list[Crossing] = []

    def street(crossings: Iterable[Crossing], *, bridge: bool = False) -> Street:
        return Street(
            name=line.name, kind=line.kind, one_way=line.one_way, bridge=bridge, crossings=tuple(crossings)
        )

    # A line with a bridge goes on at the next dry crossing; any other ends at the first that is missing.
    crossings = [crossing for crossing in line.crossings if not line.bridged or crossing in dry]
    for crossing in crossings:
        if piece and crossing in dry:
            over_water = shapely.LineString([dry[piece[-1]], dry[crossing]]).intersects(water)
            opened = line.kind != "residential" or draw.random() >= GAP_SHARE
            if opened and not over_water:
                piece.append(crossing)
                continue
            if over_water and line.bridged:
                yield street((piece[-1], crossing), bridge=True)
        if len(piece) > 1:
            yield street(piece)
        piece = [crossing] if crossing in dry else []
    if len(piece) > 1:
        yield street(piece)


def _connected(places: dict[Crossing, Metres], streets: Sequence[Street], river: tuple[Metres, ...]) -> Streets:
    """Without the crossings that cannot be reached from the middle, or from which nobody gets back.

    The middle is the crossing nearest to it that most of the city has ways to and from: some lead nowhere.
    """
    whole = Streets(crossings=places, streets=tuple(streets), river=river)
    out: dict[Crossing, list[Crossing]] = {}
    back: dict[Crossing, list[Crossing]] = {}
    for here, there in whole.ways():
        out.setdefault(here, []).append(there)
        back.setdefault(there, []).append(here)
    by_distance = sorted(out, key=lambda crossing: math.hypot(*places[crossing]))
    around = (_reached(crossing, out) & _reached(crossing, back) for crossing in by_distance)
    kept = next(kept for kept in around if 2 * len(kept) > len(out))
    pieces = [
        Street(name=s.name, kind=s.kind, one_way=s.one_way, bridge=s.bridge, crossings=tuple(run))
        for s in streets
        for run in _runs(s.crossings, kept)
    ]
    return Streets(crossings={c: places[c] for c in sorted(kept)}, streets=tuple(pieces), river=river)


def _reached(start: Crossing, ways: dict[Crossing, list[Crossing]]) -> set[Crossing]:
    reached, ahead = {start}, [start]
    while ahead:
        for there in ways.get(ahead.pop(), ()):
            if there not in reached:
                reached.add(there)
                ahead.append(there)
    return reached


def _runs(crossings: Sequence[Crossing], kept: set[Crossing]) -> Iterator[list[Crossing]]:
    run: list[Crossing] = []
    for crossing in crossings:
        if crossing in kept:
            run.append(crossing)
            continue
        if len(run) > 1:
            yield run
        run = []
    if len(run) > 1:
        yield run
