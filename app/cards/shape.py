"""How times and places look on every card."""

from collections.abc import Mapping
from typing import Any

from app.clock import rfc3339
from app.geo.point import Point

Card = dict[str, Any]


def where(place: Point | None) -> Card | None:
    """A place as the wire writes it."""
    return {"lat": place.lat, "lon": place.lon} if place else None


def time(at: float | None) -> str | None:
    """A time as the wire writes it."""
    return None if at is None else rfc3339(at)


def stamps_shape(stamps: Mapping[str, float]) -> dict[str, str]:
    """Each step with its time."""
    return {name: rfc3339(at) for name, at in stamps.items()}


def order_shape(order_by: float | None, outcome: str | None, at: float) -> Card | None:
    """The protection order of an alert as it stood at `at`; None where none is due."""
    if order_by is None:
        return None
    return {"due_at": rfc3339(order_by), "outcome": outcome, "late": outcome is None and at > order_by}
