"""What a unit is told once a person of it has accepted: details are read, written down as read, and sent."""

import logging
from collections.abc import Sequence
from typing import Any

from app import cards
from app.desk import NotSaved
from app.details import PLACE
from app.dispatch.events import AssignmentEvent
from app.security.fields import DETAILS
from app.security.scope import audience_of, own_accepted
from app.security.sessions import Viewer
from app.service import Service
from app.store import queries
from app.store.session import GONE

from .line import Line, frame

_LOG = logging.getLogger("naranja.push")


async def over_since(service: Service, unit: str, last_seq: int) -> list[AssignmentEvent]:
    """How what the unit held or was offered came to its end since `last_seq`, in order; 0: nothing was known."""
    if last_seq <= 0:
        return []
    async with service.database.transaction() as connection:
        return await queries.over_since(connection, service.settings.center, unit, last_seq)


async def tell(service: Service, line: Line, assignments: Sequence[str]) -> None:
    """Send the cards of these accepted assignments, in order; nothing waits for it but the next telling."""
    async with line.telling:
        for assignment in assignments:
            if not await _tell_one(service, line, assignment):
                return


async def _tell_one(service: Service, line: Line, assignment: str) -> bool:
    """Send the card with its details; False if the line was cut because they could not be read."""
    try:
        told = await _told(service, line.viewer, assignment)
        board = await service.desk.board()
    except (*GONE, NotSaved) as problem:
        # A card that hides where she is looks whole. The device connects again, and gets all of it then.
        _LOG.warning("details not read", extra={"error": type(problem).__name__})
        line.end("not_saved")
        return False
    # What was allowed before the read may not be allowed after it.
    held = own_accepted(line.viewer, board, assignment)
    if held is not None:
        place = told.pop(PLACE, None)
        card = cards.assignment_card(board, held, place, told)
        line.send(frame("cards", seq=board.seq, cards=[card], gone=[], why={}))
    return True


async def _told(service: Service, viewer: Viewer, assignment_id: str) -> dict[str, Any]:
    """What was told and is for them, oldest first in each kind, once their unit has accepted; the read is written.

    Of places the newest counts; of everything else nothing that was said once may hide what was said before.
    """
    board = await service.desk.board()
    held = own_accepted(viewer, board, assignment_id)
    if held is None:
        return {}
    details = await service.details.read(
        held.alert,
        by=viewer.person,
        what="assignment card",
        at=service.clock.now(),
        kinds=DETAILS[audience_of(viewer, board)],
    )
    told: dict[str, Any] = {}
    for detail in details:
        if detail.value is None:
            continue
        if detail.kind == PLACE:
            told[PLACE] = detail.value
        else:
            told.setdefault(detail.kind, []).append(detail.value)
    return told
