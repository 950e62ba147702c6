"""A service on its way to being open: a database that is not there yet is waited for."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from app.clock import Clock
from app.desk import NotSaved
from app.service import Service, open_service
from app.settings import Settings
from app.store.session import GONE, is_away

PAUSE_S_MIN, PAUSE_S_MAX = 0.1, 1.0
"""Between two tries, doubled each time."""

Doors = Callable[[Service, AsyncExitStack], Awaitable[None]]

_LOG = logging.getLogger("naranja.opening")


async def patiently[Opened](
    attempt: Callable[[AsyncExitStack], Awaitable[Opened]], stack: AsyncExitStack, missed: Callable[[str], None]
) -> Opened:
    """What `attempt` opens, tried again for as long as the database is away; `stack` closes what it has opened.

    `missed` hears each time by what kind of error it was missed. Raises what is not mended by waiting.
    """
    pause_s = PAUSE_S_MIN
    while True:
        async with AsyncExitStack() as tried:
            try:
                opened = await attempt(tried)
            except (*GONE, NotSaved) as problem:
                if not isinstance(problem, NotSaved) and not is_away(problem):
                    raise
                kind = type(problem).__name__
            else:
                stack.push_async_callback(tried.pop_all().aclose)
                return opened
        _LOG.warning("the database is not there; it is waited for", extra={"error": kind})
        missed(kind)
        await asyncio.sleep(pause_s)
        pause_s = min(PAUSE_S_MAX, 2 * pause_s)


class Opening:
    """Opens one service.

    Attributes:
        service: None until it is open, with its doors.
        missed: by what kind of error the database was missed last; None while it was not.
        problem: why it will never be open.
    """

    def __init__(self, settings: Settings, clock: Clock | None) -> None:
        self.service: Service | None = None
        self.missed: str | None = None
        self.problem: Exception | None = None
        self._settings, self._clock = settings, clock
        self._waits = asyncio.Event()

    @asynccontextmanager
    async def begun(self, doors: Doors) -> AsyncIterator[None]:
        """A block that begins once the service is open, or it is known that it waits for its database; what was
        opened is closed after it. `doors` opens what stands before it. Raises what keeps it from starting.
        """
        async with AsyncExitStack() as stack:
            opened = asyncio.create_task(self._open(doors, stack), name="opening")
            waits = asyncio.create_task(self._waits.wait())
            try:
                await asyncio.wait({opened, waits}, return_when=asyncio.FIRST_COMPLETED)
                if opened.done():
                    opened.result()
                yield
            finally:
                opened.cancel()
                waits.cancel()
                await asyncio.gather(opened, waits, return_exceptions=True)

    async def _open(self, doors: Doors, stack: AsyncExitStack) -> None:
        async def attempt(tried: AsyncExitStack) -> Service:
            service = await open_service(self._settings, tried, self._clock)
            await doors(service, tried)
            return service

        try:
            self.service = await patiently(attempt, stack, self._miss)
        except Exception as problem:
            self.problem = problem
            raise

    def _miss(self, kind: str) -> None:
        self.missed = kind
        self._waits.set()
