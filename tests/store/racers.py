"""A process full of racers: people who all want the same few patrols and places at once, at a desk of its own.

`python -m tests.store.racers` reads its `Course` and then one `Start` a line, and answers each with a `Finish`. It
ends with its input; it may be killed at any moment. What its racers were answered is in its ledger before anything
else is done.
"""

import asyncio
import random
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO
from uuid import UUID

import msgspec

from app.clock import HandClock
from app.desk import Desk
from app.details import PLACE
from app.dispatch import commands as c
from app.dispatch.model import UNACCEPTED, Assignment, Board, Institution, NeedState
from app.dispatch.rules import Rules
from app.geo.ground import LiveGround
from app.geo.point import Point

from .desks import HOME, TIME_ZONE, a_desk, unit
from .script import Said

SHELTER = "R1"
PLACES = 3
PATROLS = tuple(unit(f"P{number}") for number in range(1, 11))
UNITS = (*PATROLS, unit(SHELTER, Institution.SHELTER, capacity=PLACES))
WANTED = (Institution.POLICE, Institution.SHELTER)
RULES = Rules(hold_s=0.0)
"""A place that was kept for her may be given away at once."""
BATCH_MAX = 4
"""Few commands share a commit, so that many commits race."""
STEPS = 2


class Course(msgspec.Struct, frozen=True):
    """What a process is told first."""

    url: str
    ledger: str
    seed: int


class Start(msgspec.Struct, frozen=True):
    """A round begins at `at` (seconds since 1970 UTC), on the board after `seq`, for these racers."""

    round: int
    seq: int
    at: float
    racers: tuple[int, ...]


class Finish(msgspec.Struct, frozen=True):
    """Every racer of this process is through. `lost_races`: commands decided again, for others were faster."""

    round: int = 0
    lost_races: int = 0


class Line(msgspec.Struct, frozen=True):
    """One line of a ledger: the answer a racer got to a command of this kind."""

    kind: str
    command: str
    receipt: c.Receipt | None = None
    refused: str | None = None


class CountingGround(LiveGround):
    """A ground that counts how often a command is decided."""

    def __init__(self) -> None:
        super().__init__(None, TIME_ZONE)
        self.decided = 0

    def propose(self, places: Mapping[str, Point], avoided: Mapping[str, Sequence[Point]] | None = None) -> None:
        self.decided += 1
        super().propose(places, avoided)


class Racer:
    """Draws what one person says next from a board that may be old by the time it is said."""

    def __init__(self, seed: str) -> None:
        self.chance = random.Random(seed)

    def next(self, board: Board) -> Said:
        """Mostly about what others are about to change as well; a new alert where there is nothing yet."""
        match self.chance.choices(("raise", "answer", "by_hand", "places", "cancel"), (4, 12, 5, 2, 1))[0]:
            case "answer" if board.assignments:
                return Said(self._answer(board, board.assignments[self._one_of(board.assignments)]), {})
            case "by_hand" if waiting := [n for n in board.open_needs() if n[1].state in UNACCEPTED]:
                alert, need = self.chance.choice(waiting)
                code = self.chance.choice([u.code for u in UNITS if u.institution is need.institution])
                return Said(c.AssignByHand(**self._who(), alert=alert.id, need=need.key, unit=code), {})
            case "places":
                return Said(c.SetPlaces(**self._who(), unit=SHELTER, free=self.chance.randint(0, PLACES)), {})
            case "cancel" if board.alerts:
                return Said(c.CancelAlert(**self._who(), alert=self._one_of(board.alerts), reason="mistake"), {})
            case _:
                return Said(self._raise(), {PLACE: HOME})

    def _who(self, by: str = "racer") -> dict[str, Any]:
        return {"id": str(UUID(int=self.chance.getrandbits(128), version=4)), "by": by}

    def _one_of(self, known: Mapping[str, object]) -> str:
        return self.chance.choice(sorted(known))

    def _raise(self) -> c.Command:
        needs = tuple(c.NeedWanted(institution=each) for each in WANTED)
        threat = {"weapon_used": "yes"} if self.chance.random() < 0.3 else {}
        return c.RaiseAlert(**self._who(), zone="centro", needs=needs, threat=threat)

    def _answer(self, board: Board, held: Assignment) -> c.Command:
        """What the unit may say of it now, or what the desk or the clock may."""
        own: dict[str, Any] = {"assignment": held.id, "unit": held.unit}
        desk: dict[str, Any] = {"alert": held.alert, "need": held.need}
        shelter = board.units[held.unit].institution is Institution.SHELTER
        commands: list[c.Command] = [c.Recall(**self._who(), **desk, reason="other")]
        if held.state is NeedState.OFFERED:
            commands += [c.Accept(**self._who(), **own) for _ in range(4)]
            commands += [c.Decline(**self._who(), **own, reason="busy")]
        elif shelter:
            commands += [c.ExpireHold(**self._who(c.SERVICE), assignment=held.id) for _ in range(2)]
            commands += [c.ReachSafety(**self._who(), **own), c.Finish(**self._who(), **own)]
        else:
            commands += [c.GoEnRoute(**self._who(), **own), c.ArriveOnScene(**self._who(), **own)]
            commands += [c.Finish(**self._who(), **own), c.Withdraw(**self._who(), **own, reason="breakdown")]
        return self.chance.choice(commands)


class Crowd:
    """The racers of this process at their desk."""

    def __init__(self, course: Course, desk: Desk, clock: HandClock, ledger: TextIO) -> None:
        self._course, self._desk, self._clock, self._ledger = course, desk, clock, ledger
        self._heard = asyncio.Event()
        self.answered = 0
        desk.listen(lambda entries, board: self._heard.set())

    async def race(self, start: Start) -> None:
        """Let the racers run, all at once, as soon as this desk knows the board they start from."""
        self._clock.advance(start.at - self._clock.now())
        self._desk.look()
        while (await self._desk.board()).seq < start.seq:
            await self._heard.wait()
            self._heard.clear()
        await asyncio.gather(*(self._run(start.round, number) for number in start.racers))

    async def _run(self, number: int, racer: int) -> None:
        person = Racer(f"{self._course.seed}:{number}:{racer}")
        for _ in range(STEPS):
            await self._say(person.next(await self._desk.board()))
            self._desk.look()

    async def _say(self, said: Said) -> None:
        kind, sent = type(said.command).__name__, said.command.id
        try:
            line = Line(kind=kind, command=sent, receipt=await self._desk.perform(said.command, said.values))
        except c.Refusal as refusal:
            line = Line(kind=kind, command=sent, refused=refusal.code)
        self.answered += 1
        self._ledger.write(msgspec.json.encode(line).decode() + "\n")
        self._ledger.flush()


async def main() -> None:
    """Race for as long as rounds are started."""
    orders = asyncio.StreamReader()
    pipe = asyncio.StreamReaderProtocol(orders)
    await asyncio.get_running_loop().connect_read_pipe(lambda: pipe, sys.stdin)
    course = msgspec.json.decode(await orders.readline(), type=Course)
    clock, ground = HandClock(), CountingGround()
    with open(course.ledger, "a", encoding="utf-8") as ledger:  # noqa: ASYNC230  # in memory until it is flushed
        async with a_desk(course.url, clock, ground=ground, rules=RULES, batch_max=BATCH_MAX) as desk:
            crowd = Crowd(course, desk, clock, ledger)
            await desk.board()
            _tell(Finish())
            while line := await orders.readline():
                start = msgspec.json.decode(line, type=Start)
                crowd.answered = ground.decided = 0
                await crowd.race(start)
                _tell(Finish(round=start.round, lost_races=ground.decided - crowd.answered))


def _tell(finish: Finish) -> None:
    sys.stdout.write(msgspec.json.encode(finish).decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
