"""Flags of the insider rules, and how far the audit was looked through. Whoever looks holds the center's row."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import UUID, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.clock import rfc3339

from .tables import flags, watched


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One flag as it is kept; see the table. `note` is sealed."""

    id: str
    at: float
    rule: str
    person: str
    alert: str | None
    row: int
    looked_at: float
    said: Mapping[str, Any]
    review: str | None = None
    reviewed_by: str | None = None
    reviewed_at: float | None = None
    outcome: str | None = None
    note: bytes | None = None

    def told(self, logins: Mapping[str, str]) -> dict[str, Any]:
        """What an auditor is told of it: ids, codes and times. `logins`: person -> staff number."""
        return {
            "id": self.id,
            "at": rfc3339(self.at),
            "rule": self.rule,
            "person": self.person,
            "login": logins.get(self.person),
            "alert": self.alert,
            "row": self.row,
            "looked_at": rfc3339(self.looked_at),
            "said": dict(self.said),
            "outcome": self.outcome,
        }


_FLAG = tuple(column for column in flags.c if column.name not in {"center", "key_id"})

Place = tuple[bool, float, str]
"""Where a flag stands in the queue: whether it is open, when it was flagged, its id."""


async def claim(connection: AsyncConnection, center: str) -> int | None:
    """Up to which row of the audit was looked, kept from everybody else until the transaction ends.

    None: somebody else is looking.
    """
    await connection.execute(insert(watched).values(center=center, row=0).on_conflict_do_nothing())
    found = await connection.execute(
        select(watched.c.row).where(watched.c.center == center).with_for_update(skip_locked=True)
    )
    return found.scalar_one_or_none()


async def move(connection: AsyncConnection, center: str, row: int) -> None:
    """It was looked through up to this row."""
    await connection.execute(update(watched).where(watched.c.center == center).values(row=row))


async def add(connection: AsyncConnection, center: str, found: Sequence[Flag]) -> int:
    """Keep what was found; what is flagged already stays as it is. Returns how many are new."""
    if not found:
        return 0
    rows = [
        {
            "id": flag.id,
            "center": center,
            "at": flag.at,
            "rule": flag.rule,
            "person": flag.person,
            "alert": flag.alert,
            "row": flag.row,
            "looked_at": flag.looked_at,
            "said": dict(flag.said),
        }
        for flag in found
    ]
    added = await connection.execute(insert(flags).values(rows).on_conflict_do_nothing().returning(flags.c.id))
    return len(added.all())


async def lately(connection: AsyncConnection, center: str, people: Collection[str], since: float) -> list[Flag]:
    """What was flagged of these people for looks since then, in the order of the looks."""
    rows = await connection.execute(
        select(*_FLAG)
        .where(flags.c.center == center, flags.c.person.in_(list(people)), flags.c.looked_at > since)
        .order_by(flags.c.looked_at, flags.c.row)
    )
    return [Flag(**row._mapping) for row in rows]


_QUEUE = (flags.c.reviewed_at.is_(None).desc(), flags.c.at.desc(), flags.c.id.desc())


async def page(
    connection: AsyncConnection, center: str, limit: int, *, only_open: bool = False, after: Place | None = None
) -> list[Flag]:
    """The queue: open flags first, and of each kind the newest first; those that stand behind `after`."""
    wanted = select(*_FLAG).where(flags.c.center == center)
    if only_open:
        wanted = wanted.where(flags.c.reviewed_at.is_(None))
    if after is not None:
        is_open, at, flag = after
        place = tuple_(literal(is_open), literal(at), literal(flag, UUID(as_uuid=False)))
        wanted = wanted.where(tuple_(flags.c.reviewed_at.is_(None), flags.c.at, flags.c.id) < place)
    rows = await connection.execute(wanted.order_by(*_QUEUE).limit(limit))
    return [Flag(**row._mapping) for row in rows]


async def one(connection: AsyncConnection, center: str, flag: str, *, hold: bool = False) -> Flag | None:
    """The flag of that id, or None; `hold` keeps it from everybody else until the transaction ends."""
    wanted = select(*_FLAG).where(flags.c.center == center, flags.c.id == flag)
    row = (await connection.execute(wanted.with_for_update() if hold else wanted)).first()
    return Flag(**row._mapping) if row else None


async def review(
    connection: AsyncConnection, flag: str, *, command: str, by: str, at: float, outcome: str, note: bytes | None
) -> None:
    """Somebody has looked into it, and says what it was."""
    await connection.execute(
        update(flags)
        .where(flags.c.id == flag)
        .values(review=command, reviewed_by=by, reviewed_at=at, outcome=outcome, note=note)
    )


async def count_open(connection: AsyncConnection, center: str) -> int:
    """How many flags nobody has reviewed."""
    found = await connection.execute(
        select(func.count()).where(flags.c.center == center, flags.c.reviewed_at.is_(None))
    )
    return found.scalar_one()
