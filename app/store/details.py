"""Sealed personal data: rows in, rows out. Who reads for a person writes an audit row in the same transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from .rows import DetailRow
from .tables import alert_keys, answers, details


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What is sealed of one alert: its wrapped key, None once it is erased, and the rows, oldest first."""

    wrapped: bytes | None
    rows: tuple[DetailRow, ...]


async def read(
    connection: AsyncConnection, center: str, alerts: Sequence[str], kinds: Sequence[str] | None = None
) -> dict[str, Sealed]:
    """The sealed rows of these alerts of the center, of these kinds or of all; unknown alerts are left out."""
    keys = await connection.execute(
        select(alert_keys.c.alert, alert_keys.c.wrapped).where(
            alert_keys.c.center == center, alert_keys.c.alert.in_(list(alerts))
        )
    )
    wrapped = {row.alert: row.wrapped for row in keys}
    # Commands of one commit, or of a machine whose clock is behind, have one time: the log's number decides.
    said_at = answers.c.receipt["seq"].astext.cast(BigInteger).nulls_first()
    query = (
        select(details)
        .outerjoin(
            answers,
            (answers.c.center == details.c.center) & (answers.c.command == func.split_part(details.c.id, "/", 1)),
        )
        .where(details.c.center == center, details.c.alert.in_(list(alerts)))
    )
    if kinds is not None:
        query = query.where(details.c.kind.in_(list(kinds)))
    found: dict[str, list[DetailRow]] = {alert: [] for alert in wrapped}
    for row in await connection.execute(query.order_by(details.c.at, said_at, details.c.id)):
        found[row.alert].append(
            DetailRow(id=row.id, alert=row.alert, kind=row.kind, at=row.at, by=row.by, sealed=row.sealed)
        )
    return {alert: Sealed(wrapped=wrapped[alert], rows=tuple(rows)) for alert, rows in found.items()}
