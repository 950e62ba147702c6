"""Accounts: who there is, what they are, and how one gets a first password. Every change is written down."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from app.clock import Clock
from app.dispatch.commands import Refusal
from app.dispatch.model import Institution
from app.security.sessions import OF_UNITS, Role, digest, new_token
from app.store import audit, people, region, second_ways
from app.store.people import LoginTaken, Person
from app.store.session import Database

from .sessions import Gate

SECRET_WITHIN_S = 24 * 3600.0
"""How long a one-time secret waits to become a password."""
FIRST_ADMIN = "admin"
"""The login of the admin whom a new center begins with."""
FROM_THE_MACHINE = "machine"
"""Who did it where somebody did it at a terminal of the machine itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person and the ways they have to sign in, beside a token or an agency's own sign-in."""

    person: Person
    totp: bool
    passkeys: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeSecret:
    """Shown once to whoever made it; its person changes it for a password until `expires_at`."""

    login: str
    secret: str
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """The accounts of one center. `by` is the id of the admin who does it, or FROM_THE_MACHINE."""

    database: Database
    clock: Clock
    center: str
    gate: Gate

    async def everybody(self) -> list[Account]:
        """Every account, by login."""
        async with self.database.transaction() as connection:
            found = await people.everybody(connection, self.center)
            totp = await second_ways.with_totp(connection, self.center)
            passkeys = await second_ways.count_passkeys(connection, self.center)
        return [Account(person=p, totp=p.id in totp, passkeys=passkeys.get(p.id, 0)) for p in found]

    async def account(self, login: str) -> Account:
        """One account. Raises Refusal `unknown_login`."""
        async with self.database.transaction() as connection:
            person = await self._person(connection, login)
            totp = await second_ways.totp_of(connection, person.id)
            passkeys = await second_ways.passkeys_of(connection, person.id)
        return Account(person=person, totp=totp is not None and totp.confirmed, passkeys=len(passkeys))

    async def add(self, login: str, role: Role, unit: str | None, *, by: str, password: str | None = None) -> None:
        """A new account; `password` is a hash. Raises Refusal: `login_taken`, or as `change` does of units."""
        async with self.database.transaction() as connection:
            await self._add(connection, login, role, unit, by=by, password=password)

    async def invite(self, login: str, role: Role, unit: str | None, *, by: str) -> OneTimeSecret:
        """A new account whose person makes the password. Raises as `add` does."""
        async with self.database.transaction() as connection:
            person = await self._add(connection, login, role, unit, by=by)
            given, _ = await self._give(connection, person)
        return given

    async def change(
        self,
        login: str,
        *,
        by: str,
        role: Role | None = None,
        unit: str | None = None,
        disabled: bool | None = None,
    ) -> None:
        """What is not None is so from now on, and every session of before ends. A role that has no unit loses it.

        Where that changes nothing, nothing happens.

        Raises Refusal `unknown_login`, `unit_missing`, `unit_not_wanted`, `unit_is_shelter`, `unit_is_no_shelter`,
        or `last_admin`.
        """
        async with self.database.transaction() as connection:
            person = await self._person(connection, login)
            new_role = role or Role(person.role)
            new_unit = unit or (person.unit if new_role in OF_UNITS else None)
            shut_out = person.disabled if disabled is None else disabled
            if (new_role, new_unit, shut_out) == (person.role, person.unit, person.disabled):
                return
            if (new_role, new_unit) != (person.role, person.unit):
                # Not in the way of shutting somebody out whose unit became another kind meanwhile.
                await self._check_unit(connection, new_role, new_unit)
            if Role(person.role) is Role.ADMIN and (new_role is not Role.ADMIN or shut_out):
                await self._check_admins(connection, person)
            at = self.clock.now()
            ended = await people.change(
                connection, person.id, role=new_role.value, unit=new_unit, disabled=shut_out, at=at
            )
            said = {"role": new_role.value, "unit": new_unit or "", "disabled": str(shut_out).lower()}
            await self._note(connection, by, "account changed", person, **said)
        self.gate.doubt(ended)

    async def reset(self, login: str, *, by: str) -> OneTimeSecret:
        """All ways and sessions of before are gone; the secret lets its person in. Raises `unknown_login`."""
        async with self.database.transaction() as connection:
            person = await self._person(connection, login)
            given, ended = await self._give(connection, person)
            await self._note(connection, by, "account reset", person)
        self.gate.doubt(ended)
        return given

    async def end_sessions(self, login: str, *, by: str, only: str | None = None) -> int:
        """End all sessions of a person, or `only` that one. How many stood. Raises Refusal `unknown_login`."""
        async with self.database.transaction() as connection:
            person = await self._person(connection, login)
            ended = await people.end_sessions(connection, person.id, self.clock.now(), only=only)
            await self._note(connection, by, "sessions ended", person)
        self.gate.doubt(ended)
        return len(ended)

    async def first_admin(self) -> OneTimeSecret | None:
        """In a center that never had an admin: one, with a secret to begin with. Else None.

        Of several processes that start at once, one gets the secret.
        """
        async with self.database.transaction() as connection:
            known = await people.everybody(connection, self.center)
            if any(person.role == Role.ADMIN.value for person in known):
                return None
            logins = {person.login for person in known}
            names = (f"{FIRST_ADMIN}{number or ''}" for number in range(len(known) + 1))
            login = next(name for name in names if name not in logins)
            try:
                person = await self._add(connection, login, Role.ADMIN, None, by=FROM_THE_MACHINE)
            except Refusal:
                return None
            given, _ = await self._give(connection, person)
        return given

    async def _add(
        self,
        connection: AsyncConnection,
        login: str,
        role: Role,
        unit: str | None,
        *,
        by: str,
        password: str | None = None,
    ) -> Person:
        await self._check_unit(connection, role, unit)
        person = Person.new(self.center, login, role.value, unit, password)
        try:
            await people.add(connection, person)
        except LoginTaken:
            raise Refusal("login_taken", f"{login} is taken.") from None
        await self._note(connection, by, "account added", person, role=role.value, unit=unit or "")
        return person

    async def _give(self, connection: AsyncConnection, person: Person) -> tuple[OneTimeSecret, list[str]]:
        """A secret, and the ids of the sessions that ended."""
        secret, at = new_token(), self.clock.now()
        expires_at = at + SECRET_WITHIN_S
        ended = await second_ways.reset(connection, person.id, digest(secret), at=at, expires_at=expires_at)
        return OneTimeSecret(login=person.login, secret=secret, expires_at=expires_at), ended

    async def _person(self, connection: AsyncConnection, login: str) -> Person:
        person = await people.by_login(connection, self.center, login)
        if person is None:
            raise Refusal("unknown_login", f"There is no {login}.")
        return person

    async def _check_unit(self, connection: AsyncConnection, role: Role, unit: str | None) -> None:
        if role in OF_UNITS and unit is None:
            raise Refusal("unit_missing", "A person of role unit or shelter answers for a unit: say which.")
        if unit is None:
            return
        if role not in OF_UNITS:
            raise Refusal("unit_not_wanted", "Only a person of role unit or shelter answers for a unit.")
        # A unit that is listed later is not known yet, and then nothing can be said against it.
        institution = await region.institution_of(connection, self.center, unit)
        if institution is Institution.SHELTER and role is Role.UNIT:
            raise Refusal("unit_is_shelter", f"{unit} is a shelter: its people have the role shelter.")
        if institution not in {None, Institution.SHELTER} and role is Role.SHELTER:
            raise Refusal("unit_is_no_shelter", f"{unit} is no shelter: its people have the role unit.")

    async def _check_admins(self, connection: AsyncConnection, leaves: Person) -> None:
        if set(await people.admins(connection, self.center)) <= {leaves.id}:
            raise Refusal("last_admin", "This is the last admin. Make another one first.")

    async def _note(self, connection: AsyncConnection, by: str, what: str, person: Person, **said: str) -> None:
        about = {"person": person.id, **{name: value for name, value in said.items() if value}}
        await audit.write(connection, self.center, at=self.clock.now(), by=by, what=what, said=about)
