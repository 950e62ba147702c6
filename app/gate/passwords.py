"""Passwords: signing in, with a code where one is wanted; proving again; and the secret before the first one."""

from dataclasses import dataclass

from app.clock import Clock
from app.dispatch.commands import Refusal
from app.security.passwords import WeakPassword
from app.security.sessions import Viewer, Way, digest
from app.store import audit, people, second_ways
from app.store.session import Database

from .codes import Codes
from .hashing import Hashing
from .refusals import SecondWayNeeded, WrongCode, WrongLogin, WrongSecret
from .sessions import Gate
from .throttle import Throttle


@dataclass(frozen=True, slots=True, kw_only=True)
class Passwords:
    """Signs in by password. Everything that can be guessed at goes through the throttle."""

    database: Database
    clock: Clock
    center: str
    gate: Gate
    throttle: Throttle
    hashing: Hashing
    codes: Codes

    async def sign_in(
        self, login: str, password: str, code: str | None, *, address: str, instead_of: str | None = None
    ) -> tuple[str, Viewer]:
        """A fresh token for the right login, password and, where wanted, code.

        Raises NotLetIn or TooManyAttempts.
        """
        person, way = await self._who(login, password, code, address)
        return await self.gate.open(person, way, proved_at=self.clock.now(), instead_of=instead_of)

    async def prove(self, viewer: Viewer, password: str, code: str | None, *, address: str) -> Viewer:
        """The viewer is still who signed in. Raises NotLetIn, TooManyAttempts."""
        person, _ = await self._who(viewer.login, password, code, address)
        if person.id != viewer.person:
            raise WrongLogin
        return await self.gate.proved(viewer)

    async def _who(self, login: str, password: str, code: str | None, address: str) -> tuple[people.Person, Way]:
        attempt = await self.throttle.begin(login, address)
        person = await self._by_login(login)
        hashed = None if person is None or person.disabled else person.password
        if not await self.hashing.check(hashed, password) or person is None:
            raise WrongLogin
        way = Way.PASSWORD
        if await self.codes.wanted(person.id):
            way = Way.PASSWORD_AND_CODE
            if code is None:
                await self.throttle.undecided(attempt)
                raise SecondWayNeeded
            if not await self.codes.takes(person.id, code):
                raise WrongCode
        await self.throttle.succeeded(attempt)
        return person, way

    async def exchange(
        self, login: str, secret: str, new_password: str | None, *, address: str, instead_of: str | None = None
    ) -> tuple[str, Viewer]:
        """A one-time secret becomes a password, and signs in. It is used up only if all goes well.

        Raises NotLetIn, TooManyAttempts, WeakPassword, or Refusal `new_password_missing` where only that lacks.
        """
        attempt = await self.throttle.begin(login, address)
        person, key = await self._by_login(login), digest(secret)
        async with self.database.transaction() as connection:
            if (
                person is None
                or person.disabled
                or not await second_ways.has_secret(connection, person.id, key, self.clock.now())
            ):
                raise WrongSecret
        if new_password is None:
            await self.throttle.undecided(attempt)
            raise Refusal("new_password_missing", "The secret is right. Send it again with a `new_password`.")
        try:
            hashed = await self.hashing.hash(new_password)
        except WeakPassword:
            await self.throttle.undecided(attempt)
            raise
        async with self.database.transaction() as connection:
            if not await second_ways.use_secret(connection, person.id, key, self.clock.now()):
                raise WrongSecret
            await people.set_password(connection, person.id, hashed)
            await audit.write(connection, self.center, at=self.clock.now(), by=person.id, what="own password set")
        await self.throttle.succeeded(attempt)
        return await self.gate.open(person, Way.SECRET, proved_at=self.clock.now(), instead_of=instead_of)

    async def change(self, viewer: Viewer, password: str) -> None:
        """Another password from now on; the person's other sessions end. Raises WeakPassword."""
        hashed = await self.hashing.hash(password)
        async with self.database.transaction() as connection:
            await people.set_password(connection, viewer.person, hashed)
            await audit.write(
                connection, self.center, at=self.clock.now(), by=viewer.person, what="own password set"
            )
        await self.gate.end(viewer.person, but=viewer.session)

    async def _by_login(self, login: str) -> people.Person | None:
        async with self.database.transaction() as connection:
            return await people.by_login(connection, self.center, login)
