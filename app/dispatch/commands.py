"""What can be asked of the desk, in the imperative, and the two ways it can go wrong.

Every command carries an id made by whoever sends it: the same id twice has the effect of once and gets the
first answer again. `by` is the id of the person (or part of the service) that asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .model import Institution, KeepOut, Level, Origin

SERVICE = "service"
"""Who asks, when nobody but the service itself does: the clock, a device's receipt, a line gone dead."""


WHEREABOUTS = ("home", "relatives", "shelter", "justice_center", "hospital", "prosecutor", "elsewhere", "unknown")
"""Where she is when an alert is closed: a choice, so that no address stands in the log."""

ORDER_OUTCOMES = ("issued", "refused", "not_wanted", "elsewhere")
"""What can become of a protection order."""


class Refusal(Exception):
    """The asker may not, now. Expected; answered with a stable `code` and a sentence a person can act on."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


class BrokenRule(AssertionError):
    """The core contradicts its own table. A bug: whoever meets it stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """`at_device` is the sender's own clock, seconds since 1970 UTC, if it has one."""

    id: str
    by: str
    at_device: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedWanted:
    """One need asked for with an alert."""

    institution: Institution
    requires: tuple[str, ...] = ()
    prefers: tuple[str, ...] = ()
    children: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseAlert(Command):
    """Open an alert; its id is the command's. The place itself goes to the ground and the details.

    If an alert of the same household is open, the call joins that one instead.

    Attributes:
        received_at, answered_at, located_at: T0, T1, T2; one in the future counts as now.
        household: opaque names of the telephone and the address, see `Alert.household`.
        history: how many alerts the household had within `Rules.history_within_s`, the open one not counted.
        avoid_zones: zones in which the aggressor has a known place; the places go to the ground and the details.
        origin: the neighbouring center's alert and need this one stands for.
    """

    zone: str
    zone_how: str = "inside"
    incident: str = "30503"
    needs: tuple[NeedWanted, ...] = ()
    threat: Mapping[str, str] = field(default_factory=dict)
    keep_out: KeepOut = field(default_factory=KeepOut)
    received_at: float | None = None
    answered_at: float | None = None
    located_at: float | None = None
    household: frozenset[str] = frozenset()
    history: int = 0
    avoid_zones: frozenset[str] = frozenset()
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCommand(Command):
    """Something asked of one open alert."""

    alert: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TellMore(AlertCommand):
    """More facts. They may raise the level and never lower it. `zone` is set when the place moved."""

    threat: Mapping[str, str] = field(default_factory=dict)
    keep_out: KeepOut = field(default_factory=KeepOut)
    zone: str | None = None
    zone_how: str = "inside"
    avoid_zones: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseLevel(AlertCommand):
    """A person raises the level."""

    level: Level
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LowerLevel(AlertCommand):
    """A supervisor lowers the level. The service itself never may."""

    level: Level
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNeed(AlertCommand):
    """The alert needs one more thing."""

    wanted: NeedWanted


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNote(AlertCommand):
    """A note; its text goes to the details under the command's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAlert(AlertCommand):
    """Call the whole alert off.

    `word` is what became of the code word, if the alert has one: `none` (it has none), `right`, `wrong`, or
    `duress`: the answer then looks like a cancel, and the alert goes on as `extreme`.
    """

    reason: str
    word: str = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseAlert(AlertCommand):
    """Close it.

    Attributes:
        safe: "is she safe?": `yes`, `no` or `unknown`.
        whereabouts: one of `WHEREABOUTS`; never an address.
        order: what became of the protection order, where its clock still runs: one of `ORDER_OUTCOMES`.
    """

    disposition: str
    safe: str
    whereabouts: str = "unknown"
    order: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleOrder(AlertCommand):
    """What became of the protection order: one of `ORDER_OUTCOMES`."""

    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeAlerts(AlertCommand):
    """This alert is the same as `into`, which goes on for both. Who is on the way already goes on."""

    into: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitCall(AlertCommand):
    """A call joined this alert wrongly: give it an alert of its own, whose id is this command's."""

    call: str
    zone: str
    zone_how: str = "inside"
    incident: str = "30503"
    needs: tuple[NeedWanted, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeAlertAlarm(AlertCommand):
    """A person has taken notice of the alarm on the alert as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundAlertAlarm(AlertCommand):
    """A deadline of the alert as a whole has passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HearOrigin(AlertCommand):
    """The neighbouring center that handed this alert here says how its need stands there (`NeedState`)."""

    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedCommand(AlertCommand):
    """Something asked of one need."""

    need: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgeAlarm(NeedCommand):
    """A person has taken notice of the alarm on this need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOffNeed(NeedCommand):
    """This need is not needed any more."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignByHand(NeedCommand):
    """A person names the unit to ask; whoever was asked before is recalled."""

    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall(NeedCommand):
    """Take the need back from whoever holds it; the search goes on without that unit."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundAlarm(NeedCommand):
    """A deadline of the need has passed at which a human is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskNeighbour(NeedCommand):
    """Ask the neighbouring center for help with this need: its time has come, or a person wants it now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HearNeighbour(NeedCommand):
    """The neighbouring center says how the need stands there (`NeedState`), with the alert it has for it."""

    other: str
    folio: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentCommand(Command):
    """Something a unit says about its own assignment."""

    assignment: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmDelivery(AssignmentCommand):
    """The device has the offer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeeOffer(AssignmentCommand):
    """The device shows the offer to a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept(AssignmentCommand):
    """Yes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline(AssignmentCommand):
    """No, and why."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoEnRoute(AssignmentCommand):
    """On the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArriveOnScene(AssignmentCommand):
    """There."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeContact(AssignmentCommand):
    """With her, or a prosecutor in contact with her."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Depart(AssignmentCommand):
    """Leaving with her."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachSafety(AssignmentCommand):
    """She is in a safe place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish(AssignmentCommand):
    """Clear. Of a shelter to which she has come: she has moved in, and her place stays taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmWell(AssignmentCommand):
    """The crew is well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallForHelp(AssignmentCommand):
    """The crew itself is in danger: a human is called at once, and another patrol goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellNote(AssignmentCommand):
    """A note of the unit that serves the alert. The text goes beside it, sealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerScreen(AssignmentCommand):
    """A risk screen asked on scene: question -> `yes`, `no` or `unknown`."""

    profile: str
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SayOrder(AssignmentCommand):
    """A prosecutor says what became of the protection order: one of `ORDER_OUTCOMES`."""

    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendHold(AssignmentCommand):
    """A shelter keeps the place for her, counted from now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(AssignmentCommand):
    """Cannot go on with what was accepted."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCommand(Command):
    """Something about one unit."""

    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartDuty(UnitCommand):
    """On shift, with this crew, what it adds to the unit's capabilities, and until when that is planned."""

    crew: tuple[str, ...] = ()
    crew_brings: frozenset[str] = frozenset()
    until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinCrew(UnitCommand):
    """Somebody has signed in on the unit's phone and is aboard, whoever else is."""

    member: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPlaces(UnitCommand):
    """A shelter says how many of its places are free now, held and awaited ones not counted."""

    free: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EndDuty(UnitCommand):
    """Off shift."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseUnit(UnitCommand):
    """The unit's line has been dead for too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HearUnit(UnitCommand):
    """The unit is heard again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFacts:
    """What a center knows of a unit before any shift."""

    code: str
    institution: Institution
    agency: str
    zone: str
    capacity: int = 1
    capabilities: frozenset[str] = frozenset()
    sealed: bool = False
    children_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListUnits(Command):
    """These are the center's units; those on the board and not among them retire. All or nothing."""

    units: tuple[UnitFacts, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireOffer(Command):
    """An offer's deadline has passed."""

    assignment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireHold(Command):
    """A shelter has kept the place long enough."""

    assignment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TryAgain(NeedCommand):
    """A stuck need's time to be tried again has come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedReceipt:
    """How one need stands right after the command."""

    need: str
    state: str
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The first answer to a command, kept with its id and given again to whoever repeats it.

    `joined`: the call joined an alert that was open. `unmatched`: units and agencies named to be kept out that the
    center does not have; somebody has to look.
    `refused` and `sentence` are set when the answer was a Refusal.
    """

    command: str
    seq: int
    at: float
    alert: str | None = None
    folio: str | None = None
    level: str | None = None
    needs: tuple[NeedReceipt, ...] = ()
    unmatched: int = 0
    joined: bool = False
    refused: str | None = None
    sentence: str | None = None
