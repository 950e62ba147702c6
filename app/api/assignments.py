"""What a unit says about its own assignment. Always over HTTP with a command's id, never over the socket."""

from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter

from app import cards
from app.dispatch import commands as c
from app.dispatch.commands import Refusal
from app.geo.point import lon_lat
from app.security.permissions import Action, require

from . import by_hand as b
from .bodies import Sent
from .caller import Asker, Here
from .destination import destination_for
from .reach import not_anothers, say_of_own
from .route import route_for
from .shapes import PartReceipt, receipt_shape

router = APIRouter(prefix="/api/assignments", tags=["assignments"])

Step = Literal[
    "seen",
    "accept",
    "decline",
    "en-route",
    "on-scene",
    "contact",
    "depart",
    "safe",
    "well",
    "help",
    "extend-hold",
    "done",
    "withdraw",
]
_COMMANDS: dict[str, type[c.AssignmentCommand]] = {
    "seen": c.SeeOffer,
    "accept": c.Accept,
    "decline": c.Decline,
    "en-route": c.GoEnRoute,
    "on-scene": c.ArriveOnScene,
    "contact": c.MakeContact,
    "depart": c.Depart,
    "safe": c.ReachSafety,
    "well": c.ConfirmWell,
    "help": c.CallForHelp,
    "extend-hold": c.ExtendHold,
    "done": c.Finish,
    "withdraw": c.Withdraw,
}
_REASONED = (c.Decline, c.Withdraw)


@router.get("/{assignment}/destination")
async def read_destination(assignment: UUID, here: Here, asker: Asker) -> dict[str, Any]:
    """Where to take her: for the unit that has her transport, as long as it lasts. The read is written down.

    For everybody else, before and after, there is no such assignment.
    """
    require(asker, Action.READ_DESTINATION)
    await here.aboard(asker)
    place = await destination_for(here, asker, str(assignment))
    if place is None:
        raise await _unknown(here, asker, Action.READ_DESTINATION, assignment)
    return {"assignment": str(assignment), "shelter": place.unit, "where": cards.where(place.point)}


@router.get("/{assignment}/route")
async def read_route(assignment: UUID, here: Here, asker: Asker) -> dict[str, Any]:
    """The way by road to the place of an accepted assignment, from where its unit was last seen, as a GeoJSON line
    (WGS 84). The read is written down.

    Seconds are a car's without a siren. Without roads `no_roads`; where none leads there `no_way`; of a unit that
    does not say where it is, or has left with her, `no_position`. To a shelter there is no route.
    """
    require(asker, Action.READ_OWN_ASSIGNMENTS)
    await here.aboard(asker)
    route = await route_for(here, asker, str(assignment))
    if route is None:
        raise await _unknown(here, asker, Action.READ_OWN_ASSIGNMENTS, assignment)
    line = {"type": "LineString", "coordinates": [lon_lat(place) for place in route.line]}
    return {"assignment": str(assignment), "seconds": route.seconds, "metres": route.metres, "line": line}


@router.post("/{assignment}/screen", response_model=PartReceipt)
async def answer_screen(assignment: UUID, body: b.Screened, here: Here, asker: Asker) -> dict[str, Any]:
    """The answers to a risk screen. They may raise the level and never lower it."""
    require(asker, Action.ANSWER_ASSIGNMENT)
    await here.aboard(asker)
    said = _said(body, asker, assignment)
    command = c.AnswerScreen(**said, profile=body.profile, answers=dict(body.answers))
    return receipt_shape(await say_of_own(here, asker, command), whole=False)


@router.post("/{assignment}/order", response_model=PartReceipt)
async def say_order(assignment: UUID, body: b.Outcome, here: Here, asker: Asker) -> dict[str, Any]:
    """What became of the protection order, said by the prosecutor."""
    require(asker, Action.ANSWER_ASSIGNMENT)
    await here.aboard(asker)
    command = c.SayOrder(**_said(body, asker, assignment), outcome=body.outcome)
    return receipt_shape(await say_of_own(here, asker, command), whole=False)


@router.post("/{assignment}/notes", response_model=PartReceipt)
async def tell_note(assignment: UUID, body: b.Note, here: Here, asker: Asker) -> dict[str, Any]:
    """A note of who is there, sealed; the desk and everybody who serves the alert reads it."""
    require(asker, Action.ANSWER_ASSIGNMENT)
    await here.aboard(asker)
    command = c.TellNote(**_said(body, asker, assignment))
    return receipt_shape(await say_of_own(here, asker, command, {"note": body.text}), whole=False)


@router.post("/{assignment}/{step}", response_model=PartReceipt)
async def say(assignment: UUID, step: Step, body: b.UnitAnswer, here: Here, asker: Asker) -> dict[str, Any]:
    """One step. An assignment of another unit does not exist for this one."""
    require(asker, Action.ANSWER_ASSIGNMENT)
    await here.aboard(asker)
    kind = _COMMANDS[step]
    more: dict[str, Any] = {}
    if issubclass(kind, _REASONED):
        if body.reason is None:
            raise Refusal("reason_missing", "Say why.")
        more["reason"] = body.reason
    command = kind(**_said(body, asker, assignment), **more)
    return receipt_shape(await say_of_own(here, asker, command), whole=False)


async def _unknown(here: Here, asker: Asker, action: Action, assignment: UUID) -> Refusal:
    """For this asker there is no such assignment. Raises NotTheirs where it is another unit's."""
    unknown = Refusal("unknown_assignment", "This assignment is not yours, or is over.")
    await not_anothers(here, asker, action, str(assignment), unknown)
    return unknown


def _said(body: Sent, asker: Asker, assignment: UUID) -> dict[str, Any]:
    return {
        "id": str(body.id),
        "by": asker.person,
        "at_device": body.device_time(),
        "assignment": str(assignment),
        "unit": asker.unit or "",
    }
