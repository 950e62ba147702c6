"""Questions to be answered once and soon: kept in the database, so that any process may hear the answer."""

import asyncio
import secrets

from app.clock import Clock
from app.security.sealing import Sealer
from app.security.sessions import digest
from app.store import challenges
from app.store.session import Database

from .refusals import TooManyAttempts
from .throttle import place_of

ANSWERED_WITHIN_S = 300.0
"""How long a challenge waits for its answer."""
OPEN_MAX = 300
"""Challenges one asker may have open: a whole center may stand behind one address."""
CHALLENGE_BYTES = 32
KEPT_AT_ONCE = 2
"""Connections that strangers' questions may use at once."""


class Challenges:
    """Makes challenges and takes them back. An asker is a session, or an address where nobody is signed in."""

    def __init__(self, database: Database, sealer: Sealer, clock: Clock, center: str) -> None:
        self._database, self._sealer, self._clock, self._center = database, sealer, clock, center
        self._free = asyncio.Semaphore(KEPT_AT_ONCE)

    async def new(self, purpose: str, *, session: str | None = None, address: str = "") -> str:
        """A random text, to be answered by whoever asked for it. Raises TooManyAttempts."""
        challenge, at = secrets.token_urlsafe(CHALLENGE_BYTES), self._clock.now()
        asker = self._asker(session) if session is not None else self._asker(place_of(address))
        async with self._free, self._database.transaction() as connection:
            if await challenges.open_ones(connection, self._center, asker, at) >= OPEN_MAX:
                raise TooManyAttempts(ANSWERED_WITHIN_S)
            await challenges.keep(
                connection,
                self._center,
                digest(challenge),
                purpose=purpose,
                asker=asker,
                expires_at=at + ANSWERED_WITHIN_S,
            )
        return challenge

    async def take(self, challenge: str, purpose: str, *, session: str | None = None) -> bool:
        """Use it up, whatever comes of it. Whether it was one of ours, for this, in time, and this session's."""
        asker = self._asker(session) if session is not None else None
        async with self._free, self._database.transaction() as connection:
            return await challenges.take(
                connection, self._center, digest(challenge), purpose=purpose, asker=asker, at=self._clock.now()
            )

    def _asker(self, text: str) -> bytes:
        return self._sealer.keyed_hash("challenge for", text)
