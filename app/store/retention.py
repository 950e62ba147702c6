"""How long details are kept, as it is stored: the book of it, alerts that have ended, who does today's round."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from .tables import alert_keys, alerts, centers, events, legal_holds, retention_runs

Page = tuple[float, Mapping[str, Any]]
"""From when (seconds since 1970 UTC), and what differs from the defaults."""

CLOSED, CANCELLED, MERGED = ENDS = ("AlertClosed", "AlertCancelled", "AlertMerged")
"""The events by which an alert ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How and when an alert ended whose details are there: `code` is the disposition, or the reason."""

    alert: str
    at: float
    kind: str
    code: str


async def pages(connection: AsyncConnection, center: str) -> list[Page]:
    """Every page of the center's book, oldest first; none where the defaults always counted."""
    found = (await connection.execute(select(centers.c.retention).where(centers.c.id == center))).scalar_one()
    return [(float(page["from"]), page["keep"]) for page in found]


async def set_pages(connection: AsyncConnection, center: str, book: Sequence[Page]) -> None:
    """This is the center's book now."""
    written = [{"from": begins, "keep": dict(page)} for begins, page in sorted(book, key=lambda page: page[0])]
    await connection.execute(update(centers).where(centers.c.id == center).values(retention=written))


async def endings(
    connection: AsyncConnection, center: str, *, until: float, after: tuple[float, str], limit: int
) -> list[Ending]:
    """Alerts that ended until then, are off the board, not held and not erased; in order, `after` (time, id)."""
    held = exists().where(legal_holds.c.alert == alert_keys.c.alert)
    rows = await connection.execute(
        select(
            alert_keys.c.alert,
            events.c.at,
            events.c.kind,
            func.coalesce(events.c.body["disposition"].astext, events.c.body["reason"].astext, "").label("code"),
        )
        .join(alerts, (alerts.c.id == alert_keys.c.alert) & alerts.c.on_board.is_(False))
        .join(events, (events.c.center == alert_keys.c.center) & (events.c.alert == alert_keys.c.alert))
        .where(
            alert_keys.c.center == center,
            alert_keys.c.wrapped.is_not(None),
            events.c.kind.in_(ENDS),
            events.c.at <= until,
            tuple_(events.c.at, alert_keys.c.alert) > after,
            ~held,
        )
        .order_by(events.c.at, alert_keys.c.alert)
        .limit(limit)
    )
    return [Ending(**row._mapping) for row in rows]


async def claim(connection: AsyncConnection, center: str, day: str, *, at: float, lease_s: float) -> bool:
    """Take on the round of that day; False where somebody has, and has not fallen silent for `lease_s`."""
    fresh = insert(retention_runs).values(center=center, day=day, claimed_at=at)
    done = await connection.execute(
        fresh.on_conflict_do_update(
            index_elements=["center", "day"],
            set_={"claimed_at": at},
            where=retention_runs.c.ended_at.is_(None) & (retention_runs.c.claimed_at < at - lease_s),
        )
    )
    return done.rowcount == 1


async def end(connection: AsyncConnection, center: str, day: str, *, at: float, erased: int) -> None:
    """The round of that day is done."""
    await connection.execute(
        update(retention_runs)
        .where(retention_runs.c.center == center, retention_runs.c.day == day)
        .values(ended_at=at, erased=erased)
    )
