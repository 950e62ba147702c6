"""The alerts as reports see them: folded from the log once, then followed entry by entry, whoever writes them.

A report reads what it finds here after one look at the log, and not the log of its whole period again. The log is
only ever added to, and its numbers are in the order of commits, so what was folded up to a number stays folded:
joins, merges and splits are entries like others, and erasing destroys keys and no entries.
"""

import asyncio
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from app.dispatch import events as e
from app.reports.observations import Observations
from app.reports.timeline import Timeline, feed
from app.store import queries
from app.store.session import Database

ALERTS_MAX = 100_000
"""So many alerts are kept, some 250 a day for the longest period: about 2.5 KB each, so 250 MB. What a report
needs beyond that is folded for it alone and let go."""
ALERTS_AT_ONCE = 100
ENTRIES_AT_ONCE = 2_000
"""What is read and folded in one piece, so that commands pass between two pieces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """All alerts that were raised since a time, as the log had them at one moment; a value."""

    timelines: Sequence[Timeline]
    seen: Observations


@dataclass(slots=True, kw_only=True)
class _Kept:
    """What is folded: each center's log up to the entry `seq`, of the alerts raised from `since` on. `changed` are
    those whose columns are older than their timelines."""

    seq: dict[str, int]
    seen: Observations
    since: float = math.inf
    timelines: dict[str, Timeline] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)

    def feed(self, center: str, entries: Iterable[e.Entry]) -> None:
        """Fold the entries in. Those of an alert raised before `since`, which is not here, are passed over."""
        for entry in entries:
            event = entry.event
            if isinstance(event, e.AlertRaised) or (
                isinstance(event, e.AlertEvent) and event.alert in self.timelines
            ):
                feed(self.timelines, entry, center)
                self.changed.add(event.alert)


class Chronicle:
    """The alerts of these centers, which share the database. `time_zone` is the local clock of the reports."""

    def __init__(
        self, database: Database, centers: Iterable[str], time_zone: tzinfo, alerts_max: int = ALERTS_MAX
    ) -> None:
        self._database, self._centers, self._time_zone = database, tuple(centers), time_zone
        self._alerts_max = alerts_max
        self._kept: _Kept | None = None
        self._one_at_a_time = asyncio.Lock()

    async def since(self, start: float) -> Told:
        """All alerts raised from `start` (seconds since 1970 UTC) on, and maybe older ones, up to the log's end.

        Raises a database error; nothing that was folded before is lost by one.
        """
        # Whoever asked may go away: what was begun is finished, for two must not fold at the same time.
        return await asyncio.shield(self._since(start))

    async def _since(self, start: float) -> Told:
        async with self._one_at_a_time:
            kept = self._kept or await self._begin()
            if start < kept.since:
                for center in self._centers:
                    await self._reach_back(kept, center, start)
                kept.since = start
            for center in self._centers:
                await self._follow(kept, center)
            changed = [kept.timelines[alert] for alert in kept.changed]
            kept.seen = await asyncio.to_thread(kept.seen.after, changed)
            kept.changed.clear()
            self._kept = kept if len(kept.timelines) <= self._alerts_max else None
            return Told(timelines=tuple(kept.timelines.values()), seen=kept.seen)

    async def _begin(self) -> _Kept:
        async with self._database.transaction() as connection:
            ends = {center: await queries.last_seq(connection, center) for center in self._centers}
        return _Kept(seq=ends, seen=Observations(time_zone=self._time_zone))

    async def _reach_back(self, kept: _Kept, center: str, start: float) -> None:
        """Fold the alerts raised from `start` on that are not here yet, as far as the log is followed."""
        async with self._database.transaction() as connection:
            alerts = await queries.raised(connection, center, start, kept.since)
        for first in range(0, len(alerts), ALERTS_AT_ONCE):
            part = alerts[first : first + ALERTS_AT_ONCE]
            async with self._database.transaction() as connection:
                entries = await queries.stories_of(connection, center, part)
            kept.feed(center, (entry for entry in entries if entry.seq <= kept.seq[center]))

    async def _follow(self, kept: _Kept, center: str) -> None:
        """Fold what the log got since the last look."""
        while True:
            async with self._database.transaction() as connection:
                entries = await queries.alert_entries(connection, center, kept.seq[center], ENTRIES_AT_ONCE)
            kept.feed(center, entries)
            if entries:
                kept.seq[center] = entries[-1].seq
            if len(entries) < ENTRIES_AT_ONCE:
                return
