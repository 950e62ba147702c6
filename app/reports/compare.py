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


def compare(
    before: Sequence[Measured],
    after: Sequence[Measured],
    fraction: float,
    chance: np.random.Generator,
    *,
    same_mix: bool = False,
) -> Change | None:
    """The change of one percentile; None where a side has fewer than two days (days are what is drawn).

    `same_mix`: only what occurs on both sides counts, and the before is weighed as if it had the after's mix.
    """
    if same_mix:
        both = {one.stratum for one in before} & {one.stratum for one in after}
        before = [one for one in before if one.stratum in both]
        after = [one for one in after if one.stratum in both]
    if min(len({one.day for one in side}) for side in (before, after)) < 2:
        return None
    mix = _mix(before, after) if same_mix else None
    first, second = _Side(before, mix), _Side(after, None)
    before_s, after_s = first.quantile(fraction), second.quantile(fraction)
    drawn = second.drawn(fraction, chance) - first.drawn(fraction, chance)
    tail = (1.0 - CONFIDENCE) / 2
    low_s, high_s = (float(cut) for cut in np.quantile(drawn, (tail, 1.0 - tail)))
    return Change(
        before_s=before_s,
        after_s=after_s,
        change_s=after_s - before_s,
        low_s=low_s,
        high_s=high_s,
        smallest_s=_SEEN_AT * float(np.std(drawn, ddof=1)),
    )


def left_out(before: Sequence[Measured], after: Sequence[Measured]) -> int:
    """How many of both sides have no equal on the other and do not count at equal mix."""
    both = {one.stratum for one in before} & {one.stratum for one in after}
    return sum(one.stratum not in both for one in (*before, *after))


def _mix(before: Sequence[Measured], after: Sequence[Measured]) -> dict[Hashable, float]:
    """How much one interval of the before weighs, so that each kind weighs as much as it does after."""
    was, is_ = Counter(one.stratum for one in before), Counter(one.stratum for one in after)
    return {stratum: is_[stratum] / len(after) / (was[stratum] / len(before)) for stratum in is_}


class _Side:
    """One period's intervals in order of length, with the day and the weight of each."""

    def __init__(self, measured: Sequence[Measured], mix: dict[Hashable, float] | None) -> None:
        ordered = sorted(measured, key=lambda one: one.seconds)
        days = {day: number for number, day in enumerate(dict.fromkeys(one.day for one in ordered))}
        self._seconds: Floats = np.array([one.seconds for one in ordered], dtype=np.float64)
        self._day = np.array([days[one.day] for one in ordered])
        self._days = len(days)
        self._weights = None if mix is None else np.array([mix[one.stratum] for one in ordered])

    def quantile(self, fraction: float) -> float:
        """The percentile as it was measured."""
        return float(self._cuts(np.ones((1, self._days)), fraction)[0])

    def drawn(self, fraction: float, chance: np.random.Generator) -> Floats:
        """The percentile of each of so many draws of as many days, with repetition."""
        times = chance.multinomial(self._days, np.full(self._days, 1.0 / self._days), size=RESAMPLES)
        rows = max(1, _AT_ONCE // len(self._seconds))
        parts = [self._cuts(times[at : at + rows], fraction) for at in range(0, RESAMPLES, rows)]
        return np.concatenate(parts)

    def _cuts(self, times: NDArray[np.integer] | Floats, fraction: float) -> Floats:
        """For each line of `times` (how often each day counts) the percentile.

        Unweighted it interpolates like the report (type 7); weighted it is the shortest length that so much of the
        weight reaches, because between weights there are no ranks.
        """
        counted = times[:, self._day].astype(np.float64)
        if self._weights is not None:
            reached = np.cumsum(counted * self._weights, axis=1)
            wanted = fraction * reached[:, -1:] * (1.0 - 1e-12)
            first: Floats = self._seconds[(reached < wanted).sum(axis=1)]
            return first
        reached = np.cumsum(counted, axis=1)
        rank = fraction * (reached[:, -1] - 1.0)
        below, above = np.floor(rank), np.ceil(rank)
        low = self._seconds[(reached <= below[:, None]).sum(axis=1)]
        high = self._seconds[(reached <= above[:, None]).sum(axis=1)]
        cuts: Floats = low + (rank - below) * (high - low)
        return cuts
