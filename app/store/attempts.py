"""Failed attempts to sign in, counted under keys that say nothing of the account or address they stand for."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from .tables import attempts


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How often and when last it failed, and when last it went well; seconds since 1970 UTC, 0 for never."""

    failures: int = 0
    failed_at: float = 0.0
    succeeded_at: float = 0.0


async def read(
    connection: AsyncConnection, center: str, keys: Collection[bytes], *, lock: bool = False
) -> dict[bytes, Count]:
    """What is known of these keys. With `lock`, nobody else counts on them until the transaction ends."""
    # One order for everybody who locks several.
    query = (
        select(attempts)
        .where(attempts.c.center == center, attempts.c.key.in_(sorted(keys)))
        .order_by(attempts.c.key)
    )
    rows = await connection.execute(query.with_for_update() if lock else query)
    found = {
        row.key: Count(failures=row.failures, failed_at=row.failed_at, succeeded_at=row.succeeded_at)
        for row in rows
    }
    return {key: found.get(key, Count()) for key in keys}


async def ensure(connection: AsyncConnection, center: str, keys: Collection[bytes]) -> None:
    """A row for each key, so that it can be locked."""
    rows = [
        {"center": center, "key": key, "failures": 0, "failed_at": 0.0, "succeeded_at": 0.0}
        for key in sorted(keys)
    ]
    await connection.execute(upsert(attempts).values(rows).on_conflict_do_nothing())


async def write(connection: AsyncConnection, center: str, key: bytes, count: Count) -> None:
    """The key's count is this from now on."""
    values = {"failures": count.failures, "failed_at": count.failed_at, "succeeded_at": count.succeeded_at}
    await connection.execute(
        upsert(attempts)
        .values(center=center, key=key, **values)
        .on_conflict_do_update(index_elements=["center", "key"], set_=values)
    )


async def take_back(connection: AsyncConnection, center: str, keys: Collection[bytes]) -> None:
    """One failure less under each of these keys: it was none."""
    await connection.execute(
        update(attempts)
        .where(attempts.c.center == center, attempts.c.key.in_(sorted(keys)), attempts.c.failures > 0)
        .values(failures=attempts.c.failures - 1)
    )


async def forget_old(
    connection: AsyncConnection, center: str, *, failed_before: float, succeeded_before: float
) -> None:
    """Keys of which nothing counts any more."""
    await connection.execute(
        delete(attempts).where(
            attempts.c.center == center,
            attempts.c.failed_at <= failed_before,
            attempts.c.succeeded_at <= succeeded_before,
        )
    )
