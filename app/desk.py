"""The one door to a center's board: `perform(command)`. Saved, then answered; never the other way round.

Commands wait in one short queue. Those that wait while a commit is on its way share the next one.
"""

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import Any

from app import traces
from app.batch import Ask, Decided, Unreadable, avoided_by, decide_all, rows_of
from app.clock import Clock
from app.details import Details
from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.events import Entry
from app.dispatch.evolve import evolve
from app.dispatch.model import Board
from app.dispatch.rules import RuleBook, Rules
from app.geo.ground import LiveGround
from app.geo.point import Point
from app.store import board as board_rows
from app.store import region as region_rows
from app.store.log import AnsweredBefore, KeyRetired, LogWriter, RaceLost
from app.store.rows import RegionRows
from app.store.session import GONE, Database

RACES_MAX = 3
"""Races a batch may lose before it takes the center's row for itself."""
ROAD_ROUNDS_MAX = 3
"""Times a batch is decided, in all, while road times come in; what is missing then stays estimated."""

ANSWER_S_MAX = 8.0
"""Whoever asks is told within this, be it that nothing is known to be saved. Pages wait ten seconds."""
FINISH_S_MAX = 5.0
"""What was accepted when the desk is told to stop is finished within this, or is not saved."""
AHEAD_S = 1.0
"""Clocks of several machines may differ by so much."""

_LOG = logging.getLogger("naranja.desk")


class NotSaved(Exception):
    """It is not known to be saved. Send it again with the same id; it will have the effect of once."""


class DeskBusy(Exception):
    """Too many commands wait already."""


class IdReused(Exception):
    """Another command was sent under this id before."""


_MOVES = e.AlertRaised | e.PlaceMoved | e.AvoidTold | e.CallJoined
"""After these the ground has more to know of an alert."""

Listener = Callable[[Sequence[Entry], Board], None]
"""Told of committed entries in order, with the board after them. Must not wait."""


class Desk:
    """The desk of one center in this process."""

    def __init__(
        self,
        database: Database,
        details: Details,
        ground: LiveGround,
        clock: Clock,
        book: RuleBook,
        *,
        center: str,
        queue_max: int,
        batch_max: int,
    ) -> None:
        self.ground, self.book = ground, book
        self._database, self._details, self._clock, self._center = database, details, clock, center
        self._queue_max, self._batch_max = queue_max, batch_max
        self._queue: deque[Ask] = deque()
        self._in_hand: Sequence[Ask] = ()
        self._work = asyncio.Event()
        self._look = False
        self._looked = asyncio.Event()
        self._board: Board | None = None
        self._told: int | None = None
        self._rung = 0
        """The highest entry the bell rang for since the last look."""
        self._connection: Any = None
        self._writer: LogWriter | None = None
        self._listeners: list[Listener] = []
        self._of_ours: list[Listener] = []
        self._runner: asyncio.Task[None] | None = None
        self._stopped = False
        self.looked_at = -math.inf
        """When this desk last had the board as the log had it (monotonic seconds)."""
        self._ahead: tuple[float, float] | None = None

    def listen(self, listener: Listener) -> None:
        """Tell `listener` of every committed entry from now on, whoever wrote it."""
        self._listeners.append(listener)

    def listen_to_ours(self, listener: Listener) -> None:
        """Tell `listener` of what this process commits itself: of several processes exactly one is told."""
        self._of_ours.append(listener)

    @property
    def waiting(self) -> int:
        """Commands that wait for the next commit."""
        return len(self._queue)

    @property
    def rules(self) -> Rules:
        """The rules that count now."""
        return self.book.at(self.now())

    def start(self) -> None:
        """Begin to work; the board is loaded with the first look."""
        self._runner = asyncio.create_task(self._run(), name="desk")
        self.look()

    async def stop(self) -> None:
        """Finish what was accepted, while the database takes it; who comes too late is told it is not saved."""
        self._stopped = True
        with suppress(TimeoutError):
            async with asyncio.timeout(FINISH_S_MAX):
                await self._settled()
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.gather(self._runner, return_exceptions=True)
        for ask in self._queue:
            ask.fail(NotSaved("the service is stopping"))
        self._queue.clear()
        self._drop()
        self._looked.set()

    async def _settled(self) -> None:
        """Return once every command that was accepted has its answer."""
        while self._runner is not None and not self._runner.done():
            waiting = [ask.answer for ask in (*self._in_hand, *self._queue) if not ask.answer.done()]
            if not waiting:
                return
            await asyncio.wait(waiting)

    def rang(self, seq: int) -> None:
        """The bell rang for entry `seq`: look, unless it is known.

        While a batch is on its way nobody can say whose entry it is; then it is looked at when that has ended.
        """
        self._rung = max(self._rung, seq)
        if not self._in_hand and (self._board is None or seq > self._board.seq):
            self.look()

    def look(self) -> None:
        """Something may have been written by others, or the poll is due: see."""
        self._look = True
        self._looked.clear()
        self._work.set()

    async def board(self) -> Board:
        """The board as far as this process knows. Raises NotSaved when the database does not answer."""
        if self._board is None and not self._stopped:
            self.look()
            await self._looked.wait()
        if self._board is None:
            raise NotSaved("the service is stopping" if self._stopped else "the database does not answer")
        return self._board

    def now(self) -> float:
        """The time this desk decides by and deadlines are due by, seconds since 1970 UTC.

        It is the clock's, unless the log is ahead of it: once, somewhere, a clock was wrong. A log cannot run
        backwards, so time then goes on from its last entry, and no deadline waits until the clocks have caught up.
        """
        now, board = self._clock.now(), self._board
        if board is None or board.at <= now + AHEAD_S:
            self._ahead = None
            return now
        if self._ahead is None:
            _LOG.critical("the log is ahead of this clock", extra={"seconds": board.at - now})
        if self._ahead is None or self._ahead[0] != board.at:
            self._ahead = (board.at, time.monotonic())
        return board.at + time.monotonic() - self._ahead[1]

    async def perform(
        self, command: c.Command, values: Mapping[str, Any] | None = None, region: RegionRows | None = None
    ) -> c.Receipt:
        """Decide, save, answer. `values` are the personal data the command tells, by kind.

        The same id twice has the effect of once and gets the first answer again, a refusal too.
        Raises Refusal, IdReused, DeskBusy, or NotSaved, within `ANSWER_S_MAX`.
        """
        if self._stopped:
            raise NotSaved("the service is stopping")
        if len(self._queue) >= self._queue_max:
            raise DeskBusy
        answer: asyncio.Future[c.Receipt] = asyncio.get_running_loop().create_future()
        with traces.span("command", kind=type(command).__name__):
            self._queue.append(Ask(command=command, values=values or {}, region=region, answer=answer))
            self._work.set()
            try:
                # An import takes as long as it takes, and whoever does one waits for it.
                async with asyncio.timeout(None if region is not None else ANSWER_S_MAX):
                    receipt = await answer
            except TimeoutError:
                raise NotSaved("it takes too long") from None
        if receipt.refused is not None:
            raise c.Refusal(receipt.refused, receipt.sentence or receipt.refused)
        return receipt

    async def learn_stations(self) -> None:
        """A region was imported: units stand elsewhere. Raises a database error."""
        async with self._database.transaction() as connection:
            places = await region_rows.unit_places(connection, self._center)
        for row in places.values():
            self.ground.station(row.unit, Point(row.lat, row.lon))

    # --- the one task that writes

    async def _run(self) -> None:
        """1. Wait for commands or the bell. 2. Catch up. 3. Commit what waits.

        An error throws the board away and tells everybody in the batch that nothing is known to be saved. A bug
        that one command wakes must not take the others along: such a batch is done again one by one.
        """
        batch: list[Ask] = []
        try:
            while True:
                await self._work.wait()
                self._work.clear()
                batch = self._in_hand = self._take()
                if not await self._try(batch) and len(batch) > 1:
                    for ask in batch:
                        await self._try([ask])
                self._in_hand = ()
                self._looked.set()
                if self._board is not None and self._rung > self._board.seq:
                    self.look()
        finally:
            for ask in batch:
                ask.fail(NotSaved("the service is stopping"))

    def _take(self) -> list[Ask]:
        """The next batch. Of two commands with one id the second waits, and then gets the first's answer."""
        batch: dict[str, Ask] = {}
        repeats: list[Ask] = []
        while self._queue and len(batch) < self._batch_max:
            ask = self._queue.popleft()
            if ask.answer.done():
                # Nobody waits any more: they were told that it is not saved, and ask again if they still want it.
                continue
            if batch.setdefault(ask.command.id, ask) is not ask:
                repeats.append(ask)
        self._queue.extendleft(reversed(repeats))
        if self._queue:
            self._work.set()
        return list(batch.values())

    async def _try(self, batch: list[Ask]) -> bool:
        """Catch up and commit. False if a bug, not the database, was in the way and the batch is unanswered."""
        try:
            await self._catch_up()
            if batch:
                with traces.span("commit", of=[ask.trace for ask in batch], count=len(batch)):
                    await self._commit(batch)
        except GONE as problem:
            _LOG.warning("not saved", extra={"error": type(problem).__name__})
            self._drop()
            for ask in batch:
                ask.fail(NotSaved("the database does not answer"))
        except Exception:  # noqa: BLE001  # said loudly, answered, and begun anew from the database
            _LOG.critical("a bug at the desk; the board is thrown away", exc_info=True)
            self._drop()
            if len(batch) > 1:
                return False
            for ask in batch:
                ask.fail(NotSaved("the desk has met a bug"))
        return True

    def _drop(self) -> None:
        """Throw the board and the connection away; the next look loads them anew."""
        self._board, self._writer = None, None
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def _catch_up(self) -> None:
        """Have the board, and have told the listeners everything up to it."""
        # Before it is read: what rings meanwhile is looked at once more.
        look, self._look, self._rung = self._look, False, 0
        if self._writer is None or self._board is None:
            self._connection = await self._database.connect(writes=True)
            self._writer = LogWriter(self._connection, self._center)
            board = await board_rows.load(self._connection, self._center)
            await self._learn_places(list(board.alerts), units=True)
            missed = [] if self._told is None else await self._writer.entries_after(self._told)
            self._board, self._told = board, board.seq
            self._tell([entry for entry in missed if entry.seq <= board.seq])
        elif look:
            await self._read_on(self._writer, self._board)
        self.looked_at = time.monotonic()

    async def _read_on(self, writer: LogWriter, board: Board) -> Board:
        """Bring the board up to what others have written since."""
        entries = await writer.entries_after(board.seq)
        moved = list(dict.fromkeys(x.event.alert for x in entries if isinstance(x.event, _MOVES)))
        listed = any(isinstance(x.event, e.UnitListed) for x in entries)
        await self._learn_places(moved, units=listed)
        for entry in entries:
            board = evolve(board, entry.event, entry.at)
        self._board = board
        if entries:
            with traces.span("bell", count=len(entries)):
                self._tell(entries)
        return board

    async def _learn_places(self, alerts: Sequence[str], *, units: bool) -> None:
        for alert, known in (await self._details.places(alerts)).items():
            if known.place is not None:
                self.ground.place_alert(alert, known.place)
            self.ground.avoid(alert, known.avoid)
        if units:
            await self.learn_stations()

    def _tell(self, entries: Sequence[Entry], *, ours: bool = False) -> None:
        """Keep the ground to what is on the board, and ring the bell inside this process."""
        board = self._board
        if board is None or not entries:
            return
        self._told = board.seq
        for entry in entries:
            if isinstance(entry.event, e.AlertEvent) and entry.event.alert not in board.alerts:
                self.ground.drop_alert(entry.event.alert)
            elif isinstance(entry.event, e.UnitRetired) and entry.event.unit not in board.units:
                self.ground.retire(entry.event.unit)
        for listener in [*self._listeners, *(self._of_ours if ours else ())]:
            try:
                listener(entries, board)
            except Exception:  # noqa: BLE001  # it is saved, whatever goes wrong with the telling
                _LOG.critical("a bug in one who listens", exc_info=True)

    async def _commit(self, asks: list[Ask]) -> None:
        """Decide the batch and write it.

        Who loses the race for the center's row catches up and decides again; who loses `RACES_MAX` of them takes
        the row first. Who repeats a command gets its first answer.
        """
        writer, board = self._writer, self._board
        if writer is None or board is None:
            raise OSError("no connection")
        races = 0
        while asks:
            alone = races >= RACES_MAX
            try:
                async with writer.alone() if alone else nullcontext():
                    if races:
                        board = await self._read_on(writer, board)
                    with traces.span("decide"):
                        decided = await self._decide(asks, board, fetch=not alone)
                    if decided.kept():
                        with traces.span("write", count=len(decided.entries)):
                            await writer.write(await rows_of(decided, self._details))
            except RaceLost:
                races += 1
            except AnsweredBefore:
                asks = await self._answer_again(writer, asks)
            except Unreadable as problem:
                asks = _without(problem, asks)
            except KeyRetired:
                # The bell of a rotation was not heard yet. Without anything new to learn it is no such thing.
                if not await self._details.learn_keys():
                    raise
            else:
                self._finish(decided)
                return

    async def _decide(self, asks: Sequence[Ask], board: Board, *, fetch: bool) -> Decided:
        """Decide every command in memory; where road times were missing, fetch them and decide again."""
        self.ground.begin()
        at = self.now()
        rules = self.book.at(at)
        decided = decide_all(asks, board, at, rules, self.ground)
        for _ in range(ROAD_ROUNDS_MAX - 1):
            if not fetch or not await self.ground.fetch():
                break
            decided = decide_all(asks, board, at, rules, self.ground)
        return decided

    def _finish(self, decided: Decided) -> None:
        """What is committed is now so; then the bell, then the answers."""
        self._board = decided.board
        for ask, decision in decided.taken:
            alert = ask.alert(decision.receipt)
            if alert is not None and ask.place is not None and not decision.receipt.joined:
                self.ground.place_alert(alert, ask.place)
            if alert is not None:
                self.ground.avoid(alert, avoided_by(ask, self.ground))
            for row in ask.region.places if ask.region else ():
                self.ground.station(row.unit, Point(row.lat, row.lon))
        self._tell(decided.entries, ours=True)
        for ask, receipt in decided.receipts():
            ask.succeed(receipt)

    async def _answer_again(self, writer: LogWriter, asks: Sequence[Ask]) -> list[Ask]:
        """Give those who repeat a command its first answer; return the rest."""
        known = await writer.answers([ask.command.id for ask in asks])
        for ask in asks:
            if ask.command.id in known:
                digest, receipt = known[ask.command.id]
                if digest == ask.digest(self._details):
                    ask.succeed(receipt)
                else:
                    ask.fail(IdReused(ask.command.id))
        return [ask for ask in asks if ask.command.id not in known]


def _without(unreadable: Unreadable, asks: Sequence[Ask]) -> list[Ask]:
    """The batch without an ask whose personal data cannot be kept; it alone is told so.

    A call that would have joined is raised as an alert of its own instead: no call is lost to a broken key.
    """
    refused = unreadable.ask
    command = refused.command
    if isinstance(command, c.RaiseAlert) and command.household:
        refused.command = replace(command, household=frozenset())
        return list(asks)
    refused.fail(c.Refusal(unreadable.why.code, unreadable.why.sentence))
    return [ask for ask in asks if ask is not refused]
