"""The board of a center as the log has it: loaded once, then read on entry by entry, whoever wrote them.

Only the desk's one task may move it. Everybody else listens, or asks the desk.
"""

import logging
import math
import time
from collections.abc import Callable, Sequence
from typing import Any

from app import traces
from app.clock import Clock
from app.details import Details
from app.dispatch import events as e
from app.dispatch.events import Entry
from app.dispatch.evolve import evolve
from app.dispatch.model import Board
from app.geo.ground import LiveGround
from app.geo.point import Point
from app.store import board as board_rows
from app.store import region as region_rows
from app.store.log import LogWriter
from app.store.session import Database

AHEAD_S = 1.0
"""Clocks of several machines may differ by so much."""

_LOG = logging.getLogger("naranja.desk")

_MOVES = e.AlertRaised | e.PlaceMoved | e.AvoidTold | e.CallJoined
"""After these the ground has more to know of an alert."""

Listener = Callable[[Sequence[Entry], Board], None]
"""Told of committed entries in order, with the board after them. Must not wait."""


class FollowedBoard:
    """The board of one center in this process, with the connection it is read and written by.

    Attributes:
        board, writer: None until it is loaded, and again after `drop`.
        looked_at: when the board was last as the log had it (monotonic seconds).
    """

    def __init__(
        self, database: Database, details: Details, ground: LiveGround, clock: Clock, *, center: str
    ) -> None:
        self.board: Board | None = None
        self.writer: LogWriter | None = None
        self.looked_at = -math.inf
        self._database, self._details, self._ground = database, details, ground
        self._clock, self._center = clock, center
        self._connection: Any = None
        self._told: int | None = None
        self._listeners: list[Listener] = []
        self._of_ours: list[Listener] = []
        self._ahead: tuple[float, float] | None = None

    def listen(self, listener: Listener) -> None:
        """Tell `listener` of every committed entry from now on, whoever wrote it."""
        self._listeners.append(listener)

    def listen_to_ours(self, listener: Listener) -> None:
        """Tell `listener` of what this process commits itself: of several processes exactly one is told."""
        self._of_ours.append(listener)

    def now(self) -> float:
        """The time that is decided by and deadlines are due by, seconds since 1970 UTC.

        It is the clock's, unless the log is ahead of it: once, somewhere, a clock was wrong. A log cannot run
        backwards, so time then goes on from its last entry, and no deadline waits until the clocks have caught up.
        """
        now, board = self._clock.now(), self.board
        if board is None or board.at <= now + AHEAD_S:
            self._ahead = None
            return now
        if self._ahead is None:
            _LOG.critical("the log is ahead of this clock", extra={"seconds": board.at - now})
        if self._ahead is None or self._ahead[0] != board.at:
            self._ahead = (board.at, time.monotonic())
        return board.at + time.monotonic() - self._ahead[1]

    def drop(self) -> None:
        """Throw the board and the connection away; the next look loads them anew."""
        self.board, self.writer = None, None
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def catch_up(self, look: bool) -> None:
        """Have the board, and have told the listeners everything up to it. Raises a database error.

        With `look` also what others have written since it was loaded.
        """
        if self.writer is None or self.board is None:
            self._connection = await self._database.connect(writes=True)
            self.writer = LogWriter(self._connection, self._center)
            board = await board_rows.load(self._connection, self._center)
            await self._learn_places(list(board.alerts), units=True)
            missed = [] if self._told is None else await self.writer.entries_after(self._told)
            self.board, self._told = board, board.seq
            self._tell([entry for entry in missed if entry.seq <= board.seq])
        elif look:
            await self.read_on(self.writer, self.board)
        self.looked_at = time.monotonic()

    async def read_on(self, writer: LogWriter, board: Board) -> Board:
        """Bring the board up to what others have written since. Raises a database error."""
        entries = await writer.entries_after(board.seq)
        moved = list(dict.fromkeys(x.event.alert for x in entries if isinstance(x.event, _MOVES)))
        listed = any(isinstance(x.event, e.UnitListed) for x in entries)
        await self._learn_places(moved, units=listed)
        for entry in entries:
            board = evolve(board, entry.event, entry.at)
        self.board = board
        if entries:
            with traces.span("bell", count=len(entries)):
                self._tell(entries)
        return board

    def has_committed(self, entries: Sequence[Entry], board: Board) -> None:
        """This process has committed these entries, and the board is now so."""
        self.board = board
        self._tell(entries, ours=True)

    async def learn_stations(self) -> None:
        """A region was imported: units stand elsewhere. Raises a database error."""
        async with self._database.transaction() as connection:
            places = await region_rows.unit_places(connection, self._center)
        for row in places.values():
            self._ground.station(row.unit, Point(row.lat, row.lon))

    async def _learn_places(self, alerts: Sequence[str], *, units: bool) -> None:
        for alert, known in (await self._details.places(alerts)).items():
            if known.place is not None:
                self._ground.place_alert(alert, known.place)
            self._ground.avoid(alert, known.avoid)
        if units:
            await self.learn_stations()

    def _tell(self, entries: Sequence[Entry], *, ours: bool = False) -> None:
        """Keep the ground to what is on the board, and ring the bell inside this process."""
        board = self.board
        if board is None or not entries:
            return
        self._told = board.seq
        for entry in entries:
            if isinstance(entry.event, e.AlertEvent) and entry.event.alert not in board.alerts:
                self._ground.drop_alert(entry.event.alert)
            elif isinstance(entry.event, e.UnitRetired) and entry.event.unit not in board.units:
                self._ground.retire(entry.event.unit)
        for listener in [*self._listeners, *(self._of_ours if ours else ())]:
            try:
                listener(entries, board)
            except Exception:  # noqa: BLE001  # it is saved, whatever goes wrong with the telling
                _LOG.critical("a bug in one who listens", exc_info=True)
