"""The tables. The board's own values stand as JSON beside the few columns that are constrained or queried."""

from .base import metadata
from .board import alerts, assignments, positions, units
from .people import people, sessions
from .records import answers, audit, centers, events
from .region import regions, unit_places, zones
from .sealed import alert_keys, break_glass, details, household_alerts, households

__all__ = [
    "alert_keys",
    "alerts",
    "answers",
    "assignments",
    "audit",
    "break_glass",
    "centers",
    "details",
    "events",
    "household_alerts",
    "households",
    "metadata",
    "people",
    "positions",
    "regions",
    "sessions",
    "unit_places",
    "units",
    "zones",
]
