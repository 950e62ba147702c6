"""What goes wrong tonight, drawn from the seed: the wire, the lines, the positions, the desk itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

from app.geo.point import Point
from simulator.engine import Engine, Steps
from simulator.world import World

HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """How bad it is: shares of messages, 0 to 1; what happens so often an hour.

    Attributes:
        loses, doubles: shares of messages; `delay_s`: mean delay beyond the usual.
        clogs_an_hour: times an hour at which links are clogged one by one.
        flaps_an_hour, outages_an_hour: an hour and unit: a line that is down for seconds, for minutes.
        blind_an_hour: an hour and unit: a position that freezes or jumps.
        silences: how many times tonight a whole institution is not heard of for an hour.
        kills: how many times tonight the desk is killed.
    """

    loses: float = 0.0
    doubles: float = 0.0
    delay_s: float = 0.0
    clogs_an_hour: float = 0.0
    flaps_an_hour: float = 0.0
    outages_an_hour: float = 0.0
    blind_an_hour: float = 0.0
    silences: int = 0
    kills: int = 0


CALM = Weather()
"""Every message arrives at once, nothing fails: what a night ends with."""


def draw_weather(random: Random) -> Weather:
    """Tonight's weather. Some nights are calm in one thing and terrible in another."""

    def some(*shares: float) -> float:
        return random.choice(shares)

    return Weather(
        loses=some(0.0, 0.02, 0.1, 0.3),
        doubles=some(0.0, 0.05, 0.3),
        delay_s=some(0.0, 0.3, 2.0, 8.0),
        clogs_an_hour=some(0.0, 0.5, 2.0),
        flaps_an_hour=some(0.0, 0.3, 1.5),
        outages_an_hour=some(0.0, 0.02, 0.1),
        blind_an_hour=some(0.0, 0.05, 0.3),
        silences=random.choice((0, 0, 0, 1)),
        kills=random.choice((0, 1, 2)),
    )


def draw_kills(random: Random, kills: int, decisions: int) -> Mapping[int, tuple[str, float]]:
    """At which of about so many decisions the desk is killed, on which side of the commit, and for how long."""
    return {
        random.randint(1, decisions): (random.choice(("before", "after")), random.uniform(0.5, 25.0))
        for _ in range(kills)
    }


class Lines(Protocol):
    """The lines of the units' phones."""

    def down(self, unit: str) -> None:
        """The line of this unit is dead from now on."""
        ...

    def up(self, unit: str) -> None:
        """It lives again."""
        ...


class Faults:
    """Lets things fail, until it is told to stop; then everything is mended."""

    def __init__(
        self,
        engine: Engine[World],
        random: Random,
        weather: Weather,
        units: Mapping[str, str],
        lines: Lines,
        clog: Callable[[str, float], None],
    ) -> None:
        self._engine, self._random, self._lines, self._clog = engine, random, lines, clog
        self._over = False
        self._units = units
        self._fooled: set[str] = set()
        movers = [unit for unit, institution in units.items() if institution != "shelter"]
        for _ in range(weather.silences):
            engine.start(self._silence(), random.uniform(0.0, 20 * HOUR))
        if weather.clogs_an_hour:
            engine.start(self._clogs(weather.clogs_an_hour))
        for unit in sorted(units):
            if weather.flaps_an_hour:
                engine.start(self._fail(unit, weather.flaps_an_hour, (2.0, 40.0)))
            if weather.outages_an_hour:
                engine.start(self._fail(unit, weather.outages_an_hour, (60.0, 1500.0)))
        for unit in movers:
            if weather.blind_an_hour:
                engine.start(self._blind(unit, weather.blind_an_hour))

    def stop(self) -> None:
        """Nothing fails any more, and what failed works."""
        self._over = True
        for unit in sorted(self._units):
            self._lines.up(unit)
        for unit in sorted(self._fooled):
            self._engine.world.mend(unit)

    def _fail(self, unit: str, an_hour: float, lasts_s: tuple[float, float]) -> Steps:
        while True:
            yield self._random.expovariate(an_hour / HOUR)
            if self._over:
                return
            self._lines.down(unit)
            yield self._random.uniform(*lasts_s)
            self._lines.up(unit)

    def _silence(self) -> Steps:
        """A whole institution is not heard of for an hour."""
        if self._over:
            return
        institution = self._random.choice(sorted(set(self._units.values())))
        silent = sorted(unit for unit, kind in self._units.items() if kind == institution)
        for unit in silent:
            self._lines.down(unit)
        yield HOUR
        for unit in silent:
            self._lines.up(unit)

    def _clogs(self, an_hour: float) -> Steps:
        """Links are clogged one by one and come free in another order."""
        while True:
            yield self._random.expovariate(an_hour / HOUR)
            if self._over:
                return
            links = self._links()
            for link in self._random.sample(links, min(len(links), self._random.randint(1, 6))):
                self._clog(link, self._engine.at + self._random.uniform(5.0, 180.0))
                yield self._random.uniform(0.5, 10.0)

    def _links(self) -> Sequence[str]:
        return [*sorted(self._units), "desk-1", "desk-2", "desk-3"]

    def _blind(self, unit: str, an_hour: float) -> Steps:
        """A device says the same place for ever, or one where the unit is not."""
        while True:
            yield self._random.expovariate(an_hour / HOUR)
            if self._over:
                return
            world = self._engine.world
            if self._random.random() < 0.6:
                world.fool(unit)
            else:
                here = world.place_of(unit)
                shift = self._random.uniform(-0.2, 0.2)
                world.fool(unit, Point(lat=here.lat + shift, lon=here.lon - shift))
            self._fooled.add(unit)
            yield self._random.uniform(30.0, 900.0)
            world.mend(unit)
