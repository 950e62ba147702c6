"""What a report is asked for, read from its address: which time, which groups, which interval, which language."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import Depends, Query

from app.clock import instant
from app.dispatch.commands import Refusal
from app.history import kept
from app.history.kept import Kept
from app.history.refused import HistoryRefused
from app.reports.frame import Frame
from app.reports.intervals import INTERVALS
from app.reports.observations import Observations
from app.reports.response_times import KEYS, KEYS_MAX, Period, Row, Shifts, rows_of
from app.reports.targets import PUBLISHED, Target, in_force
from app.reports.timeline import Timeline, timelines
from app.security.permissions import Action, require
from app.service import Service
from app.store import queries

from .bodies import Moment
from .caller import Asker, Here

DAYS_MAX = 400
"""A report looks at so many days at most."""
DAY_S = timedelta(days=1).total_seconds()

_GROUPING = (
    f"Group by at most {KEYS_MAX} of {', '.join(KEYS)}, each once; intervals are {', '.join(INTERVALS)}; of single"
    " cases no interval is told that ends at a safe place."
)

From = Annotated[Moment | None, Query(alias="from")]
To = Annotated[Moment | None, Query(alias="to")]
Before = Annotated[Moment | None, Query()]
Source = Annotated[str | None, Query(max_length=60, description="An imported history instead of the log.")]
By = Annotated[str, Query(max_length=100)]
Only = Annotated[str | None, Query(alias="interval", max_length=200)]
Named = Annotated[str, Query(max_length=1000, description="Zones, by comma.")]
Language = Annotated[Literal["es", "en"], Query(alias="lang")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One report's question, checked. `before` is the period that `frame.period` is compared with.

    `control`: zones in which nothing was changed between the two. `zones`, `against`: two groups of zones that are
    laid side by side. `source`, `before_source`: the imported history
    that the period's cases, or those before, are taken from instead of the log.
    """

    here: Service
    frame: Frame
    before: Period
    by: tuple[str, ...]
    intervals: tuple[str, ...]
    control: frozenset[str]
    zones: frozenset[str]
    against: frozenset[str]
    shifts: Shifts
    targets: Mapping[str, tuple[Target, ...]]
    source: Kept | None = None
    before_source: Kept | None = None

    async def told(self) -> list[Timeline]:
        """The timelines of the alerts of the question's own period."""
        return (await self._of(self.source, self.frame.period))[0]

    async def told_both(self) -> list[list[Timeline]]:
        """Those of the period before and of the period; of the log, both as it was at one moment."""
        if self.source is self.before_source is None:
            return await self._of(None, self.before, self.frame.period)
        return [*await self._of(self.before_source, self.before), *await self._of(self.source, self.frame.period)]

    async def _of(self, source: Kept | None, *periods: Period) -> list[list[Timeline]]:
        if source is not None:
            async with self.here.database.transaction() as connection:
                center = self.here.settings.center
                return [await kept.timelines_of(connection, center, source, period) for period in periods]
        found = await self.here.chronicle.since(min(period.start for period in periods))
        return await asyncio.to_thread(lambda: [period.of(found.timelines) for period in periods])

    def of_the_log(self) -> "Question":
        """The question, where it asks for the log. Raises Refusal for what no other system records."""
        if self.source is not None:
            raise Refusal("unknown_source", "This is only of the log: other systems do not record who was asked.")
        return self

    async def open(self) -> list[Timeline]:
        """The timelines of every alert that is open now, whenever its call came; none of an imported history."""
        if self.source is not None:
            return []
        async with self.here.database.transaction() as connection:
            entries = await queries.open_stories(connection, self.here.settings.center)
        return list(timelines(entries).values())

    async def rows(self, by: tuple[str, ...] | None = None, intervals: tuple[str, ...] | None = None) -> list[Row]:
        """The figures of the period, grouped as asked or otherwise. Raises Refusal for unknown groups."""
        by = self.by if by is None else by
        seen = await self._seen(by)
        return await asyncio.to_thread(
            grouped,
            lambda: rows_of(
                seen,
                by,
                intervals or self.intervals,
                at=self.frame.at,
                period=self.frame.period,
                shifts=self.shifts,
                targets=self.targets,
            ),
        )

    async def _seen(self, by: tuple[str, ...]) -> Observations:
        if self.source is not None:
            told = await self.told()
            return await asyncio.to_thread(Observations(time_zone=self.shifts.time_zone).after, told)
        chronicle = self.here.chronicle_of_all if "center" in by else self.here.chronicle
        return (await chronicle.since(self.frame.period.start)).seen

    @property
    def one(self) -> str:
        """The one interval that is looked at: the first that was named, else the response."""
        return "response" if self.intervals == tuple(INTERVALS) else self.intervals[0]


def grouped[T](made: Callable[[], T]) -> T:
    """What `made` makes. Raises Refusal where it says that it cannot be made."""
    try:
        return made()
    except ValueError as problem:
        raise Refusal("unknown_grouping", _GROUPING) from problem


async def _asked(
    here: Here,
    asker: Asker,
    start: From = None,
    end: To = None,
    before_from: Before = None,
    before_to: Before = None,
    by: By = "institution,zone",
    only: Only = None,
    language: Language = "es",
    control: Named = "",
    zones: Named = "",
    against: Named = "",
    source: Source = None,
    before_source: Source = None,
) -> Question:
    require(asker, Action.READ_REPORTS)
    now, zone = here.clock.now(), ZoneInfo(here.settings.time_zone)
    until = instant(end) if end else now
    since = instant(start) if start else until - DAY_S
    ended = instant(before_to) if before_to else since
    began = instant(before_from) if before_from else ended - (until - since)
    if not (0 < until - since <= DAYS_MAX * DAY_S and 0 < ended - began <= DAYS_MAX * DAY_S and ended <= since):
        raise Refusal("bad_period", f"A period runs forward and is at most {DAYS_MAX} days long.")
    named = [frozenset(part for part in words.split(",") if part) for words in (control, zones, against)]
    if not all(zone in here.zones for group in named for zone in group):
        raise Refusal("unknown_grouping", "A zone that is named is not a zone of this center.")
    intervals = tuple(only.split(",")) if only else tuple(INTERVALS)
    if not set(intervals) <= set(INTERVALS):
        raise Refusal("unknown_grouping", _GROUPING)
    own = (Target(**target.model_dump()) for target in here.settings.targets)
    sources = [None if name is None else await _source(here, name) for name in (source, before_source)]
    frame = Frame(
        period=Period(start=since, end=until),
        at=min(now, sources[0].until) if sources[0] else now,
        time_zone=zone,
        language=language,
        floor=here.settings.small_cell_min,
        zones={zone.id: zone.name for zone in here.zones},
    )
    about = [one.facts(frame.say, before) for one, before in zip(sources, ("", "before_"), strict=True) if one]
    return Question(
        here=here,
        frame=replace(frame, about=tuple(fact for facts in about for fact in facts)),
        source=sources[0],
        before_source=sources[1],
        before=Period(start=began, end=ended),
        by=tuple(part for part in by.split(",") if part),
        intervals=intervals,
        control=named[0],
        zones=named[1],
        against=named[2],
        shifts=Shifts(time_zone=zone),
        targets=in_force((*own, *PUBLISHED), datetime.fromtimestamp(since, zone).date()),
    )


async def _source(here: Service, name: str) -> Kept:
    async with here.database.transaction() as connection:
        try:
            return await kept.named(connection, here.settings.center, name)
        except HistoryRefused as problem:
            raise Refusal(problem.code, problem.sentence) from problem


Asked = Annotated[Question, Depends(_asked)]
