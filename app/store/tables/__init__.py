"""The tables. The board's own values stand as JSON beside the few columns that are constrained or queried."""

from .base import metadata
from .board import alerts, assignments, units
from .histories import histories, history_cases
from .insiders import flags, staff_households, watched
from .passing import lines, marks, positions, processes
from .people import attempts, challenges, one_time_secrets, passkeys, people, push_subscriptions, sessions, totp
from .records import answers, audit, centers, chains, checkpoints, events
from .region import regions, unit_places, zones
from .sealed import (
    alert_keys,
    break_glass,
    center_keys,
    details,
    household_alerts,
    households,
    legal_holds,
    retention_runs,
)

__all__ = [
    "alert_keys",
    "alerts",
    "answers",
    "assignments",
    "attempts",
    "audit",
    "break_glass",
    "center_keys",
    "centers",
    "chains",
    "challenges",
    "checkpoints",
    "details",
    "events",
    "flags",
    "histories",
    "history_cases",
    "household_alerts",
    "households",
    "legal_holds",
    "lines",
    "marks",
    "metadata",
    "one_time_secrets",
    "passkeys",
    "people",
    "positions",
    "processes",
    "push_subscriptions",
    "regions",
    "retention_runs",
    "sessions",
    "staff_households",
    "totp",
    "unit_places",
    "units",
    "watched",
    "zones",
]
