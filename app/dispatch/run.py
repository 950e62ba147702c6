"""One command under way: the board so far, the facts so far, and what handlers look up on the way."""

from dataclasses import dataclass, field, replace
from typing import Any

from . import commands as c
from . import events as e
from .evolve import evolve
from .lifecycle import NEED, following
from .model import OVER, Alert, AlertState, Assignment, Board, Need, Unit
from .policy import Ground
from .refusals import refused
from .rules import Rules


@dataclass(slots=True)
class Run:
    """Handlers state facts on it; each fact changes its board at once.

    Attributes:
        ended: alerts that have left the board on the way, as they ended.
        shown: the alert as the asker is told that it stands, where that is not how it stands.
    """

    board: Board
    command: c.Command
    at: float
    rules: Rules
    ground: Ground
    events: list[e.Event] = field(default_factory=list)
    unmatched: int = 0
    joined: bool = False
    ended: dict[str, Alert] = field(default_factory=dict)
    shown: Alert | None = None

    def state(self, event: e.Event) -> None:
        """State one fact."""
        before, self.board = self.board, evolve(self.board, event, self.at)
        self.events.append(event)
        if isinstance(event, e.AlertEvent) and event.alert not in self.board.alerts:
            self.ended[event.alert] = _as_it_ended(before.alerts[event.alert], event)


def _as_it_ended(alert: Alert, last: e.AlertEvent) -> Alert:
    """The alert after the last that was said of it, which took it off the board."""
    need = alert.need(last.need) if isinstance(last, e.NeedEvent) else None
    if need is None:
        return alert
    over = replace(need, state=following(NEED, need.state, type(last)), live=())
    return replace(alert, needs=tuple(over if each is need else each for each in alert.needs))


def open_alert(run: Run, alert_id: str) -> Alert:
    alert = run.board.alerts.get(alert_id)
    if alert is None or alert.state is not AlertState.OPEN:
        raise refused("unknown_alert")
    return alert


def open_need(run: Run, command: c.NeedCommand) -> tuple[Alert, Need]:
    """An open need of an open alert."""
    open_alert(run, command.alert)
    return need_on_board(run, command)


def need_on_board(run: Run, command: c.NeedCommand) -> tuple[Alert, Need]:
    """An open need, also of a closed alert that somebody still works on."""
    alert = run.board.alerts.get(command.alert)
    if alert is None:
        raise refused("unknown_alert")
    need = alert.need(command.need)
    if need is None or need.state in OVER:
        raise refused("unknown_need", need=command.need)
    return alert, need


def own(run: Run, command: c.AssignmentCommand) -> Assignment:
    """The unit's own live assignment; what is not its own does not exist for it."""
    assignment = run.board.assignments.get(command.assignment)
    if assignment is None or assignment.unit != command.unit:
        raise refused("unknown_assignment")
    return assignment


def known_unit(run: Run, code: str) -> Unit:
    unit = run.board.units.get(code)
    if unit is None:
        raise refused("unknown_unit", unit=code)
    return unit


def about(assignment: Assignment) -> dict[str, Any]:
    return {
        "alert": assignment.alert,
        "need": assignment.need,
        "assignment": assignment.id,
        "unit": assignment.unit,
    }
