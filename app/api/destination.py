"""Where to take her: the true place of the shelter that keeps a place, for nobody but who takes her there."""

from dataclasses import dataclass

import msgspec

from app.dispatch.model import Assignment, Board
from app.dispatch.of_places import destination, transporter
from app.geo.point import Point
from app.security.scope import own_accepted
from app.security.sessions import Viewer
from app.service import Service
from app.store import audit, region
from app.store.own import STATION


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A shelter and its true place."""

    unit: str
    point: Point


async def destination_for(service: Service, viewer: Viewer, assignment: str) -> Destination | None:
    """The place the viewer's unit takes her to with this assignment; None where it is not, or not now.

    1. May they know now? 2. Write down that they were told. 3. Only then open it. 4. May they still?
    """
    shelter = _shelter(await service.desk.board(), viewer, assignment)
    if shelter is None:
        return None
    async with service.database.transaction() as connection:
        await audit.write(
            connection,
            service.settings.center,
            at=service.clock.now(),
            by=viewer.person,
            what="destination",
            alert=shelter.alert,
            unit=shelter.unit,
        )
        places = await region.unit_places(connection, service.settings.center)
    row = places.get(shelter.unit)
    # What was allowed before the read may not be allowed after it.
    if row is None or _shelter(await service.desk.board(), viewer, assignment) != shelter:
        return None
    if row.sealed is None:
        return Destination(unit=row.unit, point=Point(row.lat, row.lon))
    truth = msgspec.json.decode(await _opened(service, row.unit, row.sealed))
    return Destination(unit=row.unit, point=Point(truth["lat"], truth["lon"]))


async def _opened(service: Service, unit: str, sealed: bytes) -> bytes:
    """The true place; where a rotation is under way, under the key that it is under by now."""
    if not service.sealer.knows(sealed):
        await service.details.learn_keys()
        async with service.database.transaction() as connection:
            sealed = (await region.unit_places(connection, service.settings.center))[unit].sealed or sealed
    return service.sealer.open_own(STATION, unit, sealed)


def _shelter(board: Board, viewer: Viewer, assignment: str) -> Assignment | None:
    """The shelter's assignment this one takes her to, if it is the viewer's own transport and they may know."""
    held = own_accepted(viewer, board, assignment)
    if held is None:
        return None
    carrier = transporter(board, held.alert)
    if carrier is None or carrier.id != held.id:
        return None
    return destination(board, held.alert)
