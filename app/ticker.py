"""Performs what is due. Every deadline is on the board, so any process may tick, and two that tick act once."""

import asyncio
import logging
import math
import time
from collections.abc import Sequence
from itertools import batched

from app import traces
from app.clock import Clock
from app.desk import Desk, DeskBusy, IdReused, NotSaved
from app.dispatch.commands import Command, Receipt, Refusal
from app.dispatch.deadlines import Agenda, due
from app.dispatch.events import Entry
from app.dispatch.model import Board
from app.measures import Clocked

AT_ONCE = 64
"""When more is due, what people ask at the desk waits behind so much of it at most."""
SLEEP_S_MAX = 1.0
"""The longest the ticker sleeps, and believes what it knows of alerts that have not changed."""

_LOG = logging.getLogger("naranja.ticker")


class Ticker:
    """One for each process and center. `late` is told how late the first thing due was, once all due is saved."""

    def __init__(self, desk: Desk, clock: Clock, late: Clocked | None = None) -> None:
        self._desk, self._clock, self._late = desk, clock, late
        self._changed = asyncio.Event()
        self._agenda, self._begun_at = Agenda(), -math.inf
        self.ticked_at = -math.inf
        """When everything due was last performed (monotonic seconds)."""
        self._task: asyncio.Task[None] | None = None
        desk.listen(self._heard)

    def start(self) -> None:
        """Begin to tick."""
        self._task = asyncio.create_task(self._run(), name="ticker")

    async def stop(self) -> None:
        """Stop ticking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _heard(self, entries: Sequence[Entry], board: Board) -> None:
        self._changed.set()

    async def _run(self) -> None:
        """1. Perform what is due. 2. Sleep until the next deadline, or until the board changes."""
        while True:
            try:
                await self.tick()
                self.ticked_at = time.monotonic()
                at = await self._next_at()
            except (NotSaved, DeskBusy) as problem:
                _LOG.warning("what is due could not be saved", extra={"error": type(problem).__name__})
                at = None
            except Exception:  # noqa: BLE001  # said loudly; a ticker that stands still drops every deadline
                _LOG.critical("a bug in the ticker; it goes on", exc_info=True)
                at = None
            wait = SLEEP_S_MAX if at is None else min(SLEEP_S_MAX, max(0.001, at - self._desk.now()))
            self._changed.clear()
            sleep = asyncio.create_task(self._clock.sleep(wait))
            change = asyncio.create_task(self._changed.wait())
            try:
                await asyncio.wait({sleep, change}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                sleep.cancel()
                change.cancel()

    async def _perform(self, commands: Sequence[Command]) -> list[Receipt | BaseException]:
        return await asyncio.gather(*map(self._desk.perform, commands), return_exceptions=True)

    async def tick(self) -> int:
        """Perform everything that is due now, and say how much it was. Raises NotSaved or DeskBusy."""
        performed, first_at = 0, await self._next_at()
        at = first_at
        while at is not None and at <= self._desk.now():
            commands = due(await self._desk.board(), self._desk.now(), self._desk.rules, self._desk.ground)
            if not commands:
                self._agenda.anew()
                break
            with traces.span("ticker", count=len(commands)):
                results = [result for some in batched(commands, AT_ONCE) for result in await self._perform(some)]
            for result in results:
                if isinstance(result, BaseException) and not isinstance(result, Refusal | IdReused):
                    raise result
            done = sum(not isinstance(result, BaseException) for result in results)
            performed += done
            if not done:
                break
            at = await self._next_at()
        if performed and first_at is not None and self._late is not None:
            self._late(max(0.0, self._desk.now() - first_at))
        return performed

    async def _next_at(self) -> float | None:
        """When something is due next, or earlier. Raises NotSaved."""
        board = await self._desk.board()
        if time.monotonic() - self._begun_at >= SLEEP_S_MAX:
            self._agenda.anew()
            self._begun_at = time.monotonic()
        return self._agenda.next_at(board, self._desk.rules, self._desk.ground)
