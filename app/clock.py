"""The one place that reads the time; everybody else is told it.

Times are seconds since 1970-01-01 UTC as floats, rounded to the microsecond PostgreSQL keeps.
"""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the service needs of time: read it, and sleep until it has come."""

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return when this clock, not the wall, has moved on by `seconds`."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        return round(time.time(), 6)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class ScaledClock:
    """A clock that starts at `start` and runs `speed` times as fast as the wall: for replays only."""

    def __init__(self, start: float, speed: float) -> None:
        if speed <= 0:
            raise ValueError("a clock's speed is above zero")
        self.start, self.speed = start, speed
        self._began = time.monotonic()

    def now(self) -> float:
        return round(self.start + (time.monotonic() - self._began) * self.speed, 6)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self.speed)


class HandClock:
    """A clock that stands still until a test moves it; then every sleep that is due ends, in order."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        self._sleepers.append((self._now + seconds, self._count, future))
        await future

    def advance(self, seconds: float) -> None:
        """Move on by `seconds` and wake whoever slept until then."""
        self._now = round(self._now + seconds, 6)
        due = sorted(s for s in self._sleepers if s[0] <= self._now)
        self._sleepers = [s for s in self._sleepers if s[0] > self._now]
        for _, _, future in due:
            if not future.done():
                future.set_result(None)


def rfc3339(at: float) -> str:
    """`at` as the wire writes it: RFC 3339, UTC, milliseconds."""
    moment = datetime.fromtimestamp(at, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(moment: datetime) -> float:
    """Seconds since 1970-01-01 UTC of a moment that knows its zone.

    Raises ValueError for one that does not: a time without a zone is a guess.
    """
    if moment.tzinfo is None:
        raise ValueError("a time needs its zone")
    return round(moment.timestamp(), 6)
