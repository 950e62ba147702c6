"""One need of an alert over time: who was asked for it, who served, and when each step was said."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.dispatch import events as e
from app.dispatch.model import Institution

from .points import TimePoint

_LATER: Mapping[TimePoint, frozenset[TimePoint]] = {
    point: frozenset(list(TimePoint)[number + 1 :]) for number, point in enumerate(TimePoint)
}
_STAMPS: Mapping[type[e.Event], TimePoint] = {
    e.Delivered: TimePoint.DELIVERED,
    e.Accepted: TimePoint.ACCEPTED,
    e.WentEnRoute: TimePoint.EN_ROUTE,
    e.ArrivedOnScene: TimePoint.ON_SCENE,
    e.ContactMade: TimePoint.CONTACT,
    e.Departed: TimePoint.DEPARTED,
    e.ReachedSafety: TimePoint.SAFE,
    e.Done: TimePoint.CLEAR,
    e.Housed: TimePoint.CLEAR,
}
_GIVEN_BACK = (e.Recalled, e.Reassigned, e.Withdrawn, e.HoldExpired)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentTimes:
    """One unit asked for one need, T4 to T13.

    `given_back`: it withdrew, or the need was taken from it, or its place was released: another has to take over.
    `refused`: why no yes came of it: `unseen`, `unanswered` or `declined`; else None.
    """

    assignment: str
    unit: str
    stamps: Mapping[TimePoint, float]
    given_back: bool = False
    refused: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether a person said yes, or did what only follows a yes, even if the unit gave it back later."""
        return TimePoint.ACCEPTED in self.stamps or self.passed(TimePoint.ACCEPTED)

    def passed(self, point: TimePoint) -> bool:
        """Whether something later than `point` is stamped: then `point` lies behind, stamped or not."""
        return not _LATER[point].isdisjoint(self.stamps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One need of the alert and everybody who was asked for it.

    Attributes:
        assignments: in the order of the offers.
        stuck: how many times there was nobody to ask; trying again without success is the same time.
        stuck_s: seconds it was stuck, without the time it is stuck now; `stuck_since` is when that began.
        called_off_at: when the need was called off; nobody is expected any more.
        elsewhere_at: since when a neighbouring center has it; None where none has, or it gave it back.
        done_elsewhere_at: when that center said that it is done.
    """

    need: str
    institution: Institution
    added_at: float
    assignments: tuple[AssignmentTimes, ...] = ()
    stuck: int = 0
    stuck_s: float = 0.0
    stuck_since: float | None = None
    called_off_at: float | None = None
    elsewhere_at: float | None = None
    done_elsewhere_at: float | None = None

    @property
    def offers(self) -> int:
        """How many offers were made."""
        return len(self.assignments)

    @property
    def withdrawn(self) -> int:
        """How many units accepted and did not serve to the end: withdrew, or the need was taken from them."""
        return sum(times.accepted and times.given_back for times in self.assignments)

    @property
    def serving(self) -> AssignmentTimes | None:
        """The assignment that serves or served: the last one accepted and not given back."""
        newest_first = reversed(self.assignments)
        return next((times for times in newest_first if times.accepted and not times.given_back), None)

    @property
    def over(self) -> bool:
        """Nobody is expected any more: it is called off, or done, here or elsewhere."""
        ends = (self.called_off_at, self.done_elsewhere_at, self.at(TimePoint.CLEAR))
        return any(end is not None for end in ends)

    @property
    def unit(self) -> str | None:
        """The unit that serves or served."""
        return self.serving.unit if self.serving else None

    @property
    def answered_offer(self) -> AssignmentTimes | None:
        """The offer that was finally accepted or, while nobody has, the last one made."""
        return self.serving or (self.assignments[-1] if self.assignments else None)

    def at(self, point: TimePoint) -> float | None:
        """When this leg came to `point`, T4 to T13, or None.

        T4 is the first offer made (that of the accepted offer stands in `answered_offer`), T5 the delivery of
        the answered offer; T6 and later are those of the unit that finally served.
        """
        if point is TimePoint.OFFERED:
            return min((times.stamps[point] for times in self.assignments if point in times.stamps), default=None)
        of = self.answered_offer if point is TimePoint.DELIVERED else self.serving
        return of.stamps.get(point) if of else None


def leg_after(leg: Leg, event: e.NeedEvent, at: float) -> Leg:
    """The leg after one more event at `at`. Raises ValueError for an assignment that was never offered."""
    match event:
        case e.NeedStuck():
            return leg if leg.stuck_since is not None else replace(leg, stuck=leg.stuck + 1, stuck_since=at)
        case e.NeedDropped():
            return replace(_no_longer_stuck(leg, at), called_off_at=at)
        case e.TakenElsewhere():
            return replace(_no_longer_stuck(leg, at), elsewhere_at=at)
        case e.GivenBack():
            return replace(leg, elsewhere_at=None)
        case e.DoneElsewhere():
            return replace(leg, done_elsewhere_at=at)
        case e.Offered():
            offered = AssignmentTimes(assignment=event.assignment, unit=event.unit, stamps={TimePoint.OFFERED: at})
            return replace(_no_longer_stuck(leg, at), assignments=(*leg.assignments, offered))
        case e.AssignmentEvent():
            return _assignment_moved(leg, event, at)
    return leg


def _no_longer_stuck(leg: Leg, at: float) -> Leg:
    if leg.stuck_since is None:
        return leg
    return replace(leg, stuck_s=leg.stuck_s + at - leg.stuck_since, stuck_since=None)


def _assignment_moved(leg: Leg, event: e.AssignmentEvent, at: float) -> Leg:
    if all(times.assignment != event.assignment for times in leg.assignments):
        raise ValueError(f"assignment {event.assignment} was never offered for {leg.need}")
    point = _STAMPS.get(type(event))
    if point is TimePoint.CONTACT and leg.institution is Institution.PROSECUTOR:
        point = TimePoint.PROSECUTOR_CONTACT

    def moved(times: AssignmentTimes) -> AssignmentTimes:
        if times.assignment != event.assignment:
            return times
        # The first stamp of a point stays, as on the board: saying it again does not make it later.
        stamps = {point: at, **times.stamps} if point else times.stamps
        given_back = times.given_back or isinstance(event, _GIVEN_BACK)
        return replace(times, stamps=stamps, given_back=given_back, refused=times.refused or _refused(event))

    called_off_at = at if isinstance(event, e.CalledOff) else leg.called_off_at
    return replace(leg, assignments=tuple(map(moved, leg.assignments)), called_off_at=called_off_at)


def _refused(event: e.AssignmentEvent) -> str | None:
    match event:
        case e.OfferExpired():
            return event.cause
        case e.Declined():
            return "declined"
    return None
