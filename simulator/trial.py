"""The trial of policies: the same calls, crews and roads, and only who decides who goes is another.

`play` is pure: a plan, a policy and a seed give the same timelines to the last digit, in any process.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.dispatch.rules import Rules
from app.reports.timeline import Timeline
from simulator.assumptions import Assumptions
from simulator.demand import Demand
from simulator.region import Region


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
    time_zone: tzinfo = ZoneInfo("America/Mexico_City")


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
    raise NotImplementedError
