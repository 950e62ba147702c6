"""The one shape in which anything leaves: cards, whole and never changed in part, made for who looks.

A card for a unit hides where the alert is until a person of that unit has accepted. A sealed unit's place is in
no card: nobody here knows it. Times are seconds since 1970 UTC inside and RFC 3339 on the wire.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from app.clock import rfc3339
from app.dispatch.model import (
    SERVED,
    Alarm,
    Alert,
    Assignment,
    Board,
    Institution,
    Need,
    Unit,
    UnitState,
    Why,
    WhyNot,
)
from app.geo.point import Point

Card = dict[str, Any]


def alert_card(board: Board, alert: Alert, place: Point | None) -> Card:
    """An alert for those who run the desk; `place` is None for who may not see it."""
    return {
        "card": "alert",
        "id": alert.id,
        "folio": alert.folio,
        "state": alert.state.value,
        "level": alert.level.value,
        "zone": alert.zone,
        "incident": alert.incident,
        "threat": dict(alert.threat),
        "received_at": rfc3339(alert.received_at),
        "raised_at": rfc3339(alert.raised_at),
        "where": where(place),
        "needs": [_need(board, need) for need in alert.needs],
    }


def _need(board: Board, need: Need) -> Card:
    assignment = board.assignments.get(need.live[0]) if need.live else None
    return {
        "need": need.key,
        "institution": need.institution.value,
        "requires": list(need.requires),
        "state": need.state.value,
        "since": rfc3339(need.since),
        "offers": need.offers,
        "unit": assignment.unit if assignment else None,
        "assignment": assignment.id if assignment else None,
        "seen_by": rfc3339(assignment.seen_by) if assignment else None,
        "answer_by": rfc3339(assignment.answer_by) if assignment else None,
        "stamps": _stamps(assignment.stamps) if assignment else {},
        "why": asdict(assignment.why) if assignment else None,
        "why_text": why_text(need.institution, assignment.why) if assignment else None,
        "why_not": asdict(need.why_not) if need.why_not else None,
        "why_not_text": why_not_text(need.institution, need.why_not) if need.why_not else None,
        "retry_at": rfc3339(need.retry_at) if need.retry_at is not None else None,
        "alarm": _alarm(need.alarm) if need.alarm else None,
    }


def _alarm(alarm: Alarm) -> Card:
    return {
        "cause": alarm.cause,
        "raised_at": rfc3339(alarm.raised_at),
        "acknowledged_at": rfc3339(alarm.acknowledged_at) if alarm.acknowledged_at is not None else None,
        "acknowledged_by": alarm.acknowledged_by,
    }


def assignment_card(
    board: Board,
    assignment: Assignment,
    place: Mapping[str, Any] | None = None,
    told: Mapping[str, Any] | None = None,
) -> Card:
    """An assignment for its own unit. `place` and `told` (kind -> values, oldest first) show once it is accepted.

    A shelter is not told where the alert is: it waits for her, and her home is not its business.
    """
    alert = board.alerts[assignment.alert]
    need = alert.need(assignment.need)
    accepted = assignment.state in SERVED
    institution = need.institution if need else Institution.POLICE
    shelter = institution is Institution.SHELTER
    # How long the way is from a known door tells where she lives.
    why = replace(assignment.why, travel_s=None, distance_m=None) if shelter else assignment.why
    return {
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
        "offered_at": rfc3339(assignment.offered_at),
        "seen_by": rfc3339(assignment.seen_by),
        "answer_by": rfc3339(assignment.answer_by),
        "travel_s": why.travel_s,
        "why_text": why_text(institution, why),
        "stamps": _stamps(assignment.stamps),
        "where": dict(place) if place and accepted and not shelter else None,
        "told": dict(told or {}) if accepted else {},
    }


def wants_details(assignment: Assignment) -> bool:
    """Whether this assignment's card shows its unit personal data."""
    return assignment.state in SERVED


def unit_card(unit: Unit) -> Card:
    """A unit for those who run the desk, and for itself."""
    return {
        "card": "unit",
        "id": unit.code,
        "institution": unit.institution.value,
        "agency": unit.agency,
        "zone": unit.zone,
        "state": unit.state.value,
        "capacity": len(unit.slots),
        "free": unit.slots.count(UnitState.FREE),
        "capabilities": sorted(unit.capabilities),
        "sealed": unit.sealed,
        "crew": list(unit.crew),
        "holds": sorted(unit.held),
    }


def shows_position(unit: Unit) -> bool:
    """Whether consoles may see where the unit is: not a sealed one, nor one that has left with her."""
    return not (unit.sealed or unit.withheld)


def where(place: Point | None) -> Card | None:
    """A place as the wire writes it."""
    return {"lat": place.lat, "lon": place.lon} if place else None


def mine(board: Board, unit: str) -> list[Assignment]:
    """The live assignments of one unit, oldest first: all that it may see."""
    known = board.units.get(unit)
    found = [board.assignments[live] for live in known.held] if known else []
    return sorted(found, key=lambda assignment: (assignment.offered_at, assignment.id))


def _stamps(stamps: Mapping[str, float]) -> dict[str, str]:
    return {name: rfc3339(at) for name, at in stamps.items()}


_ONE: Mapping[Institution, str] = {
    Institution.POLICE: "patrol",
    Institution.PROSECUTOR: "prosecutor",
    Institution.SHELTER: "shelter",
}


def why_text(institution: Institution, why: Why) -> str:
    """The reason of a choice as a sentence: "nearest free patrol by road, 4 min 10 s; three nearer are busy"."""
    if why.rule == "by_hand":
        return "assigned by hand"
    how = {"road": " by road", "estimate": " by estimate"}.get(why.how, "")
    text = f"nearest free {_ONE[institution]}{how}"
    if why.travel_s is not None:
        text += f", {minutes(why.travel_s)}"
    if why.from_station and institution is not Institution.SHELTER:
        text += ", counted from its station"
    passed = [
        f"{_count(number)} nearer {reason}"
        for number, reason in (
            (why.nearer_busy, "busy"),
            (why.nearer_asked, "asked already"),
            (why.nearer_away, "out of reach"),
        )
        if number
    ]
    return "; ".join([text, *passed])


def why_not_text(institution: Institution, why_not: WhyNot) -> str:
    """The reasons nobody may be asked as a sentence."""
    if why_not.on_duty == 0:
        return f"no {_ONE[institution]} is on duty"
    reasons: Sequence[tuple[int, str]] = (
        (why_not.busy, "busy"),
        (why_not.asked, "asked already"),
        (why_not.away, "out of reach"),
        (why_not.lacking, "not fit for this need"),
    )
    said = ", ".join(f"{_count(number)} {reason}" for number, reason in reasons if number)
    return f"of {why_not.on_duty} on duty: {said}"


def minutes(seconds: float) -> str:
    """Seconds as people say them: `4 min 10 s`."""
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"


_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def _count(number: int) -> str:
    return _SMALL[number] if number < len(_SMALL) else str(number)
