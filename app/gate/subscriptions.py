"""Where devices of units hear web push: kept sealed, one for each session, and gone with it."""

import logging
from dataclasses import dataclass, field

import msgspec

from app.clock import Clock
from app.security.sealing import Sealer, Unsealable
from app.security.sessions import Viewer
from app.store import subscriptions as rows
from app.store.own import PUSH
from app.store.session import Database

from .sessions import Gate

_LOG = logging.getLogger("naranja.gate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hears:
    """Where one device hears: the address of its push service, its public key and its secret (RFC 8291)."""

    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A device that hears of its unit's offers now."""

    session: str
    person: str
    login: str
    hears: Hears
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriptions:
    """Keeps and finds them."""

    database: Database
    sealer: Sealer
    clock: Clock
    center: str
    gate: Gate

    async def put(self, viewer: Viewer, hears: Hears) -> bool:
        """This session's device hears there from now on. False: the session has ended meanwhile."""
        sealed = self.sealer.seal_own(PUSH, viewer.session, msgspec.json.encode(hears))
        async with self.database.transaction() as connection:
            return await rows.keep(connection, self.center, viewer.session, sealed, self.clock.now())

    async def remove(self, session: str) -> None:
        """This session's device hears nothing any more."""
        async with self.database.transaction() as connection:
            await rows.remove(connection, session)

    async def forget(self, listener: Listener) -> None:
        """Its push service knows it no more. What the device has said since stays."""
        async with self.database.transaction() as connection:
            await rows.forget(connection, listener.session, listener.sealed)

    async def live_of(self, unit: str) -> list[Listener]:
        """Who hears of this unit's offers: sessions that stand, of people who are not shut out."""
        opened_after, seen_after = self.gate.limits()
        async with self.database.transaction() as connection:
            found = await rows.live_of_unit(
                connection, self.center, unit, opened_after=opened_after, seen_after=seen_after
            )
        return [listener for row in found if (listener := self._opened(row)) is not None]

    def _opened(self, row: rows.Subscription) -> Listener | None:
        try:
            told = self.sealer.open_own(PUSH, row.session, row.sealed)
        except Unsealable as problem:
            _LOG.critical("a subscription does not open", extra={"session": row.session, "code": problem.code})
            return None
        hears = msgspec.json.decode(told, type=Hears)
        return Listener(session=row.session, person=row.person, login=row.login, hears=hears, sealed=row.sealed)
