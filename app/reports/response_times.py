"""How fast help came, group by group: percentiles with, beside them, everything they do not show.

Percentiles interpolate linearly between the closest ranks (PERCENTILE_CONT of SQL, type 7 of Hyndman and Fan
1996) over the measured intervals of the group. They are always taken from the single intervals: an average of
percentiles is not a percentile.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from itertools import pairwise

import numpy as np

from app.dispatch.model import Institution, Level

from .censored import quantiles
from .intervals import INTERVALS, WHOLE_ALERT, Interval, Observation, Outcome, observe
from .targets import Target
from .timeline import Timeline

PERCENTILES = "linear interpolation (PERCENTILE_CONT)"
OF_THE_CLOCK = ("shift", "hour", "weekday", "day", "week")
"""Of these the value is the call's (T0) on the local clock: `06-14`, `07`, `1` (Monday), a date, `2026-W07`."""
KEYS = ("institution", "zone", "level", "unit", *OF_THE_CLOCK)
"""What rows can be grouped by; nothing at all is one group of everything."""
KEYS_MAX = 3
"""Keys at once: more make cells of one alert each."""
NOBODY = "none"
"""Stands for the unit where nobody serves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The alerts whose call came (T0) from `start` up to, not including, `end`: seconds since 1970 UTC."""

    start: float
    end: float

    def of(self, timelines: Iterable[Timeline]) -> list[Timeline]:
        """Those of the period."""
        return [timeline for timeline in timelines if self.start <= timeline.received_at < self.end]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shifts:
    """Blocks of the local day; each begins at a full hour of `starts` (ascending) and ends where the next begins.

    Raises ValueError for hours that are not ascending between 0 and 23.
    """

    time_zone: tzinfo
    starts: tuple[int, ...] = (6, 14, 22)

    def __post_init__(self) -> None:
        ascending = all(first < second for first, second in pairwise(self.starts))
        if not self.starts or not ascending or self.starts[0] < 0 or self.starts[-1] > 23:
            raise ValueError("shifts start at ascending hours between 0 and 23")

    def label(self, at: float) -> str:
        """The shift of a moment, as `06-14`."""
        hour = datetime.fromtimestamp(at, self.time_zone).hour
        start = max((start for start in self.starts if start <= hour), default=self.starts[-1])
        following = self.starts[(self.starts.index(start) + 1) % len(self.starts)]
        return f"{start:02}-{following:02}"

    def labels(self, at: float) -> Mapping[str, str]:
        """What `OF_THE_CLOCK` are at that moment."""
        local = datetime.fromtimestamp(at, self.time_zone)
        year, week, weekday = local.isocalendar()
        return {
            "shift": self.label(at),
            "hour": f"{local.hour:02}",
            "weekday": str(weekday),
            "day": local.date().isoformat(),
            "week": f"{year}-W{week:02}",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """How much of a row was as fast as a target wants.

    `decided`: the measured and those who have waited longer than that already; who still waits in time is in
    neither number, nor is what is missing. `share` is None where nothing is decided.
    """

    target: Target
    within: int
    decided: int

    @property
    def share(self) -> float | None:
        """From 0 to 1."""
        return self.within / self.decided if self.decided else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One interval in one group. `n`, `missing`, `unattended`, `cancelled`, `negative`, `absurd` and `excluded`
    together are all there were.

    Attributes:
        group: the keys asked for and their values, as ("zone", "centro").
        n: how many were measured; `p50_s` to `p95_s` and `mean_s` are of these, in seconds, None without any.
        censored_p50_s, censored_p90_s: with those who still wait (Kaplan-Meier); None where so many never came.
        missing, unattended, cancelled, negative, absurd, excluded: see `Outcome`.
        negative_alerts, absurd_alerts: ids of the alerts whose data are wrong.
        waited_longest_s: of the unattended, the longest that has been waiting when the report was made.
        targets: each target of the interval with how much was within it.
    """

    interval: Interval
    group: tuple[tuple[str, str], ...]
    n: int
    missing: int
    unattended: int
    cancelled: int
    negative: int
    absurd: int
    excluded: int
    negative_alerts: tuple[str, ...]
    absurd_alerts: tuple[str, ...]
    waited_longest_s: float | None
    p50_s: float | None
    p75_s: float | None
    p90_s: float | None
    p95_s: float | None
    censored_p50_s: float | None
    censored_p90_s: float | None
    mean_s: float | None
    targets: tuple[Within, ...] = ()

    @property
    def subjects(self) -> int:
        """All there were, whatever became of them."""
        settled = self.n + self.missing + self.unattended + self.cancelled
        return settled + self.negative + self.absurd + self.excluded

    @property
    def verified(self) -> float | None:
        """Of those to whom help was to come, the share whose end is known, 0 to 1."""
        wanted = self.n + self.missing + self.unattended
        return self.n / wanted if wanted else None


def summarise(
    timelines: Iterable[Timeline],
    by: Sequence[str] = ("institution", "zone"),
    intervals: Sequence[str] = tuple(INTERVALS),
    *,
    at: float,
    shifts: Shifts | None = None,
    targets: Mapping[str, tuple[Target, ...]] | None = None,
) -> list[Row]:
    """One row for each interval and group that occurs, by number of the interval, then by group.

    `by` are at most `KEYS_MAX` of `KEYS`; `level` is the highest the alert ever had. `at`, seconds since 1970 UTC,
    is when the report is made: how long the unattended have waited is counted to there.
    Raises ValueError for too many, unknown or repeated keys or intervals, and for the clock's without `shifts`.
    """
    _check("interval", intervals, tuple(INTERVALS))
    _check("group", by, KEYS)
    if len(by) > KEYS_MAX:
        raise ValueError(f"rows are grouped by {KEYS_MAX} keys at most")
    if shifts is None and not set(by).isdisjoint(OF_THE_CLOCK):
        raise ValueError("grouping by shift, hour or day needs the shifts")
    cells: dict[tuple[int, tuple[tuple[int, str], ...]], _Cell] = {}
    chosen = [INTERVALS[name] for name in intervals]
    for timeline in timelines:
        clock = shifts.labels(timeline.received_at) if shifts else {}
        for interval in chosen:
            for seen in observe(timeline, interval, at):
                values = {
                    "institution": seen.institution,
                    "zone": timeline.zone,
                    "level": timeline.level_highest.value,
                    "unit": seen.unit or NOBODY,
                    **clock,
                }
                ranked = tuple((_rank(key, values[key]), values[key]) for key in by)
                cell = cells.get((interval.number, ranked))
                if cell is None:
                    cell = cells[interval.number, ranked] = _Cell(interval)
                cell.add(seen)
    return [
        cell.row(
            tuple(zip(by, (value for _, value in ranked), strict=True)),
            (targets or {}).get(cell.interval.name, ()),
        )
        for (_, ranked), cell in sorted(cells.items(), key=lambda item: item[0])
    ]


@dataclass(slots=True)
class _Cell:
    """The observations of one row while they are counted."""

    interval: Interval
    lengths_s: list[float] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)
    negative_alerts: set[str] = field(default_factory=set)
    absurd_alerts: set[str] = field(default_factory=set)
    counts: Counter[Outcome] = field(default_factory=Counter)

    def add(self, seen: Observation) -> None:
        self.counts[seen.outcome] += 1
        if seen.outcome is Outcome.NEGATIVE:
            self.negative_alerts.add(seen.alert)
        if seen.outcome is Outcome.ABSURD:
            self.absurd_alerts.add(seen.alert)
        if seen.seconds is not None and seen.outcome is Outcome.MEASURED:
            self.lengths_s.append(seen.seconds)
        if seen.seconds is not None and seen.outcome is Outcome.UNATTENDED:
            self.waits_s.append(seen.seconds)

    def row(self, group: tuple[tuple[str, str], ...], targets: tuple[Target, ...]) -> Row:
        cuts: list[float | None] = [None] * 4
        mean_s = None
        if self.lengths_s:
            found = np.quantile(self.lengths_s, (0.5, 0.75, 0.9, 0.95), method="linear")
            cuts = [float(cut) for cut in found]
            # Sorted, so that the same intervals in another order give the same last digit.
            mean_s = float(np.mean(np.sort(self.lengths_s)))
        censored = quantiles(self.lengths_s, self.waits_s, (0.5, 0.9))
        return Row(
            interval=self.interval,
            group=group,
            n=self.counts[Outcome.MEASURED],
            missing=self.counts[Outcome.MISSING],
            unattended=self.counts[Outcome.UNATTENDED],
            cancelled=self.counts[Outcome.CANCELLED],
            negative=self.counts[Outcome.NEGATIVE],
            absurd=self.counts[Outcome.ABSURD],
            excluded=self.counts[Outcome.EXCLUDED],
            negative_alerts=tuple(sorted(self.negative_alerts)),
            absurd_alerts=tuple(sorted(self.absurd_alerts)),
            waited_longest_s=max(self.waits_s, default=None),
            p50_s=cuts[0],
            p75_s=cuts[1],
            p90_s=cuts[2],
            p95_s=cuts[3],
            censored_p50_s=censored[0],
            censored_p90_s=censored[1],
            mean_s=mean_s,
            targets=tuple(self._within(target) for target in targets),
        )

    def _within(self, target: Target) -> Within:
        return Within(
            target=target,
            within=sum(length <= target.within_s for length in self.lengths_s),
            decided=len(self.lengths_s) + sum(wait > target.within_s for wait in self.waits_s),
        )


_INSTITUTIONS = (*(institution.value for institution in Institution), WHOLE_ALERT)
_RANK: dict[str, Callable[[str], int]] = {
    "institution": _INSTITUTIONS.index,
    "level": lambda value: Level(value).rank,
}
"""Where a value stands among its kind; equals, and all of other kinds, follow the alphabet."""


def _rank(key: str, value: str) -> int:
    return _RANK[key](value) if key in _RANK else 0


def _check(what: str, asked: Sequence[str], known: tuple[str, ...]) -> None:
    for name in asked:
        if name not in known:
            raise ValueError(f"there is no {what} {name}; there are {', '.join(known)}")
    if len(set(asked)) != len(asked):
        raise ValueError(f"each {what} is named once")
