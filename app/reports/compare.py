"""Before against after: how much shorter an interval became, and whether chance could have done it.

Days are drawn again, not calls: calls of one day share its weather, its staffing and its football, so they are not
independent. The before is also given the after's mix of zone, shift and level, because a month with more calls
from the near zones is no gain.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RESAMPLES = 2_000
CONFIDENCE = 0.95
_SEEN_AT = 1.959964 + 0.841621
"""So many standard errors must a change measure to be found with 95 % confidence four times in five."""
_AT_ONCE = 4_000_000
"""Weights that are held in memory at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One measured interval: its length in seconds, the day of its call, and its zone × shift × level."""

    seconds: float
    day: Hashable
    stratum: Hashable


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of one percentile, in seconds; `change` below zero is faster.

    `low` to `high` holds the true change with 95 % confidence. `smallest`: a change of less would mostly not have
    been told from chance with so few days.
    """

    before_s: float
    after_s: float
    change_s: float
    low_s: float
    high_s: float
    smallest_s: float

    @property
    def real(self) -> bool:
        """Whether the interval leaves no change out."""
        return not self.low_s <= 0.0 <= self.high_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The same intervals before and after."""

    before: Sequence[Measured]
    after: Sequence[Measured]

    @property
    def in_both(self) -> "Pair":
        """Without what has no equal on the other side."""
        both = {one.stratum for one in self.before} & {one.stratum for one in self.after}
        return Pair(
            before=[one for one in self.before if one.stratum in both],
            after=[one for one in self.after if one.stratum in both],
        )


def compare(
    found: Pair,
    fraction: float,
    chance: np.random.Generator,
    *,
    same_mix: bool = False,
    same_days: bool = False,
    control: Pair | None = None,
) -> Change | None:
    """The change of one percentile; None where a side has fewer than two days (days are what is drawn).

    `same_mix`: only what occurs on both sides counts, and the before is weighed as if it had the after's mix.
    `same_days`: both sides are of the same days, as two groups of zones are; each draw of days is then of both.
    `control`: zones in which nothing was changed; what became of them meanwhile is taken off (difference in
    differences). Their days are drawn together with the others', since they share them.
    """
    if same_mix:
        found = found.in_both
    pairs = [found, *([control] if control is not None else [])]
    if any(len({one.day for one in side}) < 2 for pair in pairs for side in (pair.before, pair.after)):
        return None
    mix = _mix(found.before, found.after) if same_mix else None
    before = [_Side(found.before, mix), *(_Side(pair.before, None) for pair in pairs[1:])]
    after = [_Side(pair.after, None) for pair in pairs]
    cuts = [[side.quantile(fraction) for side in sides] for sides in (before, after)]
    if same_days:
        both = _drawn([*before, *after], fraction, chance)
        drawn = [both[: len(before)], both[len(before) :]]
    else:
        drawn = [_drawn(sides, fraction, chance) for sides in (before, after)]
    change_s = cuts[1][0] - cuts[0][0] - sum(b - a for a, b in zip(cuts[0][1:], cuts[1][1:], strict=True))
    changes = drawn[1][0] - drawn[0][0]
    for was, is_ in zip(drawn[0][1:], drawn[1][1:], strict=True):
        changes -= is_ - was
    # A draw without a single day of one of them says nothing.
    changes = changes[np.isfinite(changes)]
    tail = (1.0 - CONFIDENCE) / 2
    low_s, high_s = (float(cut) for cut in np.quantile(changes, (tail, 1.0 - tail)))
    return Change(
        before_s=cuts[0][0],
        after_s=cuts[1][0],
        change_s=change_s,
        low_s=low_s,
        high_s=high_s,
        smallest_s=_SEEN_AT * float(np.std(changes, ddof=1)),
    )


def _mix(before: Sequence[Measured], after: Sequence[Measured]) -> dict[Hashable, float]:
    """How much one interval of the before weighs, so that each kind weighs as much as it does after."""
    was, is_ = Counter(one.stratum for one in before), Counter(one.stratum for one in after)
    return {stratum: is_[stratum] / len(after) / (was[stratum] / len(before)) for stratum in is_}


def _drawn(sides: Sequence["_Side"], fraction: float, chance: np.random.Generator) -> list[Floats]:
    """The percentile of each side in each of so many draws of as many of their days, with repetition."""
    days = list(dict.fromkeys(day for side in sides for day in side.days))
    times = chance.multinomial(len(days), np.full(len(days), 1.0 / len(days)), size=RESAMPLES)
    return [side.cuts(times[:, [days.index(day) for day in side.days]], fraction) for side in sides]


class _Side:
    """One period's intervals in order of length, with the day and the weight of each."""

    def __init__(self, measured: Sequence[Measured], mix: dict[Hashable, float] | None) -> None:
        ordered = sorted(measured, key=lambda one: one.seconds)
        numbers = {day: number for number, day in enumerate(dict.fromkeys(one.day for one in ordered))}
        self.days = tuple(numbers)
        self._seconds: Floats = np.array([one.seconds for one in ordered], dtype=np.float64)
        self._day = np.array([numbers[one.day] for one in ordered])
        self._weights = None if mix is None else np.array([mix[one.stratum] for one in ordered])

    def quantile(self, fraction: float) -> float:
        """The percentile as it was measured."""
        return float(self.cuts(np.ones((1, len(self.days)), dtype=np.int64), fraction)[0])

    def cuts(self, times: NDArray[np.int64], fraction: float) -> Floats:
        """The percentile for each line of `times`: how often each of `days` counts; NaN where none does.

        Unweighted it interpolates like the report (type 7); weighted it is the shortest length that so much of the
        weight reaches, because between weights there are no ranks.
        """
        rows = max(1, _AT_ONCE // len(self._seconds))
        parts = [self._cuts(times[at : at + rows], fraction) for at in range(0, len(times), rows)]
        return np.concatenate(parts)

    def _cuts(self, times: NDArray[np.int64], fraction: float) -> Floats:
        counted = times[:, self._day].astype(np.float64)
        if self._weights is not None:
            counted *= self._weights
        reached = np.cumsum(counted, axis=1)
        total = reached[:, -1]
        some = total > 0
        cuts: Floats = np.full(len(times), np.nan)
        if self._weights is not None:
            wanted = fraction * total[some, None] * (1.0 - 1e-12)
            cuts[some] = self._seconds[(reached[some] < wanted).sum(axis=1)]
            return cuts
        rank = fraction * (total[some] - 1.0)
        below, above = np.floor(rank), np.ceil(rank)
        low = self._seconds[(reached[some] <= below[:, None]).sum(axis=1)]
        high = self._seconds[(reached[some] <= above[:, None]).sum(axis=1)]
        cuts[some] = low + (rank - below) * (high - low)
        return cuts
