"""Who was shown what, and who was told that they may not: one row each, in the transaction of the read itself."""

from collections.abc import Mapping

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from .tables import audit


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

    `said` holds codes and ids that belong to it, never what was shown.
    """
    await connection.execute(
        insert(audit).values(
            center=center, at=at, by=by, what=what, alert=alert, unit=unit, count=count, said=said or None
        )
    )
