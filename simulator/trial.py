"""One night from its seed, watched after every command; the same seed gives the same log to the last byte."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from app.dispatch.commands import ListUnits
from app.dispatch.events import Entry
from app.dispatch.model import SERVED, Board, Institution, NeedState
from simulator.crews import Crews
from simulator.engine import Engine
from simulator.invariants import OVER, Watch, look_at_the_end
from simulator.operators import Operators
from simulator.scenario import BEGINS, HOUR, draw
from simulator.world import World

AFTERWARDS_S = HOUR
"""How long everybody behaves before a night is judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one seed: how the needs still on the board ended, what kinds of events there were, and the
    SHA-256 of the log.
    """

    seed: int
    events: int
    alerts: int
    served: int
    stuck: int
    over: int
    kinds: frozenset[str]
    digest: str


def run(seed: int, hours: float = 6.0) -> Outcome:
    """Play the night of this seed.

    1. Safety: for so many hours crews, operators and radio misbehave; every invariant holds after every command.
    2. Liveness: everybody behaves; in the end every need is served, over, or stuck with a human called.

    Raises AssertionError, with the seed in its notes, where one does not hold.
    """
    night = draw(seed, hours)
    world = World()
    engine = Engine(Board(center="trial"), night.rules, world, BEGINS)
    watch = Watch(engine)
    engine.watchers.append(watch.look)
    for post in night.posts:
        world.station(post.facts.code, post.station, moves=post.facts.institution is not Institution.SHELTER)
    engine.perform(ListUnits(id="list", by="coordinator", units=tuple(post.facts for post in night.posts)))
    crews, operators = Crews(engine, night), Operators(engine, night)
    engine.listeners += [crews.hear, operators.hear]
    try:
        engine.run(night.ends)
        crews.calm_down()
        operators.steps_in = False
        engine.run(night.ends + AFTERWARDS_S)
        watch.refold()
        look_at_the_end(engine.board)
    except AssertionError as broken:
        broken.add_note(f"seed {seed}, {engine.at - BEGINS:.1f} s into the night, after {len(engine.log)} events")
        raise
    return _outcome(seed, engine)


def digest(log: Sequence[Entry]) -> str:
    """SHA-256 of the log as canonical JSON, one line an entry."""
    lines = hashlib.sha256()
    for entry in log:
        lines.update(msgspec.json.encode((type(entry.event).__name__, entry), order="deterministic") + b"\n")
    return lines.hexdigest()


def _outcome(seed: int, engine: Engine) -> Outcome:
    states = [need.state for alert in engine.board.alerts.values() for need in alert.needs]
    return Outcome(
        seed=seed,
        events=len(engine.log),
        alerts=engine.board.folios,
        served=sum(state in SERVED for state in states),
        stuck=sum(state is NeedState.STUCK for state in states),
        over=sum(state in OVER for state in states),
        kinds=frozenset(type(entry.event).__name__ for entry in engine.log),
        digest=digest(engine.log),
    )
