"""Calls for help over the hours of a week and the zones of a region: drawn from rates, or real ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from itertools import accumulate
from random import Random

from simulator.assumptions import Assumptions
from simulator.calls import Call
from simulator.profile import BUSIEST, relative
from simulator.region import Region


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """When and where calls come.

    Attributes:
        a_day: calls a day on average; None: as many as the region's people make.
        zone_weights: zone -> its share of the calls, in any unit. Empty: by the region's people where they are
            known, else by its places.
        calls: real calls instead, in the order of their times; then nothing is drawn.
    """

    a_day: float | None = None
    zone_weights: Mapping[str, float] = field(default_factory=dict)
    calls: Sequence[Call] = ()


def calls_a_day(demand: Demand, region: Region, assumptions: Assumptions, days: float) -> float:
    """How many calls of ours come a day on average."""
    if demand.calls:
        return len(demand.calls) / days
    if demand.a_day is not None:
        return demand.a_day
    people = sum(region.population.values()) or len(region.patrols) * assumptions.people_a_patrol.value
    return people / 1000 * assumptions.calls_a_year.value / 365


def moments(random: Random, a_day: float, begins: float, days: float, time_zone: tzinfo) -> list[float]:
    """Times of calls, a Poisson process whose rate follows the hours of the week (Lewis and Shedler 1979).

    `begins` and the times are seconds since 1970 UTC.
    """
    found, at, rate = [], begins, a_day / 86400 * BUSIEST
    while rate > 0:
        at += random.expovariate(rate)
        if at >= begins + days * 86400:
            break
        local = datetime.fromtimestamp(at, time_zone)
        if random.random() * BUSIEST < relative(local.weekday(), local.hour):
            found.append(at)
    return found


class Places:
    """Draws where a call comes from: a zone by its weight, then any place in it."""

    def __init__(self, demand: Demand, region: Region) -> None:
        weights = demand.zone_weights or region.population
        zones = [zone for zone in region.in_zone if not weights or weights.get(zone, 0.0) > 0]
        if not zones:
            raise ValueError("no zone of the region has calls")
        self._zones = [region.in_zone[zone] for zone in zones]
        by_zone = (weights[zone] if weights else len(region.in_zone[zone]) for zone in zones)
        self._cumulative = list(accumulate(by_zone))

    def draw(self, random: Random) -> int:
        """The number of a place of the region."""
        (places,) = random.choices(self._zones, cum_weights=self._cumulative)
        return random.choice(places)
