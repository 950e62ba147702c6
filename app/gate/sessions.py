"""Whose token this is, and until when. Sessions live on the server; tokens say nothing."""

import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import uuid4

from app.clock import Clock
from app.security.sessions import Role, Viewer, Way, alive, digest, new_token
from app.store import people
from app.store.session import Database

BELIEVED_S = 1.5
"""How long a session just looked up is believed without looking again; an ended one is shut out by then."""
NOTED_EVERY_S = 60.0
"""How often it is written down that a session is in use."""
BELIEVED_MAX = 50_000
"""Sessions remembered at most."""


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

    async def open(
        self, person: people.Person, way: Way, *, proved_at: float, instead_of: str | None = None
    ) -> tuple[str, Viewer]:
        """A fresh token and session for who has just signed in.

        `instead_of` is a token that came along: its session ends, whoever it was, so that nobody can have planted
        the one that is used from now on.
        """
        token, at = new_token(), self._clock.now()
        session = people.Session(
            id=str(uuid4()), person=person, way=way.value, opened_at=at, proved_at=proved_at, seen_at=at
        )
        async with self._database.transaction() as connection:
            await people.open_session(connection, digest(token), session)
            if instead_of is not None:
                await people.end_session(connection, digest(instead_of), at)
        if instead_of is not None:
            self._believed.pop(digest(instead_of), None)
        return token, _viewer(session)

    async def hand_token(self, person: people.Person) -> str:
        """A token that an admin hands to somebody, for a device that is set up by hand."""
        token, _ = await self.open(person, Way.TOKEN, proved_at=0.0)
        return token

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
        viewers = {key: _viewer(session) for key, session in live.items()}
        for key in digests:
            # Who was cut off because they are somebody else now must not come back as who they were.
            if (believed := self._believed.get(key)) is not None and believed.viewer != viewers.get(key):
                del self._believed[key]
        return viewers

    async def sign_out(self, token: str) -> None:
        """End the session: its token opens nothing any more."""
        key = digest(token)
        self._believed.pop(key, None)
        async with self._database.transaction() as connection:
            await people.end_session(connection, key, self._clock.now())

    async def proved(self, viewer: Viewer) -> Viewer:
        """The viewer has just proved who they are, and is known so from now on."""
        at = self._clock.now()
        async with self._database.transaction() as connection:
            await people.prove(connection, viewer.session, at)
        self.doubt([viewer.session])
        return replace(viewer, proved_at=at)

    async def sessions(self, person: str) -> list[people.Session]:
        """The person's sessions that stand, the newest first."""
        opened_after, seen_after = self.limits()
        async with self._database.transaction() as connection:
            return await people.sessions_of_person(connection, person, opened_after, seen_after)

    async def end(self, person: str, *, only: str | None = None, but: str | None = None) -> int:
        """End all sessions of a person, or `only` that one, or all `but` that one. How many stood.

        Their sockets are cut within 2 s in every process; where their devices hear push is forgotten.
        """
        async with self._database.transaction() as connection:
            ended = await people.end_sessions(connection, person, self._clock.now(), only=only, but=but)
        self.doubt(ended)
        return len(ended)

    def doubt(self, sessions: Collection[str]) -> None:
        """Look at these sessions anew before they are believed again, in this process."""
        gone = frozenset(sessions)
        self._believed = {key: found for key, found in self._believed.items() if found.viewer.session not in gone}

    def limits(self) -> tuple[float, float]:
        """A session stands that was opened after the first of these times and used after the second."""
        at = self._clock.now()
        return at - self._absolute_s, at - self._idle_s


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
