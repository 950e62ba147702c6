"""`evolve`: the only way a board changes. The board is the fold of the log under it."""

from collections.abc import Mapping

from . import events as e
from .changing import replace
from .commands import BrokenRule
from .indexes import Changes, with_alert, with_need, with_unit
from .lifecycle import ALERT, NEED, UNIT, following
from .model import (
    OFFERS,
    SERVED,
    UNACCEPTED,
    Alarm,
    Alert,
    AlertState,
    Assignment,
    Board,
    Institution,
    Need,
    NeedState,
    Neighbour,
    Step,
    Unit,
    UnitState,
)


def evolve(board: Board, event: e.Event, at: float) -> Board:
    """The board after one more event at `at`. Raises BrokenRule, and changes nothing, if it cannot be."""
    if at < board.at:
        raise BrokenRule(f"the log runs backwards: {at} after {board.at}")
    return replace(board, seq=board.seq + 1, at=at, **_changes(board, event, at))


def _changes(board: Board, event: e.Event, at: float) -> Changes:
    """What the board says otherwise after the event: it is made anew once, and not for each part of it."""
    match event:
        case e.AlertRaised():
            return _alert_raised(board, event, at)
        case e.AssignmentEvent():
            return _assignment_moved(board, event, at)
        case e.NeedEvent():
            return _need_moved(board, event, at)
        case e.AlertEvent():
            alert = _alert(board, event.alert)
            alert = replace(alert, state=following(ALERT, alert.state, type(event)))
            return with_alert(board, _told(_levelled(_called(alert, event), event, at), event, at), at)
        case e.UnitListed():
            return _unit_listed(board, event)
        case e.UnitEvent():
            return _unit_moved(board, event)


# --- alerts


def _alert_raised(board: Board, event: e.AlertRaised, at: float) -> Changes:
    if event.alert in board.alerts:
        raise BrokenRule(f"alert {event.alert} is raised twice")
    alert = Alert(
        id=event.alert,
        folio=event.folio,
        zone=event.zone,
        level=event.level,
        incident=event.incident,
        state=AlertState.OPEN,
        received_at=event.received_at,
        raised_at=at,
        keep_out=event.keep_out,
        calls={event.alert: event.received_at},
        household=event.household,
        history=event.history,
        order_by=event.order_by,
        origin=event.origin,
    )
    return {"folios": board.folios + 1, **with_alert(board, alert, at)}


def _called(alert: Alert, event: e.AlertEvent) -> Alert:
    """What calls say: the earliest of them is T0, and the order's clock runs from it."""
    match event:
        case e.CallJoined():
            if event.call in alert.calls:
                raise BrokenRule(f"call {event.call} joins twice")
            calls = {**alert.calls, event.call: event.received_at}
            alert = replace(alert, household=alert.household | event.household)
        case e.CallSplit():
            calls = {call: received for call, received in alert.calls.items() if call != event.call}
            if len(calls) == len(alert.calls) or not calls:
                raise BrokenRule(f"call {event.call} cannot leave alert {alert.id}")
        case _:
            return alert
    earliest = min(calls.values())
    order_by = None if alert.order_by is None else alert.order_by + earliest - alert.received_at
    return replace(alert, calls=calls, received_at=earliest, order_by=order_by)


def _levelled(alert: Alert, event: e.AlertEvent, at: float) -> Alert:
    match event:
        case e.LevelRaised():
            if event.level.rank <= alert.level.rank:
                raise BrokenRule(f"{alert.level} cannot rise to {event.level}")
        case e.LevelLowered():
            if event.level.rank >= alert.level.rank:
                raise BrokenRule(f"{alert.level} cannot fall to {event.level}")
        case _:
            return alert
    step = Step(level=event.level, reason=event.reason, at=at)
    return replace(alert, level=event.level, steps=(*alert.steps, step))


def _told(alert: Alert, event: e.AlertEvent, at: float) -> Alert:
    match event:
        case e.NeedAdded():
            return replace(alert, needs=(*alert.needs, _need_added(alert, event, at)))
        case e.FactsTold():
            # That somebody could not answer now does not unsay what was answered before.
            known = {q: a for q, a in event.threat.items() if a != "unknown" or q not in alert.threat}
            return replace(alert, threat={**alert.threat, **known})
        case e.PlaceMoved():
            return replace(alert, zone=event.zone)
        case e.KeptOut():
            return replace(alert, keep_out=alert.keep_out | event.keep_out)
        case e.AvoidTold():
            return replace(alert, avoid_zones=alert.avoid_zones | event.zones)
        case e.OrderSettled():
            alarm = alert.alarm if alert.alarm is None or alert.alarm.cause != "order_late" else None
            return replace(alert, order=event.outcome, alarm=alarm)
        case e.AlertAlarmRaised():
            return replace(alert, alarm=_sounds(alert.alarm, event.cause, at))
        case e.AlertAlarmAcknowledged():
            return replace(alert, alarm=_noticed(alert.alarm, event.by, at))
        case e.OriginHeard():
            if alert.origin is None:
                raise BrokenRule(f"alert {alert.id} was not handed here")
            return replace(alert, origin=replace(alert.origin, state=event.state))
        case e.AlertMerged():
            return replace(alert, merged_into=event.into)
        case _:
            return alert


def _need_added(alert: Alert, event: e.NeedAdded, at: float) -> Need:
    if alert.need(event.need) is not None:
        raise BrokenRule(f"need {event.need} is added twice")
    return Need(
        key=event.need,
        institution=event.institution,
        requires=event.requires,
        prefers=event.prefers,
        children=event.children,
        party=event.party,
        transport=event.transport,
        state=NeedState.SEARCHING,
        since=at,
        unaccepted_since=at,
    )


def _sounds(alarm: Alarm | None, cause: str, at: float) -> Alarm:
    """The alarm as it sounds now: anew, or the same once more."""
    if alarm is None or alarm.cause != cause:
        return Alarm(cause=cause, first_at=at, raised_at=at)
    return Alarm(cause=cause, first_at=alarm.first_at, raised_at=at, times=alarm.times + 1)


def _noticed(alarm: Alarm | None, by: str, at: float) -> Alarm:
    if alarm is None:
        raise BrokenRule("no alarm to acknowledge")
    return replace(alarm, acknowledged_at=at, acknowledged_by=by)


# --- needs


def _need_moved(board: Board, event: e.NeedEvent, at: float) -> Changes:
    alert, need = _need(board, event)
    need = _step(need, event, at)
    match event:
        case e.NeedStuck():
            need = replace(need, retry_at=event.retry_at, why_not=event.why_not)
        case e.AlarmRaised():
            need = replace(need, alarm=_sounds(need.alarm, event.cause, at))
        case e.AlarmAcknowledged():
            need = replace(need, alarm=_noticed(need.alarm, event.by, at))
        case e.TransportAsked():
            need = replace(need, transport=True)
        case e.NeighbourAsked():
            need = replace(need, neighbour=Neighbour(center=event.center, asked_at=at, heard_at=at))
        case e.NeighbourHeard():
            if need.neighbour is None:
                raise BrokenRule(f"no neighbour was asked for {need.key}")
            said = replace(need.neighbour, heard_at=at, alert=event.other, folio=event.folio, state=event.state)
            need = _quieted(replace(need, neighbour=said), "neighbour_silent")
        case e.NeedDropped() | e.TakenElsewhere() | e.DoneElsewhere():
            need = replace(need, retry_at=None, why_not=None)
    return with_need(board, alert, need, at)


def _step(need: Need, event: e.NeedEvent, at: float) -> Need:
    """The need after its transition. Its alarm ends with the state it was for; all of the search counts as one,
    and a crew in danger is in danger wherever it goes."""
    state = following(NEED, need.state, type(event))
    if state is need.state:
        return need
    if need.state in UNACCEPTED and state in UNACCEPTED:
        return replace(need, state=state, since=at)
    alarm = need.alarm if state in SERVED and need.alarm and need.alarm.cause == "crew_in_danger" else None
    return replace(need, state=state, since=at, unaccepted_since=at, alarm=alarm)


def _quieted(need: Need, *causes: str) -> Need:
    """The need without its alarm, if that was for one of these causes."""
    return replace(need, alarm=None) if need.alarm is not None and need.alarm.cause in causes else need


# --- assignments


_STAMPS: Mapping[type[e.Event], str] = {
    e.Delivered: "delivered",
    e.Seen: "seen",
    e.Accepted: "accepted",
    e.WentEnRoute: "en_route",
    e.ArrivedOnScene: "on_scene",
    e.ContactMade: "contact",
    e.Departed: "departed",
    e.ReachedSafety: "safe",
    e.CrewWell: "well",
    e.HelpCalled: "help",
}
LETS_GO = (
    e.Declined,
    e.OfferExpired,
    e.Recalled,
    e.Reassigned,
    e.Outrun,
    e.HoldExpired,
    e.Withdrawn,
    e.Done,
    e.Housed,
    e.CalledOff,
)
"""The events after which an assignment is over."""
_ASK_LATER = (e.Declined, e.OfferExpired, e.Recalled, e.Withdrawn)
_SIGN_OF_LIFE = (e.ContactMade, e.Departed, e.ReachedSafety, e.CrewWell)


def _assignment_moved(board: Board, event: e.AssignmentEvent, at: float) -> Changes:
    """Move the need and the slot of the unit by one event: the two machines are coupled here."""
    alert, need = _need(board, event)
    unit = board.units.get(event.unit)
    if unit is None:
        raise BrokenRule(f"unit {event.unit} is not listed")
    need = _step(need, event, at)
    if isinstance(event, e.Offered):
        if event.assignment in board.assignments:
            raise BrokenRule(f"assignment {event.assignment} is offered twice")
        assignment = _offered(event, at)
        need = replace(
            need, offers=need.offers + 1, live=(*need.live, event.assignment), retry_at=None, why_not=None
        )
        assignments = board.assignments.set(assignment.id, assignment)
        unit = replace(unit, held={**unit.held, assignment.id: assignment.slot})
    else:
        assignment = _live(board, event)
        need = _said(need, event, at)
        if isinstance(event, LETS_GO):
            need = replace(need, live=tuple(live for live in need.live if live != assignment.id))
            assignments = board.assignments.delete(assignment.id)
            held = {live: slot for live, slot in unit.held.items() if live != assignment.id}
            free_since = at if assignment.state in SERVED else unit.free_since
            unit = replace(unit, held=held, free_since=free_since)
        else:
            moved = _moved(assignment, need, event, at)
            assignments = board.assignments.set(assignment.id, moved)
    unit = _slot_moved(unit, assignment.slot, event)
    if isinstance(event, e.Departed) or (isinstance(event, e.ReachedSafety) and _leaves(unit)):
        unit = replace(unit, withheld=True)
    elif isinstance(event, e.ArrivedOnScene):
        unit = replace(unit, withheld=False)
    return with_unit(board, unit, assignments) | with_need(board, alert, need, at)


def _leaves(unit: Unit) -> bool:
    """A shelter to which she has come is where it always is: it leads nobody to her that did not know it."""
    return unit.institution is not Institution.SHELTER


def _offered(event: e.Offered, at: float) -> Assignment:
    return Assignment(
        id=event.assignment,
        alert=event.alert,
        need=event.need,
        unit=event.unit,
        slot=event.slot,
        state=NeedState.OFFERED,
        why=event.why,
        offered_at=at,
        seen_by=event.seen_by,
        answer_by=event.answer_by,
        heard_at=at,
    )


def _said(need: Need, event: e.AssignmentEvent, at: float) -> Need:
    """What else an event of its assignment changes in a need."""
    if isinstance(event, e.Accepted):
        return replace(need, first=False)
    if isinstance(event, e.Reassigned):
        return replace(need, changed_at=at, first=need.first or event.reason == "higher_level")
    if isinstance(event, _ASK_LATER):
        return replace(need, asked={**need.asked, event.unit: at})
    if isinstance(event, e.HoldExtended | e.ReachedSafety):
        need = _quieted(need, "hold_extended")
    if isinstance(event, e.Departed | e.ReachedSafety) or _is_met(need, event):
        need = _quieted(need, "overdue", "frozen")
    if isinstance(event, e.CrewWell):
        need = _quieted(need, "crew_in_danger")
    if isinstance(event, _SIGN_OF_LIFE):
        return _quieted(need, "welfare", "not_under_way", "quiet")
    return need


def _is_met(need: Need, event: e.AssignmentEvent) -> bool:
    """A patrol in contact is with her, though it never said that it was there. A prosecutor may telephone."""
    return isinstance(event, e.ContactMade) and need.institution is Institution.POLICE


def _moved(assignment: Assignment, need: Need, event: e.AssignmentEvent, at: float) -> Assignment:
    """The assignment after something that does not end it."""
    state = NeedState.OFFERED if need.state in OFFERS else need.state
    assignment = replace(assignment, state=state, heard_at=at)
    match event:
        case e.HoldExtended():
            return replace(assignment, hold_until=event.hold_until)
        case e.Accepted():
            assignment = replace(assignment, hold_until=event.hold_until)
        case e.WentEnRoute():
            assignment = replace(assignment, arrive_by=event.arrive_by)
    return replace(assignment, stamps={_STAMPS[type(event)]: at, **assignment.stamps})


def _live(board: Board, event: e.AssignmentEvent) -> Assignment:
    assignment = board.assignments.get(event.assignment)
    about = (event.alert, event.need, event.unit)
    if assignment is None or (assignment.alert, assignment.need, assignment.unit) != about:
        raise BrokenRule(f"assignment {event.assignment} is not live between {event.need} and {event.unit}")
    return assignment


# --- units


def _unit_listed(board: Board, event: e.UnitListed) -> Changes:
    known = board.units.get(event.unit)
    if known is not None and known.on_duty:
        raise BrokenRule(f"unit {event.unit} is listed anew on duty")
    # Who lives in a place does not move out because the list is read again.
    occupied = min(event.capacity, known.slots.count(UnitState.OCCUPIED)) if known else 0
    unit = Unit(
        code=event.unit,
        institution=event.institution,
        agency=event.agency,
        zone=event.zone,
        capabilities=event.capabilities,
        sealed=event.sealed,
        children_max=event.children_max,
        slots=(UnitState.OCCUPIED,) * occupied + (UnitState.OFF_DUTY,) * (event.capacity - occupied),
    )
    return with_unit(board, unit)


def _unit_moved(board: Board, event: e.UnitEvent) -> Changes:
    unit = board.units.get(event.unit)
    if unit is None:
        raise BrokenRule(f"unit {event.unit} is not listed")
    match event:
        case e.UnitRetired():
            if unit.on_duty:
                raise BrokenRule(f"unit {event.unit} retires on duty")
            return {"units": board.units.delete(unit.code)}
        case e.PlaceTaken() | e.PlaceFreed():
            return with_unit(board, _slot_moved(unit, event.slot, event))
        case e.DutyStarted():
            _on_duty(unit, False)
            unit = replace(unit, on_duty=True, crew=event.crew, crew_brings=event.crew_brings, until=event.until)
        case e.DutyEnded():
            _on_duty(unit, True)
            unit = replace(
                unit, on_duty=False, crew=(), crew_brings=frozenset(), until=None, free_since=None, withheld=False
            )
        case e.CrewJoined():
            _on_duty(unit, True)
            unit = replace(unit, crew=(*unit.crew, event.member))
    slots = tuple(following(UNIT, state, type(event)) for state in unit.slots)
    return with_unit(board, replace(unit, slots=slots))


def _on_duty(unit: Unit, expected: bool) -> None:
    if unit.on_duty is not expected:
        raise BrokenRule(f"unit {unit.code} is {'off' if expected else 'on'} duty")


def _slot_moved(unit: Unit, slot: int, event: e.Event) -> Unit:
    if not 0 <= slot < len(unit.slots):
        raise BrokenRule(f"unit {unit.code} has no slot {slot}")
    slots = list(unit.slots)
    slots[slot] = following(UNIT, slots[slot], type(event))
    return replace(unit, slots=tuple(slots))


# --- looking up


def _alert(board: Board, alert_id: str) -> Alert:
    alert = board.alerts.get(alert_id)
    if alert is None:
        raise BrokenRule(f"alert {alert_id} is not on the board")
    return alert


def _need(board: Board, event: e.NeedEvent) -> tuple[Alert, Need]:
    alert = _alert(board, event.alert)
    need = alert.need(event.need)
    if need is None:
        raise BrokenRule(f"alert {alert.id} has no need {event.need}")
    return alert, need
