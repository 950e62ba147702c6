"""When each thing happened in one alert: its time points T0 … T15, folded from the log one entry at a time.

Every time is the service's clock, seconds since 1970 UTC; what a device said of its own clock is not used. The
service and a simulator feed the same function, so their reports can be laid side by side.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.dispatch import events as e
from app.dispatch.model import Institution, Level

from .leg import Leg, leg_after
from .points import TimePoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What the log says of one alert so far.

    Attributes:
        center: in whose log it stands.
        seq: the last entry folded in; `until` is its time.
        zone: where the place lies as last known.
        level, level_highest: risk level as it stands, and the highest it ever was.
        calls: id of each call -> when it was received.
        received_at, answered_at, located_at, raised_at: T0 to T3; T0 is the earliest of its calls.
        order: what became of the protection order, with `order_at`; T14 where it was issued.
        merged_at: since when another alert, `merged_into`, goes on for it.
        closed_at: T15, with its `disposition` and the answer to "is she safe?".
        unknown: time points that whoever kept the record did not write down. `at` has none of them, whatever
            stands in their place here for the calendar's sake. The log knows them all.
    """

    alert: str
    folio: str
    seq: int
    until: float
    zone: str
    incident: str
    level: Level
    level_highest: Level
    calls: Mapping[str, float]
    raised_at: float
    answered_at: float | None = None
    located_at: float | None = None
    legs: tuple[Leg, ...] = ()
    closed_at: float | None = None
    disposition: str | None = None
    safe: str | None = None
    cancelled_at: float | None = None
    cancel_reason: str | None = None
    order: str | None = None
    order_at: float | None = None
    merged_into: str | None = None
    merged_at: float | None = None
    unknown: frozenset[TimePoint] = frozenset()
    center: str = ""

    @property
    def received_at(self) -> float:
        """T0: when the earliest of its calls came. Where T0 is unknown, the first thing known instead."""
        return min(self.calls.values())

    @property
    def offers(self) -> int:
        """How many offers were made for all needs together."""
        return sum(leg.offers for leg in self.legs)

    def leg(self, need: str) -> Leg:
        """The leg of that need. Raises ValueError where the alert has none."""
        for leg in self.legs:
            if leg.need == need:
                return leg
        raise ValueError(f"alert {self.alert} has no need {need}")

    def of(self, *institutions: Institution) -> Iterator[Leg]:
        """The legs of these institutions."""
        return (leg for leg in self.legs if leg.institution in institutions)

    def lacks(self, *points: TimePoint) -> bool:
        """Whether nobody wrote down one of these."""
        return not self.unknown.isdisjoint(points)

    def at(self, point: TimePoint) -> float | None:
        """When the alert came to `point`, or None.

        T4 to T12 are the first of any assignment, also of one given back later; T8 counts police only. T13 is
        the last unit's, once nobody is expected any more. T14 is None where no protection order was issued.
        """
        if point in self.unknown:
            return None
        own = {
            TimePoint.RECEIVED: self.received_at,
            TimePoint.ANSWERED: self.answered_at,
            TimePoint.LOCATED: self.located_at,
            TimePoint.RAISED: self.raised_at,
            TimePoint.ORDER: self.order_at if self.order == "issued" else None,
            TimePoint.CLOSED: self.closed_at,
        }
        if point in own:
            return own[point]
        if point is TimePoint.CLEAR:
            over = all(leg.over for leg in self.legs)
            return max(self._stamps(point, self.legs), default=None) if over else None
        legs = self.of(Institution.POLICE) if point is TimePoint.ON_SCENE else self.legs
        return min(self._stamps(point, legs), default=None)

    def _stamps(self, point: TimePoint, legs: Iterable[Leg]) -> Iterator[float]:
        return (times.stamps[point] for leg in legs for times in leg.assignments if point in times.stamps)


def fold(timeline: Timeline | None, entry: e.Entry, center: str = "") -> Timeline:
    """The timeline after one more entry of its alert, of this center's log; None before its first, `AlertRaised`.

    An entry that is in already changes nothing, so one that is fed twice does no harm.
    Raises ValueError for an entry of another alert, of no alert, or one that the log cannot hold here.
    """
    if timeline is None:
        return _first(entry, center)
    event, at = entry.event, entry.at
    if not isinstance(event, e.AlertEvent) or event.alert != timeline.alert:
        raise ValueError(f"entry {entry.seq} is not of alert {timeline.alert}")
    if entry.seq <= timeline.seq:
        return timeline
    return replace(timeline, seq=entry.seq, until=at, **_changes(timeline, event, at))


def _changes(timeline: Timeline, event: e.AlertEvent, at: float) -> dict[str, Any]:
    """The fields that the event sets; together in one copy, because a report folds millions of entries."""
    changes: dict[str, Any] = {}
    match event:
        case e.NeedAdded():
            leg = Leg(need=event.need, institution=event.institution, added_at=at)
            changes = {"legs": (*timeline.legs, leg)}
        case e.NeedEvent():
            leg = leg_after(timeline.leg(event.need), event, at)
            changes = {"legs": tuple(leg if leg.need == other.need else other for other in timeline.legs)}
        case e.LevelRaised():
            highest = max(event.level, timeline.level_highest, key=lambda level: level.rank)
            changes = {"level": event.level, "level_highest": highest}
        case e.LevelLowered():
            changes = {"level": event.level}
        case e.CallJoined():
            changes = {"calls": {**timeline.calls, event.call: event.received_at}}
        case e.CallSplit():
            changes = {"calls": {call: when for call, when in timeline.calls.items() if call != event.call}}
        case e.OrderSettled():
            changes = {"order": event.outcome, "order_at": at}
        case e.AlertMerged():
            changes = {"merged_into": event.into, "merged_at": timeline.merged_at or at}
        case e.PlaceMoved():
            changes = {"zone": event.zone}
        case e.AlertClosed():
            changes = {"closed_at": at, "disposition": event.disposition, "safe": event.safe}
        case e.AlertCancelled():
            changes = {"cancelled_at": at, "cancel_reason": event.reason}
    return changes


def _first(entry: e.Entry, center: str) -> Timeline:
    event = entry.event
    if not isinstance(event, e.AlertRaised):
        raise ValueError(f"entry {entry.seq} is not the first of an alert")  # noqa: TRY004 - its place is wrong
    return Timeline(
        alert=event.alert,
        folio=event.folio,
        seq=entry.seq,
        until=entry.at,
        zone=event.zone,
        incident=event.incident,
        level=event.level,
        level_highest=event.level,
        calls={event.alert: event.received_at},
        answered_at=event.answered_at,
        located_at=event.located_at,
        raised_at=entry.at,
        center=center,
    )


def feed(known: dict[str, Timeline], entry: e.Entry, center: str = "") -> None:
    """Fold the entry into the timeline of its alert; entries about units change nothing. Raises like `fold`."""
    if isinstance(entry.event, e.AlertEvent):
        known[entry.event.alert] = fold(known.get(entry.event.alert), entry, center)


def timelines(entries: Iterable[e.Entry], center: str = "") -> dict[str, Timeline]:
    """Alert id -> timeline, in the order in which the alerts were raised.

    `entries` are in the order of the center's log and hold each of their alerts from its first entry on. Raises
    like `fold`.
    """
    known: dict[str, Timeline] = {}
    for entry in entries:
        feed(known, entry, center)
    return known
