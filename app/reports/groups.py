"""Which group each observation is of, by any of the keys, as one whole number; they stand in the rows' order."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .codes import Codes
from .intervals import INTERVALS, Interval
from .observations import INSTITUTIONS, LEVELS, Column, Observations

_DENSE = 1 << 22
"""So many possible groups are numbered by counting; of more, the few that occur are found by sorting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The group of each observation, from 0, and of each group its interval and its values, by `names`."""

    codes: Column
    intervals: Sequence[Interval]
    names: Sequence[tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.intervals)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """One key of each observation as a code, and what the codes stand for, in order."""

    codes: Column
    names: Sequence[str]


def groups_of(seen: Observations, by: Sequence[str], shift_of_hour: Sequence[str]) -> Groups:
    """The groups that occur, by number of the interval, then by their values in the order of `by`.

    Institutions and levels have an order of their own, all else follows the alphabet. `shift_of_hour` are the
    names of the shifts at each hour of the local day.
    """
    keys = [_key(seen, key, shift_of_hour) for key in by]
    sizes = (len(INTERVALS), *(len(key.names) for key in keys))
    possible = math.prod(sizes)
    codes: NDArray[Any] = seen.seen["interval"].astype(np.int64 if possible > _DENSE else np.int32)
    for key in keys:
        codes *= len(key.names)
        codes += key.codes
    if possible <= _DENSE:
        occurs = np.bincount(codes) > 0
        present = np.flatnonzero(occurs)
        codes = (np.cumsum(occurs, dtype=np.int32) - 1)[codes]
    else:
        present, codes = np.unique(codes, return_inverse=True)
    places = [place.tolist() for place in np.unravel_index(present, sizes)]
    intervals = tuple(INTERVALS.values())
    values = [[key.names[code] for code in place] for key, place in zip(keys, places[1:], strict=True)]
    return Groups(
        codes=codes,
        intervals=[intervals[place] for place in places[0]],
        names=list(zip(*values, strict=True)) if by else [() for _ in present],
    )


def _key(seen: Observations, key: str, shift_of_hour: Sequence[str]) -> _Key:
    of_alert, alert = seen.alerts, seen.seen["alert"]
    match key:
        case "institution":
            return _Key(codes=seen.seen["institution"], names=INSTITUTIONS)
        case "level":
            return _Key(codes=of_alert["level"][alert], names=LEVELS)
        case "unit":
            return _named(seen.seen["unit"], seen.names[key])
        case "center" | "zone":
            return _named(of_alert[key][alert], seen.names[key])
        case "shift":
            names = sorted(set(shift_of_hour))
            of_hour = np.array([names.index(name) for name in shift_of_hour], dtype=np.uint8)
            return _Key(codes=of_hour[of_alert["hour"]][alert], names=names)
        case "hour":
            return _Key(codes=of_alert["hour"][alert], names=[f"{hour:02}" for hour in range(24)])
        case "weekday":
            return _Key(codes=((of_alert["day"] - 1) % 7)[alert], names=[str(day) for day in range(1, 8)])
        case "day":
            return _dated(of_alert["day"][alert], 1)
        case "week":
            return _dated(((of_alert["day"] - 1) // 7)[alert], 7)
    raise ValueError(f"there is no key {key}")


def _named(codes: Column, of: Codes) -> _Key:
    """The codes renumbered as their names stand in the alphabet."""
    names = list(of.names)
    order = sorted(range(len(names)), key=names.__getitem__)
    place = np.empty(len(names), dtype=np.int32)
    place[order] = np.arange(len(names))
    return _Key(codes=place[codes], names=[names[code] for code in order])


def _dated(numbers: Column, days: int) -> _Key:
    """Days by their ordinals or, of seven days, weeks by how many Mondays came before."""
    first, last = int(numbers.min()), int(numbers.max())
    if days == 1:
        names = [date.fromordinal(number).isoformat() for number in range(first, last + 1)]
    else:
        weeks = (date.fromordinal(number * days + 1).isocalendar() for number in range(first, last + 1))
        names = [f"{week.year}-W{week.week:02}" for week in weeks]
    return _Key(codes=numbers - first, names=names)
