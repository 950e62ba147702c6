"""The trial of policies: the same calls, crews and roads, and only who decides who goes is another.

`play` is pure: a plan, a policy and a seed give the same timelines to the last digit, in any process.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, tzinfo
from enum import StrEnum
from math import inf
from zoneinfo import ZoneInfo

from app.clock import instant
from app.dispatch.events import Entry
from app.dispatch.rules import Rules
from app.reports.points import TimePoint
from app.reports.timeline import Timeline, timelines
from simulator.assumptions import Assumptions
from simulator.bound import bound
from simulator.demand import Demand
from simulator.drawn import Drawn
from simulator.patrols import dispatched
from simulator.region import Region
from simulator.relay import relayed

MEXICO = ZoneInfo("America/Mexico_City")


class Policy(StrEnum):
    """Who decides who goes; docs/decisions/0025 says what each is."""

    RELAY = "relay"
    LINE = "line"
    ROAD = "road"
    OURS = "ours"
    BOUND = "bound"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is tried.

    Attributes:
        days: of calls, from midnight of `first_day` on the clock of `time_zone`.
        rules: of policy `ours`; `line` and `road` are these without what goes beyond asking the nearest.
    """

    region: Region
    demand: Demand
    assumptions: Assumptions = field(default_factory=Assumptions)
    days: float = 1.0
    rules: Rules = field(default_factory=Rules)
    first_day: date = date(2024, 1, 1)
    time_zone: tzinfo = MEXICO


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of one plan under one policy and seed.

    Attributes:
        timelines: of every alert, as the service's reports take them; none for the bound, which writes no log.
        responses: alert -> seconds T8 - T0 of the first police unit; None: nobody came until `at`.
        at: the end of the simulated time, seconds since 1970 UTC.
    """

    policy: Policy
    seed: int
    timelines: tuple[Timeline, ...]
    responses: Mapping[str, float | None]
    at: float


def play(plan: Plan, policy: Policy, seed: int) -> Played:
    """Play this plan's calls of this seed under this policy. The calls of a seed are the same for every policy."""
    drawn = drawn_of(plan, seed)
    if policy is Policy.BOUND:
        return Played(policy=policy, seed=seed, timelines=(), responses=bound(drawn), at=drawn.ends)
    told = timelines(_log(plan, policy, drawn)).values()
    responses = {one.alert: _response_s(one) for one in told}
    # Who has not been put through to an operator by the end is nobody's alert yet, and counts all the same.
    responses |= {call.id: None for call in drawn.calls if call.id not in responses}
    return Played(policy=policy, seed=seed, timelines=tuple(told), responses=responses, at=drawn.ends)


def drawn_of(plan: Plan, seed: int) -> Drawn:
    """All chance of this seed: what every policy gets alike."""
    begins = instant(datetime.combine(plan.first_day, time(), plan.time_zone))
    return Drawn(plan.region, plan.demand, plan.assumptions, seed, begins, plan.days, plan.time_zone)


def nearest_only(rules: Rules) -> Rules:
    """These rules without what goes beyond asking the nearest free patrol, and the next one when that says no.

    Alerts that wait for a patrol at the same moment are still solved together: the core has no rule against it.
    """
    return replace(
        rules,
        offers_at_once=1,
        pair_from=None,
        reassign_gain_s=inf,
        take_gain_s=inf,
        other_zone_penalty_s=0.0,
        far_zone_penalty_s=0.0,
        rest_penalty_s=0.0,
        shift_penalty_s=0.0,
    )


def _log(plan: Plan, policy: Policy, drawn: Drawn) -> list[Entry]:
    match policy:
        case Policy.RELAY:
            return relayed(drawn)
        case Policy.OURS:
            return dispatched(drawn, plan.rules, by_road=True)
        case _:
            return dispatched(drawn, nearest_only(plan.rules), by_road=policy is Policy.ROAD)


def _response_s(timeline: Timeline) -> float | None:
    on_scene = timeline.at(TimePoint.ON_SCENE)
    return None if on_scene is None else on_scene - timeline.received_at
