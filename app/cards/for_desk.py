"""Cards for those who run the desk: alerts with their needs, and units."""

from dataclasses import asdict

from app.clock import rfc3339
from app.dispatch.model import (
    OFFERS,
    Alarm,
    Alert,
    Assignment,
    Board,
    Institution,
    Need,
    NeedState,
    Neighbour,
    Unit,
    UnitState,
)
from app.geo.point import Point
from app.security.fields import Audience, masked

from .arrival import since_told, stamps_told
from .shape import Card, order_shape, stamps_shape, time, where
from .words import why_not_text, why_text


def alert_card(board: Board, alert: Alert, place: Point | None, to: Audience) -> Card:
    """An alert for those who run the desk."""
    card = {
        "card": "alert",
        "id": alert.id,
        "folio": alert.folio,
        "state": alert.state.value,
        "level": alert.level.value,
        "steps": [
            {"level": step.level.value, "reason": step.reason, "at": rfc3339(step.at)} for step in alert.steps
        ],
        "zone": alert.zone,
        "incident": alert.incident,
        "threat": dict(alert.threat),
        "received_at": rfc3339(alert.received_at),
        "raised_at": rfc3339(alert.raised_at),
        "calls": [{"id": call, "received_at": rfc3339(at)} for call, at in alert.calls.items()],
        # That it is known by, and never by what: the names of a household are for the board alone.
        "household": bool(alert.household),
        "history": alert.history,
        "order": order_shape(alert.order_by, alert.order, board.at),
        "alarm": _alarm(alert.alarm),
        "origin": asdict(alert.origin) if alert.origin else None,
        "merged_into": alert.merged_into,
        "where": where(place),
        "needs": [_need(board, alert, need) for need in alert.needs],
    }
    return masked("alert", card, to)


def _need(board: Board, alert: Alert, need: Need) -> Card:
    live = [board.assignments[each] for each in need.live]
    first = live[0] if live else None
    return {
        "need": need.key,
        "institution": need.institution.value,
        "requires": list(need.requires),
        "prefers": list(need.prefers),
        "children": need.children,
        "party": need.party,
        "transport": need.transport,
        # That two were asked is in `asked`; for who reads the state it is an offer like any other.
        "state": (NeedState.OFFERED if need.state in OFFERS else need.state).value,
        "since": rfc3339(since_told(board, alert, need.state, need.since)),
        "unaccepted_since": rfc3339(need.unaccepted_since),
        "offers": need.offers,
        "first": need.first,
        "unit": first.unit if first else None,
        "assignment": first.id if first else None,
        "seen_by": time(first.seen_by) if first else None,
        "answer_by": time(first.answer_by) if first else None,
        "arrive_by": time(first.arrive_by) if first else None,
        "hold_until": time(first.hold_until) if first else None,
        "stamps": stamps_shape(stamps_told(board, alert, first.stamps)) if first else {},
        "why": asdict(first.why) if first else None,
        "why_text": why_text(need.institution, first.why) if first else None,
        "asked": [_asked(need, each) for each in live] if need.state in OFFERS else [],
        "why_not": asdict(need.why_not) if need.why_not else None,
        "why_not_text": why_not_text(need.institution, need.why_not) if need.why_not else None,
        "retry_at": time(need.retry_at),
        "alarm": _alarm(need.alarm),
        "neighbour": _neighbour(need.neighbour),
    }


def _asked(need: Need, offer: Assignment) -> Card:
    """One of those who are asked now."""
    return {
        "unit": offer.unit,
        "assignment": offer.id,
        "seen_by": rfc3339(offer.seen_by),
        "answer_by": rfc3339(offer.answer_by),
        "stamps": stamps_shape(offer.stamps),
        "why_text": why_text(need.institution, offer.why),
    }


def _neighbour(neighbour: Neighbour | None) -> Card | None:
    if neighbour is None:
        return None
    return {
        "center": neighbour.center,
        "folio": neighbour.folio,
        "state": neighbour.state,
        "asked_at": rfc3339(neighbour.asked_at),
        "heard_at": rfc3339(neighbour.heard_at),
    }


def _alarm(alarm: Alarm | None) -> Card | None:
    if alarm is None:
        return None
    return {
        "cause": alarm.cause,
        "first_at": rfc3339(alarm.first_at),
        "raised_at": rfc3339(alarm.raised_at),
        "times": alarm.times,
        "acknowledged_at": time(alarm.acknowledged_at),
        "acknowledged_by": alarm.acknowledged_by,
    }


def unit_card(unit: Unit, to: Audience) -> Card:
    """A unit for those who run the desk, and for itself."""
    card = {
        "card": "unit",
        "id": unit.code,
        "institution": unit.institution.value,
        "agency": unit.agency,
        "zone": unit.zone,
        "state": unit.state.value,
        "on_duty": unit.on_duty,
        "until": time(unit.until),
        "capacity": len(unit.slots),
        "free": unit.slots.count(UnitState.FREE),
        "places": _places(unit) if unit.institution is Institution.SHELTER else None,
        "children_max": unit.children_max,
        "capabilities": sorted(unit.capabilities),
        "crew_brings": sorted(unit.crew_brings),
        "sealed": unit.sealed,
        "crew": list(unit.crew),
        "holds": sorted(unit.held),
    }
    return masked("unit", card, to)


def _places(unit: Unit) -> Card:
    """A shelter's places: asked for, kept for somebody who is to come, lived in."""
    return {
        "free": unit.slots.count(UnitState.FREE),
        "held": unit.slots.count(UnitState.HELD),
        "awaited": unit.slots.count(UnitState.BUSY),
        "occupied": unit.slots.count(UnitState.OCCUPIED),
    }


def shows_position(unit: Unit) -> bool:
    """Whether consoles may see where the unit is: not a sealed one, nor one that has left with her."""
    return not (unit.sealed or unit.withheld)
