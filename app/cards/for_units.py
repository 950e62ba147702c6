"""Cards for a unit: what it holds or is asked for, and why something is not its own any more."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from app.clock import rfc3339
from app.dispatch import events as e
from app.dispatch.model import SERVED, Assignment, Board, Institution, Need
from app.dispatch.of_places import transporter
from app.security.fields import DETAILS, OF_INSTITUTION, masked, shows

from .shape import Card, order_shape, stamps_shape, time
from .words import why_text


def assignment_card(
    board: Board,
    assignment: Assignment,
    place: Mapping[str, Any] | None = None,
    told: Mapping[str, Any] | None = None,
) -> Card:
    """An assignment for its own unit. `place` and `told` (kind -> values, oldest first) show once it is accepted.

    What of it is shown to whom stands in `fields`: a shelter is not told where the alert is. It waits for her, and
    her home is not its business.
    """
    to = OF_INSTITUTION[board.units[assignment.unit].institution]
    alert = board.alerts[assignment.alert]
    need = alert.need(assignment.need)
    accepted = assignment.state in SERVED
    institution = need.institution if need else Institution.POLICE
    why = assignment.why
    if not shows("assignment", "travel_s", to):
        why = replace(why, travel_s=None, distance_m=None, gain_s=None, zone_step=0)
    card = {
        "card": "assignment",
        "id": assignment.id,
        "alert": alert.id,
        "folio": alert.folio,
        "need": assignment.need,
        "institution": institution.value,
        "state": assignment.state.value,
        "level": alert.level.value,
        "incident": alert.incident,
        "zone": alert.zone,
        "threat": dict(alert.threat),
        **_wanted(need),
        "offered_at": rfc3339(assignment.offered_at),
        "seen_by": rfc3339(assignment.seen_by),
        "answer_by": rfc3339(assignment.answer_by),
        "hold_until": time(assignment.hold_until),
        "order": order_shape(alert.order_by, alert.order, board.at),
        "screen": accepted,
        "destination": need is not None and need.transport and _takes_her(board, assignment),
        "travel_s": why.travel_s,
        "why_text": why_text(institution, why),
        "stamps": stamps_shape(assignment.stamps),
        "where": dict(place) if place and accepted else None,
        "told": {kind: told[kind] for kind in told if kind in DETAILS[to]} if told and accepted else {},
    }
    return masked("assignment", card, to)


def _wanted(need: Need | None) -> Card:
    """What the unit has to know to say yes or no."""
    return {
        "requires": list(need.requires) if need else [],
        "prefers": list(need.prefers) if need else [],
        "children": need.children if need else None,
        "party": need.party if need else None,
        "transport": need.transport if need else False,
    }


def _takes_her(board: Board, assignment: Assignment) -> bool:
    """Whether the unit may ask now where to take her."""
    carrier = transporter(board, assignment.alert)
    return carrier is not None and carrier.id == assignment.id


def wants_details(assignment: Assignment) -> bool:
    """Whether this assignment's card shows its unit personal data."""
    return assignment.state in SERVED


UNSAID = frozenset({"recalled", "too_close"})
"""Reasons no unit is told: by these, who is kept out or lives near the aggressor would know it."""


def why_gone(over: Iterable[e.AssignmentEvent]) -> dict[str, str]:
    """Assignment -> why it is over, as a slug for its unit's people; left out where nothing is said."""
    return {event.assignment: said for event in over if (said := _why_gone(event)) is not None}


def _why_gone(event: e.AssignmentEvent) -> str | None:
    match event:
        case e.Reassigned() | e.Recalled() if event.reason not in UNSAID:
            return event.reason
        case e.OfferExpired():
            return event.cause
        case e.Outrun():
            return "taken_by_another"
        case e.HoldExpired():
            return "hold_expired"
        case _:
            return None
