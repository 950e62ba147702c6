"""What has run out is put away: sessions with where their devices hear push, challenges, secrets, old failures."""

import asyncio
import logging
from contextlib import suppress

from app.clock import Clock
from app.security.throttle import FAMILIAR_S, FORGOTTEN_S
from app.store import attempts, challenges, people, second_ways
from app.store.session import GONE, Database

from .sessions import Gate

SWEPT_EVERY_S = 60.0
_LOG = logging.getLogger("naranja.gate")


class Sweep:
    """Puts it away from time to time. Any number of processes may; nothing that has run out counts meanwhile."""

    def __init__(self, database: Database, clock: Clock, center: str, gate: Gate) -> None:
        self._database, self._clock, self._center, self._gate = database, clock, center, gate
        self._going: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._going = asyncio.create_task(self._go())

    async def stop(self) -> None:
        """End."""
        if self._going is not None:
            self._going.cancel()
            with suppress(asyncio.CancelledError):
                await self._going

    async def round(self) -> None:
        """Once."""
        at = self._clock.now()
        opened_before, seen_before = self._gate.limits()
        async with self._database.transaction() as connection:
            await people.end_old_sessions(connection, self._center, at, opened_before, seen_before)
            await challenges.forget_old(connection, self._center, at)
            await second_ways.forget_old_secrets(connection, self._center, at)
            await attempts.forget_old(
                connection, self._center, failed_before=at - FORGOTTEN_S, succeeded_before=at - FAMILIAR_S
            )

    async def _go(self) -> None:
        while True:
            await self._clock.sleep(SWEPT_EVERY_S)
            try:
                await self.round()
            except GONE as problem:
                _LOG.warning("nothing was put away", extra={"error": type(problem).__name__})
