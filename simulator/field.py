"""The ground of a trial, as the pure core may ask it: fresh positions, and what a way is estimated to take.

What it says of a way is all that anybody knows before; how long the trip then takes is another matter (`Drawn`).
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import numpy as np

from app.geo.near import Near
from app.geo.travel import Travel, estimate
from simulator.beats import Whereabouts
from simulator.drawn import Drawn, Help


class Field:
    """Where patrols and alerts are, under simulated time.

    Attributes:
        at: now.
        changes: never more than nothing: no deadline depends on this ground.
    """

    def __init__(self, drawn: Drawn, *, by_road: bool) -> None:
        """`by_road`: ways are what the road service says, else straight lines at the estimate's speed."""
        self.at, self.changes = drawn.begins, 0
        self._drawn, self._by_road = drawn, by_road
        self._calls: dict[str, Help] = {}
        self._seen: tuple[float, dict[str, Whereabouts]] = (drawn.begins, {})
        neighbours = drawn.region.zones.neighbours
        self._neighbours = cache(lambda zone: frozenset(neighbours(zone)))

    def place_alert(self, call: Help) -> None:
        """The alert of this call is there from now on."""
        self._calls[call.id] = call

    def near(self, alert: str, among: Mapping[str, object], fix_after: float) -> Iterator[Near]:
        """Members of `among` by distance; every fix is fresh."""
        there = self._drawn.region.metres[self._calls[alert].place]
        codes = sorted(among)
        if not codes:
            return iter(())
        here = np.array([self._where(code)[2:] for code in codes])
        metres = np.hypot(*(here - there).T)
        return (Near(codes[row], float(metres[row]), self.at) for row in np.argsort(metres, kind="stable"))

    def travel(self, alert: str, units: Sequence[str], institution: str, at: float) -> list[Travel]:
        """By road: the seconds of the free road at that hour's speed. Else the named estimate of the line."""
        call = self._calls[alert]
        return [self._travel(call, self._where(unit), institution) for unit in units]

    def _travel(self, call: Help, here: Whereabouts, institution: str) -> Travel:
        region = self._drawn.region
        if self._by_road:
            free_s = here.seconds + float(region.seconds[here.place, call.place])
            return Travel(call.slow * free_s, "road")
        east_m, north_m = region.metres[call.place].tolist()
        return estimate(float(np.hypot(here.east_m - east_m, here.north_m - north_m)), institution, call.hour)

    def _where(self, unit: str) -> Whereabouts:
        if self._seen[0] != self.at:
            self._seen = (self.at, {})
        seen = self._seen[1]
        if unit not in seen:
            seen[unit] = self._drawn.beats[unit].where(self.at)
        return seen[unit]

    def zone_step(self, zone: str, other: str) -> int:
        """By the borders of the region's zones."""
        return 0 if zone == other else 1 if other in self._neighbours(zone) else 2

    def avoided_m(self, alert: str, unit: str) -> float | None:
        """Nobody's place is known to be avoided."""
        return None

    def moved_at(self, unit: str) -> float | None:
        """Who drives is seen to."""
        return self.at

    def quiet(self, before: float) -> Sequence[tuple[float, str]]:
        """No line is dead."""
        return ()
