"""The center next door: it is asked, takes a need or not, falls silent, and hands alerts of its own over."""

from random import Random
from uuid import UUID

from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.model import Institution, Origin
from app.geo.point import Point
from simulator.engine import Engine, Steps
from simulator.faults import HOUR
from simulator.network import Network
from simulator.randomness import stream
from simulator.scenario import MIDDLE, Night
from simulator.world import ZONES, World

CENTER = "next-door"
HEARD_EVERY_S = 60.0
"""How often it says how a need stands while it has it."""


class Neighbour:
    """One neighbouring center, with its own desk and its own troubles."""

    def __init__(self, engine: Engine[World], night: Night, network: Network) -> None:
        self._engine, self._network = engine, network
        self._random: Random = stream(night.seed, "neighbour")
        self._silent = self._random.random() < 0.2
        self._over = False
        if night.rules.neighbours:
            for _ in range(self._random.randint(0, 3)):
                engine.start(self._hand_over(), self._random.uniform(0.0, night.ends - engine.at))

    def hear(self, entry: e.Entry) -> None:
        """It is asked."""
        if isinstance(entry.event, e.NeighbourAsked):
            self._engine.start(self._take(entry.event), self._random.uniform(5.0, 400.0))

    def calm_down(self) -> None:
        """From now on it answers and finishes what it has."""
        self._over, self._silent = True, False

    def _take(self, asked: e.NeighbourAsked) -> Steps:
        """It has an alert for it; somebody there accepts, or nobody does; some of it nobody hears here."""
        random = self._random
        if self._silent:
            return
        other, folio = f"n-{asked.alert}-{asked.need}", f"V-{random.randint(1, 999)}"
        states = ["offered"]
        ending = random.random()
        if ending < 0.2:
            states += ["stuck", "called_off"]
        else:
            states += ["accepted", "en_route", "on_scene"]
            states += ["searching", "called_off"] if ending < 0.35 else ["done"]
        for state in states:
            for _ in range(random.randint(1, 6)):
                if random.random() < 0.1 and not self._over:
                    # A while without a word.
                    yield random.uniform(60.0, 900.0)
                yield from self._network.send(
                    CENTER,
                    c.HearNeighbour(
                        id=self._engine.new_id(),
                        by=CENTER,
                        alert=asked.alert,
                        need=asked.need,
                        other=other,
                        folio=folio,
                        state=state,
                    ),
                )
                yield HEARD_EVERY_S

    def _hand_over(self) -> Steps:
        """It asks for help with a need of its own, and says later that it is not needed any more, or not."""
        random = self._random
        if self._over:
            return
        alert = str(UUID(int=random.getrandbits(128)))
        origin = Origin(
            center=CENTER, alert=f"theirs-{alert[:8]}", need="police", folio=f"V-{random.randint(1, 999)}"
        )
        shift = random.uniform(-0.05, 0.05)
        self._engine.world.place_alert(alert, Point(lat=MIDDLE.lat + shift, lon=MIDDLE.lon - shift))
        needs = (c.NeedWanted(institution=Institution.POLICE),)
        zone = random.choice(ZONES)
        yield from self._network.send(
            CENTER, c.RaiseAlert(id=alert, by=CENTER, zone=zone, needs=needs, origin=origin)
        )
        for state in ("stuck", random.choice(("accepted", "stuck", "called_off"))):
            yield random.uniform(30.0, HOUR)
            yield from self._network.send(
                CENTER, c.HearOrigin(id=self._engine.new_id(), by=CENTER, alert=alert, state=state)
            )
