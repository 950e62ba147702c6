"""Reads of the log and of what left the board: timelines, reports, lists."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Text, cast, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.dispatch.events import AssignmentEvent, Entry
from app.dispatch.evolve import LETS_GO

from .rows import entry_from
from .tables import alerts, assignments, events

_ENTRY = (
    events.c.seq,
    events.c.at,
    events.c.by,
    events.c.command,
    events.c.at_device,
    events.c.kind,
    cast(events.c.body, Text).label("body"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertHead:
    """What is known of any alert without its log."""

    id: str
    folio: str
    state: str
    raised_at: float


async def alert_head(connection: AsyncConnection, center: str, alert: str) -> AlertHead | None:
    """The alert of this center with that id, open or not; None where there is none."""
    row = (
        await connection.execute(
            select(alerts.c.id, alerts.c.folio, alerts.c.state, alerts.c.raised_at).where(
                alerts.c.center == center, alerts.c.id == alert
            )
        )
    ).first()
    return AlertHead(**row._mapping) if row else None


async def alert_heads(connection: AsyncConnection, center: str, limit: int) -> list[AlertHead]:
    """The newest alerts of the center, at most `limit`."""
    rows = await connection.execute(
        select(alerts.c.id, alerts.c.folio, alerts.c.state, alerts.c.raised_at)
        .where(alerts.c.center == center)
        .order_by(alerts.c.raised_at.desc(), alerts.c.id)
        .limit(limit)
    )
    return [AlertHead(**row._mapping) for row in rows]


async def known_alerts(connection: AsyncConnection, center: str, ids: Sequence[str]) -> set[str]:
    """Those of these ids that are alerts of the center, open or not."""
    rows = await connection.execute(
        select(alerts.c.id).where(alerts.c.center == center, alerts.c.id.in_(list(ids)))
    )
    return {row.id for row in rows}


async def story(connection: AsyncConnection, center: str, alert: str) -> list[Entry]:
    """Every entry of one alert, in order."""
    rows = await connection.execute(
        select(*_ENTRY).where(events.c.center == center, events.c.alert == alert).order_by(events.c.seq)
    )
    return [entry_from(row._mapping) for row in rows]


LATE_S_MAX = 86_400.0
"""A call is raised as an alert within a day of its coming."""


async def stories(connection: AsyncConnection, center: str, start: float, end: float) -> list[Entry]:
    """Every entry of the alerts whose call can have come from `start` to before `end`, in order.

    Selected by when they were raised (seconds since 1970 UTC), so there are more; `Period.of` leaves them out.
    """
    raised = select(alerts.c.id).where(
        alerts.c.center == center, alerts.c.raised_at >= start, alerts.c.raised_at < end + LATE_S_MAX
    )
    rows = await connection.execute(
        select(*_ENTRY).where(events.c.center == center, events.c.alert.in_(raised)).order_by(events.c.seq)
    )
    return [entry_from(row._mapping) for row in rows]


async def open_stories(connection: AsyncConnection, center: str) -> list[Entry]:
    """Every entry of the alerts that are on the board, in order."""
    on_board = select(alerts.c.id).where(alerts.c.center == center, alerts.c.on_board)
    rows = await connection.execute(
        select(*_ENTRY).where(events.c.center == center, events.c.alert.in_(on_board)).order_by(events.c.seq)
    )
    return [entry_from(row._mapping) for row in rows]


async def over_since(connection: AsyncConnection, center: str, unit: str, seq: int) -> list[AssignmentEvent]:
    """What ended each of the unit's assignments that came to their end after entry `seq`, in order."""
    live = select(cast(assignments.c.id, Text)).where(
        assignments.c.center == center, assignments.c.unit == unit, assignments.c.live
    )
    rows = await connection.execute(
        select(*_ENTRY)
        .where(
            events.c.center == center,
            events.c.unit == unit,
            events.c.seq > seq,
            events.c.kind.in_(ENDS),
            events.c.body["assignment"].astext.not_in(live),
        )
        .order_by(events.c.seq)
    )
    ended = (entry_from(row._mapping).event for row in rows)
    return [event for event in ended if isinstance(event, AssignmentEvent)]


ENDS = tuple(kind.__name__ for kind in LETS_GO)
"""The kinds of event after which an assignment is over."""
