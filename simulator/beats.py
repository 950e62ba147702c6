"""What a patrol does when nobody of ours needs it: drives its beat, has other work, changes crews.

All of that follows from the seed and the unit alone, and no decision changes it. A patrol may be sent only outside
its other work; it then leaves its beat and is free again when it is back on it. So where a free patrol is at any
time is the same under every policy, and that is what lets the bound of a trial be calculated.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

from simulator.assumptions import Assumptions
from simulator.randomness import stream
from simulator.region import Region

SLOWNESS = 4.0
"""A patrol on its beat takes so many times the seconds of the free road. No trip to an alert is ever slower than
this, so waiting for a patrol to come nearer on its beat never makes it arrive earlier."""

WARM_UP_S = 6 * 3600.0
"""Other work begins so long before the first call, so that the first hour is like any other."""

SHIFT_JITTER_S = 1800.0
"""A patrol changes crews within so long after the hour of the shift."""

type Span = tuple[float, float]


class Whereabouts(NamedTuple):
    """Where a patrol is: on its way to `place`, `seconds` of free road before it, at these metres on the plane."""

    place: int
    seconds: float
    east_m: float
    north_m: float


class Beat:
    """One patrol's days, from `begins` to `ends`.

    Attributes:
        work: spans in which it cannot be sent, in order and apart.
        shift_ends: when it changes crews.
    """

    def __init__(
        self, region: Region, unit: str, assumptions: Assumptions, seed: int, begins: float, ends: float
    ) -> None:
        rows = {row.code: row for row in region.patrols}
        self._region, self._rest_s = region, assumptions.beat_rest_s
        self._draw = stream(seed, f"beat/{unit}")
        row = rows[unit]
        places = region.in_zone.get(row.zone)
        start = self._draw.choice(places) if places else region.nearest_place(row.place)
        self._arrives = [begins - WARM_UP_S]
        self._leaves = [begins - WARM_UP_S]
        self._places = [start]
        day = stream(seed, f"work/{unit}")
        self.shift_ends = list(_shift_ends(day, assumptions, begins, ends))
        change_s = assumptions.shift_change_s.value
        changes = [(end, end + change_s) for end in self.shift_ends]
        self.work = _joined([*_other_work(day, assumptions, begins, ends), *changes])
        self._starts = [start for start, _ in self.work]

    def working_until(self, at: float) -> float:
        """`at` itself where it may be sent then, else the end of the work it is at."""
        found = bisect_right(self._starts, at) - 1
        return max(at, self.work[found][1]) if found >= 0 else at

    def until(self, at: float) -> float | None:
        """When its shift ends, as planned at `at`."""
        return next((end for end in self.shift_ends if end > at), None)

    def where(self, at: float) -> Whereabouts:
        """Where it is on its beat at `at`."""
        while self._arrives[-1] <= at:
            self._drive_on()
        found = bisect_right(self._arrives, at) - 1
        here, leaves = self._places[found], self._leaves[found]
        east_m, north_m = self._region.metres[here].tolist()
        if at <= leaves:
            return Whereabouts(here, 0.0, east_m, north_m)
        there, arrives = self._places[found + 1], self._arrives[found + 1]
        share = (at - leaves) / (arrives - leaves)
        east, north = self._region.metres[there].tolist()
        return Whereabouts(
            there,
            (arrives - at) / SLOWNESS,
            east_m + share * (east - east_m),
            north_m + share * (north - north_m),
        )

    def _drive_on(self) -> None:
        """One more place; the last one's stay is known as soon as the next is."""
        here = self._places[-1]
        there = self._draw.choice(self._region.next_places[here])
        leaves = self._arrives[-1] + self._rest_s.draw(self._draw)
        self._leaves[-1] = leaves
        self._places.append(there)
        self._arrives.append(leaves + SLOWNESS * float(self._region.seconds[here, there]) + 1.0)
        self._leaves.append(self._arrives[-1])


def _shift_ends(draw: Random, assumptions: Assumptions, begins: float, ends: float) -> Iterator[float]:
    shift_s, jitter_s = assumptions.shift_s.value, draw.uniform(0.0, SHIFT_JITTER_S)
    at = begins - shift_s + jitter_s
    while at < ends:
        yield at
        at += shift_s


def _other_work(draw: Random, assumptions: Assumptions, begins: float, ends: float) -> Iterator[Span]:
    """Jobs it cannot leave: in between it is free for exponential times, so that they take their share."""
    share, job = assumptions.other_work.value, assumptions.other_job_s
    at = begins - WARM_UP_S
    if share <= 0:
        return
    while at < ends:
        at += draw.expovariate(1.0) * job.value * (1 - share) / share
        length_s = job.draw(draw)
        yield at, at + length_s
        at += length_s


def _joined(spans: Sequence[Span]) -> list[Span]:
    """The same time as spans that do not touch, in order."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found
