"""Alerts: raise one, tell more, look."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app import cards
from app.clock import rfc3339
from app.details import CODE_WORDS, PLACE
from app.dispatch import commands as c
from app.dispatch.commands import Refusal
from app.geo.point import Point
from app.reports.timeline import timelines
from app.security.permissions import Action, require
from app.store import queries

from . import bodies as b
from .caller import Asker, Here
from .shapes import WholeReceipt, entry_shape, points_shape, receipt_shape

router = APIRouter(prefix="/api/alerts", tags=["alerts"])


@router.post("", status_code=201, response_model=WholeReceipt, responses={200: {"model": WholeReceipt}})
async def raise_alert(body: b.NewAlert, here: Here, asker: Asker, response: Response) -> dict[str, Any]:
    """Raise an alert. Where is enough. 201 means saved; the same id again gives the same answer.

    200 with `joined`: the same household has an open alert already, and this call counts with that one.
    """
    require(asker, Action.RAISE_ALERT)
    zone = here.zones.find(Point(body.where.lat, body.where.lon))
    received_at, answered_at, located_at = body.times()
    telephone = body.caller.telephone if body.caller else None
    household, history = await here.households.known(telephone=telephone, address=body.where.address)
    command = c.RaiseAlert(
        id=str(body.id),
        by=asker.person,
        at_device=body.device_time(),
        zone=zone.zone,
        zone_how=zone.how,
        incident=body.incident,
        needs=tuple(wanted.value() for wanted in body.needs),
        threat=dict(body.threat),
        keep_out=body.keep_out.value(),
        received_at=received_at,
        answered_at=answered_at,
        located_at=located_at,
        household=household,
        history=history,
        avoid_zones=here.zones.around(body.places_avoided()),
    )
    personal = {PLACE: body.where.model_dump(exclude_none=True), **body.personal()}
    receipt = await here.desk.perform(command, personal)
    response.status_code = 200 if receipt.joined else 201
    response.headers["Location"] = f"/api/alerts/{receipt.alert}"
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
    """One alert with its details, open or not. The read is written down; code words are shown to nobody."""
    require(asker, Action.READ_ALERT)
    head = await head_of(here, str(alert))
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
        "code_words": any(detail.kind == CODE_WORDS for detail in told),
        "details": [
            {"id": d.id, "kind": d.kind, "at": rfc3339(d.at), "by": d.by, "value": d.value}
            for d in told
            # Whoever could read the words would not need to be told them.
            if d.kind != CODE_WORDS
        ],
    }


@router.get("/{alert}/timeline")
async def read_timeline(alert: UUID, here: Here, asker: Asker) -> dict[str, Any]:
    """What happened, entry by entry, and the time points made of it. Ids only."""
    require(asker, Action.READ_TIMELINE)
    head = await head_of(here, str(alert))
    async with here.database.transaction() as connection:
        entries = await queries.story(connection, here.settings.center, head.id)
    return {
        "alert": head.id,
        "folio": head.folio,
        "state": head.state,
        "entries": [entry_shape(entry) for entry in entries],
        "points": points_shape(timelines(entries)[head.id]),
    }


@router.patch("/{alert}", response_model=WholeReceipt)
async def tell_more(alert: UUID, body: b.MoreFacts, here: Here, asker: Asker) -> dict[str, Any]:
    """More facts; they may raise the level and never lower it. A new place is taken as the better one."""
    require(asker, Action.TELL_MORE)
    personal = body.personal()
    zone = None
    if body.where is not None:
        zone = here.zones.find(Point(body.where.lat, body.where.lon))
        personal[PLACE] = body.where.model_dump(exclude_none=True)
    command = c.TellMore(
        id=str(body.id),
        by=asker.person,
        at_device=body.device_time(),
        alert=str(alert),
        threat=dict(body.threat),
        keep_out=body.keep_out.value(),
        zone=zone.zone if zone else None,
        zone_how=zone.how if zone else "inside",
        avoid_zones=here.zones.around(body.places_avoided()),
    )
    return receipt_shape(await here.desk.perform(command, personal))


async def head_of(here: Here, alert: str) -> queries.AlertHead:
    """What is known of an alert of this center, open or not. Raises Refusal."""
    async with here.database.transaction() as connection:
        head = await queries.alert_head(connection, here.settings.center, alert)
    if head is None:
        raise Refusal("unknown_alert", "There is no alert with this id.")
    return head
