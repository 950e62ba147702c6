"""Which units have a line, over all processes: a phone may be at any of them, and move, and nobody is lost by it.

Each process says when lines to it begin and end, beats as long as it lives, and reads what the others said. A
process that is killed says nothing: its beat stands still, and whoever sees that first ends its lines.
"""

import asyncio
import logging
import math
import time
from collections.abc import Sequence

from app.clock import Clock
from app.desk import Desk
from app.dispatch import events as e
from app.dispatch.events import Entry
from app.dispatch.model import Board
from app.store import passing
from app.store.session import GONE, Database

EVERY_S = 0.4
"""How often what is new is said and read: what one process knows the others know within twice this."""
GONE_AFTER_ROUNDS = 8
"""A process whose beat stood still for so many rounds is gone; 3.2 s."""

_LOG = logging.getLogger("naranja.lines")


class Lines:
    """The units' lines of one center, as this process knows them. The ground is told; the core asks the ground."""

    def __init__(self, desk: Desk, database: Database, clock: Clock, center: str, process: str) -> None:
        self._desk, self._database, self._clock = desk, database, clock
        self._center, self._process = center, process
        self._mine: set[str] = set()
        self.elsewhere: set[str] = set()
        """Units that have a line at another process, as far as this one knows."""
        self._unsaid: set[str] = set()
        self._ended: dict[str, float] = {}
        self._forgotten: set[str] = set()
        self._epoch: str | None = None
        self._change = 0
        self._begun_at: float | None = None
        self._beats: dict[str, tuple[int, int]] = {}
        self.written_at = -math.inf
        """When this process last wrote something into the database, and it was taken (monotonic seconds)."""
        self._task: asyncio.Task[None] | None = None
        desk.listen_to_ours(self._heard)

    async def start(self) -> None:
        """Learn what the others have said, and begin to say and to read. Raises one of GONE."""
        await self.round()
        self._task = asyncio.create_task(self._run(), name="lines")

    async def stop(self) -> None:
        """Every line here has ended; the others hear it at once."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        for unit in list(self._mine):
            self.down(unit)
        try:
            await self._say()
            async with self._database.transaction() as connection:
                await passing.gone(connection, self._center, {self._process}, self._clock.now())
        except GONE as problem:
            _LOG.warning("the end of lines is not said", extra={"error": type(problem).__name__})

    def up(self, unit: str) -> None:
        """The unit has a line here."""
        self._mine.add(unit)
        self._unsaid.add(unit)
        self._ended.pop(unit, None)
        self._desk.ground.line_up(unit)

    def down(self, unit: str) -> None:
        """The unit's last line here has ended; it is quiet unless it has one elsewhere."""
        at = self._desk.now()
        self._mine.discard(unit)
        self._unsaid.discard(unit)
        self._ended[unit] = at
        if unit not in self.elsewhere:
            self._desk.ground.line_down(unit, at)

    async def round(self) -> None:
        """1. Beat, and say what is new here. 2. Read what others said. 3. End the lines of who is gone."""
        await self._say()
        async with self._database.transaction() as connection:
            epoch = await passing.epoch(connection, self._center)
            if epoch != self._epoch:
                # The tables were emptied, or this is the first look: nobody knows of our lines.
                self._epoch, self._change = epoch, 0
                self._unsaid |= self._mine
            changed, self._change = await passing.lines_changed(connection, self._center, self._change)
            beats = await passing.beats(connection, self._center)
        for line in changed:
            self._learn(line)
        self._begun_at = self._begun_at or self._clock.now()
        self.written_at = time.monotonic()
        await self._bury(beats)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.round()
            except GONE as problem:
                # While nothing is heard of anybody, nobody is believed to be gone.
                self._beats.clear()
                _LOG.warning("lines of other processes not read", extra={"error": type(problem).__name__})

    async def _say(self) -> None:
        unsaid, self._unsaid = self._unsaid, set()
        ended, self._ended = self._ended, {}
        forgotten, self._forgotten = self._forgotten, set()
        try:
            async with self._database.transaction() as connection:
                if await passing.beat(connection, self._center, self._process) == 1:
                    unsaid |= self._mine
                await passing.lines_up(connection, self._center, self._process, unsaid, self._clock.now())
                await passing.lines_down(connection, self._center, self._process, ended)
                await passing.forget_lines(connection, self._center, forgotten)
        except GONE:
            self._unsaid |= unsaid & self._mine
            self._ended = {unit: at for unit, at in ended.items() if unit not in self._mine} | self._ended
            self._forgotten |= forgotten
            raise

    def _learn(self, line: passing.UnitLine) -> None:
        unit, ground = line.unit, self._desk.ground
        here = line.process == self._process
        if line.up:
            if not here:
                self.elsewhere.add(unit)
                ground.line_up(unit)
            return
        self.elsewhere.discard(unit)
        if unit in self._mine:
            # It had two lines, and the other was said last.
            self._unsaid.add(unit)
        elif not here and unit not in self._ended:
            # What ended before this process began it waits for anew: the phones had nowhere to come back to.
            ground.line_down(unit, line.at if self._begun_at is not None else max(line.at, self._clock.now()))

    async def _bury(self, beats: dict[str, int]) -> None:
        stood = {
            process: (beat, rounds + 1 if before == beat else 0)
            for process, beat in beats.items()
            for before, rounds in [self._beats.get(process, (beat, 0))]
            if process != self._process
        }
        self._beats = stood
        dead = {process for process, (_, rounds) in stood.items() if rounds >= GONE_AFTER_ROUNDS}
        if dead:
            _LOG.warning("processes are gone; their lines have ended", extra={"count": len(dead)})
            async with self._database.transaction() as connection:
                await passing.gone(connection, self._center, dead, self._desk.now())

    def _heard(self, entries: Sequence[Entry], _board: Board) -> None:
        """A new shift begins without a line, and who was heard some other way is not waited for."""
        self._forgotten |= {
            entry.event.unit
            for entry in entries
            if isinstance(entry.event, e.DutyStarted | e.DutyEnded | e.UnitHeard)
        }
