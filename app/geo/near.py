"""The index of units: who is near a place, nearest first, exact on the sphere, without sorting everybody.

Each unit is a vector of length one from the Earth's centre. The square of the straight chord between two such
vectors grows with the great circle between them, so ranking needs only subtractions and products over arrays.
Cubes say which of many thousand units need to be looked at: what an answer costs grows with its length.
"""

import math
from collections.abc import Iterator, Mapping
from itertools import count, islice
from typing import NamedTuple
from weakref import WeakSet

import numpy as np
import numpy.typing as npt

from app.geo.cells import Cells, Vector
from app.geo.chords import Floats, chord_squares, micrometres, vector
from app.geo.point import EARTH_RADIUS_M, Point

FIRST_CHUNK = 32
"""How many are put in order at first: a little more than the twenty the caller usually takes."""

CHUNK_GROWS = 4
"""Each further chunk is so many times larger, so that a long search does not pay per unit."""

SAMPLE = 2048
"""A cut for the next chunk is guessed from about this many units: partitioning 100,000 took 1.1 ms here."""

FEW = 32
"""Are there n units and the square of those asked for is less than so many times n, only these are looked at: the
cubes around would be walked far before enough of them were met."""

AT_ONCE = 8_192
"""Up to so many units are measured all at once; more are gathered from the cubes around."""

CHUNK_AROUND = 128
"""From cubes so many are measured at once: some thirty of them are then surely the nearest, and few read more."""

Rows = npt.NDArray[np.intp]


class Near(NamedTuple):
    """A unit and how far it is in a straight line."""

    unit: str
    distance_m: float
    """Metres on the sphere, rounded to the micrometre."""
    fix_at: float | None
    """When the position was fixed, seconds since 1970 UTC; None: no fix, this is the unit's station."""


class NearIndex:
    """Where every unit is. Not for several threads at once."""

    def __init__(self) -> None:
        self._row: dict[str, int] = {}
        self._names: list[str] = []
        self._places: list[Point] = []
        self._vectors: Floats = np.empty((3, 64))
        self._fixes: Floats = np.empty(64)
        self._names_lent = False
        self._spots: list[Vector] = []
        self._cells = Cells(self._spots)
        self._walks: WeakSet[_Walk] = WeakSet()
        self._ranking: _Ranking | None = None

    def __len__(self) -> int:
        return len(self._names)

    def put(self, unit: str, place: Point, fix_at: float | None) -> None:
        """Say where a unit is now, from a fix (seconds since 1970 UTC) or from its station (None)."""
        self._settle()
        spot = vector(place)
        row = self._row.get(unit)
        if row is None:
            row = self._row[unit] = len(self._names)
            # Appending leaves the rows that a search in progress was lent as they are.
            self._names.append(unit)
            self._places.append(place)
            self._spots.append(spot)
            if row == self._fixes.size:
                self._vectors = np.concatenate([self._vectors, np.empty_like(self._vectors)], axis=1)
                self._fixes = np.concatenate([self._fixes, np.empty_like(self._fixes)])
        self._places[row] = place
        self._spots[row] = spot
        self._cells.put(row)
        # One by one: given to the column as a tuple it takes twice as long.
        self._vectors[0, row], self._vectors[1, row], self._vectors[2, row] = spot
        self._fixes[row] = math.nan if fix_at is None else fix_at

    def drop(self, unit: str) -> None:
        """Forget a unit; nothing happens when it is not known."""
        row = self._row.pop(unit, None)
        if row is None:
            return
        self._settle()
        self._cells.drop(row)
        if self._names_lent:
            self._names, self._names_lent = list(self._names), False
        last = len(self._names) - 1
        if row != last:
            self._names[row] = self._names[last]
            self._places[row] = self._places[last]
            self._spots[row] = self._spots[last]
            self._cells.rename(last, row)
            self._vectors[:, row] = self._vectors[:, last]
            self._fixes[row] = self._fixes[last]
            self._row[self._names[row]] = row
        self._names.pop()
        self._places.pop()
        self._spots.pop()

    def get(self, unit: str) -> tuple[Point, float | None] | None:
        """Where a unit is and when that was fixed (None: its station); None for a unit not known."""
        row = self._row.get(unit)
        if row is None:
            return None
        fix_at = float(self._fixes[row])
        return self._places[row], None if math.isnan(fix_at) else fix_at

    def place(self, unit: str) -> Point | None:
        """Where a unit is; None for a unit not known."""
        row = self._row.get(unit)
        return None if row is None else self._places[row]

    def near(self, place: Point, among: Mapping[str, object]) -> Iterator[Near]:
        """Those of `among` that are in the index, by (distance to the micrometre, unit).

        The positions are those of this call: what `put` and `drop` do while the answer is being read does not
        change it. `among` itself is read while the answer is, so give one that stays as it is.
        """
        if len(among) ** 2 < len(self._names) * FEW:
            names = [unit for unit in among if unit in self._row]
            rows = np.fromiter((self._row[unit] for unit in names), np.intp, len(names))
            squares, fixes = chord_squares(self._vectors[:, rows], vector(place)), self._fixes[rows]
            if len(names) > FIRST_CHUNK:
                return _in_order(squares, names, fixes)
            return _nearest_first(micrometres(squares), np.arange(len(names)), names, fixes)
        if self._ranking is None or self._ranking.place != place:
            self._ranking = _Ranking(place, self._ranked(place))
        return (near for near in self._ranking if near.unit in among)

    def _ranked(self, place: Point) -> Iterator[Near]:
        """Everybody in order."""
        if len(self._names) <= AT_ONCE:
            return self._everybody(place)
        walk = _Walk(self, place)
        self._walks.add(walk)
        return walk

    def _settle(self) -> None:
        """Before something changes: answers that are being read get all they have not read yet."""
        self._ranking = None
        if self._walks:
            for walk in list(self._walks):
                walk.settle()
            self._walks.clear()

    def _everybody(self, place: Point) -> Iterator[Near]:
        """The whole answer as it is now, whatever changes while it is read."""
        rows = len(self._names)
        self._names_lent = True
        squares = chord_squares(self._vectors[:, :rows], vector(place))
        return _in_order(squares, self._names, self._fixes[:rows].copy())

    def _around(self, place: Point) -> Iterator[Near]:
        """The same answer by the cubes around, read as they stand.

        1. Gather everybody from the nearest cubes, a chunk at a time, and measure them.
        2. Hand out whoever is nearer than every cube that is left; ties wait for each other.
        """
        spot = vector(place)
        met, steps, rows = list[int](), np.empty(0), np.empty(0, np.intp)
        for square, inside in self._cells.around(spot):
            if len(met) >= CHUNK_AROUND:
                steps, rows = self._measured(met, spot, steps, rows)
                met.clear()
                # The bound is a little too low rather than too high: an arcsine has a last bit, too.
                bound = 2e6 * EARTH_RADIUS_M * math.asin(min(math.sqrt(square) / 2, 1.0)) * (1 - 1e-9) - 2
                sure = steps < bound
                yield from _nearest_first(steps[sure], rows[sure], self._names, self._fixes)
                steps, rows = steps[~sure], rows[~sure]
            met += inside
        yield from _nearest_first(*self._measured(met, spot, steps, rows), self._names, self._fixes)

    def _measured(self, met: list[int], spot: Vector, steps: Floats, rows: Rows) -> tuple[Floats, Rows]:
        """These steps and rows, and those of whoever was met since."""
        more = np.array(met, np.intp)
        measured = micrometres(chord_squares(self._vectors[:, more], spot))
        return np.concatenate([steps, measured]), np.concatenate([rows, more])


class _Ranking:
    """Everybody from one place, put in order as far as somebody has read; read by any number."""

    def __init__(self, place: Point, found: Iterator[Near]) -> None:
        self.place = place
        self._found, self._known = found, list[Near]()

    def __iter__(self) -> Iterator[Near]:
        for at in count():
            if at == len(self._known):
                found = next(self._found, None)
                if found is None:
                    return
                self._known.append(found)
            yield self._known[at]


class _Walk(Iterator[Near]):
    """One answer being read: by the cubes while nothing changes, and from a copy after that."""

    def __init__(self, index: NearIndex, place: Point) -> None:
        self._index, self._place = index, place
        self._given = 0
        self._rest = index._around(place)

    def __next__(self) -> Near:
        found = next(self._rest)
        self._given += 1
        return found

    def settle(self) -> None:
        """Both ways give one order, so the copy goes on where the cubes were left."""
        self._rest = islice(self._index._everybody(self._place), self._given, None)


def _in_order(squares: Floats, names: list[str], fixes: Floats) -> Iterator[Near]:
    """Empty `squares` from the nearest on, a chunk at a time.

    1. Guess from a sample a cut below which about `chunk` of the remaining lie.
    2. Take everybody below it, and everybody who ties with it to the micrometre.
    3. Put these in order, hand them out, mark them taken (infinite), and look for more.
    """
    left, chunk = len(squares), FIRST_CHUNK
    every = max(1, len(squares) // SAMPLE)
    while left:
        rows, steps = _below(squares, _cut(squares, chunk, every) if chunk < left else math.inf)
        squares[rows] = math.inf
        left -= len(rows)
        chunk *= CHUNK_GROWS
        yield from _nearest_first(steps, rows, names, fixes)


def _nearest_first(steps: Floats, rows: Rows, names: list[str], fixes: Floats) -> Iterator[Near]:
    """These rows, which are so many micrometres away, by that and their names."""
    found = sorted(zip(steps.tolist(), map(names.__getitem__, rows.tolist()), fixes[rows].tolist(), strict=True))
    return (Near(unit, step / 1e6, None if math.isnan(fix) else fix) for step, unit, fix in found)


def _cut(squares: Floats, chunk: int, every: int) -> float:
    """A value that about `chunk` of `squares` do not exceed, and at least one; infinite: the sample is used up.

    The sample is every so-manieth row. Where the rows are in some order the guess is poor and the chunk too
    large or too small; the answer is the same.
    """
    sample = squares[::every]
    rank = min(len(sample), max(1, chunk // every)) - 1
    return float(np.partition(sample, rank)[rank])


def _below(squares: Floats, cut: float) -> tuple[Rows, Floats]:
    """The rows not above the cut or equal to it when rounded, with their distances in whole micrometres."""
    if math.isinf(cut):
        rows = np.flatnonzero(squares < math.inf)
        return rows, micrometres(squares[rows])
    last = float(micrometres(np.array([cut]))[0])
    # A square a little too large gathers a few rows too many, which the exact comparison then leaves.
    limit = (2 * math.sin(min((last + 1) / 1e6 / EARTH_RADIUS_M, math.pi) / 2)) ** 2 + 1e-12
    rows = np.flatnonzero(squares <= limit)
    steps = micrometres(squares[rows])
    kept = steps <= last
    return rows[kept], steps[kept]
