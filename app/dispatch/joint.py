"""Several needs at once: who goes to whom, so that the weighted seconds of all together are least.

One row for each need, one column for each free slot, and one column more for each need: left without anybody.

Who goes without is decided by level first. Being left costs `unattended_s` by weight, and for every higher level,
and within it for who is first in line, more than all the lower ones together could ever save. So an `extreme`
never loses its only unit to the distances of others, however many they are. Which unit each gets is decided by
weight: a second of an `extreme` counts as much as sixteen of a `standard`, and waiting makes seconds count more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from .model import Alert, Board, Need, UnitState
from .policy import Candidate
from .rules import Rules

FIRST_COUNTS = 4.0
"""A second of a need that is first in line counts so many times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A need and the units that may be asked for it."""

    alert: Alert
    need: Need
    candidates: Sequence[Candidate]


def together(board: Board, wanted: Sequence[Wanted], rules: Rules, at: float) -> list[Candidate | None]:
    """The unit for each need, in their order; None for those that are left without anybody.

    The order is that in which needs come first where all else is equal; units then come by their codes. Costs are
    whole milliseconds, so no last bit decides and every machine finds the same.
    """
    codes = sorted({candidate.unit for each in wanted for candidate in each.candidates})
    slots = [code for code in codes for _ in range(min(len(wanted), _free(board, code)))]
    columns: dict[str, list[int]] = {}
    for column, code in enumerate(slots):
        columns.setdefault(code, []).append(column)
    rows, width = len(wanted), len(slots)
    ways = np.full((rows, width), np.inf)
    for row, each in enumerate(wanted):
        for candidate in each.candidates:
            ways[row, columns[candidate.unit]] = round(weight(each, rules, at) * candidate.cost_s * 1000)
    costs = np.full((rows, width + rows), np.inf)
    costs[:, :width] = ways
    costs[range(rows), range(width, width + rows)] = _left(wanted, ways, rules, at)
    # Less than a millisecond over all: where it is all the same, the earlier needs get the lower codes, and the
    # later go without.
    places = np.minimum(np.arange(width + rows), width)
    costs += np.outer(np.arange(rows, 0, -1), places) / max(1, rows * rows * width)
    by_unit = [{candidate.unit: candidate for candidate in each.candidates} for each in wanted]
    answer: list[Candidate | None] = [None] * rows
    for row, column in zip(*linear_sum_assignment(costs), strict=True):
        if column < width:
            answer[row] = by_unit[row][slots[column]]
    return answer


def weight(wanted: Wanted, rules: Rules, at: float) -> float:
    """How much a second of this need counts: by level, by how long it has waited, more if it is first in line."""
    waited = max(0.0, at - wanted.need.unaccepted_since)
    by_level = rules.level_weight[wanted.alert.level] * (1 + waited / rules.wait_doubles_s)
    return by_level * FIRST_COUNTS if wanted.need.first else by_level


def _left(wanted: Sequence[Wanted], ways: npt.NDArray[np.float64], rules: Rules, at: float) -> list[float]:
    """What it costs to leave each need without anybody: more than everything below it together."""
    most = float(np.where(np.isfinite(ways), ways, 0.0).max(axis=1, initial=0.0).sum())
    left = [float(round(weight(each, rules, at) * rules.unattended_s * 1000)) for each in wanted]
    ranks = [(each.alert.level.rank, each.need.first) for each in wanted]
    below = 0.0
    for rank in sorted(set(ranks)):
        rows = [row for row in range(len(wanted)) if ranks[row] == rank]
        for row in rows:
            left[row] += below
        below = most + sum(left[row] for row in rows) + below
    return left


def _free(board: Board, code: str) -> int:
    return board.units[code].slots.count(UnitState.FREE)
