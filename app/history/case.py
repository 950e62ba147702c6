"""One case of another system as it was recorded, and told as the log tells its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.dispatch.model import Institution, Level
from app.reports.leg import AssignmentTimes, Leg
from app.reports.points import TimePoint
from app.reports.timeline import Timeline

from .map import OF_THE_CASE, HistoryMap

Stamps = Mapping[TimePoint, float]
NO_NAME = "?"
"""The unit where the record names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What one unit did in a case: its own time points, T4 to T13, seconds since 1970 UTC."""

    unit: str
    institution: Institution
    stamps: Stamps


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case. `stamps` are its own: T0 to T3, T14 and T15; nothing here stands in for anything else.

    `institutions`: whose help was asked for, whether or not somebody of theirs was stamped.
    `ended`: `cancelled`, or `duplicate` where it was another case once more.
    """

    id: str
    zone: str
    level: Level
    institutions: tuple[Institution, ...]
    stamps: Stamps
    served: tuple[Served, ...] = ()
    ended: Literal["cancelled", "duplicate"] | None = None

    @property
    def every_stamp(self) -> list[float]:
        """All of them; at least one."""
        return [*self.stamps.values(), *(at for one in self.served for at in one.stamps.values())]

    @property
    def began(self) -> float:
        """Where it stands on the calendar: its T0, else its T1, T2 or T3, else the first stamp."""
        first = (self.stamps[point] for point in OF_THE_CASE[:4] if point in self.stamps)
        return next(first, min(self.every_stamp))


def told(case: Case, by: HistoryMap) -> Timeline:
    """The case as the log would tell it, as far as its record goes; the map's `instead` is carried out here.

    What is not recorded is unknown to the timeline: no interval is measured from it.
    """
    stamps = {point: case.stamps[other] for point, other in by.instead.items() if other in case.stamps}
    stamps |= case.stamps
    # The record may have a column for its beginning and yet no stamp here; then it is unknown here as well.
    unknown = {point for point in by.lacks if point not in stamps}
    unknown |= {point for point in (TimePoint.RECEIVED, TimePoint.RAISED) if point not in stamps}
    until = max(case.every_stamp)
    over = stamps.get(TimePoint.CLOSED, until) if case.ended else None
    cancelled = over if case.ended == "cancelled" else None
    order_at = stamps.get(TimePoint.ORDER)
    return Timeline(
        alert=case.id,
        folio=case.id,
        seq=0,
        until=until,
        zone=case.zone,
        incident="",
        level=case.level,
        level_highest=case.level,
        calls={case.id: stamps.get(TimePoint.RECEIVED, case.began)},
        answered_at=stamps.get(TimePoint.ANSWERED),
        located_at=stamps.get(TimePoint.LOCATED),
        raised_at=stamps.get(TimePoint.RAISED, case.began),
        legs=tuple(_leg(case, institution, cancelled) for institution in case.institutions),
        closed_at=stamps.get(TimePoint.CLOSED),
        cancelled_at=cancelled,
        order="issued" if order_at is not None else None,
        order_at=order_at,
        merged_at=over if case.ended == "duplicate" else None,
        unknown=frozenset(unknown),
    )


def _leg(case: Case, institution: Institution, cancelled: float | None) -> Leg:
    own = [one for one in case.served if one.institution is institution]
    own.sort(key=lambda one: (min(one.stamps.values()), one.unit))
    return Leg(
        need=institution.value,
        institution=institution,
        added_at=case.began,
        assignments=tuple(
            AssignmentTimes(assignment=f"{case.id}/{one.unit}", unit=one.unit, stamps=one.stamps) for one in own
        ),
        called_off_at=cancelled,
    )
