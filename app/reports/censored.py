"""Percentiles that count those who are still waiting: the Kaplan-Meier estimate, by SciPy.

An interval nobody has ended yet is known to be at least as long as it has run. Leaving it out makes help look
faster than it was; here it counts for as long as it has been waited.
"""

from collections.abc import Sequence

from scipy import stats

_ROUNDING = 1e-12
"""Products of fractions end a last digit beside the fraction that is meant."""


def quantiles(lengths_s: Sequence[float], waits_s: Sequence[float], of: Sequence[float]) -> list[float | None]:
    """For each fraction the shortest time by which so many were reached; None where so many never were.

    `lengths_s` have ended, `waits_s` go on (right-censored). One in both at the same length: it ended first.
    """
    if not lengths_s:
        return [None for _ in of]
    sample = stats.CensoredData(uncensored=list(lengths_s), right=list(waits_s))
    left = stats.ecdf(sample).sf
    found: list[float | None] = []
    for fraction in of:
        reached = left.quantiles[left.probabilities <= 1.0 - fraction + _ROUNDING]
        found.append(float(reached[0]) if len(reached) else None)
    return found


def reached(lengths_s: Sequence[float], waits_s: Sequence[float], by_s: Sequence[float]) -> list[float]:
    """The share (0 to 1) that was reached by each of these times; who still waits counts (Kaplan-Meier).

    Nothing is known later than the longest time: there it stays as it is.
    """
    if not lengths_s:
        return [0.0 for _ in by_s]
    sample = stats.CensoredData(uncensored=list(lengths_s), right=list(waits_s))
    left = stats.ecdf(sample).sf
    return [1.0 - float(share) for share in left.evaluate(list(by_s))]
