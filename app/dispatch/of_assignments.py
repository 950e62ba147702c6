"""What a unit says about its own assignment, and what the clock says about its offer."""

from collections.abc import Callable
from typing import Any

from . import commands as c
from . import events as e
from .deadlines import offer_deadline
from .lifecycle import NEED, allows
from .model import AlertState, Assignment, Institution, NeedState
from .of_units import expire_offer, hear, lose
from .run import Run, about, own


def say(event: type[e.AssignmentEvent]) -> Callable[[Run, Any], str]:
    """A handler for something a unit says that only moves its own assignment on by `event`."""

    def handler(run: Run, command: c.AssignmentCommand) -> str:
        assignment = own(run, command)
        if not allows(NEED, assignment.state, event):
            raise c.Refusal("wrong_state", f"This assignment is {assignment.state.value.replace('_', ' ')}.")
        if event is e.Accepted and run.at >= offer_deadline(assignment):
            raise c.Refusal("offer_over", "This offer's time is over.")
        if event is e.Done:
            _was_there(run, assignment)
        reason = {"reason": command.reason} if isinstance(command, c.Decline) else {}
        hear(run, assignment.unit)
        run.state(event(**about(assignment), **reason))
        return assignment.alert

    return handler


def _was_there(run: Run, assignment: Assignment) -> None:
    """A patrol is done only after it was there: otherwise it gives the need back, and another goes."""
    police = run.board.units[assignment.unit].institution is Institution.POLICE
    if police and assignment.state is not NeedState.ON_SCENE:
        raise c.Refusal(
            "not_on_scene", "You have not said that you were on scene. Withdraw, and another unit goes."
        )


def once(event: type[e.AssignmentEvent], stamp: str) -> Callable[[Run, Any], str]:
    """Like `say`, for what is stamped once: the first time counts."""
    stamp_it = say(event)

    def handler(run: Run, command: c.AssignmentCommand) -> str:
        assignment = own(run, command)
        if stamp in assignment.stamps:
            return assignment.alert
        return stamp_it(run, command)

    return handler


def withdraw(run: Run, command: c.Withdraw) -> str:
    assignment = own(run, command)
    if not allows(NEED, assignment.state, e.Withdrawn):
        raise c.Refusal("wrong_state", f"This assignment is {assignment.state.value.replace('_', ' ')}.")
    hear(run, assignment.unit)
    if run.board.alerts[assignment.alert].state is AlertState.OPEN:
        run.state(e.Withdrawn(**about(assignment), reason=command.reason))
    else:
        run.state(e.CalledOff(**about(assignment), reason=command.reason))
    return assignment.alert


def expire(run: Run, command: c.ExpireOffer) -> str:
    assignment = run.board.assignments.get(command.assignment)
    if assignment is None or assignment.state is not NeedState.OFFERED:
        raise c.Refusal("not_offered", "This offer has been answered.")
    if run.at < offer_deadline(assignment):
        raise c.Refusal("not_due", "Its time has not come.")
    heard = _heard_since(run, assignment)
    expire_offer(run, assignment)
    if not heard:
        lose(run, assignment.unit)
    return assignment.alert


def _heard_since(run: Run, offer: Assignment) -> bool:
    """Whether the unit has said anything of what it holds, this offer or another, since the offer was made."""
    held = run.board.units[offer.unit].held
    return any(at >= offer.offered_at for live in held for at in run.board.assignments[live].stamps.values())
