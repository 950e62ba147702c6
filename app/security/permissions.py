"""Who may do what: one table. What is not in it is forbidden."""

from collections.abc import Mapping
from enum import StrEnum

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
    BREAK_GLASS = "break_glass"
    REVIEW_GLASS = "review_glass"
    READ_AUDIT = "read_audit"
    READ_EVIDENCE = "read_evidence"
    REVIEW_FLAGS = "review_flags"
    ERASE_ALERT = "erase_alert"
    HOLD_ALERT = "hold_alert"
    EXPORT_PERSON = "export_person"


_A = Action
_DESK = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.COORDINATOR})
_SUPERVISOR = frozenset({Role.SUPERVISOR})
_UNIT = frozenset({Role.UNIT})
_SHELTER = frozenset({Role.SHELTER})
_COORDINATOR = frozenset({Role.COORDINATOR})
_AUDITOR = frozenset({Role.AUDITOR})
_ADMIN = frozenset({Role.ADMIN})

# An admin runs the machine and reads no alert: whoever can make accounts must not also look up people.
TABLE: Mapping[Action, frozenset[Role]] = {
    _A.RAISE_ALERT: _DESK,
    _A.TELL_MORE: _DESK,
    _A.ADD_NEED: _DESK,
    _A.READ_ALERT: _DESK,
    _A.READ_TIMELINE: _DESK | _AUDITOR,
    _A.ASSIGN_BY_HAND: _DESK,
    _A.RECALL: _DESK,
    _A.CALL_OFF: _DESK,
    _A.CANCEL: _DESK,
    _A.CLOSE: _DESK,
    _A.ACKNOWLEDGE: _DESK,
    _A.RAISE_LEVEL: _DESK,
    _A.LOWER_LEVEL: _SUPERVISOR,
    _A.MERGE: _DESK,
    _A.SPLIT: _DESK,
    _A.SETTLE_ORDER: _DESK,
    _A.ASK_NEIGHBOUR: _DESK,
    _A.ADD_NOTE: _DESK,
    _A.ANSWER_ASSIGNMENT: OF_UNITS,
    _A.READ_OWN_ASSIGNMENTS: OF_UNITS,
    _A.READ_DESTINATION: _UNIT,
    _A.READ_SCREENS: _DESK | _UNIT,
    _A.READ_UNITS: _DESK | _ADMIN,
    _A.SET_DUTY: OF_UNITS,
    _A.SET_ANY_DUTY: _DESK,
    _A.SET_PLACES: _SHELTER,
    _A.SET_ANY_PLACES: _DESK,
    _A.REPORT_POSITION: _UNIT,
    _A.SEE_POSITIONS: _DESK,
    _A.OPEN_SOCKET: _DESK | OF_UNITS,
    _A.READ_REPORTS: _COORDINATOR,
    _A.IMPORT_REGION: _ADMIN,
    _A.MANAGE_PEOPLE: _ADMIN,
    _A.READ_METRICS: _COORDINATOR | _ADMIN,
    _A.SPEAK_FOR_CENTER: frozenset({Role.CENTER}),
    _A.OWN_ACCOUNT: _DESK | OF_UNITS | _AUDITOR | _ADMIN,
    _A.SUBSCRIBE_PUSH: OF_UNITS,
    _A.BREAK_GLASS: _DESK | OF_UNITS,
    _A.REVIEW_GLASS: _SUPERVISOR | _AUDITOR,
    _A.READ_AUDIT: _AUDITOR,
    _A.READ_EVIDENCE: _AUDITOR,
    _A.REVIEW_FLAGS: _AUDITOR,
    _A.ERASE_ALERT: _COORDINATOR,
    _A.HOLD_ALERT: _COORDINATOR,
    _A.EXPORT_PERSON: _COORDINATOR,
}


class Forbidden(Exception):
    """This person may never do this here, whatever the state of things (unlike a `Refusal`)."""

    code = "forbidden"

    def __init__(self, sentence: str = "Your role does not allow this.") -> None:
        super().__init__(sentence)
        self.sentence = sentence


def may(role: Role, action: Action) -> bool:
    """Whether the role allows the action at all; of a unit, only for what is its own (see `require`)."""
    return role in TABLE[action]


def require(viewer: Viewer, action: Action, *, of_unit: str | None = None) -> None:
    """Return if the viewer may, else raise Forbidden.

    `of_unit` is the unit whose duty, position or assignment it is about: a unit may only for its own.
    """
    if not may(viewer.role, action):
        raise Forbidden
    if viewer.role in OF_UNITS and of_unit is not None and of_unit != viewer.unit:
        raise Forbidden("A unit may do this only for itself.")
