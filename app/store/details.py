"""Sealed personal data: rows in, rows out. Who reads for a person writes an audit row in the same transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ARRAY, UUID, BigInteger, Text, any_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from .rows import DetailRow
from .tables import alert_keys, answers, details


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What is sealed of one alert: its wrapped key, None once it is erased, and the rows, oldest first."""

    wrapped: bytes | None
    rows: tuple[DetailRow, ...]


# Built once: every cancellation and every accepted assignment reads.
_ALERTS = bindparam("alerts", type_=ARRAY(UUID(as_uuid=False)))
_KEYS = select(alert_keys.c.alert, alert_keys.c.wrapped).where(
    alert_keys.c.center == bindparam("of"), alert_keys.c.alert == any_(_ALERTS)
)
_ROWS = (
    select(details)
    .outerjoin(
        answers,
        (answers.c.center == details.c.center) & (answers.c.command == func.split_part(details.c.id, "/", 1)),
    )
    .where(details.c.center == bindparam("of"), details.c.alert == any_(_ALERTS))
    # Commands of one commit, or of a machine whose clock is behind, have one time: the log's number decides.
    .order_by(details.c.at, answers.c.receipt["seq"].astext.cast(BigInteger).nulls_first(), details.c.id)
)
_ROWS_OF_KINDS = _ROWS.where(details.c.kind == any_(bindparam("kinds", type_=ARRAY(Text))))


async def read(
    connection: AsyncConnection, center: str, alerts: Sequence[str], kinds: Sequence[str] | None = None
) -> dict[str, Sealed]:
    """The sealed rows of these alerts of the center, of these kinds or of all; unknown alerts are left out."""
    which = {"of": center, "alerts": list(alerts)}
    wrapped = {row.alert: row.wrapped for row in await connection.execute(_KEYS, which)}
    found: dict[str, list[DetailRow]] = {alert: [] for alert in wrapped}
    # With no kinds only the key is wanted.
    if kinds is None or kinds:
        query, of = (_ROWS, {}) if kinds is None else (_ROWS_OF_KINDS, {"kinds": list(kinds)})
        for row in await connection.execute(query, {**which, **of}):
            found[row.alert].append(
                DetailRow(id=row.id, alert=row.alert, kind=row.kind, at=row.at, by=row.by, sealed=row.sealed)
            )
    return {alert: Sealed(wrapped=wrapped[alert], rows=tuple(rows)) for alert, rows in found.items()}
