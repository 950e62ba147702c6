"""Which cells of a table are too small to be told, and which others would give them away.

A row about three women can name one of them. Whoever knows the sum of a line finds a hidden cell by subtraction.
So for every line of the table, and for every sum that can be asked for by fewer of the same keys, others are
hidden too, until nothing small is left to be found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sums:
    """All sums by some of the keys. `line` is which of them each cell adds to; `untold`, which are hidden in the
    table by these keys alone."""

    line: NDArray[np.int64]
    totals: Counts
    untold: Mask

    def of(self, cells: Counts) -> Counts:
        """What the cells add up to, by sum."""
        return np.bincount(self.line, weights=cells, minlength=len(self.totals)).astype(np.int64)


def hidden(counts: Mapping[Cell, int], floor: int) -> Hidden:
    """The cells that are not to be told: those of 1 to `floor` - 1, and as many others as it takes.

    An empty cell tells of nobody and stays. Against somebody who asks for other keys too, or for another period,
    it is no protection.
    """
    # The smallest first: of two that would do, the smaller one is hidden.
    cells = sorted(counts, key=lambda cell: (counts[cell], cell))
    number = np.array([counts[cell] for cell in cells], dtype=np.int64)
    keys = len(next(iter(counts), ()))
    sums = [_sums(cells, number, of, floor) for size in range(keys) for of in combinations(range(keys), size)]
    small = (number > 0) & (number < floor)
    gone = small
    while True:
        more = _more(number, sums, gone, floor)
        if more is None:
            return Hidden(small=_named(cells, small), beside=_named(cells, ~small), hopeless=True)
        if not more.any():
            return Hidden(small=_named(cells, small), beside=_named(cells, gone & ~small))
        gone = gone | more


def _named(cells: Sequence[Cell], which: Mask) -> frozenset[Cell]:
    return frozenset(cells[place] for place in np.flatnonzero(which).tolist())


def _sums(cells: Sequence[Cell], number: Counts, of: tuple[int, ...], floor: int) -> _Sums:
    names: dict[Cell, int] = {}
    number_of = [names.setdefault(tuple(cell[key] for key in of), len(names)) for cell in cells]
    line = np.array(number_of, dtype=np.int64)
    totals = np.bincount(line, weights=number, minlength=len(names)).astype(np.int64)
    untold = hidden(dict(zip(names, totals.tolist(), strict=True)), floor).cells
    return _Sums(line=line, totals=totals, untold=np.array([name in untold for name in names], dtype=bool))


def _more(number: Counts, sums: Sequence[_Sums], gone: Mask, floor: int) -> Mask | None:
    """Cells to hide beside those that are gone, because a line gives away something; None where none are left.

    A line gives away where it and what is known of its cells tell something small, or a sum that is hidden. The
    lines by the same keys share no cell, so they are mended together, each by its smallest.
    """
    unknown = gone & ~_found(number, sums, gone, floor)
    can_go = ~gone & (number > 0)
    for those in sums:
        left = those.of(number * unknown)
        broken = np.where(those.untold, (those.totals > 0) & (left == 0), (left > 0) & (left < floor))
        if not broken.any():
            continue
        more = _smallest(can_go & broken[those.line], those)
        if not more.any():
            # All of it is hidden and found by its other lines, so those have to hide more.
            stuck = broken[those.line] & (number > 0)
            for others in sums:
                more |= _smallest(can_go & np.isin(others.line, others.line[stuck]), others)
        return more if more.any() else None
    return np.zeros_like(gone)


def _smallest(which: Mask, sums: _Sums) -> Mask:
    """Of each line the first of these cells."""
    places = np.flatnonzero(which)
    _, first = np.unique(sums.line[places], return_index=True)
    found = np.zeros_like(which)
    found[places[first]] = True
    return found


def _found(number: Counts, sums: Sequence[_Sums], gone: Mask, floor: int) -> Mask:
    """The hidden cells that subtraction finds and may find: large ones, each alone in a line whose sum is told."""
    found = np.zeros_like(gone)
    while True:
        unknown = gone & ~found
        alone = np.zeros_like(gone)
        for those in sums:
            alone |= ((those.of(unknown.astype(np.int64)) == 1) & ~those.untold)[those.line]
        more = unknown & alone & (number >= floor)
        if not more.any():
            return found
        found |= more
