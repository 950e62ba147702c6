"""One command under way: the board so far, the facts so far, and what handlers look up on the way."""

from dataclasses import dataclass, field
from typing import Any

from . import commands as c
from . import events as e
from .evolve import evolve
from .lifecycle import ALERT
from .model import SERVED, UNACCEPTED, Alert, Assignment, Board, Need, Unit
from .policy import Ground, Rules


@dataclass(slots=True)
class Run:
    """Handlers state facts on it; each fact changes its board at once."""

    board: Board
    command: c.Command
    at: float
    rules: Rules
    ground: Ground
    events: list[e.Event] = field(default_factory=list)
    unmatched: int = 0

    def state(self, event: e.Event) -> None:
        """State one fact."""
        self.board = evolve(self.board, event, self.at)
        self.events.append(event)


def open_alert(run: Run, alert_id: str) -> Alert:
    alert = run.board.alerts.get(alert_id)
    if alert is None or not ALERT[alert.state]:
        raise c.Refusal("unknown_alert", "There is no open alert with this id.")
    return alert


def open_need(run: Run, command: c.NeedCommand) -> tuple[Alert, Need]:
    """An open need of an open alert."""
    open_alert(run, command.alert)
    return need_on_board(run, command)


def need_on_board(run: Run, command: c.NeedCommand) -> tuple[Alert, Need]:
    """An open need, also of a closed alert that somebody still works on."""
    alert = run.board.alerts.get(command.alert)
    if alert is None:
        raise c.Refusal("unknown_alert", "There is no open alert with this id.")
    need = alert.need(command.need)
    if need is None or (need.state not in UNACCEPTED and need.state not in SERVED):
        raise c.Refusal("unknown_need", f"This alert has no open need {command.need}.")
    return alert, need


def own(run: Run, command: c.AssignmentCommand) -> Assignment:
    """The unit's own live assignment; what is not its own does not exist for it."""
    assignment = run.board.assignments.get(command.assignment)
    if assignment is None or assignment.unit != command.unit:
        raise c.Refusal("unknown_assignment", "This assignment is not yours, or is over.")
    return assignment


def known_unit(run: Run, code: str) -> Unit:
    unit = run.board.units.get(code)
    if unit is None:
        raise c.Refusal("unknown_unit", f"There is no unit {code}.")
    return unit


def about(assignment: Assignment) -> dict[str, Any]:
    return {
        "alert": assignment.alert,
        "need": assignment.need,
        "assignment": assignment.id,
        "unit": assignment.unit,
    }
