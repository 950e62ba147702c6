"""Real calls as the demand of a trial: those of a file that lie in the region, and what was left out of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from simulator.calls import NO_PLACE, NO_TIME, NOBODY_FILLED_IN, CallsError, CallsRead
from simulator.demand import Demand
from simulator.region import Region
from simulator.what_if import days_of

CODES = {NO_TIME: "no_time", NO_PLACE: "no_place", NOBODY_FILLED_IN: "no_place"}
"""What a refused row is counted as."""
OUTSIDE = "outside"
"""What a call in no zone of the region is counted as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RealCalls:
    """What of a file is played, and how.

    Attributes:
        first_day: of its window, on the local clock; `days` of them, whole.
        rows: of the file inside the window; `left_out`: code -> how many of these are not played.
    """

    demand: Demand
    first_day: date
    days: float
    rows: int
    left_out: Mapping[str, int]


def real_calls(read: CallsRead, region: Region, time_zone: tzinfo) -> RealCalls:
    """The calls of a file for a trial in this region. Raises CallsError where none lies in a zone of it."""
    inside = tuple(call for call in read.calls if region.zones.find(call.place).how != "nearest")
    if not inside:
        raise CallsError("none of the calls lies in a zone of the region")
    left_out = Counter(CODES[wrong.reason] for wrong in read.refused)
    left_out += Counter({OUTSIDE: len(read.calls) - len(inside)})
    return RealCalls(
        demand=Demand(calls=inside),
        first_day=datetime.fromtimestamp(read.start, time_zone).date(),
        days=days_of(read.start, read.end),
        rows=read.rows,
        left_out=left_out,
    )
