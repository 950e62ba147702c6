"""The simulated ground: where everybody is, who moves, and whose position is no longer known.

A unit in contact has a fresh fix at any time. One gone dark keeps its last fix until nobody believes it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.geo.near import Near, NearIndex
from app.geo.point import Point, distance_m
from app.geo.travel import Travel, estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A straight way at one speed, from one place and second to another."""

    start: Point
    end: Point
    leaves_at: float
    arrives_at: float

    def at(self, at: float) -> Point:
        """Where one is on it; before it begins at its start, afterwards at its end."""
        if at >= self.arrives_at:
            return self.end
        share = max(0.0, (at - self.leaves_at) / (self.arrives_at - self.leaves_at))
        return Point(
            lat=self.start.lat + share * (self.end.lat - self.start.lat),
            lon=self.start.lon + share * (self.end.lon - self.start.lon),
        )


class World:
    """One region with its stations, units and places of alerts. `advance` moves everybody who moves."""

    def __init__(self) -> None:
        self.at = 0.0
        self._index = NearIndex()
        self._stations: dict[str, Point] = {}
        self._alerts: dict[str, Point] = {}
        self._ways: dict[str, Way] = {}
        self._last_fix: dict[str, float] = {}

    def station(self, unit: str, place: Point, *, moves: bool) -> None:
        """The unit stands here; what does not move has no fix, its station is where it is."""
        self._stations[unit] = place
        self._index.put(unit, place, self.at if moves else None)

    def place_alert(self, alert: str, place: Point) -> None:
        """The alert is here."""
        self._alerts[alert] = place

    def advance(self, at: float) -> None:
        """Move everybody who is on a way and in contact."""
        self.at = at
        for unit, way in list(self._ways.items()):
            if unit not in self._last_fix:
                self._index.put(unit, way.at(at), at)
                if at >= way.arrives_at:
                    del self._ways[unit]

    def go(self, unit: str, end: Point, *, seconds: float) -> None:
        """The unit sets out and is there after so many seconds."""
        start = self.place_of(unit)
        self._ways[unit] = Way(start=start, end=end, leaves_at=self.at, arrives_at=self.at + seconds)

    def go_to_alert(self, unit: str, alert: str, institution: str) -> float:
        """The unit sets out for the alert. Returns the seconds it will take."""
        (travel,) = self.travel(alert, [unit], institution, self.at)
        self.go(unit, self._alerts[alert], seconds=travel.seconds)
        return travel.seconds

    def go_home(self, unit: str) -> None:
        """The unit sets out for its station, as fast as by day without lights."""
        home = self._stations[unit]
        self.go(unit, home, seconds=distance_m(self.place_of(unit), home) / 5.0 + 1.0)

    def darken(self, unit: str) -> None:
        """Nothing is heard of the unit from now on; it may move, and nobody sees it."""
        self._last_fix.setdefault(unit, self.at)

    def brighten(self, unit: str) -> None:
        """The unit is heard again, from where it is now."""
        if self._last_fix.pop(unit, None) is not None:
            self._index.put(unit, self.place_of(unit), self.at)

    def is_dark(self, unit: str) -> bool:
        """Whether nothing is heard of the unit now."""
        return unit in self._last_fix

    def place_of(self, unit: str) -> Point:
        """Where the unit truly is, whatever the service knows."""
        way = self._ways.get(unit)
        if way is not None:
            return way.at(self.at)
        known = self._index.get(unit)
        return known[0] if known else self._stations[unit]

    def near(self, alert: str, among: Mapping[str, object], fix_after: float) -> Iterator[Near]:
        """Members of `among` by distance; a fix that is too old has given way to the station."""
        for unit, last_fix in self._last_fix.items():
            if last_fix < fix_after:
                self._index.put(unit, self._stations[unit], None)
        return self._index.near(self._alerts[alert], among)

    def travel(self, alert: str, units: Sequence[str], institution: str, at: float) -> list[Travel]:
        """The named estimate, from where the service believes each unit to be."""
        hour = int(at // 3600) % 24
        places = [known[0] if (known := self._index.get(unit)) else self._stations[unit] for unit in units]
        return [estimate(distance_m(place, self._alerts[alert]), institution, hour) for place in places]
