"""The ground as the service knows it: positions, stations, zones, where each alert is, and road times asked for.

It answers the core at once from what it has. Road seconds it has not got yet it notes as missing and estimates;
whoever decides then calls `fetch` and decides again. Places never leave here except to the accepted unit's card.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from app.geo.near import Near, NearIndex
from app.geo.point import Point, distance_m, is_within
from app.geo.roads import Roads, RoadsSilent, Route
from app.geo.travel import Travel, at_speed, speed_m_s
from app.geo.zones import Zones

MOVED_M = 25.0
"""A unit that stands still is seen to wander by less than this: receivers between houses err by some metres."""


class LiveGround:
    """One center's ground in this process. `roads` is None where the region has none."""

    def __init__(self, roads: Roads | None, time_zone: ZoneInfo) -> None:
        self._roads, self._time_zone = roads, time_zone
        self._index = NearIndex()
        self._stations: dict[str, Point] = {}
        self._fixes: dict[str, float] = {}
        self._moved: dict[str, tuple[Point, float]] = {}
        self._quiet: dict[str, float] = {}
        self._zones = Zones(())
        self._alerts: dict[str, Point] = {}
        self._avoided: dict[str, tuple[Point, ...]] = {}
        self._proposed: Mapping[str, Point] = {}
        self._proposed_avoided: Mapping[str, Sequence[Point]] = {}
        self._seconds: dict[tuple[str, str], float | None] = {}
        self._missing: dict[tuple[str, bool], list[str]] = {}

    def station(self, unit: str, place: Point) -> None:
        """Say where the unit stands when nothing newer is known; for a sealed one, its zone's inner point."""
        self._stations[unit] = place
        if unit not in self._fixes:
            self._index.put(unit, place, None)

    def retire(self, unit: str) -> None:
        """Forget the unit."""
        self._stations.pop(unit, None)
        for known in (self._fixes, self._moved, self._quiet):
            known.pop(unit, None)
        self._index.drop(unit)

    def fix(self, unit: str, place: Point, at: float) -> None:
        """The unit is here, as of `at`. A unit without a station is not known and is left out."""
        if unit in self._stations:
            self._fixes.pop(unit, None)
            self._fixes[unit] = at
            self._index.put(unit, place, at)
            moved = self._moved.get(unit)
            if moved is None or not is_within(moved[0], place, MOVED_M):
                self._moved[unit] = place, at

    def forget(self, unit: str) -> None:
        """Nothing newer than the unit's station is known any more."""
        self._moved.pop(unit, None)
        if self._fixes.pop(unit, None) is not None:
            self._index.put(unit, self._stations[unit], None)

    def position(self, unit: str) -> tuple[Point, float | None] | None:
        """Where the unit is, and since when that is known (None: its station)."""
        return self._index.get(unit)

    def place_alert(self, alert: str, place: Point) -> None:
        """The alert is here, as was committed."""
        self._alerts[alert] = place

    def alert_place(self, alert: str) -> Point | None:
        """Where the alert is; None where this process does not know."""
        return self._alerts.get(alert)

    def avoid(self, alert: str, places: Iterable[Point]) -> None:
        """The aggressor is known at these places, too. None is ever taken back while the alert is on the board."""
        known = dict.fromkeys((*self._avoided.get(alert, ()), *places))
        if known:
            self._avoided[alert] = tuple(known)

    def avoided(self, alert: str) -> tuple[Point, ...]:
        """Where the aggressor of this alert is known to be."""
        return self._avoided.get(alert, ())

    def drop_alert(self, alert: str) -> None:
        """The alert has left the board."""
        self._alerts.pop(alert, None)
        self._avoided.pop(alert, None)

    def learn_zones(self, zones: Zones) -> None:
        """These are the center's zones now; which of them are neighbours is worked out once each."""
        self._zones = zones

    def line_down(self, unit: str, at: float) -> None:
        """The unit's last line has ended at `at`."""
        self._quiet.pop(unit, None)
        self._quiet[unit] = at

    def line_up(self, unit: str) -> None:
        """The unit has a line, or nobody waits for one."""
        self._quiet.pop(unit, None)

    def heard(self, unit: str, at: float) -> None:
        """A unit without a line was heard some other way: it is quiet since then."""
        if unit in self._quiet:
            self.line_down(unit, max(at, self._quiet[unit]))

    def begin(self) -> None:
        """A new batch is decided: nothing is proposed, and road times are asked anew."""
        self._proposed, self._proposed_avoided = {}, {}
        self._seconds.clear()
        self._missing.clear()

    def propose(self, places: Mapping[str, Point], avoided: Mapping[str, Sequence[Point]] | None = None) -> None:
        """Places of commands that are being decided and not yet committed, and those of aggressors."""
        self._proposed, self._proposed_avoided = places, avoided or {}

    def near(self, alert: str, among: Mapping[str, object], fix_after: float) -> Iterator[Near]:
        """Members of `among` by distance to the alert; nobody where its place is not known."""
        self._demote(fix_after)
        place = self._proposed.get(alert) or self._alerts.get(alert)
        return self._index.near(place, among) if place else iter(())

    def travel(self, alert: str, units: Sequence[str], institution: str, at: float) -> list[Travel]:
        """Travel between unit and alert, in the order of `units`: by road where that was fetched, else estimated.

        A patrol or prosecutor goes to the alert; she is taken from the alert to a shelter. A place nobody knows
        counts as no way at all: whoever is expected at once is missed soon, and a human looks.
        """
        speed = speed_m_s(institution, datetime.fromtimestamp(at, self._time_zone).hour)
        place = self._proposed.get(alert) or self._alerts.get(alert)
        found = []
        for unit in units:
            seconds = self._seconds.get((alert, unit))
            if seconds is not None:
                found.append(Travel(seconds, "road"))
                continue
            if self._roads is not None and (alert, unit) not in self._seconds:
                self._missing.setdefault((alert, institution == "shelter"), []).append(unit)
            known = self._index.place(unit)
            found.append(at_speed(distance_m(known, place) if known and place else 0.0, speed))
        return found

    def zone_step(self, zone: str, other: str) -> int:
        """0 the same zone, 1 neighbours, 2 farther apart or not known."""
        if zone == other:
            return 0
        return 1 if other in self._zones.neighbours(zone) else 2

    def avoided_m(self, alert: str, unit: str) -> float | None:
        """Metres between the unit's known place and the nearest known place of the aggressor; None without one.

        Of a sealed unit its zone's inner point is known here, and no more.
        """
        places = (*self._avoided.get(alert, ()), *self._proposed_avoided.get(alert, ()))
        known = self._index.place(unit) if places else None
        return min((distance_m(known, place) for place in places), default=None) if known else None

    def moved_at(self, unit: str) -> float | None:
        """When the unit was last seen to have moved, seconds since 1970 UTC; None where no fix was ever known.

        A unit whose fixes have stopped has not been seen to move since.
        """
        moved = self._moved.get(unit)
        return None if moved is None else moved[1]

    def quiet(self, before: float) -> Sequence[tuple[float, str]]:
        """(since when, unit) of every unit whose line has been dead since `before` or longer, longest first."""
        return sorted((since, unit) for unit, since in self._quiet.items() if since <= before)

    async def fetch(self) -> bool:
        """Ask the roads for everything missing. True when something new is known, so that deciding again pays."""
        missing, self._missing = self._missing, {}
        if self._roads is None or not missing:
            return False
        answers = await asyncio.gather(*(self._ask(*which, units) for which, units in missing.items()))
        return any(answers)

    async def route(self, a: Point, b: Point) -> Route | None:
        """The way by road from a to b; None: there is none. Raises RoadsSilent, also where there are no roads."""
        if self._roads is None:
            raise RoadsSilent("there are no roads")
        return await self._roads.route(a, b)

    async def _ask(self, alert: str, away: bool, units: Sequence[str]) -> bool:
        place = self._proposed.get(alert) or self._alerts.get(alert)
        known = [(unit, found) for unit in dict.fromkeys(units) if (found := self._index.place(unit))]
        if place is None or self._roads is None:
            return False
        places = [where for _, where in known]
        try:
            ask = self._roads.seconds_from(place, places) if away else self._roads.seconds(places, place)
            seconds = await ask
        except RoadsSilent:
            return False
        self._seconds.update({(alert, unit): s for (unit, _), s in zip(known, seconds, strict=True)})
        return any(s is not None for s in seconds)

    def _demote(self, fix_after: float) -> None:
        """Put units back to their stations whose fix is too old; fixes stand in the order they arrived."""
        while self._fixes:
            unit, at = next(iter(self._fixes.items()))
            if at >= fix_after:
                return
            del self._fixes[unit]
            self._index.put(unit, self._stations[unit], None)
