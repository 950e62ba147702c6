"""Glass that was broken: rows in, rows out. The note of one is sealed, and opens only with its alert's key."""

from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from .commit import BELL
from .tables import break_glass, people

GLASS = "glass"
"""What the bell says after glass was broken, or one was acknowledged."""

BROKEN, ACKNOWLEDGED, REVIEWED = "glass", "glass acknowledged", "glass reviewed"
"""What the audit says of it; `db verify` holds the table against that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GlassRow:
    """One. Times are seconds since 1970 UTC; `login` and `role` are its person's."""

    id: str
    alert: str
    person: str
    login: str
    role: str
    reason: str
    note: bytes
    opened_at: float
    until: float
    acknowledged_at: float | None
    acknowledged_by: str | None
    reviewed_at: float | None
    reviewed_by: str | None
    outcome: str | None


_ROWS = (
    select(
        break_glass.c.id,
        break_glass.c.alert,
        break_glass.c.person,
        people.c.login,
        people.c.role,
        break_glass.c.reason,
        break_glass.c.note,
        break_glass.c.opened_at,
        break_glass.c.until,
        break_glass.c.acknowledged_at,
        break_glass.c.acknowledged_by,
        break_glass.c.reviewed_at,
        break_glass.c.reviewed_by,
        break_glass.c.outcome,
    )
    .join(people, people.c.id == break_glass.c.person)
    .order_by(break_glass.c.opened_at.desc(), break_glass.c.id)
)


async def add(
    connection: AsyncConnection,
    center: str,
    *,
    glass: str,
    alert: str,
    person: str,
    reason: str,
    note: bytes,
    at: float,
    until: float,
) -> bool:
    """Keep it, and ring the bell with the commit; False if there is one of that id."""
    written = await connection.execute(
        upsert(break_glass)
        .values(
            id=glass,
            center=center,
            alert=alert,
            person=person,
            reason=reason,
            note=note,
            opened_at=at,
            until=until,
        )
        .on_conflict_do_nothing()
    )
    await ring(connection, center)
    return written.rowcount == 1


async def ring(connection: AsyncConnection, center: str) -> None:
    """Tell every process that there is something to look at, or not any more."""
    await connection.execute(select(func.pg_notify(BELL, f"{center}:{GLASS}")))


async def one(connection: AsyncConnection, center: str, glass: str) -> GlassRow | None:
    """The one of that id, or None."""
    row = (
        await connection.execute(_ROWS.where(break_glass.c.center == center, break_glass.c.id == glass))
    ).first()
    return GlassRow(**row._mapping) if row else None


async def standing(connection: AsyncConnection, center: str, person: str, alert: str, at: float) -> str | None:
    """The id of the person's glass on this alert that is open at `at`, the newest; None where there is none."""
    row = (
        await connection.execute(
            select(break_glass.c.id)
            .where(
                break_glass.c.center == center,
                break_glass.c.person == person,
                break_glass.c.alert == alert,
                break_glass.c.opened_at <= at,
                break_glass.c.until > at,
            )
            .order_by(break_glass.c.opened_at.desc())
            .limit(1)
        )
    ).first()
    return row.id if row else None


async def unacknowledged(connection: AsyncConnection, center: str) -> list[GlassRow]:
    """Those that no supervisor has taken notice of, newest first."""
    rows = await connection.execute(
        _ROWS.where(break_glass.c.center == center, break_glass.c.acknowledged_at.is_(None))
    )
    return [GlassRow(**row._mapping) for row in rows]


async def queue(connection: AsyncConnection, center: str, *, unreviewed: bool, limit: int) -> list[GlassRow]:
    """The newest, at most `limit`; only those nobody has reviewed, or all."""
    query = _ROWS.where(break_glass.c.center == center).limit(limit)
    rows = await connection.execute(query.where(break_glass.c.reviewed_at.is_(None)) if unreviewed else query)
    return [GlassRow(**row._mapping) for row in rows]


async def acknowledge(connection: AsyncConnection, glass: str, by: str, at: float) -> None:
    """Somebody has taken notice; the first counts."""
    await connection.execute(
        update(break_glass)
        .where(break_glass.c.id == glass, break_glass.c.acknowledged_at.is_(None))
        .values(acknowledged_at=at, acknowledged_by=by)
    )


async def review(connection: AsyncConnection, glass: str, by: str, outcome: str, at: float) -> bool:
    """Somebody has judged it; False if somebody had before."""
    done = await connection.execute(
        update(break_glass)
        .where(break_glass.c.id == glass, break_glass.c.reviewed_at.is_(None))
        .values(reviewed_at=at, reviewed_by=by, outcome=outcome)
    )
    return done.rowcount == 1
