"""The keys of a center over time: the first ones, a new version while the service goes on, another master key.

A rotation makes a version and rings the bell; from then on new alerts are under it. Then everything under older
versions is wrapped anew, in batches of their own commit. A version under which nothing is left is destroyed. It
can be ended anywhere and begun again: what is done stays done, and the database lets no version go that is needed.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from app.clock import Clock
from app.security.sealing import CenterKey, Sealer, Unsealable, Use, WrongMasterKey
from app.store import audit, keys
from app.store.keys import KEY_DESTROYED, KEY_MADE, SEAL, WRAPPED, KeyRow
from app.store.own import OWN
from app.store.session import Database

BATCH = 500
"""Rows that are wrapped anew in one commit."""
PASSES_MAX = 100
"""Times that everything is gone through; others write under the old version until they have heard the bell."""

Progress = Callable[[int, int], None]
"""Hears how many rows were wrapped anew so far, and how many there were to begin with."""

_LOG = logging.getLogger("naranja.keys")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """What a rotation did. `left` rows do not open and stay under their version, which is then not destroyed."""

    version: int
    continued: bool
    moved: int
    left: int
    destroyed: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """How one version of the center's key stands. Times are seconds since 1970 UTC."""

    version: int
    made_at: float
    retired_at: float | None
    seals_now: bool
    alerts: int
    own: int


BY = "naranja keys"
"""Who a rotation is written down for."""


async def open_keys(database: Database, sealer: Sealer, center: str, at: float) -> None:
    """Teach the sealer the center's keys; a center that has none gets its first. Raises WrongMasterKey."""
    async with database.transaction() as connection:
        known = await keys.all_keys(connection, center)
        if any(key.wrapped == b"" for key in known) or len({key.use for key in known}) < len(Use):
            first = sealer.first_keys()
            # Before the first are stored: are they those under which there is something already?
            if known and not {key.id for key in known} & {key.id for key in first}:
                raise WrongMasterKey
            for key in first:
                await keys.add(connection, center, _row(key, at))
            known = await keys.all_keys(connection, center)
        sealer.learn(known)


async def rotate(
    database: Database,
    sealer: Sealer,
    center: str,
    clock: Clock,
    *,
    batch: int = BATCH,
    progress: Progress | None = None,
) -> Rotated:
    """Go on with a rotation that was ended, or begin one.

    1. A new version, and the bell. 2. Wrap anew what is under older ones. 3. Destroy those that nothing is under;
    while others still write under them, again from 2.
    """
    continued = await _begin(database, sealer, center, clock.now())
    async with database.transaction() as connection:
        live = [
            key for key in await keys.all_keys(connection, center) if key.use == SEAL and key.wrapped is not None
        ]
        *older, newest = live
        todo = await _left(connection, center, older)
    moved, destroyed = 0, set[int]()
    for _ in range(PASSES_MAX):
        unopened, before = 0, moved
        for kind, column in ((None, WRAPPED), *OWN.items()):
            after: str | None = None
            while True:
                async with database.transaction() as connection:
                    rows = await keys.not_under(connection, center, column, newest.id, after=after, limit=batch)
                    fresh = _anew(sealer, kind, rows)
                    moved += await keys.replace(connection, center, column, fresh)
                if not rows:
                    break
                after, unopened = rows[-1][0], unopened + len(rows) - len(fresh)
                if progress is not None:
                    progress(moved, todo)
        for key in (key for key in older if key.version not in destroyed):
            async with database.transaction() as connection:
                needed = await _left(connection, center, [key])
                if not needed and await keys.destroy(connection, center, key, clock.now()):
                    await _note(connection, center, KEY_DESTROYED, key, clock.now())
                    destroyed.add(key.version)
        async with database.transaction() as connection:
            left = await _left(connection, center, older)
        if len(destroyed) == len(older) or (moved == before and left == unopened):
            break
    async with database.transaction() as connection:
        await keys.ring(connection, center)
    return Rotated(
        version=newest.version, continued=continued, moved=moved, left=left, destroyed=tuple(sorted(destroyed))
    )


async def _begin(database: Database, sealer: Sealer, center: str, at: float) -> bool:
    """Have a version newer than all that is to be left behind; True if there was one already."""
    async with database.transaction() as connection:
        known = [key for key in await keys.all_keys(connection, center) if key.use == SEAL]
        continued = sum(key.wrapped is not None for key in known) > 1
        if not continued:
            # Whoever else begins at this moment makes the same version, and one of the two is kept.
            fresh = sealer.new_key(max(key.version for key in known) + 1)
            if await keys.add(connection, center, _row(fresh, at)):
                await _note(connection, center, KEY_MADE, fresh, at)
            await keys.ring(connection, center)
        sealer.learn(await keys.all_keys(connection, center))
    return continued


async def _note(connection: AsyncConnection, center: str, what: str, key: CenterKey | KeyRow, at: float) -> None:
    """That a version came or went stands in the chained audit: `db verify` holds the table of keys against it."""
    said = {"use": str(key.use), "version": str(key.version), "id": key.id.hex()}
    await audit.write(connection, center, at=at, by=BY, what=what, said=said)


def _anew(sealer: Sealer, kind: str | None, rows: list[tuple[str, bytes]]) -> dict[str, tuple[bytes, bytes]]:
    """Row -> (what stood there, the same under the newest version). What does not open is left out, and said."""
    fresh = {}
    for row, sealed in rows:
        try:
            again = sealer.rewrap(row, sealed) if kind is None else sealer.reseal_own(kind, row, sealed)
        except Unsealable as problem:
            _LOG.critical(
                "something sealed does not open", extra={"kind": kind or "key", "row": row, "code": problem.code}
            )
            continue
        fresh[row] = (sealed, again)
    return fresh


async def _left(connection: AsyncConnection, center: str, older: list[KeyRow]) -> int:
    """How many rows are under these versions."""
    left = 0
    for column in (WRAPPED, *OWN.values()):
        found = await keys.under(connection, center, column)
        left += sum(found.get(key.id, 0) for key in older)
    return left


async def rewrap(database: Database, sealer: Sealer, center: str) -> int:
    """Wrap the center's keys with the master key of now; how many were under another. Raises WrongMasterKey."""
    changed = 0
    async with database.transaction() as connection:
        for key in await keys.all_keys(connection, center):
            wrapped = sealer.wrapped_anew(key)
            if wrapped is not None:
                changed += await keys.set_wrapped(connection, center, key, wrapped)
    return changed


async def versions(database: Database, sealer: Sealer, center: str) -> list[Version]:
    """Every version of the center's key, and how much is under it."""
    async with database.transaction() as connection:
        known = [key for key in await keys.all_keys(connection, center) if key.use == SEAL]
        alerts = await keys.under(connection, center, WRAPPED)
        own = [await keys.under(connection, center, column) for column in OWN.values()]
    return [
        Version(
            version=key.version,
            made_at=key.made_at,
            retired_at=key.retired_at,
            seals_now=key.wrapped is not None and key.id == sealer.current,
            alerts=alerts.get(key.id, 0),
            own=sum(found.get(key.id, 0) for found in own),
        )
        for key in known
    ]


def _row(key: CenterKey, at: float) -> KeyRow:
    return KeyRow(
        use=key.use.value, version=key.version, id=key.id, wrapped=key.wrapped, made_at=at, retired_at=None
    )
