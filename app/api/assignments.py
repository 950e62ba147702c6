"""What a unit says about its own assignment. Always over HTTP with a command's id, never over the socket."""

from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter

from app.dispatch import commands as c
from app.dispatch.commands import Refusal
from app.security.permissions import Action, require

from . import bodies as b
from .caller import Asker, Here
from .shapes import receipt_shape

router = APIRouter(prefix="/api/assignments", tags=["assignments"])

Step = Literal[
    "seen", "accept", "decline", "en-route", "on-scene", "contact", "depart", "safe", "done", "withdraw"
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
    "done": c.Finish,
    "withdraw": c.Withdraw,
}
_REASONED = (c.Decline, c.Withdraw)


@router.post("/{assignment}/{step}")
async def say(assignment: UUID, step: Step, body: b.UnitAnswer, here: Here, asker: Asker) -> dict[str, Any]:
    """One step. An assignment of another unit does not exist for this one."""
    require(asker, Action.ANSWER_ASSIGNMENT)
    kind = _COMMANDS[step]
    more: dict[str, Any] = {}
    if issubclass(kind, _REASONED):
        if body.reason is None:
            raise Refusal("reason_missing", "Say why.")
        more["reason"] = body.reason
    command = kind(
        id=str(body.id),
        by=asker.person,
        at_device=body.device_time(),
        assignment=str(assignment),
        unit=asker.unit or "",
        **more,
    )
    return receipt_shape(await here.desk.perform(command), whole=False)
