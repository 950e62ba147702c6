"""The way to personal data: sealed before it is stored, opened only for somebody who is written down for it."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from app.geo.point import Point
from app.security.sealing import AlertKey, Sealer, Unsealable
from app.store import details as rows
from app.store.rows import DetailRow
from app.store.session import Database

_LOG = logging.getLogger("naranja.details")

PLACE = "place"
"""The kind of detail that says where it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One piece of personal data in the clear; `value` is None where it does not open."""

    id: str
    kind: str
    at: float
    by: str
    value: Any


class Details:
    """Seals and opens the details of one center."""

    def __init__(self, database: Database, sealer: Sealer, center: str) -> None:
        self._database, self._sealer, self._center = database, sealer, center

    async def check(self) -> None:
        """Try the master key on a stored alert. Raises Unsealable where it is not the one they need."""
        async with self._database.transaction() as connection:
            known = await rows.any_key(connection, self._center)
        if known is not None:
            self._sealer.unwrap(*known)

    def fingerprint(self, said: bytes) -> bytes:
        """The same 32 bytes for the same text; says nothing to whoever has not the center's key."""
        return self._sealer.keyed_hash("command", said.decode())

    def new_key(self, alert: str) -> AlertKey:
        """A key for a new alert; `wrapped` is what is stored of it."""
        return self._sealer.new_alert_key(alert)

    async def key(self, alert: str, wrapped: bytes | None = None) -> AlertKey:
        """The key of a known alert, from `wrapped` where the caller has it. Raises LookupError."""
        if wrapped is None:
            async with self._database.transaction() as connection:
                found = await rows.read(connection, self._center, [alert], kinds=[])
            if alert not in found:
                raise LookupError(f"alert {alert} has no key")
            wrapped = found[alert].wrapped
        return self._sealer.unwrap(alert, wrapped)

    def seal(
        self, key: AlertKey, alert: str, command: str, at: float, by: str, values: Mapping[str, Any]
    ) -> list[DetailRow]:
        """Rows for what one command told: kind -> value (anything JSON can say)."""
        sealed = []
        for kind, value in sorted(values.items()):
            row = f"{command}/{kind}"
            text = self._sealer.seal(key, alert, kind, row, msgspec.json.encode(value))
            sealed.append(DetailRow(id=row, alert=alert, kind=kind, at=at, by=by, sealed=text))
        return sealed

    async def read(self, alert: str, *, by: str, what: str, at: float) -> list[Detail]:
        """Everything known of one alert, oldest first; who reads it and why is written in the same transaction."""
        async with self._database.transaction() as connection:
            await rows.write_audit(connection, self._center, at=at, by=by, what=what, alert=alert)
            found = await rows.read(connection, self._center, [alert])
        return self._open(alert, found[alert]) if alert in found else []

    async def note_read(self, *, by: str, what: str, at: float, count: int) -> None:
        """Write down that somebody was shown the places of `count` alerts at once."""
        async with self._database.transaction() as connection:
            await rows.write_audit(connection, self._center, at=at, by=by, what=what, alert=None, count=count)

    async def places(self, alerts: Sequence[str]) -> dict[str, Point]:
        """The newest place of each of these alerts, for the ground.

        One that does not open is left out: nobody can be sent there, which alarms a human, and the others go on.
        """
        if not alerts:
            return {}
        async with self._database.transaction() as connection:
            found = await rows.read(connection, self._center, alerts, kinds=[PLACE])
        places = {}
        for alert, sealed in found.items():
            opened = self._open(alert, sealed)
            if opened and opened[-1].value is not None:
                places[alert] = Point(opened[-1].value["lat"], opened[-1].value["lon"])
        return places

    def _open(self, alert: str, sealed: rows.Sealed) -> list[Detail]:
        """Every row in the clear. One that does not open is said loudly and has no value."""
        try:
            key = self._sealer.unwrap(alert, sealed.wrapped)
        except Unsealable as problem:
            _LOG.critical("the key of alert %s does not open: %s", alert, problem.code)
            key = None
        return [
            Detail(id=row.id, kind=row.kind, at=row.at, by=row.by, value=self._value(key, row))
            for row in sealed.rows
        ]

    def _value(self, key: AlertKey | None, row: DetailRow) -> Any:
        if key is None:
            return None
        try:
            return msgspec.json.decode(self._sealer.open(key, row.alert, row.kind, row.id, row.sealed))
        except Unsealable as problem:
            _LOG.critical("detail %s does not open: %s", row.id, problem.code)
            return None
