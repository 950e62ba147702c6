"""Who was shown what, and who was told that they may not: one row each, in the transaction of the read itself."""

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.security import chain

from .tables import chains

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
