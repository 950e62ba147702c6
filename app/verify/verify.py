"""The check of one center's records, from the first row to the last, on one connection."""

from typing import Any

from app.security import chain
from app.security.sealing import Sealer

from .center_keys import check_center_keys
from .findings import Verdict
from .glass import check_glass
from .log import Owed, batches, walk_audit, walk_log
from .points import TABLE, Points
from .sealed import Opener, check_details, check_keys, check_own
from .walk import Walk

_POINTS = "SELECT number, signed::text AS signed FROM checkpoints WHERE center = $1 ORDER BY number"


async def verify(connection: Any, center: str, sealer: Sealer, points: Points, verdict: Verdict) -> None:
    """Look at every row of the center and write into the verdict what is wrong, in this order.

    1. The checkpoints of the database, beside those from outside that `points` has already. 2. The log, and where
    it ends. 3. The audit. 4. The keys of the center, those of alerts, the details, broken glass, and what is the
    center's own.

    The connection (asyncpg) is in a transaction, in which it sees one moment only (`REPEATABLE READ`).
    """
    verdict.rows[TABLE] = await _read_points(connection, center, points, verdict)
    owed = Owed()
    walk = Walk(chain.LOG, "events", center, points, verdict)
    verdict.rows["events"] = await walk_log(connection, center, walk, owed)
    last = await connection.fetchval("SELECT last_seq FROM centers WHERE id = $1", center)
    walk.end(last or 0)
    walk = Walk(chain.AUDIT, "audit", center, points, verdict)
    verdict.rows["audit"] = await walk_audit(connection, center, walk, owed)
    head = await connection.fetchrow(
        "SELECT seq, hash FROM chains WHERE center = $1 AND name = $2", center, chain.AUDIT
    )
    if head is None:
        verdict.add("chains", chain.AUDIT, "missing", "where the audit ends is noted nowhere")
    else:
        walk.end(head["seq"], head["hash"])
    verdict.rows["center_keys"] = await check_center_keys(connection, center, sealer, owed, verdict)
    opener = Opener(sealer)
    verdict.rows["alert_keys"] = await check_keys(connection, center, opener, owed, verdict)
    verdict.rows["details"] = await check_details(connection, center, opener, owed, verdict)
    verdict.rows["break_glass"] = await check_glass(connection, center, opener, owed, verdict)
    verdict.rows |= await check_own(connection, center, opener, owed, verdict)


async def _read_points(connection: Any, center: str, points: Points, verdict: Verdict) -> int:
    count, last = 0, 0
    async for rows in batches(connection, _POINTS, center):
        count += len(rows)
        last = points.read_rows([(row["number"], row["signed"]) for row in rows], verdict, last)
    if points.outside > last:
        verdict.add(TABLE, last + 1, "missing", f"checkpoint {points.outside} is known outside and not here")
    return count
