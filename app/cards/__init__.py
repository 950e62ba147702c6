"""The one shape in which anything leaves: cards, whole and never changed in part, made for who looks.

A card for a unit hides where the alert is until a person of that unit has accepted. A sealed unit's place is in
no card: nobody here knows it. Times are seconds since 1970 UTC inside and RFC 3339 on the wire.
"""

from .arrival import as_told
from .for_desk import alert_card, shows_position, unit_card
from .for_units import assignment_card, wants_details, why_gone
from .shape import Card, where
from .words import minutes, why_not_text, why_text

__all__ = [
    "Card",
    "alert_card",
    "as_told",
    "assignment_card",
    "minutes",
    "shows_position",
    "unit_card",
    "wants_details",
    "where",
    "why_gone",
    "why_not_text",
    "why_text",
]
