"""Imported histories: kept whole or not at all, read by their place on the calendar, taken away whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from .tables import histories, history_cases

_AT_ONCE = 5_000
"""Cases in one statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One import. Times are seconds since 1970 UTC."""

    name: str
    digest: str
    imported_at: float
    since: float
    until: float
    map: Mapping[str, Any]
    counts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """One case of an import."""

    id: str
    began: float
    body: Mapping[str, Any]


async def add(connection: AsyncConnection, center: str, row: HistoryRow, cases: Sequence[CaseRow]) -> bool:
    """Store it; False, and nothing is changed, where the center has one of that name."""
    values = {
        "center": center,
        "name": row.name,
        "digest": row.digest,
        "imported_at": row.imported_at,
        "since": row.since,
        "until": row.until,
        "map": row.map,
        "counts": row.counts,
    }
    made = await connection.execute(
        upsert(histories).values(values).on_conflict_do_nothing().returning(histories.c.name)
    )
    if made.first() is None:
        return False
    for at in range(0, len(cases), _AT_ONCE):
        part = [
            {"center": center, "history": row.name, "id": case.id, "began": case.began, "body": case.body}
            for case in cases[at : at + _AT_ONCE]
        ]
        await connection.execute(insert(history_cases), part)
    return True


async def every(connection: AsyncConnection, center: str) -> list[HistoryRow]:
    """Every import of the center, by name."""
    rows = await connection.execute(
        select(histories).where(histories.c.center == center).order_by(histories.c.name)
    )
    return [
        HistoryRow(
            name=row.name,
            digest=row.digest,
            imported_at=row.imported_at,
            since=row.since,
            until=row.until,
            map=row.map,
            counts=row.counts,
        )
        for row in rows
    ]


async def cases(connection: AsyncConnection, center: str, name: str, start: float, end: float) -> list[CaseRow]:
    """The cases that began from `start` up to, not including, `end`, in that order."""
    table = history_cases.c
    rows = await connection.execute(
        select(table.id, table.began, table.body)
        .where(table.center == center, table.history == name, table.began >= start, table.began < end)
        .order_by(table.began, table.id)
    )
    return [CaseRow(id=row.id, began=row.began, body=row.body) for row in rows]


async def remove(connection: AsyncConnection, center: str, name: str) -> bool:
    """Take one away with all its cases; False where there is none."""
    gone = await connection.execute(
        delete(histories).where(histories.c.center == center, histories.c.name == name).returning(histories.c.name)
    )
    return gone.first() is not None
