"""How long the personal data of an alert are kept after its end, and the daily round that erases what is over.

The book has pages with a date, as that of the rules has. What counts for an alert is the page of when it ended, or
the page of now if that keeps it longer: a shorter time set today takes nothing away that was to be kept.
"""

import asyncio
import logging
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from app.clock import Clock, rfc3339
from app.dispatch.commands import Refusal
from app.erasing import RETENTION, Eraser
from app.store import retention as rows
from app.store.retention import CANCELLED, CLOSED, Ending, Page
from app.store.session import GONE, Database

DAY_S = 86_400.0
LOOK_EVERY_S = 3_600.0
"""How often a process looks whether the round of the day is to be done."""
LEASE_S = 7_200.0
"""A round that was begun and not ended for so long is begun anew by another process."""
PAGE = 500
OTHER = "*"
"""Any disposition or reason that is not named."""

_LOG = logging.getLogger("naranja.retention")


class RetentionRefused(Exception):
    """This says not how long details are kept."""

    code = "retention_refused"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How many days details are kept after the end of an alert; docs/retention.md has the sources of the defaults.

    By disposition where it was closed, by reason where it was cancelled; `*` is any other.
    """

    closed_days: Mapping[str, float] = field(default_factory=lambda: {OTHER: 1825.0})
    cancelled_days: Mapping[str, float] = field(default_factory=lambda: {OTHER: 730.0})
    merged_days: float = 1825.0

    def days(self, ending: Ending) -> float:
        """How long after this ending."""
        if ending.kind == CLOSED:
            return self.closed_days.get(ending.code, self.closed_days[OTHER])
        if ending.kind == CANCELLED:
            return self.cancelled_days.get(ending.code, self.cancelled_days[OTHER])
        return self.merged_days

    def shortest(self) -> float:
        """The fewest days of all."""
        return min(*self.closed_days.values(), *self.cancelled_days.values(), self.merged_days)


def keeping_of(differences: Mapping[str, Any]) -> Keeping:
    """What differs so from the defaults. Raises RetentionRefused for what is no number of days, one at least."""
    usual: dict[str, Any] = msgspec.to_builtins(Keeping())
    unknown = sorted(set(differences) - set(usual))
    if unknown:
        raise RetentionRefused(f"There is no {', '.join(unknown)}; docs/retention.md names what there is.")
    merged = {
        name: {**known, **said} if isinstance(known, dict) and isinstance(said, Mapping) else said
        for name, known in usual.items()
        for said in [differences.get(name, known)]
    }
    try:
        keeping = msgspec.convert(merged, Keeping, strict=True)
    except msgspec.ValidationError as problem:
        raise RetentionRefused(f"{problem}.") from None
    days = (*keeping.closed_days.values(), *keeping.cancelled_days.values(), keeping.merged_days)
    if not all(1 <= each < math.inf for each in days):
        raise RetentionRefused("Details are kept for a day at least.")
    return keeping


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What counts from when; before the first page the defaults."""

    pages: Sequence[tuple[float, Keeping]]

    def at(self, moment: float) -> Keeping:
        """What counts at that moment, seconds since 1970 UTC."""
        page = bisect_right([begins for begins, _ in self.pages], moment) - 1
        return self.pages[page][1] if page >= 0 else Keeping()

    def due_at(self, ending: Ending, now: float) -> float:
        """When the details of an alert that ended so are to be erased."""
        return ending.at + DAY_S * max(self.at(ending.at).days(ending), self.at(now).days(ending))


def book_of(written: Sequence[Page]) -> Book:
    """The book of these pages. Raises RetentionRefused."""
    return Book(pages=[(begins, keeping_of(page)) for begins, page in written])


class Retention:
    """Does the daily round for one center; one of its processes does it."""

    def __init__(self, database: Database, clock: Clock, center: str) -> None:
        self._database, self._clock, self._center = database, clock, center
        self._eraser = Eraser(database, clock, center)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look every hour."""
        self._task = asyncio.create_task(self._run(), name="retention")

    async def stop(self) -> None:
        """End it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self.round()
            except RetentionRefused as problem:
                _LOG.critical("nothing is erased", extra={"code": problem.code})
            except GONE as problem:
                _LOG.warning("the round of today was not done", extra={"error": type(problem).__name__})
            await self._clock.sleep(LOOK_EVERY_S)

    async def round(self) -> int:
        """Do the round of today unless somebody has, or does; how many were erased. Raises RetentionRefused."""
        at = self._clock.now()
        day = rfc3339(at)[:10]
        async with self._database.transaction() as connection:
            if not await rows.claim(connection, self._center, day, at=at, lease_s=LEASE_S):
                return 0
        erased = len(await self.erase_due(by="service"))
        async with self._database.transaction() as connection:
            await rows.end(connection, self._center, day, at=self._clock.now(), erased=erased)
        return erased

    async def erase_due(self, *, by: str) -> list[str]:
        """Erase what is over; the alerts that were. The same again erases nothing. Raises RetentionRefused."""
        erased = []
        for alert in await self.due():
            try:
                if not (await self._eraser.erase(alert, by=by, reason=RETENTION)).again:
                    erased.append(alert)
            except Refusal as refusal:
                # Held since it was looked up.
                _LOG.info("an alert is kept", extra={"alert": alert, "code": refusal.code})
        return erased

    async def due(self) -> list[str]:
        """The alerts whose time is over, oldest end first. Raises RetentionRefused."""
        now = self._clock.now()
        async with self._database.transaction() as connection:
            book = book_of(await rows.pages(connection, self._center))
        until = now - DAY_S * book.at(now).shortest()
        found: list[str] = []
        after = (-math.inf, "00000000-0000-0000-0000-000000000000")
        while True:
            async with self._database.transaction() as connection:
                ended = await rows.endings(connection, self._center, until=until, after=after, limit=PAGE)
            if not ended:
                return found
            found += [ending.alert for ending in ended if book.due_at(ending, now) <= now]
            after = (ended[-1].at, ended[-1].alert)
