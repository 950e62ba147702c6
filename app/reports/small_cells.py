"""Which cells of a table are too small to be told, and which others would give them away.

A row about three women can name one of them. Whoever knows the sum of a line finds a hidden cell by subtraction.
So for every line of the table, and for every sum that can be asked for by fewer of the same keys, others are
hidden too, until nothing small is left to be found.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

Cell = tuple[str, ...]
"""The values of the keys, in one order for the whole table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """What is not told: `small` cells, and those `beside` them whose counts would give them away.

    `hopeless`: nothing less than the whole table helps, and it should not even say which cells there are.
    """

    small: frozenset[Cell] = frozenset()
    beside: frozenset[Cell] = frozenset()
    hopeless: bool = False

    @property
    def cells(self) -> frozenset[Cell]:
        """All of them."""
        return self.small | self.beside


def hidden(counts: Mapping[Cell, int], floor: int) -> Hidden:
    """The cells that are not to be told: those of 1 to `floor` - 1, and as many others as it takes.

    An empty cell tells of nobody and stays. Against somebody who asks for other keys too, or for another period,
    it is no protection.
    """
    keys = len(next(iter(counts), ()))
    sums = [of for size in range(keys) for of in combinations(range(keys), size)]
    lines = []
    for of in sums:
        untold = _untold(counts, of, floor)
        lines += [(line, name in untold) for name, line in _lines(counts, of).items()]
    small = frozenset(cell for cell, count in counts.items() if 0 < count < floor)
    gone = set(small)
    while True:
        found = _found(counts, lines, gone, floor)
        broken = [line for line, untold in lines if _gives_away(counts, line, gone - found, floor, untold=untold)]
        if not broken:
            return Hidden(small=small, beside=frozenset(gone) - small)
        rest = [(counts[cell], cell) for line in broken for cell in line if cell not in gone and counts[cell]]
        if not rest:
            return Hidden(small=small, beside=frozenset(counts) - small, hopeless=True)
        gone.add(min(rest)[1])


def _lines(counts: Mapping[Cell, int], of: tuple[int, ...]) -> dict[Cell, list[Cell]]:
    """The cells that add up to each sum by these keys."""
    lines: dict[Cell, list[Cell]] = {}
    for cell in counts:
        lines.setdefault(tuple(cell[key] for key in of), []).append(cell)
    return lines


def _untold(counts: Mapping[Cell, int], of: tuple[int, ...], floor: int) -> frozenset[Cell]:
    """The sums that are hidden in the table by these keys alone."""
    sums = {name: sum(counts[cell] for cell in line) for name, line in _lines(counts, of).items()}
    return hidden(sums, floor).cells


def _found(
    counts: Mapping[Cell, int], lines: list[tuple[list[Cell], bool]], gone: set[Cell], floor: int
) -> set[Cell]:
    """The hidden cells that subtraction finds and may find: large ones, each alone in a line whose sum is told."""
    found: set[Cell] = set()
    while True:
        left = [[cell for cell in line if cell in gone - found] for line, untold in lines if not untold]
        more = {cells[0] for cells in left if len(cells) == 1 and counts[cells[0]] >= floor}
        if not more:
            return found
        found |= more


def _gives_away(
    counts: Mapping[Cell, int], line: list[Cell], unknown: set[Cell], floor: int, *, untold: bool
) -> bool:
    """Whether this line's sum and what is known of its cells tell something small, or a sum that is hidden."""
    left = sum(counts[cell] for cell in line if cell in unknown)
    everything = sum(counts[cell] for cell in line)
    return (untold and everything > 0 and left == 0) or (not untold and 0 < left < floor)
