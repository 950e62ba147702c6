"""What a trial's answer is most sensitive to: each assumption by itself, 20 % less and more, on the same draws."""

from collections.abc import Iterable, Sequence

from app.reports.seeds import Estimate, Measure, Sample, contrast, difference
from app.reports.trial_tables import Moved
from simulator.assumptions import Assumptions
from simulator.nights import Night
from simulator.trial import Policy

FACTORS = (0.8, 1.2)


def nights_of(
    assumptions: Assumptions, policies: tuple[Policy, Policy], seeds: Sequence[int], names: Sequence[str] = ()
) -> list[Night]:
    """All nights of a tornado: as planned, then each assumption (those of `names`, or all) with each factor."""
    every = names or [name for name, *_ in assumptions.listed()]
    scaled = [None, *((name, factor) for name in every for factor in FACTORS)]
    return [Night(policy=policy, seed=seed, scaled=one) for one in scaled for policy in policies for seed in seeds]


def moved(nights: Sequence[Night], samples: Iterable[Sample], these: Policy, those: Policy) -> list[Moved]:
    """How far each assumption moves the mean of both policies, and these less those; the largest swing first.

    `samples` are what came of `nights`, one by one. Raises ValueError where a policy reached nobody.
    """
    came: dict[tuple[tuple[str, float] | None, Policy], list[Sample]] = {}
    for night, found in zip(nights, samples, strict=True):
        came.setdefault((night.scaled, night.policy), []).append(found)
    names = dict.fromkeys(night.scaled[0] for night in nights if night.scaled is not None)

    def of(name: str, factor: float) -> tuple[Estimate, Estimate, Estimate]:
        now = [came[(name, factor), policy] for policy in (these, those)]
        was = [came[None, policy] for policy in (these, those)]
        return (
            _known(difference(was[0], now[0], Measure.MEAN)),
            _known(difference(was[1], now[1], Measure.MEAN)),
            _known(contrast(((1, now[0]), (-1, now[1]), (-1, was[0]), (1, was[1])), Measure.MEAN)),
        )

    found_all = []
    for name in names:
        less, more = (of(name, factor) for factor in FACTORS)
        found_all.append(
            Moved(name=name, these=(less[0], more[0]), those=(less[1], more[1]), difference=(less[2], more[2]))
        )
    return sorted(found_all, key=lambda one: -one.swing)


def _known(found: Estimate | None) -> Estimate:
    if found is None:
        raise ValueError("a policy reached nobody, so nothing can be said of what it depends on")
    return found
