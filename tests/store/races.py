"""Rounds of racers in processes of their own, one of which is killed now and then, under the eyes of a referee.

`python -m tests.store.races --rounds 1000` runs them on a PostgreSQL of its own and prints the figures as JSON.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import asyncpg
import msgspec

from app.children.postgres import EmbeddedPostgres
from app.clock import HandClock
from app.desk import Desk
from app.dispatch import commands as c
from app.dispatch.model import UnitState
from app.store.session import upgrade

from .desks import a_call, a_desk, raise_alert, staff
from .racers import PLACES, RULES, SHELTER, UNITS, WANTED, Course, Finish, Line, Start
from .referee import Referee

ROOT = Path(__file__).parents[2]
RACERS = 40
OPEN = 12
"""Alerts that are open already when a round begins: more than there are patrols, and places."""
PROCESSES = 4
"""One of them may be starting anew: three race at any time."""
KILL_SHARE = 0.15
"""Rounds in which a process is killed."""
PAUSE_S = 600.0
"""Between two rounds, on the clock of the race."""
ROUND_S_MAX = 60.0


@dataclass(slots=True)
class Figures:
    """What came of it: `over_capacity`, `twice` and `lost` have to be 0.

    Attributes:
        lost_races: commands that were decided again, because somebody else had written first.
        cut: of the kills, those that met a process in the middle of its round.
        looks: how often the referee compared the tables with the log.
    """

    rounds: int = 0
    commands: int = 0
    taken: int = 0
    refused: int = 0
    lost_races: int = 0
    kills: int = 0
    cut: int = 0
    looks: int = 0
    over_capacity: int = 0
    twice: int = 0
    lost: int = 0
    seconds: float = 0.0


class Process:
    """One process of racers."""

    def __init__(self, child: asyncio.subprocess.Process, ledger: Path) -> None:
        self._child, self._ledger = child, ledger
        self._read = 0
        self.greeting = asyncio.create_task(self.finish())

    @classmethod
    async def begin(cls, course: Course) -> Self:
        """Start it; it is ready once `greeting` is done."""
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.store.racers"),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        process = cls(child, Path(course.ledger))
        process.tell(course)
        return process

    @property
    def ready(self) -> bool:
        """Whether it races. Raises EOFError if it has ended by itself."""
        return self.greeting.done() and self.greeting.result() is not None

    def tell(self, what: Course | Start) -> None:
        """Say one line to it."""
        if self._child.stdin is not None:
            self._child.stdin.write(msgspec.json.encode(what) + b"\n")

    async def finish(self) -> Finish:
        """How its round went. Raises EOFError if it has died over it."""
        line = await self._child.stdout.readline() if self._child.stdout is not None else b""
        if not line:
            raise EOFError("a process of racers has ended")
        return msgspec.json.decode(line, type=Finish)

    async def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self.greeting.cancel()
        self._child.kill()
        await self._child.wait()

    def new_lines(self) -> list[Line]:
        """What its racers were answered since this was last asked."""
        with self._ledger.open("rb") as ledger:
            ledger.seek(self._read)
            lines = ledger.read().splitlines()
            self._read = ledger.tell()
        return [msgspec.json.decode(line, type=Line) for line in lines]


class Race:
    """Rounds on one database, from a clean board to a clean board."""

    def __init__(self, desk: Desk, clock: HandClock, referee: Referee, stable: "Stable", seed: int) -> None:
        self.figures = Figures()
        self._desk, self._clock, self._referee, self._stable = desk, clock, referee, stable
        self._chance = random.Random(f"races:{seed}")
        self._rush_s = 0.0

    async def round(self) -> None:
        """Forty race; at times one process dies over it. Then everything is let go, and the referee compares."""
        self.figures.rounds += 1
        self._clock.advance(PAUSE_S)
        await asyncio.gather(*(raise_alert(self._desk, a_call(None, *WANTED)) for _ in range(OPEN)))
        await self._referee.look()
        ready = self._stable.ready()
        finishes = [asyncio.create_task(process.finish()) for process in ready]
        for number, process in enumerate(ready):
            racers = tuple(range(RACERS))[number :: len(ready)]
            process.tell(Start(self.figures.rounds, self._referee.board.seq, self._clock.now(), racers))
        began = time.monotonic()
        dies = len(ready) == PROCESSES and self._chance.random() < KILL_SHARE
        if dies:
            await asyncio.sleep(self._chance.uniform(0.0, self._rush_s))
            await self._stable.kill(self._chance.choice(ready))
        for finish in await asyncio.gather(*finishes, return_exceptions=dies):
            if isinstance(finish, Finish):
                self.figures.lost_races += finish.lost_races
            else:
                self.figures.cut += 1
        self._rush_s = self._rush_s if dies else time.monotonic() - began
        self.figures.kills += dies
        await self._let_go()
        await self._compare()

    async def _let_go(self) -> None:
        """Call everything off, and have the shelter say that its places are free."""
        await self._referee.nobody_writes()
        await self._referee.look()
        waiting = [alert.id for alert in self._referee.board.alerts.values()]
        cancels = [c.CancelAlert(id=str(uuid4()), by="referee", alert=alert, reason="over") for alert in waiting]
        await asyncio.gather(*(self._desk.perform(cancel) for cancel in cancels))
        await self._desk.perform(c.SetPlaces(id=str(uuid4()), by="referee", unit=SHELTER, free=PLACES))
        await self._referee.look()
        board = self._referee.board
        assert not board.alerts
        assert not board.assignments
        assert all(slot is UnitState.FREE for unit in board.units.values() for slot in unit.slots)

    async def _compare(self) -> None:
        lines = self._stable.new_lines()
        await self._referee.compare(lines)
        taken = sum(line.receipt is not None for line in lines)
        figures, referee = self.figures, self._referee
        figures.commands += len(lines)
        figures.taken += taken
        figures.refused += len(lines) - taken
        figures.looks, figures.lost = referee.looks, referee.lost
        figures.over_capacity, figures.twice = referee.over_capacity, referee.twice


class Stable:
    """The processes, each with a ledger of its own in `directory`; for one that was killed another starts."""

    def __init__(self, url: str, directory: Path, seed: int) -> None:
        self._url, self._directory, self._seed = url, directory, seed
        self._processes: list[Process] = []
        self._dead: list[Process] = []
        self._started = 0

    async def __aenter__(self) -> Self:
        for _ in range(PROCESSES):
            await self._begin()
        await asyncio.gather(*(process.greeting for process in self._processes))
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self._processes:
            await process.kill()

    async def _begin(self) -> None:
        self._started += 1
        ledger = self._directory / f"ledger-{self._started}"
        ledger.touch()
        self._processes.append(await Process.begin(Course(self._url, str(ledger), self._seed)))

    def ready(self) -> list[Process]:
        """Those that race in the next round."""
        return [process for process in self._processes if process.ready]

    async def kill(self, process: Process) -> None:
        """Kill this one, and start another."""
        await process.kill()
        self._processes.remove(process)
        self._dead.append(process)
        await self._begin()

    def new_lines(self) -> list[Line]:
        """What all racers were answered since this was last asked."""
        everybody, self._dead = [*self._dead, *self._processes], []
        return [line for process in everybody for line in process.new_lines()]


async def race(url: str, directory: Path, *, rounds: int, seed: int = 1) -> Figures:
    """Run so many rounds on a migrated, empty database. Raises AssertionError as soon as a board is wrong."""
    began, clock = time.monotonic(), HandClock()
    async with a_desk(url, clock, rules=RULES) as desk, a_referee(url) as referee:
        await staff(desk, UNITS)
        await referee.look()
        async with Stable(url, directory, seed) as stable, asyncio.TaskGroup() as group:
            watch = group.create_task(referee.watch())
            race = Race(desk, clock, referee, stable, seed)
            for _ in range(rounds):
                async with asyncio.timeout(ROUND_S_MAX):
                    await race.round()
            watch.cancel()
        race.figures.seconds = round(time.monotonic() - began, 1)
        return race.figures


@asynccontextmanager
async def a_referee(url: str) -> AsyncIterator[Referee]:
    """A referee with a connection of its own."""
    connection: Any = await asyncpg.connect(url)
    try:
        yield Referee(connection)
    finally:
        await connection.close()


async def main() -> int:
    """Race on a PostgreSQL of its own; 1 if something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="naranja-races-") as folder:
        async with EmbeddedPostgres(Path(folder) / "postgres") as server:
            await upgrade(server.dsn())
            figures = await race(server.dsn(), Path(folder), rounds=asked.rounds, seed=asked.seed)
    sys.stdout.write(msgspec.json.encode(figures).decode() + "\n")
    return int(figures.over_capacity + figures.twice + figures.lost > 0)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
