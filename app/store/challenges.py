"""What was asked of a device or of an issuer and is still to be answered: each once, by any process."""

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from .tables import challenges


async def keep(
    connection: AsyncConnection, center: str, digest: bytes, *, purpose: str, asker: bytes, expires_at: float
) -> None:
    """A new challenge, under the digest of what was asked."""
    await connection.execute(
        insert(challenges).values(
            digest=digest, center=center, purpose=purpose, asker=asker, expires_at=expires_at
        )
    )


async def open_ones(connection: AsyncConnection, center: str, asker: bytes, at: float) -> int:
    """How many this asker has not answered yet and still may."""
    found = await connection.execute(
        select(func.count())
        .select_from(challenges)
        .where(challenges.c.center == center, challenges.c.asker == asker, challenges.c.expires_at > at)
    )
    return int(found.scalar_one())


async def take(
    connection: AsyncConnection, center: str, digest: bytes, *, purpose: str, asker: bytes | None, at: float
) -> bool:
    """Use the challenge up, whatever comes of it. Whether it was there, for this purpose, and in time.

    `asker` is who must have asked; None where whoever answers is not known yet.
    """
    row = (
        await connection.execute(
            delete(challenges)
            .where(challenges.c.center == center, challenges.c.digest == digest)
            .returning(challenges.c.purpose, challenges.c.asker, challenges.c.expires_at)
        )
    ).first()
    return (
        row is not None
        and row.purpose == purpose
        and row.expires_at > at
        and (asker is None or row.asker == asker)
    )


async def forget_old(connection: AsyncConnection, center: str, at: float) -> None:
    """Those that nobody may answer any more."""
    await connection.execute(
        delete(challenges).where(challenges.c.center == center, challenges.c.expires_at <= at)
    )
