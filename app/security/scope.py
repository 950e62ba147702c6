"""Which objects are a person's: who is kept out of an alert, and which assignments are their own. Pure.

Asked again at every read and every time something is published, with the board of that moment.
"""

from app.dispatch.model import SERVED, Alert, Assignment, Board, KeepOut, Unit, folded

from .fields import Audience, audience
from .permissions import Action, may
from .sessions import Viewer


def audience_of(viewer: Viewer, board: Board) -> Audience:
    """For whom what this person is shown has to be made."""
    unit = board.units.get(viewer.unit or "")
    return audience(viewer.role, unit.institution if unit else None)


def kept_out(viewer: Viewer, keep_out: KeepOut, unit: Unit | None = None) -> bool:
    """Whether the alert with this list does not exist for them: by name, or by `unit`, the one they answer for."""
    if viewer.login in keep_out.crew or (viewer.unit is not None and viewer.unit in keep_out.units):
        return True
    return unit is not None and folded(unit.agency) in keep_out.agencies


def seen_at_desk(viewer: Viewer, board: Board, alert: Alert) -> bool:
    """Whether the card of this alert is for them."""
    return may(viewer.role, Action.READ_ALERT) and not kept_out(viewer, barred(board, alert))


def own_live(viewer: Viewer, board: Board) -> list[Assignment]:
    """What their unit holds or is asked for, oldest first, without what they are kept out of."""
    unit = board.units.get(viewer.unit or "")
    if unit is None or not may(viewer.role, Action.READ_OWN_ASSIGNMENTS):
        return []
    held = [board.assignments[live] for live in unit.held]
    theirs = [one for one in held if not kept_out(viewer, barred(board, board.alerts[one.alert]), unit)]
    return sorted(theirs, key=lambda assignment: (assignment.offered_at, assignment.id))


def own_accepted(viewer: Viewer, board: Board, assignment: str) -> Assignment | None:
    """The assignment if it is their own, accepted and not over: only then are its details theirs to read."""
    return next((one for one in own_live(viewer, board) if one.id == assignment and one.state in SERVED), None)


def barred(board: Board, alert: Alert) -> KeepOut:
    """Who is kept out of it, or of the alert that goes on for it."""
    into = board.alerts.get(alert.merged_into) if alert.merged_into is not None else None
    return alert.keep_out if into is None else alert.keep_out | into.keep_out
