"""Many trials on every core: each policy on each seed, as soon as it is played."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from time import perf_counter

from simulator.trial import Plan, Played, Policy, play

WORKERS = 2
"""One for each core."""

_plan: list[Plan] = []
"""In a worker: the plan that it plays, sent once and not with every seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What was played and the seconds of a machine that took."""

    played: Played
    took_s: float


def trials(
    plan: Plan, policies: Sequence[Policy], seeds: Sequence[int], workers: int = WORKERS
) -> Iterator[Trial]:
    """Every policy on every seed, in the order in which they end; what each gives is the same on any workers."""
    wanted = [(policy, seed) for seed in seeds for policy in policies]
    if workers == 1 or len(wanted) == 1:
        _begin(plan)
        yield from (_trial(*one) for one in wanted)
        return
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(plan,)) as pool:
        for done in as_completed([pool.submit(_trial, *one) for one in wanted]):
            yield done.result()


def _begin(plan: Plan) -> None:
    _plan[:] = [plan]


def _trial(policy: Policy, seed: int) -> Trial:
    began = perf_counter()
    played = play(_plan[0], policy, seed)
    return Trial(played=played, took_s=perf_counter() - began)
