"""What the desk is told of what is heard from a unit's device: it has the offer, and it can be reached."""

import logging
from uuid import NAMESPACE_OID, uuid4, uuid5

from app.desk import Desk, DeskBusy, NotSaved
from app.dispatch.commands import SERVICE, ConfirmDelivery, HearUnit, Refusal
from app.dispatch.model import Board, NeedState, UnitState
from app.security.sessions import Viewer

_LOG = logging.getLogger("naranja.push")


async def confirm(desk: Desk, viewer: Viewer, assignment_id: str) -> None:
    """A device of the unit has the offer: T5, once, whichever of its devices was the first."""
    try:
        assignment = (await desk.board()).assignments.get(assignment_id)
        if assignment is None or assignment.state is not NeedState.OFFERED or viewer.unit is None:
            return
        if "delivered" in assignment.stamps:
            # Another device of the unit was sooner. Asked once more, the desk would do its whole batch again.
            return
        await desk.perform(
            ConfirmDelivery(
                id=str(uuid5(NAMESPACE_OID, f"delivered:{assignment_id}")),
                by=SERVICE,
                assignment=assignment_id,
                unit=viewer.unit,
            ),
            shares=True,
        )
    except (Refusal, NotSaved, DeskBusy) as problem:
        _LOG.debug("delivery not stamped", extra={"error": type(problem).__name__})


def is_lost(board: Board, viewer: Viewer) -> bool:
    """Whether the viewer's unit counts as out of reach."""
    unit = board.units.get(viewer.unit or "")
    return unit is not None and UnitState.UNREACHABLE in unit.slots


async def hear(desk: Desk, viewer: Viewer) -> None:
    """Something was heard from a device of the unit: if it was out of reach, it is back."""
    try:
        if viewer.unit is not None and is_lost(await desk.board(), viewer):
            await desk.perform(HearUnit(id=str(uuid4()), by=SERVICE, unit=viewer.unit))
    except (Refusal, NotSaved, DeskBusy) as problem:
        _LOG.warning("a unit was heard and it was not saved", extra={"error": type(problem).__name__})
