"""Everything people do to an alert by hand: its level, its needs, its end, and two that are one."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Response

from app.details import CALL_PLACE, PLACE
from app.dispatch import commands as c
from app.dispatch.commands import Refusal
from app.geo.point import Point
from app.security.fields import Kind
from app.security.permissions import Action

from . import by_hand as b
from .bodies import Sent
from .caller import Asker, Here
from .reach import alert_for
from .shapes import WholeReceipt, receipt_shape

router = APIRouter(prefix="/api/alerts/{alert}", tags=["by hand"])
NeedKey = Annotated[str, Path(pattern=r"^[a-z]{1,20}(-[0-9]{1,2})?$")]


@router.post("/needs", response_model=WholeReceipt)
async def add_need(alert: UUID, body: b.OneMoreNeed, here: Here, asker: Asker) -> dict[str, Any]:
    """One more need."""
    await alert_for(here, asker, Action.ADD_NEED, alert)
    return receipt_shape(await here.desk.perform(c.AddNeed(**_said(body, asker, alert), wanted=body.value())))


@router.post("/notes", response_model=WholeReceipt)
async def add_note(alert: UUID, body: b.Note, here: Here, asker: Asker) -> dict[str, Any]:
    """A note, sealed."""
    await alert_for(here, asker, Action.ADD_NOTE, alert)
    command = c.AddNote(**_said(body, asker, alert))
    return receipt_shape(await here.desk.perform(command, {"note": body.text}))


@router.post("/level", response_model=WholeReceipt)
async def set_level(alert: UUID, body: b.OtherLevel, here: Here, asker: Asker) -> dict[str, Any]:
    """A higher level or, said with `lower` and by a supervisor only, a lower one."""
    await alert_for(here, asker, Action.LOWER_LEVEL if body.lower else Action.RAISE_LEVEL, alert)
    kind = c.LowerLevel if body.lower else c.RaiseLevel
    command = kind(**_said(body, asker, alert), level=body.level, reason=body.reason)
    return receipt_shape(await here.desk.perform(command, _note(body.note)))


@router.post("/cancel", response_model=WholeReceipt)
async def cancel(alert: UUID, body: b.Cancelling, here: Here, asker: Asker) -> dict[str, Any]:
    """Call the whole alert off. Where code words were agreed, one has to be said; the answer to both is alike."""
    head = await alert_for(here, asker, Action.CANCEL, alert)
    word = await here.details.code_word(head.id, body.word, by=asker.person, at=here.clock.now())
    command = c.CancelAlert(**_said(body, asker, alert), reason=body.reason, word=word)
    return receipt_shape(await here.desk.perform(command, _note(body.note)))


@router.post("/close", response_model=WholeReceipt)
async def close(alert: UUID, body: b.Closing, here: Here, asker: Asker) -> dict[str, Any]:
    """Close it: asks whether she is safe and where, and refuses while a need is unaccepted."""
    await alert_for(here, asker, Action.CLOSE, alert)
    command = c.CloseAlert(
        **_said(body, asker, alert),
        disposition=body.disposition,
        safe=body.safe,
        whereabouts=body.whereabouts,
        order=body.order,
    )
    return receipt_shape(await here.desk.perform(command, _note(body.note)))


@router.post("/merge", response_model=WholeReceipt)
async def merge(alert: UUID, body: b.Merging, here: Here, asker: Asker) -> dict[str, Any]:
    """It is the same as another one, which goes on for both."""
    await alert_for(here, asker, Action.MERGE, alert)
    await alert_for(here, asker, Action.MERGE, body.into)
    command = c.MergeAlerts(**_said(body, asker, alert), into=str(body.into))
    return receipt_shape(await here.desk.perform(command))


@router.post("/split", status_code=201, response_model=WholeReceipt)
async def split(alert: UUID, body: b.Splitting, here: Here, asker: Asker, response: Response) -> dict[str, Any]:
    """A call joined this alert wrongly: it gets an alert of its own, with what that call told."""
    head = await alert_for(here, asker, Action.SPLIT, alert)
    personal = await _told_by(here, asker, head.id, str(body.call))
    if body.where is not None:
        personal[PLACE] = body.where.model_dump(exclude_none=True)
    if personal.get(PLACE) is None:
        raise Refusal("place_missing", "Say where this call is from; the alert knows no such call with a place.")
    zone = here.zones.find(Point(personal[PLACE]["lat"], personal[PLACE]["lon"]))
    command = c.SplitCall(
        **_said(body, asker, alert),
        call=str(body.call),
        zone=zone.zone,
        zone_how=zone.how,
        incident=body.incident,
        needs=tuple(wanted.value() for wanted in body.needs),
    )
    receipt = await here.desk.perform(command, personal)
    response.headers["Location"] = f"/api/alerts/{body.id}"
    return receipt_shape(receipt)


@router.post("/order", response_model=WholeReceipt)
async def settle_order(alert: UUID, body: b.Outcome, here: Here, asker: Asker) -> dict[str, Any]:
    """What became of the protection order."""
    await alert_for(here, asker, Action.SETTLE_ORDER, alert)
    command = c.SettleOrder(**_said(body, asker, alert), outcome=body.outcome)
    return receipt_shape(await here.desk.perform(command))


@router.post("/acknowledge", response_model=WholeReceipt)
async def acknowledge(alert: UUID, body: b.Acknowledgement, here: Here, asker: Asker) -> dict[str, Any]:
    """Take notice of an alarm, by name: of a need's, or of the alert's own."""
    await alert_for(here, asker, Action.ACKNOWLEDGE, alert)
    said = _said(body, asker, alert)
    command = c.AcknowledgeAlertAlarm(**said) if body.need is None else c.AcknowledgeAlarm(**said, need=body.need)
    return receipt_shape(await here.desk.perform(command))


@router.post("/needs/{need}/assign", response_model=WholeReceipt)
async def assign(alert: UUID, need: NeedKey, body: b.ByHand, here: Here, asker: Asker) -> dict[str, Any]:
    """Ask this unit, by hand."""
    await alert_for(here, asker, Action.ASSIGN_BY_HAND, alert)
    command = c.AssignByHand(**_said(body, asker, alert), need=need, unit=body.unit)
    return receipt_shape(await here.desk.perform(command))


@router.post("/needs/{need}/recall", response_model=WholeReceipt)
async def recall(alert: UUID, need: NeedKey, body: b.Reason, here: Here, asker: Asker) -> dict[str, Any]:
    """Take it back from whoever holds it; the search goes on without that unit."""
    await alert_for(here, asker, Action.RECALL, alert)
    command = c.Recall(**_said(body, asker, alert), need=need, reason=body.reason)
    return receipt_shape(await here.desk.perform(command, _note(body.note)))


@router.post("/needs/{need}/call-off", response_model=WholeReceipt)
async def call_off(alert: UUID, need: NeedKey, body: b.Reason, here: Here, asker: Asker) -> dict[str, Any]:
    """This need is not needed any more."""
    await alert_for(here, asker, Action.CALL_OFF, alert)
    command = c.CallOffNeed(**_said(body, asker, alert), need=need, reason=body.reason)
    return receipt_shape(await here.desk.perform(command, _note(body.note)))


@router.post("/needs/{need}/neighbour", response_model=WholeReceipt)
async def ask_neighbour(alert: UUID, need: NeedKey, body: Sent, here: Here, asker: Asker) -> dict[str, Any]:
    """Ask the neighbouring center for help now."""
    await alert_for(here, asker, Action.ASK_NEIGHBOUR, alert)
    return receipt_shape(await here.desk.perform(c.AskNeighbour(**_said(body, asker, alert), need=need)))


def _said(body: Sent, asker: Asker, alert: UUID) -> dict[str, Any]:
    return {"id": str(body.id), "by": asker.person, "at_device": body.device_time(), "alert": str(alert)}


def _note(text: str | None) -> Mapping[str, Any]:
    return {Kind.REMARK.value: text} if text is not None else {}


_OF_A_CALL = ("caller", "people", "safe_contact")


async def _told_by(here: Here, asker: Asker, alert: str, call: str) -> dict[str, Any]:
    """What this call told of who calls and from where, by kind; also one that had an alert of its own once."""
    told: dict[str, Any] = {}
    for each in dict.fromkeys((alert, call)):
        details = await here.details.read(each, by=asker.person, what="split", at=here.clock.now())
        told |= {detail.kind: detail.value for detail in details if detail.id == f"{call}/{detail.kind}"}
    personal = {kind: told[kind] for kind in _OF_A_CALL if told.get(kind) is not None}
    return {**personal, PLACE: told.get(CALL_PLACE) or told.get(PLACE)}
