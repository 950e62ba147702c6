"""Which part of what may be seen is shown to whom: kinds of details, and fields of cards. One place for all doors.

A field that is not for its reader is there and empty: whether something is hidden says nothing.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from app.dispatch.model import Institution

from .sessions import OF_UNITS, Role


class Kind(StrEnum):
    """Kinds of details."""

    PLACE = "place"
    """Where it is."""
    CALL_PLACE = "call_place"
    """Where somebody said it is who called for an alert that was open already; the alert stays where it is."""
    AVOID = "avoid"
    """Places of the aggressor."""
    CODE_WORDS = "code_words"
    """What she will say on cancelling. Compared and never shown: who could read them need not be told them."""
    CALLER = "caller"
    PEOPLE = "people"
    SAFE_CONTACT = "safe_contact"
    NOTE = "note"
    """What whoever goes there should know."""
    REMARK = "remark"
    """Why somebody at the desk did something by hand. It may say who is kept out, and stays at the desk."""
    GLASS_NOTE = "glass_note"
    """Why somebody broke glass, in their own words."""


class Audience(StrEnum):
    """For whom something is made: a role or, of people of units, what their unit is."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    COORDINATOR = "coordinator"
    AUDITOR = "auditor"
    ADMIN = "admin"
    CENTER = "center"
    PATROL = "patrol"
    PROSECUTOR = "prosecutor"
    SHELTER = "shelter"


_A, _K = Audience, Kind
OF_INSTITUTION: Mapping[Institution, Audience] = {
    Institution.POLICE: _A.PATROL,
    Institution.PROSECUTOR: _A.PROSECUTOR,
    Institution.SHELTER: _A.SHELTER,
}


def audience(role: Role, institution: Institution | None = None) -> Audience:
    """Who reads, by role; `institution` is that of the reader's unit, for people of units."""
    if role not in OF_UNITS:
        return Audience(role.value)
    return OF_INSTITUTION[institution or Institution.SHELTER]


_NOTHING: frozenset[Kind] = frozenset()
_AT_THE_DESK = frozenset(Kind) - {_K.CODE_WORDS, _K.GLASS_NOTE}
_THERE = _AT_THE_DESK - {_K.REMARK}
# A note is free text and may say where she lives, a caller may be her neighbour: a shelter reads neither.
_IN_A_SHELTER = frozenset({_K.PEOPLE, _K.SAFE_CONTACT})

DETAILS: Mapping[Audience, frozenset[Kind]] = {
    _A.OPERATOR: _AT_THE_DESK,
    _A.SUPERVISOR: _AT_THE_DESK,
    _A.COORDINATOR: _NOTHING,
    _A.AUDITOR: _NOTHING,
    _A.ADMIN: _NOTHING,
    _A.CENTER: _NOTHING,
    _A.PATROL: _THERE,
    _A.PROSECUTOR: _THERE,
    _A.SHELTER: _IN_A_SHELTER,
}
"""Kinds shown while `permissions` allows reading details: at the desk of alerts on the board, to a unit of what it
has accepted and is not over."""

UNDER_GLASS: Mapping[Audience, frozenset[Kind]] = {
    **DETAILS,
    _A.COORDINATOR: _AT_THE_DESK,
}
"""Kinds shown of an alert while the reader's own glass on it is open."""

IN_REVIEW: Mapping[Audience, frozenset[Kind]] = {_A.SUPERVISOR: frozenset({_K.GLASS_NOTE})}
"""Kinds shown to who reviews broken glass. An auditor sees who, when, which and the reason, and no free text."""

_DESK = frozenset({_A.OPERATOR, _A.SUPERVISOR})
_UNITS = frozenset({_A.PATROL, _A.PROSECUTOR, _A.SHELTER})
_GO_THERE = frozenset({_A.PATROL, _A.PROSECUTOR})

FIELDS: Mapping[str, Mapping[str, frozenset[Audience]]] = {
    "alert": {"where": _DESK},
    "unit": {"crew": _DESK | _UNITS, "holds": _DESK | _UNITS | {_A.COORDINATOR}},
    "assignment": {
        "where": _GO_THERE,
        # How long the way is from a known door tells where she lives.
        "travel_s": _GO_THERE,
        "screen": _GO_THERE,
        "order": frozenset({_A.PROSECUTOR}),
        "children": frozenset({_A.SHELTER}),
        "destination": frozenset({_A.PATROL}),
    },
    "entry": {"keep_out": _DESK, "avoid_zones": _DESK, "zones": _DESK},
}
"""Shape -> field -> who is shown it. A field not named here is for everybody who is shown the shape at all."""

_EMPTY: Mapping[str, Any] = {"screen": False, "destination": False, "crew": [], "holds": []}


def shows(shape: str, field: str, to: Audience) -> bool:
    """Whether this reader is shown this field."""
    return to in FIELDS[shape].get(field, {to})


def masked(shape: str, card: dict[str, Any], to: Audience) -> dict[str, Any]:
    """The card as this reader is shown it: fields of others are there and empty."""
    hidden = [field for field, readers in FIELDS[shape].items() if to not in readers and field in card]
    return {**card, **{field: _EMPTY.get(field) for field in hidden}}
