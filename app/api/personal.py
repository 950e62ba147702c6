"""What may be asked of personal data: that they are erased, held for the law, or told to whom they are about."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from app.clock import rfc3339
from app.security.permissions import Action, require

from . import by_hand as b
from .caller import Asker, Here
from .reach import alert_for

router = APIRouter(prefix="/api", tags=["personal data"])


@router.post("/alerts/{alert}/erase")
async def erase(alert: UUID, body: b.Erasing, here: Here, asker: Asker) -> dict[str, Any]:
    """Destroy the key of this alert's personal data, for good. Refused while it is open or held."""
    await alert_for(here, asker, Action.ERASE_ALERT, alert)
    erased = await here.eraser.erase(str(alert), by=asker.person, reason=body.reason)
    return {"alert": str(alert), "details_erased_at": rfc3339(erased.at)}


@router.post("/alerts/{alert}/hold")
async def hold(alert: UUID, body: b.Holding, here: Here, asker: Asker) -> dict[str, Any]:
    """Hold this alert for the law: nobody erases it, and no schedule does."""
    await alert_for(here, asker, Action.HOLD_ALERT, alert)
    await here.eraser.hold(str(alert), by=asker.person, reason=body.reason)
    return {"alert": str(alert), "held": True}


@router.delete("/alerts/{alert}/hold")
async def release(alert: UUID, here: Here, asker: Asker) -> dict[str, Any]:
    """End the hold."""
    await alert_for(here, asker, Action.HOLD_ALERT, alert)
    await here.eraser.release(str(alert), by=asker.person)
    return {"alert": str(alert), "held": False}


@router.post("/exports")
async def export(body: b.Person, here: Here, asker: Asker) -> dict[str, Any]:
    """Everything that is held about one person. It is written down that it was asked for, and what was given."""
    require(asker, Action.EXPORT_PERSON)
    return await here.exports.about(telephone=body.telephone, address=body.address, by=asker)
