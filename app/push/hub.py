"""Who is connected, and what each of them is to see of what was just committed.

Cards are made when they are sent, from the board of that moment and for the viewer of that line: nobody is shown
what was allowed only when they connected.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Container, Coroutine, Iterable, Sequence
from itertools import cycle
from typing import Any

from app import cards, traces
from app.clock import rfc3339
from app.desk import DeskBusy, NotSaved
from app.dispatch import events as e
from app.dispatch.events import Entry
from app.dispatch.model import Assignment, Board
from app.glass import Notice
from app.security.permissions import Action, may
from app.security.scope import audience_of, own_live
from app.security.sessions import Viewer
from app.service import Service
from app.store.session import GONE

from .consoles import Commit, everything, notices, sees_places
from .hearing import confirm, hear, is_lost
from .line import Line, frame
from .presence import believed_lost
from .telling import over_since, tell

SESSIONS_EVERY_S = 1.0
"""How often it is looked whether the session of each line still stands; one that ended is cut within 2 s."""
SESSIONS_IN = 8
"""So many goes: a thousand lines at once would hold up everything else for too long."""

_LOG = logging.getLogger("naranja.push")


class Hub:
    """All lines of one process. `open` counts every socket, those too that have not said hello yet."""

    def __init__(self, service: Service) -> None:
        self.open = 0
        self._service = service
        self._sessions: Counter[bytes] = Counter()
        self._consoles: set[Line] = set()
        self._units: dict[str, set[Line]] = {}
        self._left: set[Line] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        service.desk.listen(self._heard)
        service.glass.listen(self._noticed)

    def start(self) -> None:
        """Begin to send positions to consoles, and to look whether sessions still stand."""
        self._spawn(self._send_positions())
        self._spawn(self._check_sessions())

    def send_elsewhere(self) -> None:
        """Cut every line: their devices connect again, and reach another process."""
        for line in self._lines():
            line.end("service_stops")

    async def stop(self) -> None:
        """Cut every line."""
        self.send_elsewhere()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            await self._note_places([*self._consoles, *self._left])
        except GONE as problem:
            _LOG.warning("what consoles were shown is not noted", extra={"error": type(problem).__name__})

    def by_role(self) -> Counter[str]:
        """How many lines there are, by the role of who listens."""
        return Counter(line.viewer.role.value for line in self._lines())

    def waiting(self) -> int:
        """Frames that wait to be sent, of all lines."""
        return sum(line.waiting for line in self._lines())

    # --- joining and leaving

    async def join(self, line: Line, last_seq: int) -> None:
        """Add the line and send everything its viewer must know now. Raises NotSaved.

        A unit also gets the ids of what it held or was offered and lost since `last_seq`, in order; 0: nothing was
        known. Between the board that is sent and the first entry after it nothing is lost: both happen without
        waiting in between.
        """
        desk, viewer = self._service.desk, line.viewer
        self._sessions[line.session] += 1
        await self._aboard(viewer)
        before = await desk.board()
        if viewer.unit is not None:
            over = await over_since(self._service, viewer.unit, last_seq)
            board = await desk.board()
            ended = [held.id for held in own_live(viewer, before) if held.id not in board.assignments]
            gone = list(dict.fromkeys([*(event.assignment for event in over), *ended]))
            self._units.setdefault(viewer.unit, set()).add(line)
            self._service.lines.up(viewer.unit)
            unit = board.units.get(viewer.unit)
            shown = [] if unit is None else [cards.unit_card(unit, audience_of(viewer, board))]
            held = own_live(viewer, board)
            shown += self._offers(line, board, held)
            line.send(frame("cards", seq=board.seq, cards=shown, gone=gone, why=cards.why_gone(over)))
            self._tell_later(line, held)
            self.heard_of(viewer)
        else:
            if sees_places(viewer):
                await self._service.details.note_read(
                    by=viewer.person, what="console opened", at=self._service.clock.now(), count=len(before.alerts)
                )
            board = await desk.board()
            self._consoles.add(line)
            line.send(everything(board, line, desk.ground.alert_place))
            notices(line, self._service.glass.notices)

    def leave(self, line: Line) -> None:
        """Forget the line; it has tried to join, at least."""
        self._sessions -= Counter([line.session])
        self._consoles.discard(line)
        if line.places:
            self._left.add(line)
        if line.viewer.unit is not None:
            lines = self._units.get(line.viewer.unit, set())
            lines.discard(line)
            if not lines and self._units.pop(line.viewer.unit, None) is not None:
                self._service.lines.down(line.viewer.unit)

    def of_session(self, line: Line) -> int:
        """How many lines there are of the session of this one."""
        return self._sessions[line.session]

    async def _aboard(self, viewer: Viewer) -> None:
        """Who looks at a unit's phone is in its crew, before anything is shown. Raises NotSaved."""
        try:
            await self._service.aboard(viewer)
        except DeskBusy as problem:
            raise NotSaved("the desk is busy") from problem

    async def _still_aboard(self, line: Line) -> None:
        """A shift began while the line was open. Where that cannot be saved the device connects again."""
        try:
            await self._aboard(line.viewer)
        except NotSaved:
            line.end("not_saved")

    def _lines(self) -> list[Line]:
        return [*self._consoles, *(line for lines in self._units.values() for line in lines)]

    async def _check_sessions(self) -> None:
        """Cut the lines of sessions that were ended, ran out, or belong to somebody who is shut out or moved.

        One question for all lines of a go. While the database is silent nobody's right can end in it, and lines
        stay.
        """
        for go in cycle(range(SESSIONS_IN)):
            await asyncio.sleep(SESSIONS_EVERY_S / SESSIONS_IN)
            lines = [line for line in self._lines() if line.session[0] % SESSIONS_IN == go]
            left = list(self._left)
            if not lines and not left:
                continue
            try:
                standing = await self._service.gate.standing({line.session for line in lines})
                await self._note_places([*lines, *left])
            except GONE as problem:
                _LOG.warning("sessions not looked at", extra={"error": type(problem).__name__})
                continue
            for line in lines:
                viewer = standing.get(line.session)
                # Another role, unit or login is another viewer, and starts anew; a fresh proof is the same one.
                if viewer is None or viewer != line.viewer:
                    line.end("not_signed_in")
                else:
                    line.viewer = viewer

    # --- what was committed

    def _heard(self, entries: Sequence[Entry], board: Board) -> None:
        """Send the cards of everything these entries touched. Does not wait: lines have queues."""
        with traces.span("card", count=len(entries)):
            self._show(entries, board)

    def _show(self, entries: Sequence[Entry], board: Board) -> None:
        alerts, touched = _of(entries)
        # That a device has received an offer shows on no unit's screen; it would be told, and would say so, again.
        alerts_of_units, touched_units = _of([x for x in entries if not isinstance(x.event, e.Delivered)])
        said = [x.event for x in entries if isinstance(x.event, e.AssignmentEvent)]
        # Of what was said of an assignment that is over, the last is what ended it.
        over = {event.assignment: event for event in said if event.assignment not in board.assignments}
        for code in believed_lost(self._service.desk.ground, entries, self._units.keys()):
            # A line that owes a receipt for what it was shown says nothing of who is at its end.
            for line in [line for line in self._units[code] if not line.shown][:1]:
                self.heard_of(line.viewer)
        started = {x.event.unit for x in entries if isinstance(x.event, e.DutyStarted)}
        for line in [line for code in started & self._units.keys() for line in self._units[code]]:
            self._spawn(self._still_aboard(line))
        for code in touched_units.keys() & self._units.keys():
            ended = [event for event in over.values() if event.unit == code]
            self._send_unit(code, board, alerts_of_units, ended)
        for code in self._holders(board, alerts_of_units) - touched_units.keys():
            self._send_unit(code, board, alerts_of_units)
        if not self._consoles:
            return
        commit = Commit(board, alerts, [*touched], self._service.desk.ground.alert_place)
        for line in list(self._consoles):
            commit.send(line)

    def _noticed(self, found: Sequence[Notice]) -> None:
        """Somebody broke glass, or it was acknowledged: supervisors are told at once."""
        for line in list(self._consoles):
            notices(line, found)

    async def _note_places(self, lines: Iterable[Line]) -> None:
        """Write down how many places each console was shown since the last time; then one that has left may go."""
        for line in lines:
            places = line.places
            if places:
                await self._service.details.note_read(
                    by=line.viewer.person, what="console", at=self._service.clock.now(), count=places
                )
                line.places -= places
            self._left.discard(line)

    def _holders(self, board: Board, alerts: Iterable[str]) -> set[str]:
        """Connected units that hold one of these alerts: they see what changed in it, too."""
        needs = [need for alert in alerts if alert in board.alerts for need in board.alerts[alert].needs]
        holders = {board.assignments[live].unit for need in needs for live in need.live}
        return holders & self._units.keys()

    def _send_unit(
        self, code: str, board: Board, alerts: Container[str], over: Sequence[e.AssignmentEvent] = ()
    ) -> None:
        """The unit's own cards; details are read again only of the alerts something was said of."""
        gone, why = [event.assignment for event in over], cards.why_gone(over)
        unit = board.units.get(code)
        for line in list(self._units[code]):
            held = own_live(line.viewer, board)
            shown = [] if unit is None else [cards.unit_card(unit, audience_of(line.viewer, board))]
            shown += self._offers(line, board, held)
            line.send(frame("cards", seq=board.seq, cards=shown, gone=gone, why=why))
            self._tell_later(line, [assignment for assignment in held if assignment.alert in alerts])

    def _offers(self, line: Line, board: Board, held: Sequence[Assignment]) -> list[cards.Card]:
        """The cards that can go at once: those that show nothing personal yet."""
        offers = [assignment for assignment in held if not cards.wants_details(assignment)]
        for assignment in offers:
            if "delivered" not in assignment.stamps:
                line.shown.setdefault(assignment.id, board.seq)
        return [cards.assignment_card(board, assignment) for assignment in offers]

    def _tell_later(self, line: Line, held: Sequence[Assignment]) -> None:
        """Details take a read that is written down: their cards follow in order, and offers do not wait."""
        accepted = [assignment.id for assignment in held if cards.wants_details(assignment)]
        if accepted:
            self._spawn(tell(self._service, line, accepted))

    # --- what a unit's device says on its line

    def received(self, line: Line, seq: int) -> None:
        """The device has everything up to `seq`: T5 of the offers among it."""
        for assignment, shown_at in list(line.shown.items()):
            if shown_at <= seq:
                del line.shown[assignment]
                self._spawn(confirm(self._service.desk, line.viewer, assignment))
        self.heard_of(line.viewer)

    def heard_of(self, viewer: Viewer) -> None:
        """Anything heard from a unit that was out of reach brings it back."""
        board = self._service.desk.known
        if board is None or is_lost(board, viewer):
            self._spawn(hear(self._service.desk, viewer))

    # --- positions out

    async def _send_positions(self) -> None:
        """Once in a while, to consoles only: the units that moved and may be shown."""
        service = self._service
        while True:
            await asyncio.sleep(service.settings.positions_every_s)
            fresh = service.positions.fresh()
            if not fresh or not self._consoles:
                continue
            try:
                board = await service.desk.board()
            except NotSaved:
                continue
            moved = []
            for code in sorted(fresh):
                unit, known = board.units.get(code), service.desk.ground.position(code)
                if unit is None or known is None or known[1] is None or not cards.shows_position(unit):
                    continue
                moved.append({"id": code, **(cards.where(known[0]) or {}), "at": rfc3339(known[1])})
            if not moved:
                continue
            text = frame("positions", seq=board.seq, units=moved)
            for line in list(self._consoles):
                if may(line.viewer.role, Action.SEE_POSITIONS):
                    line.send(text)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            _LOG.critical("a bug in a task of the hub", exc_info=problem)


def _of(entries: Sequence[Entry]) -> tuple[dict[str, None], dict[str, None]]:
    """The alerts and the units that these entries are about, in order."""
    alerts = dict.fromkeys(x.event.alert for x in entries if isinstance(x.event, e.AlertEvent))
    units = dict.fromkeys(code for x in entries if (code := getattr(x.event, "unit", None)) is not None)
    return alerts, units
