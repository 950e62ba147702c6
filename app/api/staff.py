"""The households of staff: set by an admin, and read back by nobody."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

from app.security.permissions import Action, require

from . import by_hand as b
from .caller import Asker, Here

router = APIRouter(prefix="/api/people", tags=["people"])
Login = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,40}$")]


@router.put("/{login}/household")
async def set_household(login: Login, body: b.StaffHousehold, here: Here, asker: Asker) -> dict[str, Any]:
    """The telephones and addresses of this person's own home, in place of those known before.

    Who reads an alert of that household is flagged. Kept as keyed hashes; the answer says how many.
    """
    require(asker, Action.MANAGE_PEOPLE)
    known = await here.households.keep_staff(
        login, telephones=body.telephones, addresses=body.addresses, by=asker.person
    )
    return {"id": str(body.id), "login": login, "saved": True, "known": known}
