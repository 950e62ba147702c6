"""Who is there: signing in and out, and whose token this is. Sessions live on the server; tokens say nothing."""

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass
from uuid import uuid4

from app.clock import Clock
from app.security.passwords import check, check_nobody
from app.security.sessions import Role, Viewer, alive, digest, new_token
from app.store import people
from app.store.session import Database

BELIEVED_S = 1.5
"""How long a session just looked up is believed without looking again; an ended one is shut out by then."""
NOTED_EVERY_S = 60.0
"""How often it is written down that a session is in use."""
HANDED = "token"
"""The way of a session whose token was made by an admin and handed over: it proves nothing about who holds it."""
BELIEVED_MAX = 50_000
"""Sessions remembered at most."""


class WrongLogin(Exception):
    """Login or password is wrong; which of the two is not said."""


@dataclass(frozen=True, slots=True)
class _Believed:
    viewer: Viewer
    until: float


class Gate:
    """The gate of one center."""

    def __init__(self, database: Database, clock: Clock, *, center: str, idle_s: float, absolute_s: float) -> None:
        self._database, self._clock, self._center = database, clock, center
        self._idle_s, self._absolute_s = idle_s, absolute_s
        self._believed: dict[bytes, _Believed] = {}

    async def sign_in(self, login: str, password: str) -> tuple[str, Viewer]:
        """A fresh token for the right login and password. Raises WrongLogin."""
        async with self._database.transaction() as connection:
            person = await people.by_login(connection, self._center, login)
        if person is None or person.password is None or person.disabled:
            await asyncio.to_thread(check_nobody, password)
            raise WrongLogin
        # The hash takes a tenth of a second of one core: nobody else may wait for it.
        if not await asyncio.to_thread(check, person.password, password):
            raise WrongLogin
        return await self._open_session(person, "password")

    async def hand_token(self, person: people.Person) -> str:
        """A token that an admin hands to somebody, for a device that is set up by hand."""
        token, _ = await self._open_session(person, HANDED)
        return token

    async def _open_session(self, person: people.Person, way: str) -> tuple[str, Viewer]:
        token, at = new_token(), self._clock.now()
        session = people.Session(
            id=str(uuid4()),
            person=person,
            way=way,
            opened_at=at,
            proved_at=0.0 if way == HANDED else at,
            seen_at=at,
        )
        async with self._database.transaction() as connection:
            await people.open_session(connection, digest(token), session)
        return token, _viewer(session)

    async def who(self, token: str) -> Viewer | None:
        """Whose token this is, or None when it opens nothing (any more)."""
        key, moment = digest(token), time.monotonic()
        believed = self._believed.get(key)
        if believed is not None and moment < believed.until:
            return believed.viewer
        self._believed.pop(key, None)
        at = self._clock.now()
        async with self._database.transaction() as connection:
            session = await people.session(connection, key)
            if session is None or session.person.center != self._center:
                return None
            if not alive(session.opened_at, session.seen_at, at, self._idle_s, self._absolute_s):
                await people.end_session(connection, key, at)
                return None
            if at - session.seen_at > NOTED_EVERY_S:
                await people.touch_sessions(connection, [key], at)
        if len(self._believed) >= BELIEVED_MAX:
            self._believed.clear()
        viewer = _viewer(session)
        self._believed[key] = _Believed(viewer, moment + BELIEVED_S)
        return viewer

    async def standing(self, digests: Collection[bytes]) -> dict[bytes, Viewer]:
        """Of the sessions with these digests those that still stand, in use as they are, and whose they are."""
        at = self._clock.now()
        async with self._database.transaction() as connection:
            found = await people.sessions_of(connection, digests)
            live = {
                key: session
                for key, session in found.items()
                if session.person.center == self._center
                and alive(session.opened_at, session.seen_at, at, self._idle_s, self._absolute_s)
            }
            unnoted = [key for key, session in live.items() if at - session.seen_at > NOTED_EVERY_S]
            if unnoted:
                await people.touch_sessions(connection, unnoted, at)
        return {key: _viewer(session) for key, session in live.items()}

    async def sign_out(self, token: str) -> None:
        """End the session: its token opens nothing any more."""
        key = digest(token)
        self._believed.pop(key, None)
        async with self._database.transaction() as connection:
            await people.end_session(connection, key, self._clock.now())


def _viewer(session: people.Session) -> Viewer:
    person = session.person
    return Viewer(
        person=person.id,
        login=person.login,
        role=Role(person.role),
        unit=person.unit,
        center=person.center,
        session=session.id,
        proved_at=session.proved_at,
    )
