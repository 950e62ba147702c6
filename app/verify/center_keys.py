"""The keys of the center: each opens with the master key, is the one it says, came and went as the audit tells."""

from typing import Any

from app.security.sealing import Sealer, Use
from app.store.keys import KeyRow

from .findings import Verdict
from .log import Owed

TABLE = "center_keys"
_KEYS = """
SELECT use, version, id, wrapped, made_at, retired_at FROM center_keys WHERE center = $1 ORDER BY use, version"""
_SENTENCES = {
    "unexpected": "there are no keys for such a use",
    "does_not_open": "this was altered, or wrapped for another use or version, or with another master key",
    "altered": "this is another key than the one its id names",
}


Strange = dict[tuple[str, int], str]
"""What is wrong with a key, by its use and version."""


async def learn_keys(connection: Any, center: str, sealer: Sealer) -> tuple[list[KeyRow], Strange]:
    """Teach the sealer the keys that open; all of them, and what is wrong with which. Raises WrongMasterKey."""
    rows = [KeyRow(**row) for row in await connection.fetch(_KEYS, center)]
    return rows, sealer.learn_what_opens(rows)


async def check_center_keys(connection: Any, center: str, sealer: Sealer, owed: Owed, verdict: Verdict) -> int:
    """Every key of the center; how many there are.

    The first of each use comes from the master key and is told of nowhere. All later ones came and went by a
    rotation, which is in the audit. A center that never ran has none, and one that has not run since keys are
    stored has one to seal that is not wrapped.
    """
    rows, strange = await learn_keys(connection, center, sealer)
    for (use, version), what in strange.items():
        verdict.add(TABLE, f"{use} {version}", what, _SENTENCES[what])
    lacking = {*owed.keys_made, *owed.keys_gone}
    if rows or owed.alerts:
        ran = any(row.wrapped != b"" for row in rows)
        lacking |= {(use.value, 1) for use in Use if ran or use is Use.SEAL}
    for row in rows:
        key = (row.use, row.version)
        lacking.discard(key)
        if key not in strange:
            _check(key, row, owed, verdict)
    for use, version in sorted(lacking):
        verdict.add(TABLE, f"{use} {version}", "missing", "this key is not there")
    return len(rows)


def _check(key: tuple[str, int], row: KeyRow, owed: Owed, verdict: Verdict) -> None:
    """That it came and went as the audit tells."""
    name, made = f"{row.use} {row.version}", owed.keys_made.get(key)
    if made is None and row.version != 1:
        verdict.add(TABLE, name, "unexpected", "no rotation made this key")
    elif made is not None and made != row.id.hex():
        verdict.add(TABLE, name, "altered", "a rotation made another key than this")
    elif row.wrapped is None and key not in owed.keys_gone:
        verdict.add(TABLE, name, "missing", "this key is destroyed, and no rotation did it")
    elif row.wrapped is not None and key in owed.keys_gone:
        verdict.add(TABLE, name, "unexpected", "a rotation destroyed this key, and it is back")
