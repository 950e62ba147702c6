"""Breaking glass, taking notice of it, and judging it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.cards.shape import time
from app.clock import rfc3339
from app.dispatch.commands import Refusal
from app.security.fields import IN_REVIEW, Kind, audience
from app.security.permissions import Action, may, require
from app.security.sessions import OF_UNITS, Viewer
from app.service import Service
from app.store import queries
from app.store.glass import GlassRow

from . import by_hand as b
from .bodies import Sent
from .caller import Asker, Here
from .reach import alert_for, own_past

router = APIRouter(prefix="/api", tags=["glass"])


@router.post("/alerts/{alert}/glass", status_code=201)
async def break_glass(
    alert: UUID, body: b.BreakGlass, here: Here, asker: Asker, response: Response
) -> dict[str, Any]:
    """Read what the table does not give, for a while. Needs a fresh proof; supervisors are told at once."""
    find = own_past if asker.role in OF_UNITS else alert_for
    head = await find(here, asker, Action.BREAK_GLASS, alert)
    if await reads_by_table(here, asker, head):
        raise Refusal("glass_not_needed", "You may read this alert without breaking glass.")
    row = await here.glass.smash(asker, glass=str(body.id), alert=head.id, reason=body.reason, note=body.note)
    response.headers["Location"] = f"/api/alerts/{head.id}"
    return _shape(row)


@router.get("/glass")
async def list_glass(here: Here, asker: Asker, unreviewed: Annotated[bool, Query()] = True) -> dict[str, Any]:
    """Broken glass, newest first: what nobody has judged yet, or all of it. Reading a note is written down."""
    require(asker, Action.REVIEW_GLASS)
    rows = await here.glass.queue(asker, unreviewed=unreviewed)
    reads = Kind.GLASS_NOTE in IN_REVIEW.get(audience(asker.role), ())
    return {
        "glass": [{**_shape(row), "note": await here.glass.note(asker, row) if reads else None} for row in rows]
    }


@router.post("/glass/{glass}/acknowledge")
async def acknowledge_glass(glass: UUID, _: Sent, here: Here, asker: Asker) -> dict[str, Any]:
    """A supervisor takes notice of somebody else's."""
    require(asker, Action.ACKNOWLEDGE_GLASS)
    return _shape(await here.glass.acknowledge(asker, str(glass)))


@router.post("/glass/{glass}/review")
async def review_glass(glass: UUID, body: b.GlassReview, here: Here, asker: Asker) -> dict[str, Any]:
    """Judge somebody else's."""
    require(asker, Action.REVIEW_GLASS)
    return _shape(await here.glass.review(asker, str(glass), body.outcome))


async def reads_by_table(here: Service, asker: Viewer, head: queries.AlertHead) -> bool:
    """Whether the table alone gives them the details of this alert, now."""
    board = await here.desk.board()
    return may(asker.role, Action.READ_DETAILS) and head.id in board.alerts


def _shape(row: GlassRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "alert": row.alert,
        "by": row.person,
        "login": row.login,
        "role": row.role,
        "reason": row.reason,
        "opened_at": rfc3339(row.opened_at),
        "until": rfc3339(row.until),
        "acknowledged_at": time(row.acknowledged_at),
        "acknowledged_by": row.acknowledged_by,
        "reviewed_at": time(row.reviewed_at),
        "reviewed_by": row.reviewed_by,
        "outcome": row.outcome,
    }
