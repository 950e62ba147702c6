"""What a report is asked for, read from its address: which time, which groups, which interval, which language."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import Depends, Query

from app.clock import instant
from app.dispatch.commands import Refusal
from app.reports.frame import Frame
from app.reports.intervals import INTERVALS
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
BeforeFrom = Annotated[Moment | None, Query()]
By = Annotated[str, Query(max_length=100)]
Only = Annotated[str | None, Query(alias="interval", max_length=200)]
Control = Annotated[str, Query(max_length=1000)]
Language = Annotated[Literal["es", "en"], Query(alias="lang")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One report's question, checked. `before` is the period that `frame.period` is compared with.

    `control`: zones in which nothing was changed between the two.
    """

    here: Service
    frame: Frame
    before: Period
    by: tuple[str, ...]
    intervals: tuple[str, ...]
    control: frozenset[str]
    shifts: Shifts
    targets: Mapping[str, tuple[Target, ...]]

    async def told(self) -> list[Timeline]:
        """The timelines of the alerts of the period."""
        return (await self.told_of(self.frame.period))[0]

    async def told_of(self, *periods: Period) -> list[list[Timeline]]:
        """The timelines of the alerts of each period, all as the log had them at one moment."""
        found = await self.here.chronicle.since(min(period.start for period in periods))
        return await asyncio.to_thread(lambda: [period.of(found.timelines) for period in periods])

    async def open(self) -> list[Timeline]:
        """The timelines of every alert that is open now, whenever its call came."""
        async with self.here.database.transaction() as connection:
            entries = await queries.open_stories(connection, self.here.settings.center)
        return list(timelines(entries).values())

    async def rows(self, by: tuple[str, ...] | None = None, intervals: tuple[str, ...] | None = None) -> list[Row]:
        """The figures of the period, grouped as asked or otherwise. Raises Refusal for unknown groups."""
        by = self.by if by is None else by
        chronicle = self.here.chronicle_of_all if "center" in by else self.here.chronicle
        found = await chronicle.since(self.frame.period.start)
        return await asyncio.to_thread(
            grouped,
            lambda: rows_of(
                found.seen,
                by,
                intervals or self.intervals,
                at=self.frame.at,
                period=self.frame.period,
                shifts=self.shifts,
                targets=self.targets,
            ),
        )

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


def _asked(
    here: Here,
    asker: Asker,
    start: From = None,
    end: To = None,
    before_from: BeforeFrom = None,
    by: By = "institution,zone",
    only: Only = None,
    language: Language = "es",
    control: Control = "",
) -> Question:
    require(asker, Action.READ_REPORTS)
    now, zone = here.clock.now(), ZoneInfo(here.settings.time_zone)
    until = instant(end) if end else now
    since = instant(start) if start else until - DAY_S
    began = instant(before_from) if before_from else since - (until - since)
    if not (0 < until - since <= DAYS_MAX * DAY_S and 0 < since - began <= DAYS_MAX * DAY_S):
        raise Refusal("bad_period", f"A period runs forward and is at most {DAYS_MAX} days long.")
    unknown = [part for part in control.split(",") if part and part not in here.zones]
    if unknown:
        raise Refusal("unknown_grouping", "A control zone is not a zone of this center.")
    intervals = tuple(only.split(",")) if only else tuple(INTERVALS)
    if not set(intervals) <= set(INTERVALS):
        raise Refusal("unknown_grouping", _GROUPING)
    own = (Target(**target.model_dump()) for target in here.settings.targets)
    return Question(
        here=here,
        frame=Frame(
            period=Period(start=since, end=until),
            at=now,
            time_zone=zone,
            language=language,
            floor=here.settings.small_cell_min,
            zones={zone.id: zone.name for zone in here.zones},
        ),
        before=Period(start=began, end=since),
        by=tuple(part for part in by.split(",") if part),
        intervals=intervals,
        control=frozenset(part for part in control.split(",") if part),
        shifts=Shifts(time_zone=zone),
        targets=in_force((*own, *PUBLISHED), datetime.fromtimestamp(since, zone).date()),
    )


Asked = Annotated[Question, Depends(_asked)]
