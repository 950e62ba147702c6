"""All chance of one trial: each draw comes from a stream of the seed and what it is about, whoever asks and when.

So under every policy the same call rings as long, the same crew answers it alike, and the same trip has the same
luck: the policies differ in their decisions only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from uuid import UUID

from app.geo.travel import estimate
from simulator.assumptions import Assumptions
from simulator.beats import SLOWNESS, Beat
from simulator.demand import Demand, Places, calls_a_day, moments
from simulator.randomness import stream
from simulator.region import Region

AFTERWARDS_S = 6 * 3600.0
"""So long after the last day nobody calls any more, and who has called is attended."""

THREATS: Mapping[str, Mapping[str, str]] = {
    "standard": {},
    "high": {"repeat": "yes"},
    "extreme": {"weapon_present": "yes"},
}
"""What is answered in a call of each level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """One call of ours: when it comes, from which place of the region, and what is answered.

    Attributes:
        rings_s: until a free operator answers; `place_s`: from then until the alert can be raised; `form_s`: until
            the minimum data are down.
        hour: of the call, on the local clock.
        slow: how many times the seconds of the free road a trip at that hour takes, with lights and siren.
        scene_s: how long a patrol is needed there.
    """

    id: str
    at: float
    place: int
    zone: str
    threat: Mapping[str, str]
    rings_s: float
    place_s: float
    form_s: float
    hour: int
    slow: float
    scene_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """How one crew takes one alert, however often it is asked.

    `answers`: with what (`accept`, `decline`), None: it hears nothing. `slow`: the trip against the free road.
    """

    answers: str | None
    seen_s: float
    answer_s: float
    turnout_s: float
    slow: float


class Drawn:
    """The days of one seed: the calls, the patrols' beats, and what each crew would do about each call."""

    def __init__(
        self,
        region: Region,
        demand: Demand,
        assumptions: Assumptions,
        seed: int,
        begins: float,
        days: float,
        time_zone: tzinfo,
    ) -> None:
        self.seed, self.region, self.assumptions = seed, region, assumptions
        self.begins, self.last_call_by = begins, begins + days * 86400
        self.ends = self.last_call_by + AFTERWARDS_S
        self.a_day = calls_a_day(demand, region, assumptions, days)
        self.beats = {
            row.code: Beat(region, row.code, assumptions, seed, begins, self.ends + 86400)
            for row in region.patrols
        }
        self._crews: dict[tuple[str, str], Crew] = {}
        self.calls = self._calls(demand, days, time_zone)
        other_calls = self.a_day * assumptions.other_calls.value
        draw = stream(seed, "other-calls")
        self.other_calls = [
            (at, assumptions.other_call_s.draw(draw)) for at in moments(draw, other_calls, begins, days, time_zone)
        ]

    def _calls(self, demand: Demand, days: float, time_zone: tzinfo) -> tuple[Help, ...]:
        region = self.region
        if demand.calls:
            real = [(call.at, call.id, region.nearest_place(call.place)) for call in demand.calls]
            return tuple(self._call(time_zone, at, alert, place) for at, alert, place in real)
        draw, places, ids = (stream(self.seed, name) for name in ("calls", "places", "ids"))
        where = Places(demand, region)
        times = moments(draw, self.a_day, self.begins, days, time_zone)
        return tuple(
            self._call(time_zone, at, str(UUID(int=ids.getrandbits(128))), where.draw(places)) for at in times
        )

    def _call(self, time_zone: tzinfo, at: float, alert: str, place: int) -> Help:
        a, draw = self.assumptions, stream(self.seed, f"call/{alert}")
        kind, there = draw.random(), draw.random() < a.aggressor.value
        level = (
            "extreme"
            if kind < a.extreme.value
            else "high"
            if kind < a.extreme.value + a.high.value
            else "standard"
        )
        threat = dict(THREATS[level])
        if there and level != "standard":
            threat["aggressor_present"] = "yes"
        hour = datetime.fromtimestamp(at, time_zone).hour
        return Help(
            id=alert,
            at=at,
            place=place,
            zone=self.region.zone_of[place],
            threat=threat,
            rings_s=a.answer_s.draw(draw),
            place_s=a.place_s.draw(draw),
            form_s=a.form_s.draw(draw),
            hour=hour,
            slow=min(SLOWNESS, a.traffic.value * _slow(hour)),
            scene_s=a.scene_s.draw(draw),
        )

    def crew(self, call: Help, unit: str) -> Crew:
        """How this patrol takes this call."""
        known = self._crews.get((call.id, unit))
        if known is None:
            known = self._crews[call.id, unit] = self._crew(call, unit)
        return known

    def _crew(self, call: Help, unit: str) -> Crew:
        a, draw = self.assumptions, stream(self.seed, f"crew/{call.id}/{unit}")
        silent, declines = a.silent.draw(draw), a.declines.draw(draw)
        return Crew(
            answers=None if silent else "decline" if declines else "accept",
            seen_s=a.seen_s.draw(draw),
            answer_s=a.crew_answer_s.draw(draw),
            turnout_s=a.turnout_s.draw(draw),
            slow=min(SLOWNESS, call.slow * a.luck.draw(draw)),
        )

    def trip_s(self, call: Help, unit: str, at: float) -> float:
        """How long the patrol truly takes to the call if it leaves its beat at `at`."""
        here = self.beats[unit].where(at)
        return self.crew(call, unit).slow * (here.seconds + float(self.region.seconds[here.place, call.place]))

    def back_s(self, call: Help, unit: str, at: float) -> float:
        """How long it takes back to its beat, leaving the scene at `at`."""
        return call.slow * float(self.region.seconds[call.place, self.beats[unit].where(at).place])


@lru_cache(maxsize=24)
def _slow(hour: int) -> float:
    """Times the seconds of the free road that a patrol with lights takes at a local hour."""
    return estimate(1000.0, "police", hour).seconds / (estimate(1000.0, "prosecutor", 0).seconds)
