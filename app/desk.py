"""The one door to a center's board: `perform(command)`. Saved, then answered; never the other way round.

Commands wait in one short queue. Those that wait while a commit is on its way share the next one.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import Any

from app import traces
from app.batch import Ask, Decided, Unreadable, avoided_by, decide_all, rows_of
from app.clock import Clock
from app.details import Details
from app.dispatch import commands as c
from app.dispatch.model import Board
from app.dispatch.rules import RuleBook, Rules
from app.followed import FollowedBoard, Listener
from app.geo.ground import LiveGround
from app.geo.point import Point
from app.store.log import AnsweredBefore, KeyRetired, LogWriter, RaceLost
from app.store.rows import RegionRows
from app.store.session import GONE, Database

RACES_MAX = 3
"""Races a batch may lose before it takes the center's row for itself."""
ROAD_ROUNDS_MAX = 3
"""Times a batch is decided, in all, while road times come in; what is missing then stays estimated."""

SHARES_WITHIN_S = 0.025
"""Three devices receive an alert at almost the same time, and what they say of it is one commit and not three."""
ANSWER_S_MAX = 8.0
"""Whoever asks is told within this, be it that nothing is known to be saved. Pages wait ten seconds."""
FINISH_S_MAX = 5.0
"""What was accepted when the desk is told to stop is finished within this, or is not saved."""

_LOG = logging.getLogger("naranja.desk")


class NotSaved(Exception):
    """It is not known to be saved. Send it again with the same id; it will have the effect of once."""


class DeskBusy(Exception):
    """Too many commands wait already."""


class IdReused(Exception):
    """Another command was sent under this id before."""


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
        self._details = details
        self._followed = FollowedBoard(database, details, ground, clock, center=center)
        self._queue_max, self._batch_max = queue_max, batch_max
        self._queue: deque[Ask] = deque()
        self._in_hand: Sequence[Ask] = ()
        self._work = asyncio.Event()
        self._look = False
        self._looked = asyncio.Event()
        self._rung = 0
        """The highest entry the bell rang for since the last look."""
        self._runner: asyncio.Task[None] | None = None
        self._stopped = False

    def listen(self, listener: Listener) -> None:
        """Tell `listener` of every committed entry from now on, whoever wrote it."""
        self._followed.listen(listener)

    def listen_to_ours(self, listener: Listener) -> None:
        """Tell `listener` of what this process commits itself: of several processes exactly one is told."""
        self._followed.listen_to_ours(listener)

    def now(self) -> float:
        """The time this desk decides by and deadlines are due by, seconds since 1970 UTC, never before the log."""
        return self._followed.now()

    @property
    def looked_at(self) -> float:
        """When this desk last had the board as the log had it (monotonic seconds)."""
        return self._followed.looked_at

    async def learn_stations(self) -> None:
        """A region was imported: units stand elsewhere. Raises a database error."""
        await self._followed.learn_stations()

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
        self._followed.drop()
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
        board = self._followed.board
        if not self._in_hand and (board is None or seq > board.seq):
            self.look()

    def look(self) -> None:
        """Something may have been written by others, or the poll is due: see."""
        self._look = True
        self._looked.clear()
        self._work.set()

    @property
    def known(self) -> Board | None:
        """The board as this process last had it, without waiting; None while there is none."""
        return self._followed.board

    async def board(self) -> Board:
        """The board as far as this process knows. Raises NotSaved when the database does not answer."""
        if self._followed.board is None and not self._stopped:
            self.look()
            await self._looked.wait()
        board = self._followed.board
        if board is None:
            raise NotSaved("the service is stopping" if self._stopped else "the database does not answer")
        return board

    async def perform(
        self,
        command: c.Command,
        values: Mapping[str, Any] | None = None,
        region: RegionRows | None = None,
        *,
        shares: bool = False,
    ) -> c.Receipt:
        """Decide, save, answer. `values` are the personal data the command tells, by kind.

        With `shares` it waits up to `SHARES_WITHIN_S` for a commit of others: nobody waits for its answer.
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
            if shares:
                asyncio.get_running_loop().call_later(SHARES_WITHIN_S, self._work.set)
            else:
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
                board = self._followed.board
                if board is not None and self._rung > board.seq:
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
            # Before it is read: what rings meanwhile is looked at once more.
            look, self._look, self._rung = self._look, False, 0
            await self._followed.catch_up(look)
            if batch:
                with traces.span("commit", of=[ask.trace for ask in batch], count=len(batch)):
                    await self._commit(batch)
        except GONE as problem:
            _LOG.warning("not saved", extra={"error": type(problem).__name__})
            self._followed.drop()
            for ask in batch:
                ask.fail(NotSaved("the database does not answer"))
        except Exception:  # noqa: BLE001  # said loudly, answered, and begun anew from the database
            _LOG.critical("a bug at the desk; the board is thrown away", exc_info=True)
            self._followed.drop()
            if len(batch) > 1:
                return False
            for ask in batch:
                ask.fail(NotSaved("the desk has met a bug"))
        return True

    async def _commit(self, asks: list[Ask]) -> None:
        """Decide the batch and write it.

        Who loses the race for the center's row catches up and decides again; who loses `RACES_MAX` of them takes
        the row first. Who repeats a command gets its first answer.
        """
        writer, board = self._followed.writer, self._followed.board
        if writer is None or board is None:
            raise OSError("no connection")
        races = 0
        while asks:
            alone = races >= RACES_MAX
            try:
                async with writer.alone() if alone else nullcontext():
                    if races:
                        board = await self._followed.read_on(writer, board)
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
        for ask, decision in decided.taken:
            alert = ask.alert(decision.receipt)
            if alert is not None and ask.place is not None and not decision.receipt.joined:
                self.ground.place_alert(alert, ask.place)
            if alert is not None:
                self.ground.avoid(alert, avoided_by(ask, self.ground))
            for row in ask.region.places if ask.region else ():
                self.ground.station(row.unit, Point(row.lat, row.lon))
        self._followed.has_committed(decided.entries, decided.board)
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
