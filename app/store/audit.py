"""Who was shown what, and who was told that they may not: one row each, in the transaction of the read itself."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.security import chain

from .tables import audit, chains

_APPEND = text("""
WITH head AS (
  UPDATE chains
  SET seq = seq + 1, hash = sha256(hash || sha256(convert_to('[' || seq + 1 || ',' || :rest, 'UTF8')))
  WHERE center = :center AND name = 'audit' RETURNING seq, hash
)
INSERT INTO audit (center, seq, at, by, what, alert, unit, count, said, hash)
SELECT :center, seq, CAST(:at AS float8), :by, :what, CAST(:alert AS uuid), :unit, CAST(:count AS integer),
  CAST(:said AS json), hash FROM head""")
"""Who appends holds the chain's row until their transaction ends. It is not the center's row: no read holds up the
desk."""


class AuditLost(AssertionError):
    """The audit of this center has no chain to be written to, so nothing may be read."""


async def begin(connection: AsyncConnection, center: str) -> None:
    """Let a new center's audit begin; one that has begun is left as it is."""
    start = {"center": center, "name": chain.AUDIT, "seq": 0, "hash": chain.genesis(chain.AUDIT, center)}
    await connection.execute(upsert(chains).values(start).on_conflict_do_nothing())


async def write(
    connection: AsyncConnection,
    center: str,
    *,
    at: float,
    by: str,
    what: str,
    alert: str | None = None,
    unit: str | None = None,
    count: int = 1,
    said: Mapping[str, str] | None = None,
) -> None:
    """One row: who (`by`, a person's id) looked at what, when (seconds since 1970 UTC), and at how many.

    `said` holds codes and ids that belong to it, never what was shown. Raises AuditLost.
    """
    about, told = chain.one_way(alert), chain.said_text(said)
    row = {"center": center, "at": float(at), "by": by, "what": what, "alert": about, "unit": unit}
    row |= {"count": count, "said": told}
    rest = chain.audit_rest(center, float(at), by, what, about, unit, count, told)
    written = await connection.execute(_APPEND, {**row, "rest": rest})
    if written.rowcount != 1:
        raise AuditLost(center)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One row as it is written; `row` is its number in the center."""

    row: int
    at: float
    by: str
    what: str
    alert: str | None
    unit: str | None
    count: int
    said: Mapping[str, Any] | None


_number = audit.c.seq
"""What numbers the rows; nothing else may know."""
_PUSHED = "console"
"""Places that were sent to an open console: nobody asked for them, and there are very many."""


def _rows(center: str) -> Select[Any]:
    return select(
        _number.label("row"),
        audit.c.at,
        audit.c.by,
        audit.c.what,
        audit.c.alert,
        audit.c.unit,
        audit.c.count,
        audit.c.said,
    ).where(audit.c.center == center)


async def after(connection: AsyncConnection, center: str, cursor: int, limit: int) -> list[AuditRow]:
    """The rows after number `cursor`, in order, at most `limit`."""
    found = await connection.execute(_rows(center).where(cursor < _number).order_by(_number).limit(limit))
    return [_row(row) for row in found]


async def by_people(
    connection: AsyncConnection, center: str, people: Collection[str], since: float, until: float
) -> list[AuditRow]:
    """What these people have read since then and until then (seconds since 1970 UTC), in order."""
    found = await connection.execute(
        _rows(center)
        .where(audit.c.by.in_(list(people)), audit.c.at > since, audit.c.at <= until, audit.c.what != _PUSHED)
        .order_by(_number)
    )
    return [_row(row) for row in found]


async def of_alerts(
    connection: AsyncConnection, center: str, alerts: Collection[str], since: float, until: float
) -> list[AuditRow]:
    """Who has read these alerts since then and until then, in order."""
    found = await connection.execute(
        _rows(center)
        .where(audit.c.alert.in_(list(alerts)), audit.c.at > since, audit.c.at <= until)
        .order_by(_number)
    )
    return [_row(row) for row in found]


async def page(
    connection: AsyncConnection,
    center: str,
    limit: int,
    *,
    by: str | None = None,
    alert: str | None = None,
    since: float | None = None,
    until: float | None = None,
    before: int | None = None,
) -> list[AuditRow]:
    """The newest rows first: of one reader, of one alert, in one time, before one number; at most `limit`."""
    wanted = _rows(center)
    if by is not None:
        wanted = wanted.where(audit.c.by == by)
    if alert is not None:
        wanted = wanted.where(audit.c.alert == alert)
    if since is not None:
        wanted = wanted.where(audit.c.at >= since)
    if until is not None:
        wanted = wanted.where(audit.c.at < until)
    if before is not None:
        wanted = wanted.where(before > _number)
    found = await connection.execute(wanted.order_by(_number.desc()).limit(limit))
    return [_row(row) for row in found]


async def around(
    connection: AsyncConnection, center: str, row: int, within_s: float, limit: int
) -> list[AuditRow]:
    """The row of that number and, in order, what the same person read, or was read of the same alert, near it.

    `within_s`: seconds before and after. The nearest rows are kept where there are more than `limit`.
    """
    middle = (await connection.execute(_rows(center).where(_number == row))).first()
    if middle is None:
        return []
    same = audit.c.by == middle.by
    if middle.alert is not None:
        same |= audit.c.alert == middle.alert
    near = _rows(center).where(
        same, audit.c.at >= middle.at - within_s, audit.c.at <= middle.at + within_s, audit.c.what != _PUSHED
    )
    before = await connection.execute(near.where(row >= _number).order_by(_number.desc()).limit(limit // 2 + 1))
    later = await connection.execute(near.where(row < _number).order_by(_number).limit(limit // 2))
    return [*reversed([_row(each) for each in before]), *(_row(each) for each in later)]


def _row(row: Row[Any]) -> AuditRow:
    return AuditRow(**row._mapping)
