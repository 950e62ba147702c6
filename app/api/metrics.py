"""What `/metrics` says: how much was done, how fast, and how all stands now. Without personal data, ever.

`naranja_events` and every gauge of the board are the center's, the same at each process: take the greatest. What a
process did itself it alone counts (`app.measures`): add them up.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from app.children.process import State
from app.desk import NotSaved
from app.dispatch import events as e
from app.dispatch.commands import SERVICE
from app.dispatch.events import Entry
from app.dispatch.model import OFFERS, UNACCEPTED, AlertState, Board
from app.service import Service
from app.store import flags
from app.store.session import GONE, POOL_SIZE

LOOP_EVERY_S = 0.25
"""How often it is looked how late the event loop is."""
_ESCALATIONS: Mapping[type[e.Event], str] = {
    e.OfferExpired: "offer_expired",
    e.HoldExpired: "hold_expired",
    e.AlarmRaised: "alarm",
    e.AlertAlarmRaised: "alert_alarm",
    e.NeighbourAsked: "neighbour_asked",
    e.UnitLost: "unit_lost",
}
_OFFER_STANDS = e.Offered | e.Delivered | e.Seen


class Metrics:
    """One for each process. `lines` counts sockets by role; `waiting` says what lies where to be sent or done."""

    def __init__(
        self,
        service: Service,
        lines: Callable[[], Mapping[str, int]],
        waiting: Mapping[str, Callable[[], int]],
    ) -> None:
        self._service, self._lines, self._waiting = service, lines, waiting
        self._measures = service.measures
        self._events: Counter[str] = Counter()
        self._raised: dict[str, float] = {}
        """Alerts raised since this process began that no phone has had an offer of, and when."""
        self._offered: dict[str, float] = {}
        """Offers made since then that still stand, and when."""
        self._just: list[Callable[[], None]] = []
        """What is to be counted of the entries heard last, if they are ours."""
        self._board: Board | None = None
        self._flags_open = 0
        self._behind, self._ahead_s, self._database_up = 0, 0.0, False
        self._task: asyncio.Task[None] | None = None
        service.measures.registry.register(self)
        service.desk.listen(self._heard)
        service.desk.listen_to_ours(self._of_ours)

    def start(self) -> None:
        """Begin to look how late the event loop is."""
        self._task = asyncio.create_task(self._look_at_the_loop(), name="loop")

    async def stop(self) -> None:
        """End it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def text(self) -> bytes:
        """Everything, as Prometheus reads it."""
        await self._look()
        return generate_latest(self._measures.registry)

    async def _look_at_the_loop(self) -> None:
        while True:
            due = time.monotonic() + LOOP_EVERY_S
            await asyncio.sleep(LOOP_EVERY_S)
            self._measures.loop_late_s.observe(max(0.0, time.monotonic() - due))

    # --- what is committed

    def _heard(self, entries: Sequence[Entry], board: Board) -> None:
        self._events.update(type(entry.event).__name__ for entry in entries)
        self._board = board
        self._just = [count for entry in entries for count in self._counts(entry)]
        self._raised = {alert: at for alert, at in self._raised.items() if alert in board.alerts}

    def _of_ours(self, _entries: Sequence[Entry], _board: Board) -> None:
        """Told after `_heard`, of the same entries."""
        for count in self._just:
            count()

    def _counts(self, entry: Entry) -> Iterable[Callable[[], None]]:
        """What is to be counted of the entry by whoever wrote it; what was offered or raised is remembered."""
        measures, event, at = self._measures, entry.event, entry.at
        if entry.by == SERVICE and type(event) in _ESCALATIONS:
            yield measures.escalations.labels(_ESCALATIONS[type(event)]).inc
        if isinstance(event, e.AlertRaised):
            self._raised[event.alert] = at
        elif isinstance(event, e.Offered):
            self._offered[event.assignment] = at
        elif isinstance(event, e.Delivered) and event.alert in self._raised:
            offer_s = at - self._raised.pop(event.alert)
            yield lambda: measures.first_offer_s.observe(offer_s)
        if isinstance(event, e.AssignmentEvent) and not isinstance(event, _OFFER_STANDS):
            since = self._offered.pop(event.assignment, None)
            if since is not None:
                yield measures.answers.labels(_answer(event)).inc
                yield lambda: measures.answer_s.observe(at - since)

    # --- how all stands

    async def _look(self) -> None:
        """Know the board before the first event, too; without a database, what was known last."""
        service = self._service
        with suppress(NotSaved):
            self._board = await service.desk.board()
        try:
            asked_at = service.clock.now()
            standing = await service.database.standing(service.settings.center)
            self._ahead_s = (asked_at + service.clock.now()) / 2 - standing.at
            self._behind = max(0, standing.last_seq - (self._board.seq if self._board else 0))
            async with service.database.transaction() as connection:
                self._flags_open = await flags.count_open(connection, service.settings.center)
            self._database_up = True
        except GONE:
            self._database_up = False

    def collect(self) -> list[Metric]:
        """For the Prometheus client."""
        positions = self._service.positions
        return [
            _counter("naranja_events", "Events committed", "kind", self._events),
            _counter("naranja_positions_refused", "Fixes refused", "reason", positions.refused),
            CounterMetricFamily("naranja_positions_taken", "Fixes taken", positions.taken),
            _gauge("naranja_flags_open", "Flags of the insider rules nobody has reviewed", self._flags_open),
            *self._of_board(),
            *self._of_process(),
        ]

    def _of_board(self) -> list[Metric]:
        board, now = self._board, self._service.desk.now()
        open_needs = list(board.open_needs()) if board else []
        states = Counter(need.state.value for _, need in open_needs)
        # A case that is over for the desk and not for a unit has nobody to wait for.
        since = [
            need.unaccepted_since
            for alert, need in open_needs
            if need.state in UNACCEPTED and alert.state is AlertState.OPEN
        ]
        asked = [held.offered_at for held in board.assignments.values() if held.state in OFFERS] if board else []
        alarms = [need.alarm for _, need in open_needs]
        alarms += [alert.alarm for alert in board.alerts.values()] if board else []
        calling = [alarm.first_at for alarm in alarms if alarm is not None and alarm.acknowledged_at is None]
        return [
            _gauges("naranja_open_needs", "Needs by state", "state", states),
            _gauge(
                "naranja_oldest_unaccepted_seconds",
                "Age of the open need that has been without a yes for longest",
                _age(since, now),
            ),
            _gauge("naranja_oldest_offer_seconds", "Age of the oldest offer without an answer", _age(asked, now)),
            _gauge("naranja_alarms_unacknowledged", "Alarms nobody has acknowledged", len(calling)),
            _gauge("naranja_oldest_alarm_seconds", "Age of the oldest of these", _age(calling, now)),
        ]

    def _of_process(self) -> list[Metric]:
        service = self._service
        children = {"postgres": service.postgres, "osrm": service.osrm}
        up = {name: int(child.state is State.UP) for name, child in children.items() if child is not None}
        waiting = {what: count() for what, count in self._waiting.items()}
        return [
            _gauges("naranja_sockets", "Sockets that have said hello, by role", "role", self._lines()),
            _gauges("naranja_waiting", "What waits to be sent or done", "what", waiting),
            _gauges("naranja_child_up", "Whether a program started by this process runs", "child", up),
            _gauge("naranja_database_up", "Whether the database answered just now", int(self._database_up)),
            _gauge("naranja_log_behind", "Entries of the log this board has not seen", self._behind),
            _gauge("naranja_clock_ahead_seconds", "This clock beside the database's", self._ahead_s),
            _gauge(
                "naranja_pool_in_use", f"Connections for reads in use, of {2 * POOL_SIZE}", service.database.in_use
            ),
        ]


def _answer(event: e.AssignmentEvent) -> str:
    """What became of an offer, in a word."""
    match event:
        case e.Accepted():
            return "accepted"
        case e.Declined():
            return "declined"
        case e.OfferExpired():
            return event.cause
        case e.Outrun():
            return "outrun"
    return "taken_back"


def _age(times: Iterable[float], now: float) -> float:
    """Seconds since the earliest of these, 0 where there is none."""
    return max(0.0, now - min(times, default=now))


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(name, says, value)


def _gauges(name: str, says: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, says, labels=[label])
    for value, count in sorted(values.items()):
        family.add_metric([value], count)
    return family


def _counter(name: str, says: str, label: str, values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, says, labels=[label])
    for value, count in sorted(values.items()):
        family.add_metric([value], count)
    return family
