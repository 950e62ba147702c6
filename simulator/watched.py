"""One night from its seed, watched after every command; the same seed gives the same log to the last byte."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from app.dispatch import events as e
from app.dispatch.commands import ListUnits, UnitFacts
from app.dispatch.model import SERVED, Board, Institution, NeedState
from app.reports.response_times import summarise
from app.reports.timeline import timelines
from simulator.crews import Crews
from simulator.engine import Engine, Lost, Steps
from simulator.faults import HOUR, Faults
from simulator.invariants import OVER, Watch, look_at_the_end
from simulator.neighbour import Neighbour
from simulator.network import Network
from simulator.operators import Operators
from simulator.phones import Phones
from simulator.promises import Broken
from simulator.randomness import stream
from simulator.scenario import BEGINS, Night, Post, draw
from simulator.world import World

AFTERWARDS_S = 4 * HOUR
"""How long everybody behaves before a night is judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one seed: how the needs still on the board ended, how often each kind of event was written, how
    often the desk was killed, and the SHA-256 of the log.
    """

    seed: int
    events: int
    commands: int
    alerts: int
    served: int
    stuck: int
    over: int
    kills: int
    kinds: dict[str, int]
    digest: str


def run(seed: int, hours: float = 24.0) -> Outcome:
    """Play the night of this seed.

    1. Safety: for so many hours everybody and everything misbehaves; every invariant holds after every command.
    2. Liveness: nothing fails and everybody behaves; in the end every need is over, served, or known to a person.

    Raises AssertionError, with the seed in its notes, where one does not hold.
    """
    return Watched(draw(seed, hours)).run()


class Watched:
    """Everybody and everything of one night, put together."""

    def __init__(self, night: Night) -> None:
        self._night = night
        world = World()
        self.engine = engine = Engine(Board(center="watched"), night.rules, world, BEGINS)
        self._watch = engine.watcher = Watch(engine)
        for post in night.posts:
            world.station(post.facts.code, post.station, moves=post.facts.institution is not Institution.SHELTER)
        engine.perform(ListUnits(id="list", by="coordinator", units=tuple(post.facts for post in night.posts)))
        engine.kills = night.kills
        self._network = Network(engine, stream(night.seed, "network"), night.weather)
        self._phones = Phones(engine, self._network)
        self._crews = Crews(engine, night, self._network, self._phones)
        self._operators = Operators(engine, night, self._network)
        self._neighbour = Neighbour(engine, night, self._network)
        units = {post.facts.code: post.facts.institution.value for post in night.posts}
        chance = stream(night.seed, "failures")
        self._faults = Faults(engine, chance, night.weather, units, self._phones, self._network.clog)
        engine.start(self._list_again(), (night.ends - BEGINS) * chance.random())
        everybody = (self._phones, self._crews, self._operators, self._neighbour)
        engine.listeners += [one.hear for one in everybody]

    def run(self) -> Outcome:
        """Play it to its end and judge it."""
        engine, night = self.engine, self._night
        try:
            engine.run(night.ends)
            self._calm_down()
            engine.run(night.ends + AFTERWARDS_S)
            self._judge()
        except AssertionError as broken:
            broken.add_note(
                f"seed {night.seed}, {engine.at - BEGINS:.1f} s into the night, after {len(engine.log)} events"
            )
            broken.add_note(f"again: naranja swarm --seed {night.seed} --hours {(night.ends - BEGINS) / HOUR:g}")
            raise
        return _outcome(night.seed, engine)

    def _list_again(self) -> Steps:
        """On the way one more patrol joins the center, and some that are off duty leave it and come back later."""
        night, units, chance = self._night, self.engine.board.units, stream(self._night.seed, "list")
        everybody = [post.facts for post in night.posts]
        stay = [facts for facts in everybody if units[facts.code].on_duty or chance.random() < 0.5]
        self.engine.world.station(night.late.facts.code, night.late.station, moves=True)
        self.engine.perform(_listed("list-again", stay, night.late))
        self._crews.enlist(night.late, night.ends)
        yield 3 * HOUR
        while self.engine.perform(_listed("list-all", everybody, night.late)) is None:
            yield 30.0

    def _calm_down(self) -> None:
        self._network.calm_down()
        self._faults.stop()
        for one in (self._crews, self._operators, self._neighbour):
            one.calm_down()

    def _judge(self) -> None:
        """What must be true when all is over."""
        self._watch.refold()
        look_at_the_end(self.engine.board)
        wrong = self._phones.wrong()
        if wrong:
            raise Broken(f"the screens of {', '.join(wrong)} do not show what the board says")
        for command, receipt in self._network.given.items():
            if self.engine.answer(command) != receipt:
                raise Lost(f"{command} was answered, and the desk knows nothing of it")
        _report(self.engine)


def _listed(name: str, facts: Sequence[UnitFacts], late: Post) -> ListUnits:
    return ListUnits(id=name, by="coordinator", units=(*facts, late.facts))


def _report(engine: Engine[World]) -> None:
    """The month's report can be made of any night, and counts every alert once."""
    raised = [entry.event.alert for entry in engine.log if isinstance(entry.event, e.AlertRaised)]
    told = timelines(engine.log)
    if list(told) != raised:
        raise Broken("the report does not count every alert once")
    summarise(told.values(), at=engine.at)


def digest(log: Sequence[e.Entry]) -> str:
    """SHA-256 of the log as canonical JSON, one line an entry."""
    lines = hashlib.sha256()
    for entry in log:
        lines.update(msgspec.json.encode((type(entry.event).__name__, entry), order="deterministic") + b"\n")
    return lines.hexdigest()


def _outcome(seed: int, engine: Engine[World]) -> Outcome:
    states = [need.state for alert in engine.board.alerts.values() for need in alert.needs]
    return Outcome(
        seed=seed,
        events=len(engine.log),
        commands=engine.decided,
        alerts=engine.board.folios,
        served=sum(state in SERVED for state in states),
        stuck=sum(state is NeedState.STUCK for state in states),
        over=sum(state in OVER for state in states),
        kills=engine.killed,
        kinds=dict(Counter(type(entry.event).__name__ for entry in engine.log)),
        digest=digest(engine.log),
    )
