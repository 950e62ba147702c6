"""The keys of a center as they are stored, and what is still under each of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from .commit import BELL
from .log import KEYS
from .tables import alert_keys, center_keys

SEAL = "seal"
"""The use of the keys that come in versions."""
KEY_MADE, KEY_DESTROYED = "key made", "key destroyed"
"""What the audit says of a version that a rotation made, or destroyed."""
ID_BYTES = 4
"""How much of the head of what is sealed names its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """A key of a center; times are seconds since 1970 UTC. `wrapped` is None once it is destroyed, and empty where
    it is derived from the master key and not wrapped yet."""

    use: str
    version: int
    id: bytes
    wrapped: bytes | None
    made_at: float
    retired_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """Where something stands under a key of the center: a table, the column that names a row, the sealed one.

    `of_center` says which rows are a center's where the table has no `center` itself.
    """

    table: Table
    row: str
    sealed: str
    of_center: Callable[[str], ColumnElement[bool]] | None = None

    def rows_of(self, center: str) -> ColumnElement[bool]:
        """The rows of this center that are sealed."""
        theirs = self.table.c.center == center if self.of_center is None else self.of_center(center)
        return theirs & self.table.c[self.sealed].is_not(None)

    @property
    def key_id(self) -> ColumnElement[bytes]:
        """The id of the key that a row is under."""
        known = self.table.c.get("key_id")
        return func.substring(self.table.c[self.sealed], 2, ID_BYTES) if known is None else known


WRAPPED = Column(table=alert_keys, row="alert", sealed="wrapped")
"""The keys of alerts."""


async def all_keys(connection: AsyncConnection, center: str) -> list[KeyRow]:
    """Every key the center ever had, the destroyed ones too."""
    rows = await connection.execute(
        select(
            center_keys.c.use,
            center_keys.c.version,
            center_keys.c.id,
            center_keys.c.wrapped,
            center_keys.c.made_at,
            center_keys.c.retired_at,
        )
        .where(center_keys.c.center == center)
        .order_by(center_keys.c.use, center_keys.c.version)
    )
    return [KeyRow(**row._mapping) for row in rows]


async def add(connection: AsyncConnection, center: str, key: KeyRow) -> bool:
    """Keep a key; whether it is kept. One that is there already stays as it is, unless it was not wrapped yet."""
    fresh = insert(center_keys).values(
        center=center, use=key.use, version=key.version, id=key.id, wrapped=key.wrapped, made_at=key.made_at
    )
    filled = fresh.on_conflict_do_update(
        index_elements=["center", "use", "version"],
        set_={"wrapped": fresh.excluded.wrapped},
        where=(center_keys.c.wrapped == b"") & (center_keys.c.id == fresh.excluded.id),
    )
    done = await connection.execute(filled)
    return done.rowcount == 1


async def set_wrapped(connection: AsyncConnection, center: str, key: KeyRow, wrapped: bytes) -> bool:
    """Store the same key wrapped anew; False if somebody else has changed it since."""
    done = await connection.execute(
        update(center_keys).where(*_is(center, key), center_keys.c.wrapped == key.wrapped).values(wrapped=wrapped)
    )
    return done.rowcount == 1


async def destroy(connection: AsyncConnection, center: str, key: KeyRow, at: float) -> bool:
    """Forget this key for good; False, and nothing is done, while anything is under it. The database looks itself:
    what is written under the key at the same moment counts, too."""
    try:
        async with connection.begin_nested():
            await connection.execute(
                update(center_keys)
                .where(*_is(center, key), center_keys.c.wrapped.is_not(None))
                .values(wrapped=None, retired_at=at)
            )
    except IntegrityError:
        return False
    return True


async def ring(connection: AsyncConnection, center: str) -> None:
    """Tell running services that the keys have changed."""
    await connection.execute(select(func.pg_notify(BELL, f"{center}:{KEYS}")))


async def under(connection: AsyncConnection, center: str, column: Column) -> dict[bytes, int]:
    """How many rows of this column are under each key, by its id."""
    named = column.key_id.label("named")
    rows = await connection.execute(select(named, func.count()).where(column.rows_of(center)).group_by(named))
    return {row[0]: row[1] for row in rows}


async def not_under(
    connection: AsyncConnection, center: str, column: Column, key: bytes, *, after: str | None, limit: int
) -> list[tuple[str, bytes]]:
    """Rows (id, what is sealed) under any key but this, in order of their ids, `after` the one named."""
    row, sealed = column.table.c[column.row], column.table.c[column.sealed]
    query = select(row, sealed).where(column.rows_of(center), column.key_id != key)
    if after is not None:
        query = query.where(row > after)
    rows = await connection.execute(query.order_by(row).limit(limit))
    return [(found[0], found[1]) for found in rows]


async def replace(
    connection: AsyncConnection, center: str, column: Column, changes: Mapping[str, tuple[bytes, bytes]]
) -> int:
    """Store row -> (what stood there, the same under another key), where it still stands there; how many did.

    What was erased or written anew meanwhile is left alone.
    """
    if not changes:
        return 0
    table, sealed = column.table, column.sealed
    same: ColumnElement[bool] = table.c[sealed] == bindparam("was")
    statement = (
        update(table)
        .where(column.rows_of(center), table.c[column.row] == bindparam("named"), same)
        .values({sealed: bindparam("is_now")})
    )
    values: Sequence[dict[str, object]] = [
        {"named": row, "was": was, "is_now": now} for row, (was, now) in sorted(changes.items())
    ]
    await connection.execute(statement, values)
    return len(values)


def _is(center: str, key: KeyRow) -> tuple[ColumnElement[bool], ...]:
    return (
        center_keys.c.center == center,
        center_keys.c.use == key.use,
        center_keys.c.version == key.version,
    )
