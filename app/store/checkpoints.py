"""The heads of both chains, and the checkpoints signed of them: whoever adds the next number has signed it."""

from dataclasses import dataclass

from sqlalchemy import and_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.security import chain
from app.security.checkpoints import Head, Signed

from .tables import centers, chains, events

_NEWEST = "SELECT CAST(signed AS text) FROM checkpoints WHERE center = :center ORDER BY number DESC LIMIT 1"
_COVERING = """
SELECT CAST(signed AS text) FROM checkpoints
WHERE center = :center AND CAST(signed #>> '{checkpoint,log,seq}' AS bigint) >= :seq ORDER BY number LIMIT 1"""
_ADD = text("""
INSERT INTO checkpoints (center, number, signed) VALUES (:center, :number, CAST(:signed AS json))
ON CONFLICT DO NOTHING""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """Where both chains of a center stand, in one moment."""

    log: Head
    audit: Head


async def heads(connection: AsyncConnection, center: str) -> Heads:
    """Where the chains end now, from one look at the database."""
    row = (
        await connection.execute(
            select(centers.c.last_seq, events.c.hash.label("log"), chains.c.seq, chains.c.hash.label("audit"))
            .select_from(centers)
            .outerjoin(events, and_(events.c.center == centers.c.id, events.c.seq == centers.c.last_seq))
            .join(chains, and_(chains.c.center == centers.c.id, chains.c.name == chain.AUDIT))
            .where(centers.c.id == center)
        )
    ).one()
    log = row.log if row.log is not None else chain.genesis(chain.LOG, center)
    return Heads(log=Head(seq=row.last_seq, hash=log.hex()), audit=Head(seq=row.seq, hash=row.audit.hex()))


async def newest(connection: AsyncConnection, center: str) -> Signed | None:
    """The last checkpoint of the center."""
    return await _one(connection, _NEWEST, center=center)


async def covering(connection: AsyncConnection, center: str, seq: int) -> Signed | None:
    """The first checkpoint that was signed when row `seq` of the log was there; None while there is none."""
    return await _one(connection, _COVERING, center=center, seq=seq)


async def add(connection: AsyncConnection, signed: Signed) -> bool:
    """Keep a checkpoint; False where another process has signed that number already."""
    point = signed.checkpoint
    added = await connection.execute(_ADD, {"center": point.center, "number": point.number, "signed": signed.line})
    return added.rowcount == 1


async def _one(connection: AsyncConnection, query: str, **values: str | int) -> Signed | None:
    found = (await connection.execute(text(query), values)).scalar_one_or_none()
    return None if found is None else Signed.read(found)
