"""What has happened: the facts of the log, in the past tense. Ids only; nothing personal.

Written once, never changed. A field added later needs a default, so that old entries still read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .model import Institution, KeepOut, Level, Origin, Why, WhyNot


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEvent:
    """Something about one alert as a whole."""

    alert: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRaised(AlertEvent):
    """T3. `received_at` is T0, `answered_at` T1, `located_at` T2 (None where nobody said)."""

    folio: str
    zone: str
    zone_how: str
    level: Level
    incident: str
    received_at: float
    answered_at: float | None = None
    located_at: float | None = None
    keep_out: KeepOut = field(default_factory=KeepOut)
    household: frozenset[str] = frozenset()
    history: int = 0
    order_by: float | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallJoined(AlertEvent):
    """Another call for the same household: `call` is the id of its command, `received_at` when it came (T0)."""

    call: str
    received_at: float
    household: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSplit(AlertEvent):
    """A person says that this call is about something else; it has an alert of its own now."""

    call: str
    into: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedAdded(AlertEvent):
    """The alert needs one more thing."""

    need: str
    institution: Institution
    requires: tuple[str, ...] = ()
    prefers: tuple[str, ...] = ()
    children: int = 0
    party: str | None = None
    transport: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsTold(AlertEvent):
    """Threat questions answered: question -> `yes`, `no` or `unknown`."""

    threat: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRaised(AlertEvent):
    """The level rose, by a rule or by a person, for this reason."""

    level: Level
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelLowered(AlertEvent):
    """A supervisor lowered the level, for this reason. No rule does."""

    level: Level
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenAnswered(AlertEvent):
    """A risk screen was asked on scene: its answers, and the points they made by that version of it."""

    profile: str
    version: str
    answers: Mapping[str, str]
    points: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceMoved(AlertEvent):
    """A better place is known (the place itself is in the details)."""

    zone: str
    zone_how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOut(AlertEvent):
    """More of those who must not be asked and must not know."""

    keep_out: KeepOut


@dataclass(frozen=True, slots=True, kw_only=True)
class AvoidTold(AlertEvent):
    """Zones in which the aggressor has a known place (the places themselves are in the details)."""

    zones: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSettled(AlertEvent):
    """What became of the protection order: `issued` (T14), `refused`, `not_wanted` or `elsewhere`."""

    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DuressGiven(AlertEvent):
    """The word was said that looks like a cancel and means the contrary."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAlarmRaised(AlertEvent):
    """A human is called about the alert as a whole."""

    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAlarmAcknowledged(AlertEvent):
    """A named person has taken notice of the alert's alarm."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginHeard(AlertEvent):
    """How the need stands at the neighbouring center that handed the alert here."""

    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAdded(AlertEvent):
    """Somebody told more that is personal: its text is in the details under this id."""

    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertClosed(AlertEvent):
    """T15. `safe` answers "is she safe?": `yes`, `no`, `unknown`; `whereabouts` is a choice, never an address."""

    disposition: str
    safe: str
    whereabouts: str = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCancelled(AlertEvent):
    """Called off as a whole, by a person, for a reason."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertMerged(AlertEvent):
    """A person says that this is the same as `into`, which goes on for both."""

    into: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedEvent(AlertEvent):
    """Something about one need."""

    need: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedStuck(NeedEvent):
    """Nobody may be asked now; tried again whenever the board changes, and at `retry_at` at the latest."""

    retry_at: float
    why_not: WhyNot


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRaised(NeedEvent):
    """A human is called."""

    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmAcknowledged(NeedEvent):
    """A named person has taken notice."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedDropped(NeedEvent):
    """A need that nobody held was called off."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportAsked(NeedEvent):
    """Who serves this need takes her to the shelter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighbourAsked(NeedEvent):
    """The neighbouring center is asked for help with this need."""

    center: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighbourHeard(NeedEvent):
    """The neighbouring center has said how the need stands there, with the alert it has for it."""

    other: str
    folio: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenElsewhere(NeedEvent):
    """A unit of the neighbouring center has accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack(NeedEvent):
    """The neighbouring center's unit does not come after all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneElsewhere(NeedEvent):
    """The neighbouring center has done it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentEvent(NeedEvent):
    """Something about one assignment: moves the need and the slot of the unit together."""

    assignment: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered(AssignmentEvent):
    """T4. The unit is asked and its slot is held."""

    slot: int
    why: Why
    seen_by: float
    answer_by: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered(AssignmentEvent):
    """T5. The device says that it has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen(AssignmentEvent):
    """The device showed it to a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(AssignmentEvent):
    """T6. A person said yes. A shelter keeps the place until `hold_until`."""

    hold_until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined(AssignmentEvent):
    """A person said no."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferExpired(AssignmentEvent):
    """Nobody looked (`unseen`) or nobody answered (`unanswered`) in time."""

    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled(AssignmentEvent):
    """Taken back from the unit."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassigned(AssignmentEvent):
    """Taken from the unit for a better match: `nearer_unit`, or `higher_level` elsewhere."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outrun(AssignmentEvent):
    """Of two that were asked, the other accepted first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldExpired(AssignmentEvent):
    """A shelter's place was kept long enough; she has not come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldExtended(AssignmentEvent):
    """A shelter's place is kept longer."""

    hold_until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn(AssignmentEvent):
    """The unit gave back what it had accepted."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WentEnRoute(AssignmentEvent):
    """T7. `travel_s` is how long the way was said to take, `arrive_by` when the unit is overdue."""

    travel_s: float | None = None
    arrive_by: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedOnScene(AssignmentEvent):
    """T8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactMade(AssignmentEvent):
    """T9, or T10 when a prosecutor says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departed(AssignmentEvent):
    """T11. Leaves with her."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachedSafety(AssignmentEvent):
    """T12. She is in a safe place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewWell(AssignmentEvent):
    """The crew says that it is well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpCalled(AssignmentEvent):
    """The crew says that it is in danger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done(AssignmentEvent):
    """T13. The unit is clear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Housed(AssignmentEvent):
    """T13 of a shelter: she has moved in, and the place stays taken until the shelter says that it is free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledOff(AssignmentEvent):
    """The need was called off while this unit held it."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitEvent:
    """Something about one unit."""

    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitListed(UnitEvent):
    """The unit is known to the center, anew or with changed facts."""

    institution: Institution
    agency: str
    zone: str
    capacity: int
    capabilities: frozenset[str] = frozenset()
    sealed: bool = False
    children_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRetired(UnitEvent):
    """The unit is no longer known to the center."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyStarted(UnitEvent):
    """The unit is on shift with this crew (staff ids), what it adds, and until when that is planned."""

    crew: tuple[str, ...] = ()
    crew_brings: frozenset[str] = frozenset()
    until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewJoined(UnitEvent):
    """Somebody more is aboard: the one who has signed in on the unit's phone."""

    member: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyEnded(UnitEvent):
    """The unit is off shift."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitLost(UnitEvent):
    """Nothing is heard of the unit: it is asked nothing until it is heard again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitHeard(UnitEvent):
    """The unit is heard again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceTaken(UnitEvent):
    """A place of a shelter is taken by somebody who came without an alert."""

    slot: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFreed(UnitEvent):
    """A place of a shelter is free again."""

    slot: int


Event = AlertEvent | UnitEvent


_GROUPS = (AlertEvent, NeedEvent, AssignmentEvent, UnitEvent)

# Not by `__subclasses__`: a dataclass with slots is a second class, and the first one lingers there for a while.
KINDS: dict[str, type[Event]] = {
    name: kind
    for name, kind in list(globals().items())
    if isinstance(kind, type) and issubclass(kind, _GROUPS) and kind not in _GROUPS
}
"""Every event by its name, as the log writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event as the log keeps it.

    Attributes:
        seq: 1, 2, 3, … without a gap in one center; the order of commits.
        at: the service's clock, seconds since 1970 UTC, never before the entry before it.
        by: the id of the person, or of the part of the service, that caused it.
        command: the command it came from.
        at_device: the device's own clock, kept beside and never believed.
    """

    seq: int
    at: float
    by: str
    command: str
    event: Event
    at_device: float | None = None
