"""Whose turn it is to send the synthetic alert, how it went, and what is said of it."""

import asyncio
import logging
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any

from app.desk import DeskBusy, NotSaved
from app.dispatch.commands import Refusal
from app.service import Service
from app.store import synthetic
from app.store.session import GONE

from .center import Tokens, forget, furnish, settings_of
from .door import Build, Door, NoDoor, a_door
from .way import Way, WrongWay

WITHIN_S = 10.0
"""A round that takes longer has failed."""
OPEN_S_MAX = 30.0
"""How long it may take to have the center, which is begun anew first."""
STOP_S_MAX = 3.0
"""So long the end of a process waits for it, and no longer."""
LATE_AFTER_ROUNDS = 3
"""Rounds without one that went the whole way until it is said that the way is not well."""
ROUNDS_MAX = 1_440
"""After so many, a day's at one a minute, the center is begun anew: so much of its log there is at most."""

_LOG = logging.getLogger("naranja.synthetic")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """The synthetic center while this process has it."""

    stack: AsyncExitStack
    lock: Any
    intake: Door
    units: Door
    tokens: Tokens


class Synthetic:
    """One for each process.

    Of all processes of the center one has the synthetic center, by a lock of the database, until something goes
    wrong or it ends; the others look how it went.
    """

    def __init__(
        self, service: Service, build: Build, within_s: float = WITHIN_S, rounds_max: int = ROUNDS_MAX
    ) -> None:
        self._service, self._build = service, build
        self._within_s, self._rounds_max = within_s, rounds_max
        self._every_s = service.settings.synthetic_s
        self._center = settings_of(service).center
        self._open: _Open | None = None
        self._rounds = 0
        self._began_at = service.clock.now()
        self._last_at: float | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to go round, where it is wanted. A replay's clock is nobody's to measure by."""
        if self._every_s > 0 and self._service.settings.clock_start is None:
            self._task = asyncio.create_task(self._run(), name="synthetic")

    async def stop(self) -> None:
        """End; another process may have the synthetic center."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        closing = asyncio.create_task(self._let_go())
        _, slow = await asyncio.wait({closing}, timeout=STOP_S_MAX)
        for one in slow:
            one.cancel()

    def standing(self) -> tuple[bool, str]:
        """Whether the way is well, as far as is known here, and in words."""
        if self._task is None:
            return True, "off"
        age_s = self._service.clock.now() - (self._last_at or self._began_at)
        well = age_s <= LATE_AFTER_ROUNDS * self._every_s
        return well, f"last {age_s:.0f} s ago" if self._last_at is not None else "none yet"

    async def _run(self) -> None:
        clock = self._service.clock
        while True:
            await clock.sleep(self._every_s - clock.now() % self._every_s)
            if self._service.draining:
                await self._let_go()
                continue
            try:
                await self.turn()
            except Exception:  # noqa: BLE001  # said loudly; whoever stands still looks like a way that is well
                _LOG.critical("a bug in the synthetic alert; it goes on", exc_info=True)
                await self._let_go()

    async def turn(self) -> bool:
        """Send the alert of this minute if it is for this process, else look how it went. False if it went wrong.

        1. Have the center, or look. 2. Walk. 3. Where it is time, or something went wrong, let go: the next has a
        clean slate, at whichever process. 4. Count, and say what went wrong.
        """
        measures, at = self._service.measures, self._service.clock.now()
        way: Way | None = None
        try:
            async with asyncio.timeout(OPEN_S_MAX):
                if not await self._have():
                    await self._look()
                    return True
            assert self._open is not None
            async with asyncio.timeout(self._within_s):
                # A sleep may end a moment before its time.
                number = round(at / self._every_s)
                way = Way(self._open.intake, self._open.units, self._open.tokens, number)
                took_s = await way.walk()
        except (WrongWay, NoDoor, NotSaved, DeskBusy, Refusal, *GONE) as problem:
            await self._let_go()
            step = way.step if way is not None else "open"
            _LOG.error("a synthetic alert went wrong", extra={"code": step, "error": type(problem).__name__})
            measures.synthetic_failures.labels(step).inc()
            return False
        self._rounds += 1
        if self._rounds >= self._rounds_max:
            await self._let_go()
        self._learn(self._service.clock.now())
        measures.synthetic_s.observe(took_s)
        return True

    def _learn(self, at: float | None) -> None:
        if at is not None and at >= (self._last_at or 0.0):
            self._last_at = at
            self._service.measures.synthetic_at.set(at)

    async def _look(self) -> None:
        """How it went at the process that has it."""
        async with self._service.database.transaction() as connection:
            self._learn(await synthetic.last_success(connection, self._center))

    async def _have(self) -> bool:
        """Whether this process has the synthetic center; it is opened where nobody else has it."""
        if self._open is not None:
            # Without its connection the lock is gone, and somebody else may have the center.
            await self._open.lock.fetchval("SELECT 1")
            return True
        service = self._service
        lock = await service.database.connect()
        async with AsyncExitStack() as stack:
            stack.callback(lock.terminate)
            if not await synthetic.take_turn(lock, self._center):
                return False
            await forget(service.database, self._center)
            intake = await stack.enter_async_context(a_door(self._build))
            units = await stack.enter_async_context(a_door(self._build))
            tokens = await furnish(intake.service)
            self._rounds = 0
            self._open = _Open(stack=stack.pop_all(), lock=lock, intake=intake, units=units, tokens=tokens)
        return True

    async def _let_go(self) -> None:
        """Close both doors and leave the center to whoever comes next."""
        open_, self._open = self._open, None
        if open_ is not None:
            with suppress(*GONE):
                await open_.stack.aclose()
