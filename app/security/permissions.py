"""Who may do what, on which objects: one table. What is not in it is forbidden.

The API, the socket and what is published all ask here. Whether an object is one of those meant is said by `scope`,
and what of it is shown by `fields`.
"""

from collections.abc import Mapping
from enum import StrEnum

from app.dispatch.commands import Refusal

from .sessions import OF_UNITS, Role, Viewer


class Action(StrEnum):
    """Everything a door can be asked for."""

    RAISE_ALERT = "raise_alert"
    TELL_MORE = "tell_more"
    ADD_NEED = "add_need"
    READ_ALERT = "read_alert"
    READ_TIMELINE = "read_timeline"
    ASSIGN_BY_HAND = "assign_by_hand"
    RECALL = "recall"
    CALL_OFF = "call_off"
    CANCEL = "cancel"
    CLOSE = "close"
    ACKNOWLEDGE = "acknowledge"
    RAISE_LEVEL = "raise_level"
    LOWER_LEVEL = "lower_level"
    MERGE = "merge"
    SPLIT = "split"
    SETTLE_ORDER = "settle_order"
    ASK_NEIGHBOUR = "ask_neighbour"
    ADD_NOTE = "add_note"
    ANSWER_ASSIGNMENT = "answer_assignment"
    READ_OWN_ASSIGNMENTS = "read_own_assignments"
    READ_DESTINATION = "read_destination"
    READ_SCREENS = "read_screens"
    READ_UNITS = "read_units"
    SET_DUTY = "set_duty"
    SET_ANY_DUTY = "set_any_duty"
    SET_PLACES = "set_places"
    SET_ANY_PLACES = "set_any_places"
    REPORT_POSITION = "report_position"
    SEE_POSITIONS = "see_positions"
    OPEN_SOCKET = "open_socket"
    READ_REPORTS = "read_reports"
    IMPORT_REGION = "import_region"
    MANAGE_PEOPLE = "manage_people"
    READ_METRICS = "read_metrics"
    SPEAK_FOR_CENTER = "speak_for_center"
    OWN_ACCOUNT = "own_account"
    SUBSCRIBE_PUSH = "subscribe_push"
    READ_DETAILS = "read_details"
    BREAK_GLASS = "break_glass"
    READ_UNDER_GLASS = "read_under_glass"
    ACKNOWLEDGE_GLASS = "acknowledge_glass"
    REVIEW_GLASS = "review_glass"
    READ_AUDIT = "read_audit"
    READ_EVIDENCE = "read_evidence"
    REVIEW_FLAGS = "review_flags"
    ERASE_ALERT = "erase_alert"
    HOLD_ALERT = "hold_alert"
    EXPORT_PERSON = "export_person"


class On(StrEnum):
    """On which objects, always of the person's own center. Of an alert that keeps the person out there is none."""

    SELF = "self"
    """The own account and session."""
    CENTER = "center"
    """What belongs to the center as a whole."""
    ANY_UNIT = "any_unit"
    OWN_UNIT = "own_unit"
    ANY_ALERT = "any_alert"
    """Open or over."""
    BOARD_ALERT = "board_alert"
    """On the board: open, or still held by a unit."""
    OWN_LIVE = "own_live"
    """An assignment of the own unit that is not over."""
    OWN_TRANSPORT = "own_transport"
    """The same, while it takes her to a shelter."""
    OWN_PAST = "own_past"
    """An alert the own unit has accepted, at any time."""
    OWN_GLASS = "own_glass"
    """An alert, while the person's own glass on it is open."""
    GLASS_OF_OTHERS = "glass_of_others"
    OWN_NEED = "own_need"
    """What the person's center was handed, or has handed here."""


Row = Mapping[Role, On]


def _row(on: On, *roles: Role) -> Row:
    return dict.fromkeys(roles, on)


_A = Action
_OPERATOR, _SUPERVISOR, _COORDINATOR = Role.OPERATOR, Role.SUPERVISOR, Role.COORDINATOR
_AUDITOR, _ADMIN, _UNIT, _SHELTER = Role.AUDITOR, Role.ADMIN, Role.UNIT, Role.SHELTER
_DESK = (_OPERATOR, _SUPERVISOR)
"""Who works on alerts. A coordinator reads how it goes and does nothing to it."""
_BY_HAND = _row(On.BOARD_ALERT, *_DESK)
_EVERYBODY = (*_DESK, _COORDINATOR, _UNIT, _SHELTER, _AUDITOR, _ADMIN)

# An admin runs the machine and reads no alert: whoever can make accounts must not also look up people.
TABLE: Mapping[Action, Row] = {
    _A.RAISE_ALERT: _row(On.CENTER, *_DESK),
    _A.TELL_MORE: _BY_HAND,
    _A.ADD_NEED: _BY_HAND,
    _A.READ_ALERT: _row(On.ANY_ALERT, *_DESK, _COORDINATOR),
    _A.READ_TIMELINE: _row(On.ANY_ALERT, *_DESK, _COORDINATOR, _AUDITOR),
    _A.READ_DETAILS: _BY_HAND,
    _A.ASSIGN_BY_HAND: _BY_HAND,
    _A.RECALL: _BY_HAND,
    _A.CALL_OFF: _BY_HAND,
    _A.CANCEL: _BY_HAND,
    _A.CLOSE: _BY_HAND,
    _A.ACKNOWLEDGE: _BY_HAND,
    _A.RAISE_LEVEL: _BY_HAND,
    _A.LOWER_LEVEL: _row(On.BOARD_ALERT, _SUPERVISOR),
    _A.MERGE: _BY_HAND,
    _A.SPLIT: _BY_HAND,
    _A.SETTLE_ORDER: _BY_HAND,
    _A.ASK_NEIGHBOUR: _BY_HAND,
    _A.ADD_NOTE: _BY_HAND,
    _A.ANSWER_ASSIGNMENT: _row(On.OWN_LIVE, _UNIT, _SHELTER),
    _A.READ_OWN_ASSIGNMENTS: _row(On.OWN_LIVE, _UNIT, _SHELTER),
    _A.READ_DESTINATION: _row(On.OWN_TRANSPORT, _UNIT),
    _A.READ_SCREENS: _row(On.CENTER, *_DESK, _COORDINATOR, _UNIT),
    _A.READ_UNITS: _row(On.ANY_UNIT, *_DESK, _COORDINATOR, _ADMIN),
    _A.SET_DUTY: _row(On.OWN_UNIT, _UNIT, _SHELTER),
    _A.SET_ANY_DUTY: _row(On.ANY_UNIT, *_DESK),
    _A.SET_PLACES: _row(On.OWN_UNIT, _SHELTER),
    _A.SET_ANY_PLACES: _row(On.ANY_UNIT, *_DESK),
    _A.REPORT_POSITION: _row(On.OWN_UNIT, _UNIT),
    _A.SEE_POSITIONS: _row(On.ANY_UNIT, *_DESK),
    _A.OPEN_SOCKET: _row(On.SELF, *_DESK, _COORDINATOR, _UNIT, _SHELTER),
    _A.READ_REPORTS: _row(On.CENTER, _COORDINATOR),
    _A.IMPORT_REGION: _row(On.CENTER, _ADMIN),
    _A.MANAGE_PEOPLE: _row(On.CENTER, _ADMIN),
    _A.READ_METRICS: _row(On.CENTER, _COORDINATOR, _ADMIN),
    _A.SPEAK_FOR_CENTER: _row(On.OWN_NEED, Role.CENTER),
    _A.OWN_ACCOUNT: _row(On.SELF, *_EVERYBODY),
    _A.SUBSCRIBE_PUSH: _row(On.SELF, _UNIT, _SHELTER),
    _A.BREAK_GLASS: {**_row(On.ANY_ALERT, *_DESK, _COORDINATOR), **_row(On.OWN_PAST, _UNIT, _SHELTER)},
    _A.READ_UNDER_GLASS: _row(On.OWN_GLASS, *_DESK, _COORDINATOR, _UNIT, _SHELTER),
    _A.ACKNOWLEDGE_GLASS: _row(On.GLASS_OF_OTHERS, _SUPERVISOR),
    _A.REVIEW_GLASS: _row(On.GLASS_OF_OTHERS, _SUPERVISOR, _AUDITOR),
    _A.READ_AUDIT: _row(On.CENTER, _AUDITOR),
    _A.READ_EVIDENCE: _row(On.CENTER, _AUDITOR),
    _A.REVIEW_FLAGS: _row(On.CENTER, _AUDITOR),
    _A.ERASE_ALERT: _row(On.ANY_ALERT, _COORDINATOR),
    _A.HOLD_ALERT: _row(On.ANY_ALERT, _COORDINATOR),
    _A.EXPORT_PERSON: _row(On.ANY_ALERT, _COORDINATOR),
}


class Forbidden(Exception):
    """This person may not do this here, whatever the state of things (unlike a `Refusal`). It is written down."""

    code = "forbidden"

    def __init__(
        self,
        viewer: Viewer,
        action: Action,
        sentence: str = "Your role does not allow this.",
        *,
        unit: str | None = None,
        alert: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(sentence)
        self.viewer, self.action, self.sentence, self.unit = viewer, action, sentence, unit
        self.alert = alert
        self.code = code or self.code


class NotTheirs(Refusal):
    """It is there and not for this person: answered as if it did not exist, and written down as refused."""

    def __init__(self, viewer: Viewer, action: Action, refusal: Refusal, *, alert: str | None = None) -> None:
        super().__init__(refusal.code, refusal.sentence)
        self.viewer, self.action, self.alert = viewer, action, alert


def may(role: Role, action: Action) -> bool:
    """Whether the role allows the action at all; on which objects, the table says."""
    return role in TABLE[action]


def require(viewer: Viewer, action: Action, *, of_unit: str | None = None, of_alert: str | None = None) -> None:
    """Return if the viewer may, else raise Forbidden.

    `of_unit` is the unit whose duty, position or assignment it is about: a unit may only for its own. `of_alert`
    is the alert they ask for, which is written down with a refusal: whom they were after.
    """
    if not may(viewer.role, action):
        raise Forbidden(viewer, action, unit=of_unit, alert=of_alert)
    if viewer.role in OF_UNITS and of_unit is not None and of_unit != viewer.unit:
        raise Forbidden(viewer, action, "A unit may do this only for itself.", unit=of_unit)
