"""The simulated ground: where everybody is, who moves, and what the service can know of it.

A unit on the line has a fresh fix at any time. One gone dark keeps its last fix until nobody believes it; a frozen
device says the same place for ever with a fresh time; one that jumps says a place where the unit is not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.geo.near import Near
from app.geo.point import Point, distance_m
from app.geo.travel import Travel, estimate

ZONES = ("centro", "norte", "sur")
"""The zones of the simulated region, in a row."""

HOMEWARD_M_S = 5.0
"""As fast as by day without lights."""


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
    """One region with its stations, units and places of alerts. Everything follows from `at`; nothing is stepped.

    Attributes:
        at: now.
        changes: grows whenever something changed that a deadline may depend on.
    """

    def __init__(self) -> None:
        self.at = 0.0
        self.changes = 0
        self._stations: dict[str, Point] = {}
        self._movers: set[str] = set()
        self._alerts: dict[str, Point] = {}
        self._ways: dict[str, Way] = {}
        self._dark: dict[str, tuple[float, Point]] = {}
        self._fooled: dict[str, tuple[float, Point]] = {}
        self._avoided: dict[str, tuple[Point, ...]] = {}

    # --- what is so

    def station(self, unit: str, place: Point, *, moves: bool) -> None:
        """The unit stands here; what does not move has no fix, its station is where it is."""
        self._stations[unit] = place
        if moves:
            self._movers.add(unit)

    def place_alert(self, alert: str, place: Point, avoided: tuple[Point, ...] = ()) -> None:
        """The alert is here, and the aggressor is known to have these places."""
        self._alerts[alert] = place
        self._avoided[alert] = avoided

    def place_like(self, alert: str, other: str) -> None:
        """The alert is where the other one is."""
        self.place_alert(alert, self._alerts[other])

    def go(self, unit: str, end: Point, *, seconds: float) -> None:
        """The unit sets out and is there after so many seconds."""
        start = self.place_of(unit)
        self._ways[unit] = Way(start=start, end=end, leaves_at=self.at, arrives_at=self.at + seconds)
        self.changes += 1

    def go_to_alert(self, unit: str, alert: str, institution: str) -> float:
        """The unit sets out for the alert from where it truly is. Returns the seconds it will take."""
        metres = distance_m(self.place_of(unit), self._alerts[alert])
        travel = estimate(metres, institution, int(self.at // 3600) % 24)
        self.go(unit, self._alerts[alert], seconds=travel.seconds + 1.0)
        return travel.seconds + 1.0

    def go_home(self, unit: str) -> None:
        """The unit sets out for its station."""
        home = self._stations[unit]
        self.go(unit, home, seconds=distance_m(self.place_of(unit), home) / HOMEWARD_M_S + 1.0)

    def darken(self, unit: str) -> None:
        """Nothing is heard of the unit from now on; it may move, and nobody sees it."""
        if unit not in self._dark:
            self._dark[unit] = (self.at, self._said(unit))
            self.changes += 1

    def brighten(self, unit: str) -> None:
        """The unit is heard again, from where it is now."""
        if self._dark.pop(unit, None) is not None:
            self.changes += 1

    def is_dark(self, unit: str) -> bool:
        """Whether nothing is heard of the unit now."""
        return unit in self._dark

    def fool(self, unit: str, place: Point | None = None) -> None:
        """From now on the device says this place, or for ever where it is now, whatever is true."""
        self._fooled[unit] = (self.at, place or self._said(unit))
        self.changes += 1

    def mend(self, unit: str) -> None:
        """The device says where it is again."""
        self._fooled.pop(unit, None)
        self.changes += 1

    def place_of(self, unit: str) -> Point:
        """Where the unit truly is, whatever the service knows."""
        way = self._ways.get(unit)
        return self._stations[unit] if way is None else way.at(self.at)

    def _said(self, unit: str) -> Point:
        fooled = self._fooled.get(unit)
        return self.place_of(unit) if fooled is None else fooled[1]

    def _believed(self, unit: str, fix_after: float) -> tuple[Point, float | None]:
        """Where the service takes the unit to be, and when that was fixed (None: its station)."""
        if unit not in self._movers:
            return self._stations[unit], None
        dark = self._dark.get(unit)
        if dark is None:
            return self._said(unit), self.at
        return (dark[1], dark[0]) if dark[0] >= fix_after else (self._stations[unit], None)

    # --- what the core may ask

    def near(self, alert: str, among: Mapping[str, object], fix_after: float) -> Iterator[Near]:
        """Members of `among` by distance; a fix that is too old has given way to the station."""
        place, found = self._alerts[alert], []
        for unit in among:
            if unit in self._stations:
                believed, fix_at = self._believed(unit, fix_after)
                found.append(Near(unit, round(distance_m(place, believed), 6), fix_at))
        found.sort(key=lambda near: (near.distance_m, near.unit))
        return iter(found)

    def travel(self, alert: str, units: Sequence[str], institution: str, at: float) -> list[Travel]:
        """The named estimate, from where the service believes each unit to be."""
        hour, place = int(at // 3600) % 24, self._alerts[alert]
        return [estimate(distance_m(self._believed(unit, 0.0)[0], place), institution, hour) for unit in units]

    def zone_step(self, zone: str, other: str) -> int:
        """The zones lie in a row; those side by side are neighbours."""
        if zone not in ZONES or other not in ZONES:
            return 0 if zone == other else 2
        return min(2, abs(ZONES.index(zone) - ZONES.index(other)))

    def avoided_m(self, alert: str, unit: str) -> float | None:
        """Metres between the unit's station and the nearest place of the aggressor."""
        places = self._avoided.get(alert, ())
        return min((distance_m(place, self._stations[unit]) for place in places), default=None)

    def moved_at(self, unit: str) -> float | None:
        """When the service last saw it move: now, for who drives and is seen."""
        way = self._ways.get(unit)
        if way is None:
            return None
        blind = [known[0] for known in (self._dark.get(unit), self._fooled.get(unit)) if known is not None]
        return min(self.at, way.arrives_at, *blind)

    def quiet(self, before: float) -> Sequence[tuple[float, str]]:
        """Who has been dark since then or longer, longest first."""
        return sorted((since, unit) for unit, (since, _) in self._dark.items() if since <= before)
