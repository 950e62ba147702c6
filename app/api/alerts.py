"""Alerts: raise one, tell more, look."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app import cards
from app.clock import rfc3339
from app.details import PLACE
from app.dispatch import commands as c
from app.geo.point import Point
from app.reports.timeline import timelines
from app.security.fields import DETAILS, UNDER_GLASS, Audience, Kind, audience, shows
from app.security.permissions import Action, may, require
from app.security.scope import audience_of, kept_out, seen_at_desk
from app.store import queries

from . import bodies as b
from .caller import Asker, Here
from .glass import reads_by_table
from .reach import alert_for
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
            bounds = await queries.bounds(connection, here.settings.center, [head.id for head in heads])
        return {
            "alerts": [
                {"id": head.id, "folio": head.folio, "state": head.state, "raised_at": rfc3339(head.raised_at)}
                for head in heads
                if not kept_out(asker, bounds[head.id].keep_out)
            ]
        }
    board = await here.desk.board()
    theirs = [alert for alert in board.alerts.values() if seen_at_desk(asker, board, alert)]
    alerts = sorted(theirs, key=lambda alert: (alert.raised_at, alert.id))[:limit]
    to = audience(asker.role)
    if shows("alert", "where", to):
        await here.details.note_read(by=asker.person, what="open alerts", at=here.clock.now(), count=len(alerts))
    return {
        "seq": board.seq,
        "alerts": [cards.alert_card(board, a, here.desk.ground.alert_place(a.id), to) for a in alerts],
    }


@router.get("/{alert}")
async def read_alert(alert: UUID, here: Here, asker: Asker) -> dict[str, Any]:
    """One alert. Details as the table gives them, or under broken glass; `read_under` says by which of the two, or
    null where they are masked. Every read is written down; code words are shown to nobody.

    Of an alert that was erased `details_erased_at` says since when, and there are no details.
    """
    glass = await here.glass.standing(asker, str(alert))
    head = await alert_for(here, asker, Action.READ_UNDER_GLASS if glass else Action.READ_ALERT, alert)
    board = await here.desk.board()
    by_table = await reads_by_table(here, asker, head)
    to = audience_of(asker, board)
    under = "table" if by_table else "glass" if glass else None
    kinds = DETAILS[to] if by_table else UNDER_GLASS[to] if glass else frozenset()
    told = await here.details.read(
        head.id,
        by=asker.person,
        what="alert" if under else "alert without details",
        at=here.clock.now(),
        kinds={*kinds, Kind.CODE_WORDS} if kinds else (),
        said={"under": "glass", "glass": glass} if under == "glass" and glass else None,
    )
    place = next((detail.value for detail in reversed(told) if detail.kind == Kind.PLACE), None)
    known = board.alerts.get(head.id)
    if known is not None and may(asker.role, Action.READ_ALERT):
        card = cards.alert_card(board, known, None, to)
    else:
        card = {"card": "alert", "id": head.id, "folio": head.folio, "raised_at": rfc3339(head.raised_at)}
    return {
        **card,
        "state": head.state if known is None else known.state.value,
        "details_erased_at": None if head.erased_at is None else rfc3339(head.erased_at),
        "read_under": under,
        "where": place,
        # Whoever could read the words would not need to be told them.
        "code_words": any(detail.kind == Kind.CODE_WORDS for detail in told),
        "details": [
            {"id": d.id, "kind": d.kind, "at": rfc3339(d.at), "by": d.by, "value": d.value}
            for d in told
            if d.kind in kinds
        ],
    }


@router.get("/{alert}/timeline")
async def read_timeline(alert: UUID, here: Here, asker: Asker) -> dict[str, Any]:
    """What happened, entry by entry, and the time points made of it. Ids only.

    When she came to a sealed place is told in whole hours since she left, and so is what came with it.
    """
    head = await alert_for(here, asker, Action.READ_TIMELINE, alert)
    to = audience(asker.role)
    async with here.database.transaction() as connection:
        entries = await queries.story(connection, here.settings.center, head.id)
    if to is not Audience.AUDITOR:
        units = (await here.desk.board()).units
        # Of a unit that is not listed any more nobody knows whether it was to be found.
        entries = cards.as_told(entries, lambda code: code not in units or units[code].sealed)
    return {
        "alert": head.id,
        "folio": head.folio,
        "state": head.state,
        "entries": [entry_shape(entry, to) for entry in entries],
        "points": points_shape(timelines(entries)[head.id]),
    }


@router.patch("/{alert}", response_model=WholeReceipt)
async def tell_more(alert: UUID, body: b.MoreFacts, here: Here, asker: Asker) -> dict[str, Any]:
    """More facts; they may raise the level and never lower it. A new place is taken as the better one."""
    await alert_for(here, asker, Action.TELL_MORE, alert)
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
