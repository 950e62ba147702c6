"""Percentiles that count those who are still waiting: the Kaplan-Meier estimate, for many groups at once.

An interval nobody has ended yet is known to be at least as long as it has run. Leaving it out makes help look
faster than it was; here it counts for as long as it has been waited. Digit for digit what SciPy's `ecdf` says of
one group, which is too slow for thousands of them; the tests hold the two together.
"""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from .ordered import Floats, Ordered

_ROUNDING = 1e-12
"""Products of fractions end a last digit beside the fraction that is meant."""


def quantiles(lengths: Ordered, waits: Ordered, of: Sequence[float]) -> list[Floats]:
    """For each fraction, of each group the shortest time by which so many were reached; NaN where they never were.

    `lengths` have ended, `waits` go on (right-censored), both in seconds and of the same groups. One in both at
    the same length: it ended first.
    """
    found = [_where_nobody_waits(lengths, fraction) for fraction in of]
    for group in np.flatnonzero((waits.counts > 0) & (lengths.counts > 0)).tolist():
        ended, waiting = lengths.of(group), waits.of(group)
        first = np.flatnonzero(np.diff(ended, prepend=-np.inf) > 0)
        times = ended[first]
        at_risk = len(ended) - first + len(waiting) - np.searchsorted(waiting, times)
        left = np.cumprod((at_risk - np.diff(first, append=len(ended))) / at_risk)
        for fraction, times_of in zip(of, found, strict=True):
            by_then = np.flatnonzero(left <= 1.0 - fraction + _ROUNDING)
            times_of[group] = times[by_then[0]] if len(by_then) else np.nan
    return found


def _where_nobody_waits(lengths: Ordered, fraction: float) -> Floats:
    """The value at the first rank by which so many have ended: what is left falls by 1 / n with each."""
    counts = lengths.counts
    ended = np.maximum(1, np.ceil(fraction * counts).astype(np.int64) - 1)
    for _ in range(2):  # Rounding may have put it beside its rank.
        ended += 1.0 - ended / np.maximum(1, counts) > 1.0 - fraction + _ROUNDING
    return lengths.ranked(ended - 1)


def reached(lengths_s: Sequence[float], waits_s: Sequence[float], by_s: Sequence[float]) -> list[float]:
    """The share (0 to 1) that was reached by each of these times; who still waits counts (Kaplan-Meier).

    Nothing is known later than the longest time: there it stays as it is.
    """
    if not lengths_s:
        return [0.0 for _ in by_s]
    sample = stats.CensoredData(uncensored=list(lengths_s), right=list(waits_s))
    left = stats.ecdf(sample).sf
    return [1.0 - float(share) for share in left.evaluate(list(by_s))]
