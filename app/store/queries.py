"""Reads of the log and of what left the board: timelines, reports, lists."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import ARRAY, UUID, Text, any_, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.dispatch import events as e
from app.dispatch.events import AssignmentEvent, CrewJoined, DutyEnded, DutyStarted, Entry
from app.dispatch.evolve import LETS_GO
from app.dispatch.model import KeepOut

from .chained import LogRow
from .rows import entry_from
from .tables import alert_keys, alerts, assignments, centers, events

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
    """What is known of any alert without its log. `erased_at`: since when its details are gone."""

    id: str
    folio: str
    state: str
    raised_at: float
    erased_at: float | None = None


async def alert_head(connection: AsyncConnection, center: str, alert: str) -> AlertHead | None:
    """The alert of this center with that id, open or not; None where there is none."""
    row = (
        await connection.execute(
            select(alerts.c.id, alerts.c.folio, alerts.c.state, alerts.c.raised_at, alert_keys.c.erased_at)
            .outerjoin(alert_keys, alert_keys.c.alert == alerts.c.id)
            .where(alerts.c.center == center, alerts.c.id == alert)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Who may have to do with an alert, open or not: who is kept out of it, and which units have accepted it."""

    keep_out: KeepOut = field(default_factory=KeepOut)
    accepted_by: frozenset[str] = frozenset()


_BOUNDING = (e.AlertRaised, e.KeptOut, e.AlertMerged, e.Accepted)


async def bounds(connection: AsyncConnection, center: str, alerts: Collection[str]) -> dict[str, Bounds]:
    """The bounds of each of these alerts, by the log: with who is kept out of what goes on for it."""
    found = await _bounds(connection, center, alerts)
    into = {one: event.into for one, (_, event) in found.items() if event is not None}
    goes_on = await _bounds(connection, center, set(into.values())) if into else {}
    return {
        one: replace(known, keep_out=known.keep_out | goes_on[into[one]][0].keep_out)
        if into.get(one) in goes_on
        else known
        for one, (known, _) in found.items()
    }


async def _bounds(
    connection: AsyncConnection, center: str, alerts: Collection[str]
) -> dict[str, tuple[Bounds, e.AlertMerged | None]]:
    rows = await connection.execute(
        select(*_ENTRY)
        .where(
            events.c.center == center,
            events.c.alert == any_(literal(list(alerts), ARRAY(UUID(as_uuid=False)))),
            events.c.kind.in_([kind.__name__ for kind in _BOUNDING]),
        )
        .order_by(events.c.seq)
    )
    found: dict[str, tuple[Bounds, e.AlertMerged | None]] = {one: (Bounds(), None) for one in alerts}
    for row in rows:
        event = entry_from(row._mapping).event
        match event:
            case e.AlertRaised() | e.KeptOut():
                known, merged = found[event.alert]
                found[event.alert] = replace(known, keep_out=known.keep_out | event.keep_out), merged
            case e.Accepted():
                known, merged = found[event.alert]
                found[event.alert] = replace(known, accepted_by=known.accepted_by | {event.unit}), merged
            case e.AlertMerged():
                found[event.alert] = found[event.alert][0], event
            case _:
                pass
    return found


async def is_elsewhere(connection: AsyncConnection, center: str, alert: str) -> bool:
    """Whether another center has an alert of that id: then who asked for it here was refused it."""
    found = await connection.execute(select(alerts.c.id).where(alerts.c.id == alert, alerts.c.center != center))
    return found.first() is not None


async def is_anothers(connection: AsyncConnection, center: str, assignment: str, unit: str) -> bool:
    """Whether the assignment is, or was, another unit's."""
    row = (
        await connection.execute(
            select(assignments.c.center, assignments.c.unit).where(assignments.c.id == assignment)
        )
    ).first()
    return row is not None and (row.center, row.unit) != (center, unit)


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


async def stories_of(connection: AsyncConnection, center: str, ids: Collection[str]) -> list[Entry]:
    """Every entry of these alerts, in order."""
    these = any_(literal(list(ids), ARRAY(UUID(as_uuid=False))))
    rows = await connection.execute(
        select(*_ENTRY).where(events.c.center == center, events.c.alert == these).order_by(events.c.seq)
    )
    return [entry_from(row._mapping) for row in rows]


async def duty_of(connection: AsyncConnection, center: str, unit: str, since: float, until: float) -> list[Entry]:
    """What the log says of a unit's shifts until then, in order, from the one on which it was since then."""
    of_unit = (events.c.center == center) & (events.c.unit == unit)
    first = (
        select(events.c.seq)
        .where(of_unit, events.c.kind == DutyStarted.__name__, events.c.at <= since)
        .order_by(events.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = await connection.execute(
        select(*_ENTRY)
        .where(of_unit, events.c.kind.in_(_DUTY), events.c.at <= until, events.c.seq >= func.coalesce(first, 0))
        .order_by(events.c.seq)
    )
    return [entry_from(row._mapping) for row in rows]


_DUTY = tuple(kind.__name__ for kind in (DutyStarted, CrewJoined, DutyEnded))


async def log_rows(connection: AsyncConnection, center: str, first: int, last: int) -> list[LogRow]:
    """The rows of the log from `first` to `last`, whatever they are about, as they were hashed."""
    rows = await connection.execute(
        select(*_ENTRY, events.c.alert, events.c.unit, events.c.seals, events.c.hash)
        .where(events.c.center == center, events.c.seq.between(first, last))
        .order_by(events.c.seq)
    )
    return [LogRow(**row._mapping) for row in rows]


async def center_ids(connection: AsyncConnection) -> set[str]:
    """Every center of the database."""
    return set(await connection.scalars(select(centers.c.id)))


async def last_seq(connection: AsyncConnection, center: str) -> int:
    """The number of the log's last entry; 0 where the center has none."""
    seq = await connection.scalar(select(centers.c.last_seq).where(centers.c.id == center))
    return seq or 0


async def alert_entries(connection: AsyncConnection, center: str, seq: int, limit: int) -> list[Entry]:
    """The entries about alerts after entry `seq`, in order, at most `limit`."""
    rows = await connection.execute(
        select(*_ENTRY)
        .where(events.c.center == center, events.c.seq > seq, events.c.alert.is_not(None))
        .order_by(events.c.seq)
        .limit(limit)
    )
    return [entry_from(row._mapping) for row in rows]


async def raised(connection: AsyncConnection, center: str, start: float, before: float) -> list[str]:
    """The ids of the alerts raised from `start` to before `before`, oldest first; seconds since 1970 UTC."""
    rows = await connection.execute(
        select(cast(alerts.c.id, Text))
        .where(alerts.c.center == center, alerts.c.raised_at >= start, alerts.c.raised_at < before)
        .order_by(alerts.c.raised_at, alerts.c.id)
    )
    return [row.id for row in rows]


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
