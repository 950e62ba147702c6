"""Alerts: raise one, tell more, look, and everything done by hand."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from app import cards
from app.clock import rfc3339
from app.details import PLACE
from app.dispatch import commands as c
from app.dispatch.commands import Refusal
from app.geo.point import Point
from app.reports.timeline import timelines
from app.security.permissions import Action, require
from app.store import queries

from . import bodies as b
from .caller import Asker, Here
from .shapes import entry_shape, points_shape, receipt_shape

router = APIRouter(prefix="/api/alerts", tags=["alerts"])
NeedKey = Annotated[str, Path(pattern=r"^[a-z]{1,20}(-[0-9]{1,2})?$")]


@router.post("", status_code=201)
async def raise_alert(body: b.NewAlert, here: Here, asker: Asker, response: Response) -> dict[str, Any]:
    """Raise an alert. Where is enough. 201 means saved; the same id again gives the same answer."""
    require(asker, Action.RAISE_ALERT)
    zone = here.zones.find(Point(body.where.lat, body.where.lon))
    received_at, answered_at, located_at = body.times()
    command = c.RaiseAlert(
        id=str(body.id),
        by=asker.person,
        at_device=body.device_time(),
        zone=zone.zone,
        zone_how=zone.how,
        incident=body.incident,
        needs=tuple(c.NeedWanted(institution=institution) for institution in body.needs),
        threat=dict(body.threat),
        keep_out=body.keep_out.value(),
        received_at=received_at,
        answered_at=answered_at,
        located_at=located_at,
    )
    personal = {PLACE: body.where.model_dump(exclude_none=True), **body.personal()}
    receipt = await here.desk.perform(command, personal)
    response.headers["Location"] = f"/api/alerts/{body.id}"
    return receipt_shape(receipt)


@router.get("")
async def list_alerts(
    here: Here, asker: Asker, only_open: Annotated[bool, Query(alias="open")] = True
) -> dict[str, Any]:
    """The open alerts as cards, or the newest of all as heads. Showing places is written down."""
    require(asker, Action.READ_ALERT)
    limit = here.settings.open_alerts_page_max
    if not only_open:
        async with here.database.transaction() as connection:
            heads = await queries.alert_heads(connection, here.settings.center, limit)
        return {
            "alerts": [
                {"id": head.id, "folio": head.folio, "state": head.state, "raised_at": rfc3339(head.raised_at)}
                for head in heads
            ]
        }
    board = await here.desk.board()
    alerts = sorted(board.alerts.values(), key=lambda alert: (alert.raised_at, alert.id))[:limit]
    await here.details.note_read(by=asker.person, what="open alerts", at=here.clock.now(), count=len(alerts))
    return {
        "seq": board.seq,
        "alerts": [cards.alert_card(board, a, here.desk.ground.alert_place(a.id)) for a in alerts],
    }


@router.get("/{alert}")
async def read_alert(alert: UUID, here: Here, asker: Asker) -> dict[str, Any]:
    """One alert with its details; open, closed or cancelled. The read is written down."""
    require(asker, Action.READ_ALERT)
    head = await _head(here, str(alert))
    told = await here.details.read(head.id, by=asker.person, what="alert", at=here.clock.now())
    board = await here.desk.board()
    known = board.alerts.get(head.id)
    place = next((detail.value for detail in reversed(told) if detail.kind == PLACE), None)
    if known is not None:
        card = cards.alert_card(board, known, Point(place["lat"], place["lon"]) if place else None)
    else:
        card = {"card": "alert", "id": head.id, "folio": head.folio, "raised_at": rfc3339(head.raised_at)}
    return {
        **card,
        "state": head.state if known is None else known.state.value,
        "where": place,
        "details": [{"id": d.id, "kind": d.kind, "at": rfc3339(d.at), "by": d.by, "value": d.value} for d in told],
    }


@router.get("/{alert}/timeline")
async def read_timeline(alert: UUID, here: Here, asker: Asker) -> dict[str, Any]:
    """What happened, entry by entry, and the time points made of it. Ids only."""
    require(asker, Action.READ_TIMELINE)
    head = await _head(here, str(alert))
    async with here.database.transaction() as connection:
        entries = await queries.story(connection, here.settings.center, head.id)
    return {
        "alert": head.id,
        "folio": head.folio,
        "state": head.state,
        "entries": [entry_shape(entry) for entry in entries],
        "points": points_shape(timelines(entries)[head.id]),
    }


@router.patch("/{alert}")
async def tell_more(alert: UUID, body: b.MoreFacts, here: Here, asker: Asker) -> dict[str, Any]:
    """More facts; they may raise the level and never lower it. A new place is taken as the better one."""
    require(asker, Action.TELL_MORE)
    personal = body.personal()
    zone = None
    if body.where is not None:
        zone = here.zones.find(Point(body.where.lat, body.where.lon))
        personal[PLACE] = body.where.model_dump(exclude_none=True)
    command = c.TellMore(
        **_said(body, asker, alert),
        threat=dict(body.threat),
        keep_out=body.keep_out.value(),
        zone=zone.zone if zone else None,
        zone_how=zone.how if zone else "inside",
    )
    return receipt_shape(await here.desk.perform(command, personal))


@router.post("/{alert}/needs")
async def add_need(alert: UUID, body: b.OneMoreNeed, here: Here, asker: Asker) -> dict[str, Any]:
    """One more need."""
    require(asker, Action.ADD_NEED)
    wanted = c.NeedWanted(institution=body.institution, requires=tuple(body.requires))
    return receipt_shape(await here.desk.perform(c.AddNeed(**_said(body, asker, alert), wanted=wanted)))


@router.post("/{alert}/notes")
async def add_note(alert: UUID, body: b.Note, here: Here, asker: Asker) -> dict[str, Any]:
    """A note, sealed."""
    require(asker, Action.ADD_NOTE)
    command = c.AddNote(**_said(body, asker, alert))
    return receipt_shape(await here.desk.perform(command, {"note": body.text}))


@router.post("/{alert}/level")
async def raise_level(alert: UUID, body: b.Higher, here: Here, asker: Asker) -> dict[str, Any]:
    """A higher level."""
    require(asker, Action.RAISE_LEVEL)
    command = c.RaiseLevel(**_said(body, asker, alert), level=body.level, reason=body.reason)
    return receipt_shape(await here.desk.perform(command, _note(body.note)))


@router.post("/{alert}/cancel")
async def cancel(alert: UUID, body: b.Reason, here: Here, asker: Asker) -> dict[str, Any]:
    """Call the whole alert off."""
    require(asker, Action.CANCEL)
    command = c.CancelAlert(**_said(body, asker, alert), reason=body.reason)
    return receipt_shape(await here.desk.perform(command, _note(body.note)))


@router.post("/{alert}/close")
async def close(alert: UUID, body: b.Closing, here: Here, asker: Asker) -> dict[str, Any]:
    """Close it: asks whether she is safe, and refuses while a need is unaccepted."""
    require(asker, Action.CLOSE)
    command = c.CloseAlert(**_said(body, asker, alert), disposition=body.disposition, safe=body.safe)
    return receipt_shape(await here.desk.perform(command, _note(body.note)))


@router.post("/{alert}/acknowledge")
async def acknowledge(alert: UUID, body: b.Acknowledgement, here: Here, asker: Asker) -> dict[str, Any]:
    """Take notice of an alarm, by name."""
    require(asker, Action.ACKNOWLEDGE)
    return receipt_shape(await here.desk.perform(c.AcknowledgeAlarm(**_said(body, asker, alert), need=body.need)))


@router.post("/{alert}/needs/{need}/assign")
async def assign(alert: UUID, need: NeedKey, body: b.ByHand, here: Here, asker: Asker) -> dict[str, Any]:
    """Ask this unit, by hand."""
    require(asker, Action.ASSIGN_BY_HAND)
    command = c.AssignByHand(**_said(body, asker, alert), need=need, unit=body.unit)
    return receipt_shape(await here.desk.perform(command))


@router.post("/{alert}/needs/{need}/recall")
async def recall(alert: UUID, need: NeedKey, body: b.Reason, here: Here, asker: Asker) -> dict[str, Any]:
    """Take it back from whoever holds it; the search goes on without that unit."""
    require(asker, Action.RECALL)
    command = c.Recall(**_said(body, asker, alert), need=need, reason=body.reason)
    return receipt_shape(await here.desk.perform(command, _note(body.note)))


@router.post("/{alert}/needs/{need}/call-off")
async def call_off(alert: UUID, need: NeedKey, body: b.Reason, here: Here, asker: Asker) -> dict[str, Any]:
    """This need is not needed any more."""
    require(asker, Action.CALL_OFF)
    command = c.CallOffNeed(**_said(body, asker, alert), need=need, reason=body.reason)
    return receipt_shape(await here.desk.perform(command, _note(body.note)))


def _said(body: b.Sent, asker: Asker, alert: UUID) -> dict[str, Any]:
    return {"id": str(body.id), "by": asker.person, "at_device": body.device_time(), "alert": str(alert)}


def _note(text: str | None) -> Mapping[str, Any]:
    return {"note": text} if text is not None else {}


async def _head(here: Here, alert: str) -> queries.AlertHead:
    async with here.database.transaction() as connection:
        head = await queries.alert_head(connection, here.settings.center, alert)
    if head is None:
        raise Refusal("unknown_alert", "There is no alert with this id.")
    return head
