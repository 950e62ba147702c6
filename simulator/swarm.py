"""Many nights, each from its seed, on every core: who of them broke a promise, and the digest of the others."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from time import perf_counter
from typing import Any

from simulator.watched import Outcome, run

WORKERS = 2
"""One for each core."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A seed that broke a promise: which one, in words, and how to see it again."""

    seed: int
    kind: str
    said: str
    notes: tuple[str, ...]

    def __str__(self) -> str:
        return "\n    ".join((f"seed {self.seed}  {self.kind}: {self.said}", *self.notes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Swarm:
    """What came of all of them. `digest` is that of every night's digest, in the order of the seeds."""

    hours: float
    outcomes: tuple[Outcome, ...]
    failures: tuple[Failure, ...]
    took_s: float

    @property
    def digest(self) -> str:
        """One for all nights that ended: the same seeds give the same, on any machine."""
        lines = "".join(f"{outcome.seed} {outcome.digest}\n" for outcome in self.outcomes)
        return hashlib.sha256(lines.encode()).hexdigest()

    @property
    def kinds(self) -> Counter[str]:
        """How many events of each kind all nights wrote together."""
        return sum((Counter(outcome.kinds) for outcome in self.outcomes), Counter[str]())


def nights(seeds: Sequence[int], hours: float, workers: int = WORKERS) -> Iterator[Outcome | Failure]:
    """Play the night of every seed; in the order of the seeds, each as soon as it and those before it are over."""
    play = partial(one_night, hours=hours)
    if workers == 1 or len(seeds) == 1:
        yield from map(play, seeds)
        return
    # A process of its own for each, begun anew: nothing of this one leaks into a night.
    with get_context("spawn").Pool(workers) as pool:
        yield from pool.imap(play, seeds)


def one_night(seed: int, hours: float) -> Outcome | Failure:
    """The night of this seed, or what it broke. A failure that is no broken promise is one all the same."""
    try:
        return run(seed, hours)
    except Exception as broken:  # noqa: BLE001 - whatever it is, it is told with its seed, and the rest goes on
        notes = tuple(getattr(broken, "__notes__", ()))
        return Failure(seed=seed, kind=type(broken).__name__, said=str(broken), notes=notes)


def swarm(
    seeds: Sequence[int], hours: float, workers: int = WORKERS, tell: Callable[[Failure], None] | None = None
) -> Swarm:
    """Play them all; `tell` hears of each failure as soon as it is known."""
    began = perf_counter()
    outcomes: list[Outcome] = []
    failures: list[Failure] = []
    for night in nights(seeds, hours, workers):
        if isinstance(night, Outcome):
            outcomes.append(night)
            continue
        failures.append(night)
        if tell is not None:
            tell(night)
    took_s = perf_counter() - began
    return Swarm(hours=hours, outcomes=tuple(outcomes), failures=tuple(failures), took_s=took_s)


def as_text(found: Swarm) -> str:
    """What is said in the end; the digest last."""
    ended = found.outcomes
    words = [
        f"{len(ended) + len(found.failures)} nights of {found.hours:g} h in {found.took_s:.1f} s, "
        f"{len(found.failures)} failed",
        f"{sum(night.alerts for night in ended)} alerts, {sum(night.commands for night in ended)} commands, "
        f"{sum(night.events for night in ended)} events, {sum(night.kills for night in ended)} restarts",
        f"digest {found.digest}",
    ]
    return "\n".join(words)


def as_dict(found: Swarm) -> dict[str, Any]:
    """The same as figures."""
    return {
        "hours": found.hours,
        "took_s": round(found.took_s, 1),
        "failures": [
            {"seed": one.seed, "kind": one.kind, "said": one.said, "notes": one.notes} for one in found.failures
        ],
        "nights": [
            {"seed": one.seed, "alerts": one.alerts, "events": one.events, "digest": one.digest}
            for one in found.outcomes
        ],
        "kinds": dict(sorted(found.kinds.items())),
        "digest": found.digest,
    }
