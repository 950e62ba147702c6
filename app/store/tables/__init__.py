"""The tables. The board's own values stand as JSON beside the few columns that are constrained or queried."""

from .base import metadata
from .board import alerts, assignments, positions, units
from .people import attempts, challenges, one_time_secrets, passkeys, people, push_subscriptions, sessions, totp
from .records import answers, audit, centers, events
from .region import regions, unit_places, zones
from .sealed import alert_keys, details, household_alerts, households

__all__ = [
    "alert_keys",
    "alerts",
    "answers",
    "assignments",
    "attempts",
    "audit",
    "centers",
    "challenges",
    "details",
    "events",
    "household_alerts",
    "households",
    "metadata",
    "one_time_secrets",
    "passkeys",
    "people",
    "positions",
    "push_subscriptions",
    "regions",
    "sessions",
    "totp",
    "unit_places",
    "units",
    "zones",
]
