"""Neighbouring centers: one hands over a need nobody there accepts, and asks how it stands here.

A person of role `center` signs in for the other center under its code, and sees what concerns its own needs only.
"""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import NAMESPACE_OID, UUID, uuid5

from fastapi import APIRouter, Path
from pydantic import Field, StringConstraints

from app.details import PLACE
from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.commands import Refusal
from app.dispatch.lifecycle import NEED, following
from app.dispatch.model import UNACCEPTED, AlertState, Institution, Level, NeedState, Origin
from app.geo.point import Point
from app.security.permissions import Action, NotTheirs, require
from app.store import queries

from . import bodies as b
from .caller import Asker, Here
from .shapes import WholeReceipt, receipt_shape

router = APIRouter(prefix="/api/neighbours", tags=["neighbours"])
NeedKey = Annotated[str, Path(pattern=r"^[a-z]{1,20}(-[0-9]{1,2})?$")]


class HandedOver(b.Told):
    """A need of another center, with the alert there it belongs to."""

    id: UUID
    alert: UUID
    need: Annotated[str, StringConstraints(pattern=r"^[a-z]{1,20}(-[0-9]{1,2})?$")]
    folio: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
    institution: Institution
    requires: list[b.Slug] = Field(default=[], max_length=20)
    children: Annotated[int, Field(ge=0, le=30)] = 0
    level: Level
    incident: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,20}$")] = "30503"
    received_at: b.Moment
    where: b.Where


@router.post("/alerts", status_code=201, response_model=WholeReceipt)
async def take_over(body: HandedOver, here: Here, asker: Asker) -> dict[str, Any]:
    """Raise an alert for a need of the other center. The same id again gives the same answer."""
    require(asker, Action.SPEAK_FOR_CENTER)
    zone = here.zones.find(Point(body.where.lat, body.where.lon))
    origin = Origin(center=asker.login, alert=str(body.alert), need=body.need, folio=body.folio)
    wanted = c.NeedWanted(institution=body.institution, requires=tuple(body.requires), children=body.children)
    command = c.RaiseAlert(
        id=str(body.id),
        by=asker.person,
        zone=zone.zone,
        zone_how=zone.how,
        incident=body.incident,
        needs=(wanted,),
        threat=dict(body.threat),
        keep_out=body.keep_out.value(),
        avoid_zones=here.zones.around(body.places_avoided()),
        received_at=body.received_at.timestamp(),
        origin=origin,
    )
    personal = {PLACE: body.where.model_dump(exclude_none=True), **body.personal()}
    receipt = await here.desk.perform(command, personal)
    if body.level.rank > Level(receipt.level or body.level).rank:
        raised = str(uuid5(NAMESPACE_OID, f"{body.id}/level"))
        receipt = await here.desk.perform(
            c.RaiseLevel(id=raised, by=asker.person, alert=str(body.id), level=body.level, reason="neighbour")
        )
    return receipt_shape(receipt)


@router.get("/alerts/{alert}/needs/{need}")
async def how_it_stands(alert: UUID, need: NeedKey, here: Here, asker: Asker) -> dict[str, Any]:
    """How a need stands that this center has from the asker's, or the asker's from this one. States only."""
    require(asker, Action.SPEAK_FOR_CENTER)
    async with here.database.transaction() as connection:
        head = await queries.alert_head(connection, here.settings.center, str(alert))
        entries = await queries.story(connection, here.settings.center, str(alert)) if head else []
    state = _state([entry.event for entry in entries], need, asker.login)
    if head is None or state is None:
        unknown = Refusal("unknown_alert", "There is no such need of yours here.")
        raise unknown if head is None else NotTheirs(asker, Action.SPEAK_FOR_CENTER, unknown, alert=head.id)
    if head.state != AlertState.OPEN.value and state in UNACCEPTED | {NeedState.ELSEWHERE}:
        state = NeedState.CALLED_OFF
    return {"alert": head.id, "folio": head.folio, "need": need, "state": state.value}


def _state(events: Sequence[e.Event], need: str, center: str) -> NeedState | None:
    """How the need stands by the log of its alert; None where it does not concern that center."""
    state, concerns = None, False
    for event in events:
        match event:
            case e.AlertRaised():
                concerns = event.origin is not None and event.origin.center == center
            case e.NeedAdded() if event.need == need:
                state = NeedState.SEARCHING
            case e.NeedEvent() if event.need == need and state is not None:
                state = following(NEED, state, type(event))
                concerns = concerns or (isinstance(event, e.NeighbourAsked) and event.center == center)
    return state if concerns else None
