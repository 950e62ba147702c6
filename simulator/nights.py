"""Many nights of one plan over processes, each told as its responses: what becomes of a trial's every seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from multiprocessing import get_context

from app.clock import instant
from app.reports.intervals import Outcome
from app.reports.seeds import Sample, sample
from simulator.calls import Call
from simulator.drawn import Drawn
from simulator.parts import parts
from simulator.trial import Plan, Policy, play

WORKERS = 2
"""One for each core."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """One night to be played.

    Attributes:
        scaled: an assumption and the factor it is multiplied by; None: all as planned.
        calls: real calls instead of the plan's demand; None: as planned.
    """

    policy: Policy
    seed: int
    scaled: tuple[str, float] | None = None
    calls: tuple[Call, ...] | None = None

    def of(self, plan: Plan) -> Plan:
        """The plan of this night."""
        if self.scaled is not None:
            plan = replace(plan, assumptions=plan.assumptions.scaled(*self.scaled))
        if self.calls is not None:
            plan = replace(plan, demand=replace(plan.demand, calls=self.calls))
        return plan


def nights(plan: Plan, wanted: Sequence[Night], workers: int = WORKERS) -> Iterator[Sample]:
    """Play them all; in their order, each as soon as it and those before it are over."""
    if workers == 1 or len(wanted) == 1:
        yield from (told(night.of(plan), night.policy, night.seed) for night in wanted)
        return
    # The plan with its roads goes to each process once; a process begun anew has nothing of this one.
    with get_context("spawn").Pool(workers, _keep, (plan,)) as pool:
        yield from pool.imap(_told, wanted)


def told(plan: Plan, policy: Policy, seed: int) -> Sample:
    """What became of every call of one night, by the report's definition.

    A call that no log tells of counts too: the bound writes no log, and who has not been put through to an
    operator is nobody's alert yet.
    """
    played = play(plan, policy, seed)
    logged = replace(sample(seed, played.timelines, played.at), parts_s=parts(played.timelines))
    known = {one.alert for one in played.timelines}
    untold = {alert: seconds for alert, seconds in played.responses.items() if alert not in known}
    if not untold:
        return logged
    lengths_s = tuple(seconds for seconds in untold.values() if seconds is not None)
    received = _received(plan, seed)
    waits_s = tuple(played.at - received[alert] for alert, seconds in untold.items() if seconds is None)
    counts = {Outcome.MEASURED: len(lengths_s), Outcome.UNATTENDED: len(waits_s)}
    return replace(
        logged,
        lengths_s=(*logged.lengths_s, *lengths_s),
        waits_s=(*logged.waits_s, *waits_s),
        counts={outcome: logged.counts.get(outcome, 0) + counts.get(outcome, 0) for outcome in Outcome},
    )


def _received(plan: Plan, seed: int) -> dict[str, float]:
    """When each call of the seed comes (T0), seconds since 1970 UTC."""
    begins = instant(datetime.combine(plan.first_day, time(), plan.time_zone))
    drawn = Drawn(plan.region, plan.demand, plan.assumptions, seed, begins, plan.days, plan.time_zone)
    return {call.id: call.at for call in drawn.calls}


_KEPT: list[Plan] = []
"""The plan of this process's nights."""


def _keep(plan: Plan) -> None:
    _KEPT[:] = [plan]


def _told(night: Night) -> Sample:
    return told(night.of(_KEPT[0]), night.policy, night.seed)
