"""What became of every interval of many alerts, as columns of numbers: what reports group and count.

A timeline is made into its observations once, when it changes; a report then reads columns and no timelines. What
depends on when it is made, how long the unattended have waited, is in no column: that is since when they wait.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.dispatch.model import Institution, Level

from .codes import Codes
from .intervals import INTERVALS, WHOLE_ALERT, Outcome, observe
from .timeline import Timeline

Column = NDArray[Any]

NOBODY = "none"
"""Stands for the unit where nobody serves."""
OUTCOMES = tuple(Outcome)
INSTITUTIONS = (*(institution.value for institution in Institution), WHOLE_ALERT)
LEVELS = tuple(level.value for level in sorted(Level, key=lambda level: level.rank))
_INTERVALS = tuple(INTERVALS.values())

OF_AN_ALERT: Mapping[str, type[np.generic]] = {
    "received_at": np.float64,
    "center": np.int32,
    "zone": np.int32,
    "level": np.uint8,
    "day": np.int32,
    "hour": np.uint8,
}
"""One line for each alert. `level` is the highest it ever had; `day` (0001-01-01 is 1) and `hour` are those of its
call (T0) on the local clock."""

OF_AN_OBSERVATION: Mapping[str, type[np.generic]] = {
    "alert": np.int32,
    "interval": np.uint8,
    "outcome": np.uint8,
    "institution": np.uint8,
    "unit": np.int32,
    "seconds": np.float64,
}
"""One line for each observation, 19 bytes. `alert` is the alert's line; `seconds` is the length of what was
measured, of the unattended the time since which they wait (seconds since 1970 UTC), NaN where there is neither."""


def _empty(kinds: Mapping[str, type[np.generic]]) -> Mapping[str, Column]:
    return {name: np.empty(0, dtype=kind) for name, kind in kinds.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """A value: whoever holds one may read it while others make the next one out of it.

    `time_zone` is the clock by which `day` and `hour` are told; without one both are 0. The names belong to the
    codes in the columns; they are shared with those made out of this one, which only add to them.
    """

    time_zone: tzinfo | None = None
    alerts: Mapping[str, Column] = field(default_factory=lambda: _empty(OF_AN_ALERT))
    seen: Mapping[str, Column] = field(default_factory=lambda: _empty(OF_AN_OBSERVATION))
    alert_names: Codes = field(default_factory=Codes)
    names: Mapping[str, Codes] = field(
        default_factory=lambda: {key: Codes() for key in ("center", "zone", "unit")}
    )

    def after(self, changed: Iterable[Timeline]) -> "Observations":
        """With these alerts as they are now: new, or in place of what they were."""
        lines: dict[int, tuple[Any, ...]] = {}
        seen: list[tuple[Any, ...]] = []
        for timeline in changed:
            number = self.alert_names.of(timeline.alert)
            lines[number] = self._alert(timeline)
            seen += self._seen(timeline, number)
        if not lines:
            return self
        numbers = np.fromiter(lines, dtype=np.int64)
        alerts = {
            name: np.append(column, np.zeros(len(self.alert_names) - len(column), dtype=column.dtype))
            for name, column in self.alerts.items()
        }
        for column, values in zip(alerts.values(), zip(*lines.values(), strict=True), strict=True):
            column[numbers] = values
        stays = ~np.isin(self.seen["alert"], numbers)
        new = zip(*seen, strict=True) if seen else [()] * len(OF_AN_OBSERVATION)
        return replace(
            self,
            alerts=alerts,
            seen={
                name: np.concatenate([column[stays], np.array(values, dtype=column.dtype)])
                for (name, column), values in zip(self.seen.items(), new, strict=True)
            },
        )

    def _alert(self, timeline: Timeline) -> tuple[Any, ...]:
        """The alert's line, as `OF_AN_ALERT` has its columns."""
        received_at = timeline.received_at
        local = datetime.fromtimestamp(received_at, self.time_zone) if self.time_zone else None
        return (
            received_at,
            self.names["center"].of(timeline.center),
            self.names["zone"].of(timeline.zone),
            LEVELS.index(timeline.level_highest.value),
            local.toordinal() if local else 0,
            local.hour if local else 0,
        )

    def _seen(self, timeline: Timeline, number: int) -> list[tuple[Any, ...]]:
        """A line for each of its observations, as `OF_AN_OBSERVATION` has its columns."""
        found = []
        for place, interval in enumerate(_INTERVALS):
            for one in observe(timeline, interval, timeline.until):
                seconds = one.since if one.outcome is Outcome.UNATTENDED else one.seconds
                found.append(
                    (
                        number,
                        place,
                        OUTCOMES.index(one.outcome),
                        INSTITUTIONS.index(one.institution),
                        self.names["unit"].of(one.unit or NOBODY),
                        np.nan if seconds is None else seconds,
                    )
                )
        return found

    def chosen(self, intervals: Sequence[str], start: float, end: float) -> "Observations":
        """Those of these intervals and of the alerts whose call came from `start` to before `end`; its alerts keep
        their lines."""
        wanted = np.array([interval.name in intervals for interval in _INTERVALS])
        received_at = self.alerts["received_at"]
        mask = wanted[self.seen["interval"]] & ((start <= received_at) & (received_at < end))[self.seen["alert"]]
        if mask.all():
            return self
        return replace(self, seen={name: column[mask] for name, column in self.seen.items()})
