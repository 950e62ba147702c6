"""Units: who there is, who is on duty, where they say they are."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from app import cards
from app.clock import instant
from app.dispatch import commands as c
from app.geo.point import Point
from app.security.fields import audience
from app.security.permissions import Action, require
from app.security.sessions import OF_UNITS

from . import bodies as b
from . import by_hand as h
from .caller import Asker, Here
from .shapes import WholeReceipt, receipt_shape

router = APIRouter(prefix="/api/units", tags=["units"])
UnitCode = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,40}$")]


@router.get("")
async def list_units(here: Here, asker: Asker) -> dict[str, Any]:
    """Every unit of the center; without its place."""
    require(asker, Action.READ_UNITS)
    board = await here.desk.board()
    to = audience(asker.role)
    return {"seq": board.seq, "units": [cards.unit_card(unit, to) for _, unit in sorted(board.units.items())]}


@router.put("/{unit}/duty", response_model=WholeReceipt)
async def set_duty(unit: UnitCode, body: h.Duty, here: Here, asker: Asker) -> dict[str, Any]:
    """On or off duty: a unit for itself, the desk for any."""
    crew = list(dict.fromkeys(body.crew))
    if asker.role in OF_UNITS:
        require(asker, Action.SET_DUTY, of_unit=unit)
        # Whoever signs a unit on is in it, said or not: a kept-out officer cannot leave out the own name.
        crew += [] if asker.login in crew else [asker.login]
    else:
        require(asker, Action.SET_ANY_DUTY)
    said = _said(body, asker, unit)
    if not body.on:
        return receipt_shape(await here.desk.perform(c.EndDuty(**said)))
    brings = frozenset(body.crew_brings)
    command = c.StartDuty(**said, crew=tuple(crew), crew_brings=brings, until=body.ends())
    return receipt_shape(await here.desk.perform(command))


@router.put("/{unit}/places", response_model=WholeReceipt)
async def set_places(unit: UnitCode, body: h.Places, here: Here, asker: Asker) -> dict[str, Any]:
    """How many places a shelter has free now: said by itself, or by the desk."""
    if asker.role in OF_UNITS:
        require(asker, Action.SET_PLACES, of_unit=unit)
    else:
        require(asker, Action.SET_ANY_PLACES)
    return receipt_shape(await here.desk.perform(c.SetPlaces(**_said(body, asker, unit), free=body.free)))


@router.put("/{unit}/position", status_code=204)
async def report_position(unit: UnitCode, body: b.PositionBody, here: Here, asker: Asker) -> Response:
    """Where the unit is, for clients without a socket."""
    require(asker, Action.REPORT_POSITION, of_unit=unit)
    await here.positions.take(unit, Point(body.lat, body.lon), body.accuracy_m, instant(body.at))
    return Response(status_code=204)


def _said(body: b.Sent, asker: Asker, unit: str) -> dict[str, Any]:
    return {"id": str(body.id), "by": asker.person, "at_device": body.device_time(), "unit": unit}
