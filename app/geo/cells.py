"""Places on the unit sphere in cubes that split when they are full, so that the nearest are found among few.

Cubes in space, not squares on the map: there is no seam at 180° and no pole at which they would grow together.
"""

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush

Vector = tuple[float, float, float]
"""Of length one, from the Earth's centre."""

FULL = 32
"""A cube with more places than this is split into eight; on a surface some four of them are not empty."""

SMALLEST = 2.0**-23
"""Half an edge below which no cube is split: 0.8 m. More than `FULL` may stand at one station."""


class Cell:
    """One cube: rows of places, or smaller cubes."""

    __slots__ = ("above", "half", "parts", "rows", "x", "y", "z")

    def __init__(self, x: float, y: float, z: float, half: float, above: "Cell | None") -> None:
        self.x, self.y, self.z, self.half, self.above = x, y, z, half, above
        self.rows: set[int] = set()
        self.parts: dict[int, Cell] | None = None

    def part(self, place: Vector) -> int:
        """Which of the eight smaller cubes the place is in."""
        return (place[0] >= self.x) | (place[1] >= self.y) << 1 | (place[2] >= self.z) << 2

    def holds(self, place: Vector) -> bool:
        """Whether the place is surely in this cube."""
        half = self.half
        return abs(place[0] - self.x) < half and abs(place[1] - self.y) < half and abs(place[2] - self.z) < half

    def smaller(self, part: int) -> "Cell":
        """The smaller cube of that number, made where it is missing."""
        parts = self.parts = {} if self.parts is None else self.parts
        if part not in parts:
            half = self.half / 2
            x = self.x + (half if part & 1 else -half)
            y = self.y + (half if part & 2 else -half)
            z = self.z + (half if part & 4 else -half)
            parts[part] = Cell(x, y, z, half, self)
        return parts[part]

    def square_from(self, place: Vector) -> float:
        """No place in this cube is nearer than the root of this."""
        half = self.half
        dx, dy, dz = abs(place[0] - self.x) - half, abs(place[1] - self.y) - half, abs(place[2] - self.z) - half
        # Written out: an alert on a large board asks some hundred times.
        square = dx * dx if dx > 0 else 0.0
        if dy > 0:
            square += dy * dy
        return square + dz * dz if dz > 0 else square


class Cells:
    """Which cube each row is in. `places` is the caller's, by row; a row is added after it stands there."""

    def __init__(self, places: Sequence[Vector]) -> None:
        self._places = places
        self._root = Cell(0.0, 0.0, 0.0, 1.0, None)
        self._cell: dict[int, Cell] = {}

    def put(self, row: int) -> None:
        """The row's place has been set."""
        known = self._cell.get(row)
        if known is not None:
            if known.holds(self._places[row]):
                return
            self.drop(row)
        self._add(row, self._root)

    def drop(self, row: int) -> None:
        """Forget the row; cubes that are empty then go."""
        cell = self._cell.pop(row)
        cell.rows.discard(row)
        while not cell.rows and not cell.parts and cell.above is not None:
            above = cell.above
            parts = above.parts or {}
            above.parts = {part: other for part, other in parts.items() if other is not cell} or None
            cell = above

    def rename(self, old: int, new: int) -> None:
        """The row has another number from now on."""
        cell = self._cell.pop(old)
        cell.rows.discard(old)
        cell.rows.add(new)
        self._cell[new] = cell

    def around(self, place: Vector) -> Iterator[tuple[float, set[int]]]:
        """Every cube's rows, with the square of a distance that neither they nor any after them come below."""
        heap: list[tuple[float, int, Cell]] = [(0.0, 0, self._root)]
        pushed = 0
        while heap:
            bound, _, cell = heappop(heap)
            if cell.parts is None:
                yield bound, cell.rows
                continue
            for part in cell.parts.values():
                pushed += 1
                heappush(heap, (part.square_from(place), pushed, part))

    def _add(self, row: int, cell: Cell) -> None:
        place = self._places[row]
        while cell.parts is not None:
            cell = cell.smaller(cell.part(place))
        cell.rows.add(row)
        self._cell[row] = cell
        if len(cell.rows) > FULL and cell.half > SMALLEST:
            rows, cell.rows = cell.rows, set()
            cell.parts = {}
            for each in rows:
                self._add(each, cell)
