"""The ground as the service knows it: live positions, stations, where each alert is, and road times asked for.

It answers the core at once from what it has. Road seconds it has not got yet it notes as missing and estimates;
whoever decides then calls `fetch` and decides again. Places never leave here except to the accepted unit's card.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from app.geo.near import Near, NearIndex
from app.geo.point import Point, distance_m
from app.geo.roads import Roads, RoadsSilent
from app.geo.travel import Travel, estimate


class LiveGround:
    """One center's ground in this process. `roads` is None where the region has none."""

    def __init__(self, roads: Roads | None, time_zone: ZoneInfo) -> None:
        self._roads, self._time_zone = roads, time_zone
        self._index = NearIndex()
        self._stations: dict[str, Point] = {}
        self._fixes: dict[str, float] = {}
        self._alerts: dict[str, Point] = {}
        self._proposed: Mapping[str, Point] = {}
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
        self._fixes.pop(unit, None)
        self._index.drop(unit)

    def fix(self, unit: str, place: Point, at: float) -> None:
        """The unit is here, as of `at`. A unit without a station is not known and is left out."""
        if unit in self._stations:
            self._fixes.pop(unit, None)
            self._fixes[unit] = at
            self._index.put(unit, place, at)

    def forget(self, unit: str) -> None:
        """Nothing newer than the unit's station is known any more."""
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

    def drop_alert(self, alert: str) -> None:
        """The alert has left the board."""
        self._alerts.pop(alert, None)

    def begin(self) -> None:
        """A new batch is decided: nothing is proposed, and road times are asked anew."""
        self._proposed = {}
        self._seconds.clear()
        self._missing.clear()

    def propose(self, places: Mapping[str, Point]) -> None:
        """Places of commands that are being decided and not yet committed."""
        self._proposed = places

    def near(self, alert: str, among: Mapping[str, object], fix_after: float) -> Iterator[Near]:
        """Members of `among` by distance to the alert; nobody where its place is not known."""
        self._demote(fix_after)
        place = self._proposed.get(alert) or self._alerts.get(alert)
        return self._index.near(place, among) if place else iter(())

    def travel(self, alert: str, units: Sequence[str], institution: str, at: float) -> list[Travel]:
        """Travel between unit and alert, in the order of `units`: by road where that was fetched, else estimated.

        A patrol or prosecutor goes to the alert; she is taken from the alert to a shelter.
        """
        hour = datetime.fromtimestamp(at, self._time_zone).hour
        place = self._proposed.get(alert) or self._alerts[alert]
        found = []
        for unit in units:
            seconds = self._seconds.get((alert, unit))
            if seconds is not None:
                found.append(Travel(seconds, "road"))
                continue
            if self._roads is not None and (alert, unit) not in self._seconds:
                self._missing.setdefault((alert, institution == "shelter"), []).append(unit)
            known = self._index.get(unit)
            found.append(estimate(distance_m(known[0], place) if known else 0.0, institution, hour))
        return found

    async def fetch(self) -> bool:
        """Ask the roads for everything missing. True when something new is known, so that deciding again pays."""
        missing, self._missing = self._missing, {}
        if self._roads is None or not missing:
            return False
        answers = await asyncio.gather(*(self._ask(*which, units) for which, units in missing.items()))
        return any(answers)

    async def _ask(self, alert: str, away: bool, units: Sequence[str]) -> bool:
        place = self._proposed.get(alert) or self._alerts.get(alert)
        known = [(unit, found[0]) for unit in dict.fromkeys(units) if (found := self._index.get(unit))]
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
