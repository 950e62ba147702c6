"""Figures over many simulated nights, each with an interval whose unit is the seed, never the call.

Calls of one night share its staffing and its chance, so they are not independent; nights of different seeds are.
Every figure is taken from all calls of all seeds together, by the functions of the reports (so no percentile is
ever averaged), and again without each group of seeds in turn: the delete-a-group jackknife. How much the figure
moves gives its standard error, and Student's t with groups - 1 degrees of freedom the 95 % interval. Two policies
are always left without the same seeds, so what their common calls do to both falls out of a difference.

Why not one seed at a time where there are many: of a percentile that standard error does not come out right
however many seeds there are, with several at a time it does (Shao and Wu 1989, Annals of Statistics 17:1176).
Why no bootstrap: with few seeds it falls short, and it needs a chance of its own. For a mean of equally many
calls and few seeds this is exactly the t interval of the seeds' own means.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain

import numpy as np
from scipy import stats

from .censored import quantiles
from .intervals import INTERVALS, Outcome, observe
from .ordered import one_group
from .timeline import Timeline

CONFIDENCE = 0.95
SEEDS_MIN = 2
"""One seed alone says nothing about others."""
GROUPS = 10
"""So many groups of seeds where there are at least two seeds for each; else each seed is its own."""
INTERVAL = "response"
"""What is told of a trial: T8 - T0 of the first police unit."""


class Measure(StrEnum):
    """What is told of the responses of one policy. `censored_*` count those who wait for as long as they have."""

    MEAN = "mean_s"
    P50 = "p50_s"
    P90 = "p90_s"
    CENSORED_P50 = "censored_p50_s"
    CENSORED_P90 = "censored_p90_s"


_FRACTION = {Measure.P50: 0.5, Measure.P90: 0.9, Measure.CENSORED_P50: 0.5, Measure.CENSORED_P90: 0.9}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One seed's responses: `lengths_s` have ended, `waits_s` go on when the night is judged; seconds.

    `counts`: how many alerts ended as what, those that are no part of the figures too. `parts_s`: the mean seconds
    of each part of the response, by its name, where the log tells them.
    """

    seed: int
    lengths_s: Sequence[float]
    waits_s: Sequence[float] = ()
    counts: Mapping[Outcome, int] = field(default_factory=dict)
    parts_s: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure and where the truth lies with 95 % confidence; without `low` and `high` it cannot be said where."""

    value: float
    low: float | None
    high: float | None

    @property
    def real(self) -> bool:
        """Of a difference: whether its interval leaves no difference out."""
        return self.low is not None and self.high is not None and not self.low <= 0.0 <= self.high


def sample(seed: int, timelines: Iterable[Timeline], at: float) -> Sample:
    """What became of every alert of one night by the report's definition, `at` in seconds since 1970 UTC."""
    seen = [one for timeline in timelines for one in observe(timeline, INTERVALS[INTERVAL], at)]

    def seconds(outcome: Outcome) -> tuple[float, ...]:
        return tuple(one.seconds for one in seen if one.outcome is outcome and one.seconds is not None)

    return Sample(
        seed=seed,
        lengths_s=seconds(Outcome.MEASURED),
        waits_s=seconds(Outcome.UNATTENDED),
        counts=Counter(one.outcome for one in seen),
    )


def figure(samples: Sequence[Sample], measure: Measure) -> float | None:
    """The measure of all calls of these seeds together, in seconds; None where so many were never reached."""
    lengths = list(chain.from_iterable(one.lengths_s for one in samples))
    if not lengths:
        return None
    match measure:
        case Measure.MEAN:
            found = one_group(lengths).means()
        case Measure.P50 | Measure.P90:
            found = one_group(lengths).percentiles(_FRACTION[measure])
        case _:
            waits = list(chain.from_iterable(one.waits_s for one in samples))
            found = quantiles(one_group(lengths), one_group(waits), (_FRACTION[measure],))[0]
    return None if np.isnan(found[0]) else float(found[0])


def estimate(samples: Sequence[Sample], measure: Measure) -> Estimate | None:
    """The measure with its interval; None where there is no such figure. Raises ValueError for too few seeds."""
    return _jackknife(len(samples), lambda left: figure([samples[at] for at in left], measure))


def difference(those: Sequence[Sample], these: Sequence[Sample], measure: Measure) -> Estimate | None:
    """How much longer these take than those, in seconds; below zero they are faster. Paired by seed.

    Raises ValueError where the seeds are not the same, one by one, or too few.
    """
    return contrast(((-1.0, those), (1.0, these)), measure)


def contrast(sides: Sequence[tuple[float, Sequence[Sample]]], measure: Measure) -> Estimate | None:
    """The measures of all sides, each times its weight, added up. Paired, and raises, like `difference`."""

    def added(figures: Sequence[float]) -> float:
        return sum(weight * found for (weight, _), found in zip(sides, figures, strict=True))

    return _paired([side for _, side in sides], measure, added)


def ratio(those: Sequence[Sample], these: Sequence[Sample], measure: Measure) -> Estimate | None:
    """How many times as long these take as those. Paired, and raises, like `difference`."""
    return _paired([those, these], measure, lambda both: both[1] / both[0] if both[0] > 0 else None)


def _paired(
    sides: Sequence[Sequence[Sample]], measure: Measure, of: Callable[[Sequence[float]], float | None]
) -> Estimate | None:
    seeds = [[one.seed for one in side] for side in sides]
    if any(other != seeds[0] for other in seeds):
        raise ValueError("all policies are played on the same seeds, in the same order")

    def statistic(left: Sequence[int]) -> float | None:
        figures = [figure([side[at] for at in left], measure) for side in sides]
        known = [one for one in figures if one is not None]
        return of(known) if len(known) == len(sides) else None

    return _jackknife(len(seeds[0]), statistic)


def _jackknife(seeds: int, statistic: Callable[[Sequence[int]], float | None]) -> Estimate | None:
    """`statistic` of all seeds, by their numbers, and its interval from leaving each group out in turn."""
    if seeds < SEEDS_MIN:
        raise ValueError(f"an interval over seeds needs {SEEDS_MIN} of them at least")
    everybody = range(seeds)
    value = statistic(everybody)
    if value is None:
        return None
    groups = GROUPS if seeds >= 2 * GROUPS else seeds
    without = [statistic([at for at in everybody if at % groups != out]) for out in range(groups)]
    known = [one for one in without if one is not None]
    if len(known) < groups:
        return Estimate(value=value, low=None, high=None)
    error = float(np.sqrt((groups - 1) * np.var(known)))
    reach = float(stats.t.ppf(0.5 + CONFIDENCE / 2, groups - 1)) * error
    return Estimate(value=value, low=value - reach, high=value + reach)
