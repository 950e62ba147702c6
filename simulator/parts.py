"""Where the time of a response goes: the parts of T8 - T0, one after the other, of the patrol that came first."""

from collections.abc import Iterable, Mapping

import numpy as np

from app.dispatch.model import Institution
from app.reports.leg import AssignmentTimes
from app.reports.points import TimePoint
from app.reports.timeline import Timeline

PARTS = ("answering", "taking_down", "finding", "accepting", "turnout", "travel")
"""From T0 to T1; T3; the offer that was accepted, with all that was asked in vain before; T6; T7; T8."""


def parts(timelines: Iterable[Timeline]) -> Mapping[str, float]:
    """Mean seconds of each part over those who were reached: together the mean response. Empty: nobody."""
    rows = [row for timeline in timelines if (row := _of(timeline)) is not None]
    return dict(zip(PARTS, np.mean(rows, axis=0).round(1).tolist(), strict=True)) if rows else {}


def _of(timeline: Timeline) -> list[float] | None:
    first = _first_there(timeline)
    if first is None or timeline.answered_at is None:
        return None
    later = (TimePoint.OFFERED, TimePoint.ACCEPTED, TimePoint.EN_ROUTE, TimePoint.ON_SCENE)
    moments = [timeline.received_at, timeline.answered_at, timeline.raised_at, *(first.stamps[p] for p in later)]
    return np.diff(moments).tolist()


def _first_there(timeline: Timeline) -> AssignmentTimes | None:
    legs = timeline.of(Institution.POLICE)
    there = [times for leg in legs for times in leg.assignments if TimePoint.ON_SCENE in times.stamps]
    return min(there, key=lambda times: times.stamps[TimePoint.ON_SCENE], default=None)
