"""The way to personal data: sealed before it is stored, opened only for somebody who is written down for it."""

import hmac
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from app.dispatch.model import folded
from app.geo.point import Point
from app.security.fields import Kind
from app.security.sealing import AlertKey, Sealer, Unsealable
from app.store import audit, keys
from app.store import details as rows
from app.store.rows import DetailRow
from app.store.session import Database

_LOG = logging.getLogger("naranja.details")

PLACE = Kind.PLACE.value
CALL_PLACE = Kind.CALL_PLACE.value
AVOID = Kind.AVOID.value
"""A list of places, each with `lat` and `lon`."""
CODE_WORDS = Kind.CODE_WORDS.value
"""`cancel`, or `duress`, which means the contrary."""
ON_THE_GROUND = (PLACE, AVOID)


class DetailsUnreadable(Exception):
    """The key of this alert is gone or does not open: nothing can be added to its details."""

    code = "details_unreadable"
    sentence = "The personal data of this alert cannot be opened any more, so nothing can be added to them."


class DetailsErased(DetailsUnreadable):
    """The alert was erased: there is nothing to read and nothing can be added."""

    code = "details_erased"
    sentence = "The personal data of this alert were erased, so nothing can be added to them."


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What the ground is to know of one alert: where it is, and where the aggressor may be."""

    place: Point | None
    avoid: tuple[Point, ...]


def point(said: Any) -> Point:
    """The place in what was told of one."""
    return Point(said["lat"], said["lon"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One piece of personal data in the clear; `value` is None where it does not open, or is not to be shown."""

    id: str
    kind: str
    at: float
    by: str
    value: Any


class Details:
    """Seals and opens the details of one center."""

    def __init__(self, database: Database, sealer: Sealer, center: str) -> None:
        self._database, self._sealer, self._center = database, sealer, center

    async def learn_keys(self) -> bool:
        """The center's keys have changed: read them again; whether another version seals now than before.

        Where they do not open with the master key this process has, those of before stay.
        """
        before = self._sealer.current
        async with self._database.transaction() as connection:
            await self._learn_keys(connection)
        return self._sealer.current != before

    async def _learn_keys(self, connection: AsyncConnection) -> None:
        try:
            self._sealer.learn(await keys.all_keys(connection, self._center))
        except Unsealable as problem:
            _LOG.critical("the keys were not learned again", extra={"code": problem.code})

    async def _rows(
        self, connection: AsyncConnection, alerts: Sequence[str], kinds: Sequence[str] | None = None
    ) -> dict[str, rows.Sealed]:
        """The sealed rows of these alerts.

        Where a key is named that is not known, a rotation is under way: keys are learned, rows read once more.
        """
        found = await rows.read(connection, self._center, alerts, kinds)
        if all(one.wrapped is None or self._sealer.knows(one.wrapped) for one in found.values()):
            return found
        await self._learn_keys(connection)
        return await rows.read(connection, self._center, alerts, kinds)

    def fingerprint(self, said: bytes) -> bytes:
        """The same 32 bytes for the same text; says nothing to whoever has not the center's key."""
        return self._sealer.keyed_hash("command", said.decode())

    def new_key(self, alert: str) -> AlertKey:
        """A key for a new alert; `wrapped` is what is stored of it."""
        return self._sealer.new_alert_key(alert)

    async def key(self, alert: str, wrapped: bytes | None = None) -> AlertKey:
        """The key of a known alert, from `wrapped` where the caller has it. Raises DetailsUnreadable."""
        if wrapped is None:
            async with self._database.transaction() as connection:
                found = await self._rows(connection, [alert], kinds=[])
            if alert not in found:
                raise DetailsUnreadable(alert)
            wrapped = found[alert].wrapped
        if wrapped is None:
            raise DetailsErased(alert)
        try:
            return self._sealer.unwrap(alert, wrapped)
        except Unsealable as problem:
            _LOG.critical("the key of an alert does not open", extra={"alert": alert, "code": problem.code})
            raise DetailsUnreadable(alert) from problem

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

    async def read(
        self,
        alert: str,
        *,
        by: str,
        what: str,
        at: float,
        kinds: Collection[str] | None = None,
        said: Mapping[str, str] | None = None,
    ) -> list[Detail]:
        """What is known of one alert, of these kinds or at all, oldest first; who reads it and why is written in
        the same transaction. `said`: codes and ids that belong to the read, such as the glass it was read under.
        Of an alert that is erased, nothing.

        That there are code words can be read, the words cannot: they are compared, by `code_word`.
        """
        async with self._database.transaction() as connection:
            await audit.write(connection, self._center, at=at, by=by, what=what, alert=alert, said=said)
            found = await self._rows(connection, [alert], None if kinds is None else [*kinds])
        opened = self._open(alert, found[alert]) if alert in found else []
        return [replace(one, value=None) if one.kind == CODE_WORDS else one for one in opened]

    async def opened(self, alert: str, kind: str, row: str, sealed: bytes) -> Any:
        """What was sealed for this alert and is kept elsewhere; None where it does not open (any more)."""
        try:
            key = await self.key(alert)
        except DetailsUnreadable:
            return None
        return self._value(key, DetailRow(id=row, alert=alert, kind=kind, at=0.0, by="", sealed=sealed))

    async def note_read(self, *, by: str, what: str, at: float, count: int) -> None:
        """Write down that somebody was shown the places of `count` alerts at once."""
        async with self._database.transaction() as connection:
            await audit.write(connection, self._center, at=at, by=by, what=what, count=count)

    async def places(self, alerts: Sequence[str]) -> dict[str, Places]:
        """The newest place of each of these alerts, and every place of the aggressor, for the ground.

        One that does not open is left out: nobody can be sent there, which alarms a human, and the others go on.
        """
        if not alerts:
            return {}
        async with self._database.transaction() as connection:
            found = await self._rows(connection, alerts, kinds=ON_THE_GROUND)
        known = {}
        for alert, sealed in found.items():
            told = self._open(alert, sealed)
            where = [one.value for one in told if one.kind == PLACE]
            avoid = _flat(one.value for one in told if one.kind == AVOID)
            known[alert] = Places(
                place=point(where[-1]) if where and where[-1] is not None else None,
                avoid=tuple(point(place) for place in avoid),
            )
        return known

    async def told(self, alert: str, kind: str, call: str | None = None) -> list[Any]:
        """What was told of one kind, with one call or at all, for the service itself and shown to nobody.

        Oldest first; of lists, what is in them.
        """
        async with self._database.transaction() as connection:
            found = await self._rows(connection, [alert], kinds=[kind])
        opened = self._open(alert, found[alert]) if alert in found else []
        return _flat(one.value for one in opened if call is None or one.id == f"{call}/{kind}")

    async def code_word(self, alert: str, said: str | None, *, by: str, at: float) -> str:
        """What became of the code word on cancelling: `none` (none was agreed), `right`, `wrong`, `duress`.

        Words are compared without case and accents, in the same time whatever was said. Of several that were
        agreed each counts, and a word of duress first. Words that do not open are wrong, not absent.
        """
        async with self._database.transaction() as connection:
            await audit.write(connection, self._center, at=at, by=by, what="code word", alert=alert)
            found = await self._rows(connection, [alert], kinds=[CODE_WORDS])
        opened = self._open(alert, found[alert]) if alert in found else []
        if not opened:
            return "none"
        agreed, heard = _flat(one.value for one in opened), _comparable(said or "")
        duress = [_same(words, "duress", heard) for words in agreed]
        right = [_same(words, "cancel", heard) for words in agreed]
        return "duress" if any(duress) else "right" if any(right) else "wrong"

    def _open(self, alert: str, sealed: rows.Sealed) -> list[Detail]:
        """Every row in the clear, of an erased alert none. One that does not open is said loudly and is empty."""
        if sealed.wrapped is None:
            return []
        try:
            key = self._sealer.unwrap(alert, sealed.wrapped)
        except Unsealable as problem:
            _LOG.critical("the key of an alert does not open", extra={"alert": alert, "code": problem.code})
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
            _LOG.critical("a detail does not open", extra={"detail": row.id, "code": problem.code})
            return None


def _flat(values: Iterable[Any]) -> list[Any]:
    """What is told once may be a list; what did not open is nothing."""
    lists = (value if isinstance(value, list) else [value] for value in values if value is not None)
    return [each for found in lists for each in found]


def _comparable(word: str) -> bytes:
    return " ".join(folded(word).split()).encode()


def _same(agreed: Any, which: str, heard: bytes) -> bool:
    word = _comparable(agreed.get(which) or "")
    return hmac.compare_digest(word, heard) and word != b""
