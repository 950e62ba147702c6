"""The values of many groups, each group ascending, and what is read off them for all groups at once.

Groups are whole numbers from 0; values are seconds. To bring them together is one counting sort and not a sort by
group: that of SciPy, which turns the columns of a sparse matrix (one value each, in its group's row) into rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Whole = NDArray[np.signedinteger[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """Group g is `values[bounds[g] : bounds[g + 1]]`, ascending. A group without values has NaN."""

    values: Floats
    bounds: NDArray[np.int64]

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many values each group has."""
        return np.diff(self.bounds)

    def of(self, group: int) -> Floats:
        """The values of one group."""
        return self.values[self.bounds[group] : self.bounds[group + 1]]

    def ranked(self, ranks: Whole) -> Floats:
        """Of each group the value at its rank, from 0; NaN where the group has none."""
        some = self.counts > 0
        found: Floats = np.full(len(some), np.nan)
        found[some] = self.values[self.bounds[:-1][some] + ranks[some]]
        return found

    def percentiles(self, fraction: float) -> Floats:
        """PERCENTILE_CONT as PostgreSQL calculates it: low + part x (high - low), between the two ranks around
        fraction x (n - 1), in this order of rounding, so that the last digit is the same."""
        place = fraction * (self.counts - 1)
        below = np.floor(place)
        low, high = self.ranked(below.astype(np.int64)), self.ranked(np.ceil(place).astype(np.int64))
        found: Floats = low + (place - below) * (high - low)
        return found

    def means(self) -> Floats:
        """The mean of each group, added up in ascending order, pairwise, as NumPy adds one group."""
        counts = self.counts
        found: Floats = np.full(len(counts), np.nan)
        if len(self.values):
            # NumPy adds up from nothing; `reduceat` would begin with the first value, and end another last digit.
            begun = np.insert(self.values, self.bounds[:-1], 0.0)
            sums = np.add.reduceat(begun, self.bounds[:-1] + np.arange(len(counts)))
            np.divide(sums, counts, out=found, where=counts > 0)
        return found

    def largest(self) -> Floats:
        """The last value of each group."""
        return self.ranked(self.counts - 1)

    def up_to(self, limit: float) -> NDArray[np.int64]:
        """How many values of each group are no larger."""
        return np.diff(np.append(0, np.cumsum(self.values <= limit))[self.bounds])


def one_group(values: Sequence[float]) -> Ordered:
    """All of them as the only group, 0."""
    return Ordered(values=np.sort(np.asarray(values, dtype=np.float64)), bounds=np.array([0, len(values)]))


def ordered(values: Floats, groups: Whole, count: int) -> Ordered:
    """The values of the groups 0 to `count` - 1, each value of the group that stands beside it."""
    numbers = np.arange(len(values) + 1, dtype=np.int32)
    shape = (max(1, count), max(1, len(values)))
    if not len(values):
        return Ordered(values=np.empty(0), bounds=np.zeros(count + 1, dtype=np.int64))
    rows = sparse.csc_array((values, groups.astype(np.int32, copy=False), numbers), shape=shape).tocsr()
    for group in np.split(rows.data, rows.indptr[1:-1]):
        group.sort()
    return Ordered(values=rows.data, bounds=rows.indptr.astype(np.int64))
