"""Sealed values: each is the one that was written, stands where it was written, and opens with its key."""

from itertools import groupby
from typing import Any

from app.security import chain
from app.security.fields import Kind
from app.security.sealing import AlertKey, Sealer, Unsealable
from app.store.own import OWN, STATION

from .findings import Verdict
from .log import Owed, Told, batches

_KEYS = "SELECT alert::text AS alert, wrapped FROM alert_keys WHERE center = $1 ORDER BY alert"
_DETAILS = """
SELECT id, alert::text AS alert, kind, at, by, sealed FROM details WHERE center = $1 ORDER BY id COLLATE "C\""""


class Opener:
    """The one place here that opens anything. `keys` are those of all alerts that were not erased."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self.keys: dict[str, AlertKey] = {}

    def key(self, alert: str, wrapped: bytes) -> None:
        """Learn an alert's key. Raises Unsealable."""
        self.keys[alert] = self._sealer.unwrap(alert, wrapped)

    def detail(self, row: Any) -> None:
        """Open one detail of an alert whose key is known. Raises Unsealable."""
        self._sealer.open(self.keys[row["alert"]], row["alert"], row["kind"], row["id"], row["sealed"])

    def note(self, alert: str, glass: str, sealed: bytes) -> None:
        """Open the note to broken glass of an alert whose key is known. Raises Unsealable."""
        kind = Kind.GLASS_NOTE.value
        self._sealer.open(self.keys[alert], alert, kind, f"{glass}/{kind}", sealed)

    def own(self, kind: str, row: str, sealed: bytes) -> None:
        """Open what is the center's own. Raises Unsealable."""
        self._sealer.open_own(kind, row, sealed)


async def check_keys(connection: Any, center: str, opener: Opener, owed: Owed, verdict: Verdict) -> int:
    """Every alert of the log has its key, or it is erased and that stands in the records; how many there are."""
    count, lacking = 0, set(owed.alerts)
    async for rows in batches(connection, _KEYS, center):
        count += len(rows)
        for alert, wrapped in rows:
            lacking.discard(alert)
            if alert not in owed.alerts:
                verdict.add("alert_keys", alert, "unexpected", "this key belongs to no alert of the log")
            elif wrapped is None:
                verdict.erased += 1
                if alert not in owed.erased:
                    verdict.add("alert_keys", alert, "missing", "the key is destroyed, and nobody says who did it")
            else:
                try:
                    opener.key(alert, wrapped)
                except Unsealable as problem:
                    verdict.add("alert_keys", alert, "does_not_open", problem.sentence)
    for alert in sorted(lacking):
        verdict.add("alert_keys", alert, "missing", "this alert has no key, and nobody says that it was erased")
    return count


async def check_details(connection: Any, center: str, opener: Opener, owed: Owed, verdict: Verdict) -> int:
    """The details are exactly those the log has the digests of, and each opens; how many there are."""
    count = 0
    group: list[Any] = []
    told = dict(owed.told)
    async for rows in batches(connection, _DETAILS, center):
        count += len(rows)
        for command, of_command in groupby(rows, key=lambda row: chain.command_of(row["id"])):
            if group and chain.command_of(group[0]["id"]) != command:
                _check_command(group, opener, told, owed, verdict)
                group = []
            group += of_command
    if group:
        _check_command(group, opener, told, owed, verdict)
    for command, lost in sorted(told.items(), key=lambda item: item[1].seq):
        if owed.erased.isdisjoint(lost.alerts):
            much = len(lost.seals) // chain.HASH_BYTES
            verdict.add("details", command, "missing", f"{_told(lost)} is gone, in all: {much}")
    return count


def _check_command(group: list[Any], opener: Opener, told: dict[str, Told], owed: Owed, verdict: Verdict) -> None:
    """What one command told."""
    command = chain.command_of(group[0]["id"])
    known = told.pop(command, None)
    if known is None:
        for row in group:
            verdict.add("details", row["id"], "unexpected", "no row of the log says that this was told")
        return
    expected, strange = chain.seals_in(known.seals), 0
    for row in group:
        seal = chain.seal_of(*row)
        if seal not in expected:
            strange += 1
            verdict.add("details", row["id"], "altered", f"this is not {_told(known)}")
        else:
            expected.discard(seal)
            _open(row, opener, owed, verdict)
    if len(expected) > strange:
        lost = len(expected) - strange
        verdict.add("details", command, "missing", f"of {_told(known)} some is gone: {lost}")


def _told(told: Told) -> str:
    return f"what was told with row {told.seq} of events"


def _open(row: Any, opener: Opener, owed: Owed, verdict: Verdict) -> None:
    if row["alert"] not in opener.keys:
        if row["alert"] not in owed.erased:
            verdict.add("details", row["id"], "does_not_open", "its alert has no key that opens")
        return
    try:
        opener.detail(row)
    except Unsealable as problem:
        verdict.add("details", row["id"], "does_not_open", problem.sentence)


async def check_own(connection: Any, center: str, opener: Opener, owed: Owed, verdict: Verdict) -> dict[str, int]:
    """What the center's own key sealed opens, and every sealed unit has its place; how many in each table."""
    counts = {}
    lacking = set(owed.sealed)
    for kind, column in OWN.items():
        table, count = column.table.name, 0
        query = (
            f"SELECT {column.row}::text AS row, {column.sealed} AS sealed FROM {table}"  # noqa: S608
            f" WHERE center = $1 AND {column.sealed} IS NOT NULL ORDER BY {column.row}"
        )
        async for rows in batches(connection, query, center):
            count += len(rows)
            for row, sealed in rows:
                if kind == STATION:
                    lacking.discard(row)
                try:
                    opener.own(kind, row, sealed)
                except Unsealable as problem:
                    verdict.add(table, row, "does_not_open", problem.sentence)
        counts[table] = count
    for unit in sorted(lacking):
        verdict.add("unit_places", unit, "missing", "this unit is sealed, and its sealed place is gone")
    return counts
