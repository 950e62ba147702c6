"""`evolve`: the only way a board changes. The board is the fold of the log under it."""

from collections.abc import Mapping
from dataclasses import replace

from immutables import Map

from . import events as e
from .commands import BrokenRule
from .lifecycle import ALERT, NEED, UNIT, following
from .model import (
    UNACCEPTED,
    Alarm,
    Alert,
    AlertState,
    Assignment,
    Board,
    Institution,
    Need,
    NeedState,
    Unit,
    UnitState,
)


def evolve(board: Board, event: e.Event, at: float) -> Board:
    """The board after one more event at `at`. Raises BrokenRule, and changes nothing, if it cannot be."""
    if at < board.at:
        raise BrokenRule(f"the log runs backwards: {at} after {board.at}")
    board = replace(board, seq=board.seq + 1, at=at)
    match event:
        case e.AlertRaised():
            return _alert_raised(board, event, at)
        case e.AssignmentEvent():
            return _assignment_moved(board, event, at)
        case e.NeedEvent():
            return _need_moved(board, event, at)
        case e.AlertEvent():
            return _alert_moved(board, event, at)
        case e.UnitListed():
            return _unit_listed(board, event)
        case e.UnitEvent():
            return _unit_moved(board, event)


def _alert_raised(board: Board, event: e.AlertRaised, at: float) -> Board:
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
    )
    return replace(board, folios=board.folios + 1, alerts=board.alerts.set(alert.id, alert))


def _alert_moved(board: Board, event: e.AlertEvent, at: float) -> Board:
    alert = _alert(board, event.alert)
    alert = replace(alert, state=following(ALERT, alert.state, type(event)))
    match event:
        case e.NeedAdded():
            if alert.need(event.need) is not None:
                raise BrokenRule(f"need {event.need} is added twice")
            need = Need(
                key=event.need,
                institution=event.institution,
                requires=event.requires,
                state=NeedState.SEARCHING,
                since=at,
            )
            alert = replace(alert, needs=(*alert.needs, need))
        case e.FactsTold():
            # That somebody could not answer now does not unsay what was answered before.
            known = {q: a for q, a in event.threat.items() if a != "unknown" or q not in alert.threat}
            alert = replace(alert, threat={**alert.threat, **known})
        case e.LevelRaised():
            if event.level.rank <= alert.level.rank:
                raise BrokenRule(f"{alert.level} cannot rise to {event.level}")
            alert = replace(alert, level=event.level)
        case e.PlaceMoved():
            alert = replace(alert, zone=event.zone)
        case e.KeptOut():
            alert = replace(alert, keep_out=alert.keep_out | event.keep_out)
    return _put_alert(board, alert)


def _need_moved(board: Board, event: e.NeedEvent, at: float) -> Board:
    alert, need = _need(board, event)
    need = _step(need, event, at)
    match event:
        case e.NeedStuck():
            need = replace(need, retry_at=event.retry_at, why_not=event.why_not)
        case e.AlarmRaised():
            need = replace(need, alarm=Alarm(cause=event.cause, raised_at=at))
        case e.AlarmAcknowledged():
            if need.alarm is None:
                raise BrokenRule("no alarm to acknowledge")
            need = replace(need, alarm=replace(need.alarm, acknowledged_at=at, acknowledged_by=event.by))
        case e.NeedDropped():
            need = replace(need, alarm=None, retry_at=None, why_not=None)
    return _put_need(board, alert, need)


_STAMPS: Mapping[type[e.Event], str] = {
    e.Delivered: "delivered",
    e.Seen: "seen",
    e.Accepted: "accepted",
    e.WentEnRoute: "en_route",
    e.ArrivedOnScene: "on_scene",
    e.ContactMade: "contact",
    e.Departed: "departed",
    e.ReachedSafety: "safe",
}
_LETS_GO = (e.Declined, e.OfferExpired, e.Recalled, e.Withdrawn, e.Done, e.CalledOff)
_ASK_LATER = (e.Declined, e.OfferExpired, e.Recalled, e.Withdrawn)


def _assignment_moved(board: Board, event: e.AssignmentEvent, at: float) -> Board:
    """Move the need and the slot of the unit by one event: the two machines are coupled here."""
    alert, need = _need(board, event)
    unit = board.units.get(event.unit)
    if unit is None:
        raise BrokenRule(f"unit {event.unit} is not listed")
    need = _step(need, event, at)
    assignments = board.assignments
    if isinstance(event, e.Offered):
        if event.assignment in assignments:
            raise BrokenRule(f"assignment {event.assignment} is offered twice")
        slot = event.slot
        held = {**unit.held, event.assignment: slot}
        # An alarm that was acknowledged is over once somebody is asked: if that fails, a human is called anew.
        alarm = need.alarm if need.alarm is None or need.alarm.acknowledged_at is None else None
        live = (*need.live, event.assignment)
        need = replace(need, offers=need.offers + 1, live=live, retry_at=None, why_not=None, alarm=alarm)
        assignments = assignments.set(
            event.assignment,
            Assignment(
                id=event.assignment,
                alert=alert.id,
                need=need.key,
                unit=unit.code,
                slot=slot,
                state=NeedState.OFFERED,
                why=event.why,
                offered_at=at,
                seen_by=event.seen_by,
                answer_by=event.answer_by,
            ),
        )
    else:
        assignment = assignments.get(event.assignment)
        if assignment is None or (assignment.alert, assignment.need, assignment.unit) != (
            alert.id,
            need.key,
            unit.code,
        ):
            raise BrokenRule(f"assignment {event.assignment} is not live between {need.key} and {unit.code}")
        slot = assignment.slot
        held = dict(unit.held)
        if isinstance(event, _LETS_GO):
            assignments = assignments.delete(event.assignment)
            del held[event.assignment]
            need = replace(need, live=tuple(live for live in need.live if live != event.assignment))
        else:
            stamps = {_STAMPS[type(event)]: at, **assignment.stamps}
            assignments = assignments.set(event.assignment, replace(assignment, state=need.state, stamps=stamps))
    if isinstance(event, e.Accepted | e.CalledOff):
        need = replace(need, alarm=None)
    if isinstance(event, _ASK_LATER):
        need = replace(need, asked={**need.asked, unit.code: at})
    if not 0 <= slot < len(unit.slots):
        raise BrokenRule(f"unit {unit.code} has no slot {slot}")
    slots = list(unit.slots)
    slots[slot] = following(UNIT, slots[slot], type(event))
    unit = replace(unit, slots=tuple(slots), held=held)
    if isinstance(event, e.Departed | e.ReachedSafety):
        unit = replace(unit, withheld=True)
    elif isinstance(event, e.ArrivedOnScene):
        unit = replace(unit, withheld=False)
    board = _put_unit(board, unit)
    return _put_need(replace(board, assignments=assignments), alert, need)


def _unit_listed(board: Board, event: e.UnitListed) -> Board:
    known = board.units.get(event.unit)
    if known is not None and known.state is not UnitState.OFF_DUTY:
        raise BrokenRule(f"unit {event.unit} is listed anew on duty")
    unit = Unit(
        code=event.unit,
        institution=event.institution,
        agency=event.agency,
        zone=event.zone,
        capabilities=event.capabilities,
        sealed=event.sealed,
        slots=(UnitState.OFF_DUTY,) * event.capacity,
    )
    return _put_unit(board, unit)


def _unit_moved(board: Board, event: e.UnitEvent) -> Board:
    unit = board.units.get(event.unit)
    if unit is None:
        raise BrokenRule(f"unit {event.unit} is not listed")
    if isinstance(event, e.UnitRetired):
        if unit.state is not UnitState.OFF_DUTY:
            raise BrokenRule(f"unit {event.unit} retires on duty")
        return replace(board, units=board.units.delete(unit.code))
    slots = tuple(following(UNIT, state, type(event)) for state in unit.slots)
    match event:
        case e.DutyStarted():
            unit = replace(unit, crew=event.crew)
        case e.DutyEnded():
            unit = replace(unit, crew=(), withheld=False)
    return _put_unit(board, replace(unit, slots=slots))


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


def _step(need: Need, event: e.NeedEvent, at: float) -> Need:
    state = following(NEED, need.state, type(event))
    return need if state is need.state else replace(need, state=state, since=at)


def _put_need(board: Board, alert: Alert, need: Need) -> Board:
    needs = tuple(need if need.key == other.key else other for other in alert.needs)
    return _put_alert(board, replace(alert, needs=needs))


def _put_alert(board: Board, alert: Alert) -> Board:
    """Keep the alert while it is open or somebody still works on it, and the index of waiting needs with it."""
    waiting = board.waiting
    for need in alert.needs:
        ref = (alert.id, need.key)
        if need.state in {NeedState.SEARCHING, NeedState.STUCK}:
            waiting = waiting if ref in waiting else waiting.set(ref, None)
        elif ref in waiting:
            waiting = waiting.delete(ref)
    over = alert.state is not AlertState.OPEN and not any(need.live for need in alert.needs)
    if over and any(need.state in UNACCEPTED for need in alert.needs):
        raise BrokenRule(f"alert {alert.id} ends with a need that nobody has accepted")
    alerts = board.alerts.delete(alert.id) if over else board.alerts.set(alert.id, alert)
    return replace(board, alerts=alerts, waiting=waiting)


def _put_unit(board: Board, unit: Unit) -> Board:
    """Keep the unit, and the indexes of units on duty and of units with a free slot with it."""
    on_duty = unit.state is not UnitState.OFF_DUTY
    return replace(
        board,
        units=board.units.set(unit.code, unit),
        duty=_member(board.duty, unit.institution, unit.code, on_duty),
        idle=_member(board.idle, unit.institution, unit.code, unit.free_slot is not None),
    )


def _member(
    index: Map[Institution, Map[str, None]], institution: Institution, code: str, belongs: bool
) -> Map[Institution, Map[str, None]]:
    members = index.get(institution, Map())
    if belongs == (code in members):
        return index
    members = members.set(code, None) if belongs else members.delete(code)
    # An empty row goes, so that a board put together from parts equals the one that was folded.
    return index.set(institution, members) if members else index.delete(institution)


def board_of(
    *,
    center: str,
    prefix: str,
    seq: int,
    at: float,
    folios: int,
    alerts: Mapping[str, Alert],
    assignments: Mapping[str, Assignment],
    units: Mapping[str, Unit],
) -> Board:
    """A board put together from what a store kept; equals the fold of the log that led there."""
    board = Board(center=center, prefix=prefix, seq=seq, at=at, folios=folios, assignments=Map(assignments))
    for alert in alerts.values():
        board = _put_alert(board, alert)
    for unit in units.values():
        board = _put_unit(board, unit)
    return board
