"""Which alert or assignment a request is about, if it is the asker's at all: for others it does not exist."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.dispatch.commands import AssignmentCommand, Receipt, Refusal
from app.security.permissions import Action, NotTheirs, require
from app.security.scope import barred, kept_out
from app.security.sessions import Viewer
from app.service import Service
from app.store import queries

_UNKNOWN = ("unknown_alert", "There is no alert with this id.")


async def alert_for(here: Service, asker: Viewer, action: Action, alert: UUID | str) -> queries.AlertHead:
    """What is known of an alert of this center, open or not, if the asker may do this and is not kept out of it.

    Raises Forbidden, Refusal, or NotTheirs where it is another center's or keeps the asker out.
    """
    wanted = str(alert)
    require(asker, action, of_alert=wanted)
    board = await here.desk.board()
    unit = board.units.get(asker.unit or "")
    known = board.alerts.get(wanted)
    if known is not None:
        if kept_out(asker, barred(board, known), unit):
            raise NotTheirs(asker, action, Refusal(*_UNKNOWN), alert=wanted)
        return queries.AlertHead(
            id=known.id, folio=known.folio, state=known.state.value, raised_at=known.raised_at
        )
    center = here.settings.center
    async with here.database.transaction() as connection:
        head = await queries.alert_head(connection, center, wanted)
        if head is None:
            elsewhere = await queries.is_elsewhere(connection, center, wanted)
            raise NotTheirs(asker, action, Refusal(*_UNKNOWN)) if elsewhere else Refusal(*_UNKNOWN)
        bounds = (await queries.bounds(connection, center, [wanted]))[wanted]
    if kept_out(asker, bounds.keep_out, unit):
        raise NotTheirs(asker, action, Refusal(*_UNKNOWN), alert=wanted)
    return head


async def own_past(here: Service, asker: Viewer, action: Action, alert: UUID) -> queries.AlertHead:
    """The same for somebody of a unit: an alert that their unit has accepted, at any time."""
    head = await alert_for(here, asker, action, alert)
    async with here.database.transaction() as connection:
        bounds = (await queries.bounds(connection, here.settings.center, [head.id]))[head.id]
    if asker.unit not in bounds.accepted_by:
        raise NotTheirs(asker, action, Refusal(*_UNKNOWN), alert=head.id)
    return head


async def say_of_own(
    here: Service, asker: Viewer, command: AssignmentCommand, values: Mapping[str, Any] | None = None
) -> Receipt:
    """Perform what a unit says of an assignment; another's does not exist for it. Raises what the desk does."""
    try:
        return await here.desk.perform(command, values)
    except Refusal as refusal:
        await not_anothers(here, asker, Action.ANSWER_ASSIGNMENT, command.assignment, refusal)
        raise


async def not_anothers(here: Service, asker: Viewer, action: Action, assignment: str, refusal: Refusal) -> None:
    """Raise NotTheirs where what was refused as unknown is another unit's."""
    if refusal.code != "unknown_assignment":
        return
    async with here.database.transaction() as connection:
        if await queries.is_anothers(connection, here.settings.center, assignment, asker.unit or ""):
            raise NotTheirs(asker, action, refusal) from refusal
