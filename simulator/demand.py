"""Calls for help over the hours of a week and the zones of a region: a profile of rates, or real calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from simulator.calls import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """When and where calls come.

    Attributes:
        a_day: calls a day on average; None: as many as the people of the region make by `Assumptions.calls_a_year`.
        zone_weights: zone -> its share of the calls, in any unit; zones without one have none. Empty: as the
            region's own (its population where known, else equal).
        calls: real calls instead, in the order of their times; then nothing is drawn.
    """

    a_day: float | None = None
    zone_weights: Mapping[str, float] = field(default_factory=dict)
    calls: Sequence[Call] = ()
