"""Places of shelters: how many are free, how long one is kept for her, and who may be told where it is."""

from . import commands as c
from . import events as e
from .lifecycle import NEED, allows
from .model import OVER, SERVED, Alert, AlertState, Assignment, Board, Institution, NeedState, UnitState
from .of_units import hear
from .refusals import refused
from .run import Run, about, known_unit, own


def set_places(run: Run, command: c.SetPlaces) -> None:
    """So many are free: who came without an alert takes places, who moved out frees them, lowest slots first."""
    unit = known_unit(run, command.unit)
    if unit.institution is not Institution.SHELTER:
        raise refused("not_a_shelter", unit=unit.code)
    if not unit.on_duty:
        raise refused("off_duty", unit=unit.code)
    hear(run, unit.code)
    slots = run.board.units[unit.code].slots
    free, occupied = ([n for n, slot in enumerate(slots) if slot is state] for state in _COUNTED)
    others = len(slots) - len(free) - len(occupied)
    if command.free > len(free) + len(occupied):
        raise refused("too_many_places", unit=unit.code, places=len(slots), others=others)
    if command.free < 0:
        raise refused("too_few_places")
    for slot in occupied[: max(0, command.free - len(free))]:
        run.state(e.PlaceFreed(unit=unit.code, slot=slot))
    for slot in free[: max(0, len(free) - command.free)]:
        run.state(e.PlaceTaken(unit=unit.code, slot=slot))


_COUNTED = (UnitState.FREE, UnitState.OCCUPIED)


def extend_hold(run: Run, command: c.ExtendHold) -> str:
    """The shelter keeps its place for her, counted anew from now."""
    assignment = own(run, command)
    if not _is_kept(assignment) or not allows(NEED, assignment.state, e.HoldExtended):
        raise refused("not_held")
    hear(run, assignment.unit)
    run.state(e.HoldExtended(**about(assignment), hold_until=run.at + run.rules.hold_s))
    return assignment.alert


def expire_hold(run: Run, command: c.ExpireHold) -> str:
    """The place is free and the search goes on; while she may be on her way to it, a human is called instead."""
    assignment = run.board.assignments.get(command.assignment)
    if assignment is None or not _is_kept(assignment):
        raise refused("not_held")
    if assignment.hold_until is None or run.at < assignment.hold_until:
        raise refused("not_due")
    alert = run.board.alerts[assignment.alert]
    if _may_be_coming(run.board, alert, assignment):
        run.state(e.HoldExtended(**about(assignment), hold_until=run.at + run.rules.hold_s))
        _call_a_human(run, assignment)
    elif alert.state is AlertState.OPEN:
        run.state(e.HoldExpired(**about(assignment)))
    else:
        run.state(e.CalledOff(**about(assignment), reason="hold_expired"))
    return alert.id


def _call_a_human(run: Run, place: Assignment) -> None:
    need = run.board.alerts[place.alert].need(place.need)
    if need is not None and need.alarm is None:
        run.state(e.AlarmRaised(alert=place.alert, need=place.need, cause="hold_extended"))


def _is_kept(assignment: Assignment) -> bool:
    return assignment.hold_until is not None and "safe" not in assignment.stamps


def _may_be_coming(board: Board, alert: Alert, place: Assignment) -> bool:
    """Whether she could stand before a closed door if the place were given away now.

    The shelter's own vehicle is out for her; a patrol has left with her; a neighbouring center has the transport;
    or the transport is done, and the shelter has yet to say that she has come.
    """
    needs = [need for each in one_case(board, alert) for need in each.needs]
    departed = any(
        "departed" in board.assignments[live].stamps
        for need in needs
        if need.institution is Institution.POLICE
        for live in need.live
    )
    transports = [need.state for need in needs if need.transport]
    brought = NeedState.DONE in transports and all(state in OVER for state in transports)
    elsewhere = NeedState.ELSEWHERE in transports
    return place.state is not NeedState.ACCEPTED or departed or elsewhere or brought


def one_case(board: Board, alert: Alert) -> tuple[Alert, ...]:
    """The alert that goes on, and those merged into it somebody still works on: one woman, one transport."""
    first = board.alerts.get(alert.merged_into, alert) if alert.merged_into is not None else alert
    # The id of an alert is that of its first call, and its calls went with it.
    calls = (board.alerts.get(call) for call in first.calls)
    merged = (each for each in calls if each is not None and each.merged_into == first.id)
    return (first, *merged)


def kept_places(board: Board, alerts: tuple[Alert, ...]) -> list[Assignment]:
    """Where somebody has to bring her: places kept for her by shelters that cannot fetch her; she has not come."""
    held = [
        board.assignments[live]
        for alert in alerts
        for need in alert.needs
        if need.institution is Institution.SHELTER and need.state in SERVED
        for live in need.live
    ]
    return [place for place in held if "safe" not in place.stamps and not board.units[place.unit].has(VEHICLE)]


VEHICLE = "vehicle"
"""The capability of a shelter that fetches her itself."""


def destination(board: Board, alert_id: str) -> Assignment | None:
    """The shelter's assignment she is to be brought to now, or None; of several, the one accepted first."""
    alert = board.alerts.get(alert_id)
    places = kept_places(board, one_case(board, alert)) if alert else []
    return min(places, key=lambda place: (place.stamps["accepted"], place.id), default=None)


def transporter(board: Board, alert_id: str) -> Assignment | None:
    """The assignment of this alert whose unit may be told where the place is now; None, nobody may.

    It takes her there, is on the scene or has left with her, and has not said that she is safe; the place is still
    kept for her, and she has not come.
    """
    alert = board.alerts.get(alert_id)
    carriers = [
        board.assignments[live]
        for need in (alert.needs if alert else ())
        if need.transport and need.state in SERVED
        for live in need.live
    ]
    begun = [
        carrier
        for carrier in carriers
        if "safe" not in carrier.stamps and (carrier.state is NeedState.ON_SCENE or "departed" in carrier.stamps)
    ]
    if not begun or destination(board, alert_id) is None:
        return None
    return min(begun, key=lambda carrier: ("departed" not in carrier.stamps, carrier.offered_at, carrier.id))
