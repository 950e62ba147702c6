"""What must be assumed for the relay's mean response to be a published one, and whether that can be believed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from scipy.optimize import brentq

from simulator.trial import Plan, Policy, play

PUBLISHED_S = 42 * 60.0
"""Alerta Naranja: "42 to 21 min on average in one area" (ConJusticia's page). No n, no interval, no definition."""

WITHIN = 0.002
"""To within this of its unit the value is sought."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """The one assumption that was moved.

    Attributes:
        before, value: of it, as assumed first and as found; `range`: between which it was sought, for `why`.
        least_s: the relay's mean at the lower end of the range, `before_s` as first assumed, `mean_s` as found.
        reached: whether the published mean lies within the range.
    """

    name: str
    before: float
    value: float
    range: tuple[float, float]
    why: str
    least_s: float
    before_s: float
    mean_s: float
    reached: bool
    plan: Plan


def calibrate(
    plan: Plan,
    seeds: Sequence[int],
    *,
    mean_s: float = PUBLISHED_S,
    name: str = "dropped",
    between: tuple[float, float] = (0.0, 0.6),
    why: str = "CLADEM: 60 % of such calls get no patrol; more lost hand-overs than that are not plausible",
) -> Calibrated:
    """Move one assumption, and nothing else, until the relay's mean over these seeds is `mean_s` (Brent's method).

    The draws stay the same while it moves, so the mean moves with it. Where the range does not hold the value, its
    nearer end is taken and `reached` is False.
    """

    @cache
    def over_s(value: float) -> float:
        return relay_mean_s(_with(plan, name, value), seeds) - mean_s

    low, high = between
    reached = over_s(low) <= 0 <= over_s(high)
    nearer = low if over_s(low) > 0 else high
    value = float(brentq(over_s, low, high, xtol=WITHIN)) if reached else nearer
    return Calibrated(
        name=name,
        before=plan.assumptions[name].value,
        value=value,
        range=between,
        why=why,
        least_s=over_s(low) + mean_s,
        before_s=over_s(plan.assumptions[name].value) + mean_s,
        mean_s=over_s(value) + mean_s,
        reached=reached,
        plan=_with(plan, name, value),
    )


def relay_mean_s(plan: Plan, seeds: Sequence[int]) -> float:
    """Over all alerts of these seeds that were reached, in seconds."""
    reached = [s for seed in seeds for s in play(plan, Policy.RELAY, seed).responses.values() if s is not None]
    if not reached:
        raise ValueError("the relay reached nobody: more seeds, or more days")
    return sum(reached) / len(reached)


def _with(plan: Plan, name: str, value: float) -> Plan:
    return replace(plan, assumptions=plan.assumptions.with_value(name, value))
