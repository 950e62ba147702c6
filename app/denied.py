"""Who was told no is written down: every permission refused at any door, so that somebody sees a pattern.

Somebody who asks without end must not fill the disk: after `EACH_MAX` rows of one person in a window the rest of
it is counted, and written as one row. A process that is killed loses that count, and no row.
"""

import asyncio
import logging
from dataclasses import dataclass

from app.clock import Clock
from app.security.permissions import Action
from app.security.sessions import Viewer
from app.store import audit
from app.store.session import GONE, Database

EACH_MAX = 20
"""Rows of one person in one window."""
WINDOW_S = 60.0
LOOK_EVERY_S = 5.0
"""How often it is looked for windows that are over."""
REFUSED = "refused"
"""What an audit row of a refused permission is about."""

_LOG = logging.getLogger("naranja.denied")


@dataclass(slots=True, kw_only=True)
class _Window:
    """One person's refusals since `start`: rows that were written, and how many more there were."""

    start: float
    written: int = 0
    more: int = 0


class Denials:
    """Writes down what was refused in one center, by this process."""

    def __init__(self, database: Database, clock: Clock, center: str) -> None:
        self._database, self._clock, self._center = database, clock, center
        self._windows: dict[str, _Window] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look for windows that are over."""
        self._task = asyncio.create_task(self._run(), name="denials")

    async def stop(self) -> None:
        """Write what is counted and not written yet."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._close([*self._windows])

    async def note(
        self, viewer: Viewer, action: Action, *, alert: str | None = None, unit: str | None = None
    ) -> None:
        """Write down that this person was refused this. They are refused also where it cannot be written."""
        at = self._clock.now()
        window = self._windows.get(viewer.person)
        if window is not None and _is_over(window, at):
            await self._close([viewer.person])
            window = None
        if window is None:
            window = self._windows.setdefault(viewer.person, _Window(start=at))
        if window.written >= EACH_MAX:
            window.more += 1
            return
        window.written += 1
        await self._write(viewer.person, {"action": action.value}, alert=alert, unit=unit)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            at = self._clock.now()
            await self._close([person for person, window in self._windows.items() if _is_over(window, at)])

    async def _close(self, people: list[str]) -> None:
        for person in people:
            window = self._windows.pop(person, None)
            if window is not None and window.more:
                await self._write(person, {"action": "more"}, count=window.more)

    async def _write(
        self,
        person: str,
        said: dict[str, str],
        *,
        alert: str | None = None,
        unit: str | None = None,
        count: int = 1,
    ) -> None:
        try:
            async with self._database.transaction() as connection:
                await audit.write(
                    connection,
                    self._center,
                    at=self._clock.now(),
                    by=person,
                    what=REFUSED,
                    alert=alert,
                    unit=unit,
                    count=count,
                    said=said,
                )
        except GONE as problem:
            _LOG.critical("a refusal was not written down", extra={"error": type(problem).__name__})


def _is_over(window: _Window, at: float) -> bool:
    return not 0 <= at - window.start < WINDOW_S
