"""Broken glass: each is the one that the audit tells of, and its note opens."""

from typing import Any

from app.security.sealing import Unsealable

from .findings import Verdict
from .log import Broken, Owed, batches
from .sealed import Opener

TABLE = "break_glass"
_GLASS = """
SELECT id::text AS id, alert::text AS alert, person::text AS person, reason, note,
  acknowledged_by::text AS acknowledged_by, reviewed_by::text AS reviewed_by, outcome
FROM break_glass WHERE center = $1 ORDER BY id"""


async def check_glass(connection: Any, center: str, opener: Opener, owed: Owed, verdict: Verdict) -> int:
    """Who broke it, on which alert, why, who took notice and who judged it how; how many there are."""
    count, lacking = 0, dict(owed.glass)
    async for rows in batches(connection, _GLASS, center):
        count += len(rows)
        for row in rows:
            told = lacking.pop(row["id"], None)
            if told is None:
                verdict.add(TABLE, row["id"], "unexpected", "no row of the audit says that this glass was broken")
            elif not _is(row, told):
                verdict.add(TABLE, row["id"], "altered", "the audit tells of this glass otherwise")
            else:
                _open(row, opener, owed, verdict)
    for glass in sorted(lacking):
        verdict.add(TABLE, glass, "missing", "the audit tells of this glass, and it is gone")
    return count


def _is(row: Any, told: Broken) -> bool:
    if (row["alert"], row["person"], row["reason"]) != (told.alert, told.person, told.reason):
        return False
    # Of several who take notice the first counts, and all are in the audit.
    noticed = {row["acknowledged_by"]} - {None}
    judged = {(row["reviewed_by"], row["outcome"])} - {(None, None)}
    if not noticed <= told.acknowledged or not judged <= told.reviewed:
        return False
    return bool(noticed) is bool(told.acknowledged) and bool(judged) is bool(told.reviewed)


def _open(row: Any, opener: Opener, owed: Owed, verdict: Verdict) -> None:
    if row["alert"] not in opener.keys:
        if row["alert"] not in owed.erased:
            verdict.add(TABLE, row["id"], "does_not_open", "its alert has no key that opens")
        return
    try:
        opener.note(row["alert"], row["id"], row["note"])
    except Unsealable as problem:
        verdict.add(TABLE, row["id"], "does_not_open", problem.sentence)
