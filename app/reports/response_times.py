"""How fast help came, group by group: percentiles with, beside them, everything they do not show.

Percentiles interpolate linearly between the closest ranks (PERCENTILE_CONT of SQL, type 7 of Hyndman and Fan
1996) over the measured intervals of the group, to the last digit as PostgreSQL does. They are always taken from
the single intervals: an average of percentiles is not a percentile.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import pairwise
from typing import Any

import numpy as np

from .censored import quantiles
from .groups import Groups, groups_of
from .intervals import INTERVALS, Interval, Outcome
from .observations import OUTCOMES, Column, Observations
from .ordered import Floats, ordered
from .targets import Target
from .timeline import Timeline

PERCENTILES = "linear interpolation (PERCENTILE_CONT)"
OF_THE_CLOCK = ("shift", "hour", "weekday", "day", "week")
"""Of these the value is the call's (T0) on the local clock: `06-14`, `07`, `1` (Monday), a date, `2026-W07`."""
KEYS = ("institution", "zone", "level", "unit", "center", *OF_THE_CLOCK)
"""What rows can be grouped by; nothing at all is one group of everything."""
KEYS_MAX = 3
"""Keys at once: more make cells of one alert each."""
CUTS = (0.5, 0.75, 0.9, 0.95)
"""The percentiles of every row."""


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

    @property
    def of_hour(self) -> tuple[str, ...]:
        """The shift at each hour of the local day, as `06-14`."""
        ends = dict(zip(self.starts, (*self.starts[1:], self.starts[0]), strict=True))
        began = [[start for start in self.starts if start <= hour] or self.starts for hour in range(24)]
        return tuple(f"{starts[-1]:02}-{ends[starts[-1]]:02}" for starts in began)

    def label(self, at: float) -> str:
        """The shift of a moment."""
        return self.of_hour[datetime.fromtimestamp(at, self.time_zone).hour]

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
    """The rows of these alerts; see `rows_of`, which raises."""
    seen = Observations(time_zone=shifts.time_zone if shifts else None).after(timelines)
    return rows_of(seen, by, intervals, at=at, shifts=shifts, targets=targets)


def rows_of(
    seen: Observations,
    by: Sequence[str] = ("institution", "zone"),
    intervals: Sequence[str] = tuple(INTERVALS),
    *,
    at: float,
    period: Period | None = None,
    shifts: Shifts | None = None,
    targets: Mapping[str, tuple[Target, ...]] | None = None,
) -> list[Row]:
    """One row for each interval and group that occurs, by number of the interval, then by group.

    `by` are at most `KEYS_MAX` of `KEYS`; `level` is the highest the alert ever had. `at`, seconds since 1970 UTC,
    is when the report is made: how long the unattended have waited is counted to there. `shifts` are those of the
    clock by which the columns were made.
    Raises ValueError for too many, unknown or repeated keys or intervals, and for the clock's without `shifts`.
    """
    _check("interval", intervals, tuple(INTERVALS))
    _check("group", by, KEYS)
    if len(by) > KEYS_MAX:
        raise ValueError(f"rows are grouped by {KEYS_MAX} keys at most")
    if shifts is None and not set(by).isdisjoint(OF_THE_CLOCK):
        raise ValueError("grouping by shift, hour or day needs the shifts")
    window = period or Period(start=-math.inf, end=math.inf)
    seen = seen.chosen(intervals, window.start, window.end)
    if not len(seen.seen["alert"]):
        return []
    groups = groups_of(seen, by, shifts.of_hour if shifts else ())
    return _Figures(seen, groups, at).rows(by, targets or {})


class _Figures:
    """What there is of every group, each figure a column with one line for each group."""

    def __init__(self, seen: Observations, groups: Groups, at: float) -> None:
        self._groups = groups
        outcome, seconds, count = seen.seen["outcome"], seen.seen["seconds"], len(groups)
        of = groups.codes * len(OUTCOMES) + outcome
        self._counts = np.bincount(of, minlength=count * len(OUTCOMES)).reshape(count, len(OUTCOMES))
        measured = outcome == OUTCOMES.index(Outcome.MEASURED)
        lengths, of = _where(measured, seconds, groups.codes)
        self._lengths = ordered(lengths, of, count)
        waiting = (outcome == OUTCOMES.index(Outcome.UNATTENDED)) & ~np.isnan(seconds)
        since, of = _where(waiting, seconds, groups.codes)
        self._waits = ordered(np.maximum(0.0, at - since), of, count)
        self._wrong = {wrong: self._alerts_of(seen, wrong) for wrong in (Outcome.NEGATIVE, Outcome.ABSURD)}

    def rows(self, by: Sequence[str], targets: Mapping[str, tuple[Target, ...]]) -> list[Row]:
        """One for each group, in their order."""
        lengths, waits = self._lengths, self._waits
        figures = {
            **{f"p{round(100 * cut)}_s": lengths.percentiles(cut) for cut in CUTS},
            **dict(zip(("censored_p50_s", "censored_p90_s"), quantiles(lengths, waits, (0.5, 0.9)), strict=True)),
            "mean_s": lengths.means(),
            "waited_longest_s": waits.largest(),
        }
        told: dict[str, list[Any]] = {name: _or_none(column) for name, column in figures.items()}
        told |= {outcome.value: column.tolist() for outcome, column in zip(OUTCOMES, self._counts.T, strict=True)}
        told["n"] = told.pop(Outcome.MEASURED.value)
        within = self._within(targets)
        return [
            Row(
                interval=interval,
                group=tuple(zip(by, names, strict=True)),
                negative_alerts=self._wrong[Outcome.NEGATIVE].get(place, ()),
                absurd_alerts=self._wrong[Outcome.ABSURD].get(place, ()),
                targets=tuple(within[target][place] for target in targets.get(interval.name, ())),
                **{name: column[place] for name, column in told.items()},
            )
            for place, (interval, names) in enumerate(zip(self._groups.intervals, self._groups.names, strict=True))
        ]

    def _alerts_of(self, seen: Observations, outcome: Outcome) -> dict[int, tuple[str, ...]]:
        """Group -> the alerts of which something in it became of this kind."""
        found: dict[int, set[str]] = {}
        for place in np.flatnonzero(seen.seen["outcome"] == OUTCOMES.index(outcome)):
            alert = seen.alert_names.names[seen.seen["alert"][place]]
            found.setdefault(int(self._groups.codes[place]), set()).add(alert)
        return {group: tuple(sorted(alerts)) for group, alerts in found.items()}

    def _within(self, targets: Mapping[str, tuple[Target, ...]]) -> dict[Target, list[Within]]:
        """Of each target that is asked about, how much of each group is within it."""
        names = {interval.name for interval in self._groups.intervals}
        found = {}
        for target in {target for name in names for target in targets.get(name, ())}:
            within = self._lengths.up_to(target.within_s)
            decided = self._lengths.counts + self._waits.counts - self._waits.up_to(target.within_s)
            pairs = zip(within.tolist(), decided.tolist(), strict=True)
            found[target] = [Within(target=target, within=few, decided=all_) for few, all_ in pairs]
        return found


def _where(mask: Column, *columns: Column) -> tuple[Column, ...]:
    """The lines of the columns where the mask is set; the columns themselves where it is set everywhere."""
    return columns if mask.all() else tuple(column[mask] for column in columns)


def _or_none(column: Floats) -> list[float | None]:
    return [None if math.isnan(value) else value for value in column.tolist()]


def _check(what: str, asked: Sequence[str], known: tuple[str, ...]) -> None:
    for name in asked:
        if name not in known:
            raise ValueError(f"there is no {what} {name}; there are {', '.join(known)}")
    if len(set(asked)) != len(asked):
        raise ValueError(f"each {what} is named once")
