"""What a unit says about its own assignment, and what the clock says about its offer."""

from collections.abc import Callable
from typing import Any

from . import commands as c
from . import events as e
from .deadlines import offer_deadline
from .lifecycle import NEED, allows
from .model import AlertState, Assignment, Institution, NeedState
from .of_units import expire_offer, hear, lose
from .refusals import refused
from .run import Run, about, own


def say(event: type[e.AssignmentEvent]) -> Callable[[Run, Any], str]:
    """A handler for something a unit says that only moves its own assignment on by `event`."""

    def handler(run: Run, command: c.AssignmentCommand) -> str:
        assignment = _may_say(run, command, event)
        hear(run, assignment.unit)
        run.state(event(**about(assignment)))
        return assignment.alert

    return handler


def once(event: type[e.AssignmentEvent], stamp: str) -> Callable[[Run, Any], str]:
    """Like `say`, for what is stamped once: the first time counts."""
    stamp_it = say(event)

    def handler(run: Run, command: c.AssignmentCommand) -> str:
        assignment = own(run, command)
        if stamp in assignment.stamps:
            hear(run, assignment.unit)
            return assignment.alert
        return stamp_it(run, command)

    return handler


def _may_say(run: Run, command: c.AssignmentCommand, event: type[e.AssignmentEvent]) -> Assignment:
    assignment = own(run, command)
    if not allows(NEED, assignment.state, event):
        raise refused("wrong_state", state=assignment.state)
    return assignment


def accept(run: Run, command: c.Accept) -> str:
    """Yes. Where two were asked, the other one is told at once; a shelter keeps its place for `hold_s`."""
    assignment = _may_say(run, command, e.Accepted)
    if run.at >= offer_deadline(assignment):
        raise refused("offer_over")
    hear(run, assignment.unit)
    need = run.board.alerts[assignment.alert].need(assignment.need)
    for other in need.live if need else ():
        if other != assignment.id:
            run.state(e.Outrun(**about(run.board.assignments[other])))
    hold_until = run.at + run.rules.hold_s if _of(run, assignment) is Institution.SHELTER else None
    run.state(e.Accepted(**about(assignment), hold_until=hold_until))
    return assignment.alert


def decline(run: Run, command: c.Decline) -> str:
    assignment = _may_say(run, command, e.Declined)
    hear(run, assignment.unit)
    run.state(e.Declined(**about(assignment), reason=command.reason))
    return assignment.alert


def go_en_route(run: Run, command: c.GoEnRoute) -> str:
    """On the way, with the time by which it is overdue."""
    assignment = _may_say(run, command, e.WentEnRoute)
    hear(run, assignment.unit)
    institution = _of(run, assignment)
    (travel,) = run.ground.travel(assignment.alert, [assignment.unit], institution.value, run.at)
    allowed_s = max(run.rules.overdue_factor * travel.seconds, travel.seconds + run.rules.overdue_margin_s)
    run.state(e.WentEnRoute(**about(assignment), travel_s=round(travel.seconds, 1), arrive_by=run.at + allowed_s))
    return assignment.alert


def finish(run: Run, command: c.Finish) -> str:
    """Clear. A patrol was there before; a shelter to which she has come keeps her place taken."""
    institution = _of(run, own(run, command))
    ended = e.Housed if institution is Institution.SHELTER else e.Done
    assignment = _may_say(run, command, ended)
    if institution is Institution.SHELTER and "safe" not in assignment.stamps:
        raise refused("not_arrived")
    was_there = assignment.state is NeedState.ON_SCENE or "departed" in assignment.stamps
    if institution is Institution.POLICE and not was_there:
        raise refused("not_on_scene")
    hear(run, assignment.unit)
    run.state(ended(**about(assignment)))
    return assignment.alert


def _of(run: Run, assignment: Assignment) -> Institution:
    return run.board.units[assignment.unit].institution


def withdraw(run: Run, command: c.Withdraw) -> str:
    """Cannot go on. The search does, unless the alert has ended."""
    assignment = _may_say(run, command, e.Withdrawn)
    hear(run, assignment.unit)
    alert = run.board.alerts[assignment.alert]
    if alert.state is AlertState.OPEN:
        run.state(e.Withdrawn(**about(assignment), reason=command.reason))
        return alert.id
    run.state(e.CalledOff(**about(assignment), reason=command.reason))
    return alert.id


def expire(run: Run, command: c.ExpireOffer) -> str:
    assignment = run.board.assignments.get(command.assignment)
    if assignment is None or assignment.state is not NeedState.OFFERED:
        raise refused("not_offered")
    if run.at < offer_deadline(assignment):
        raise refused("not_due")
    heard = _heard_since(run, assignment)
    expire_offer(run, assignment)
    if not heard:
        lose(run, assignment.unit)
    return assignment.alert


def _heard_since(run: Run, offer: Assignment) -> bool:
    """Whether the unit has said anything of what it holds, this offer or another, since the offer was made."""
    held = run.board.units[offer.unit].held
    return any(at >= offer.offered_at for live in held for at in run.board.assignments[live].stamps.values())
