"""The way to her by road, for the unit that has accepted: from where it was last seen, and never to a shelter."""

from dataclasses import dataclass

from app.dispatch.commands import Refusal
from app.dispatch.model import Assignment, Board
from app.geo.point import Point
from app.geo.roads import RoadsSilent, Route
from app.security.fields import shows
from app.security.scope import audience_of, own_accepted
from app.security.sessions import Viewer
from app.service import Service
from app.store import audit


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ends:
    """From where to where, and for which assignment."""

    held: Assignment
    unit: Point
    her: Point


async def route_for(service: Service, viewer: Viewer, assignment: str) -> Route | None:
    """The way from the viewer's unit to her; None where the place is not theirs to see, or not any more.

    1. May they know now? 2. Ask the roads. 3. Write down that they were told. 4. May they still?
    Raises Refusal where no way is known: `no_position`, `no_place`, `no_roads` or `no_way`.
    """
    board = await service.desk.board()
    held = _theirs(board, viewer, assignment)
    if held is None:
        return None
    ends = _ends(service, board, held)
    try:
        route = await service.desk.ground.route(ends.unit, ends.her)
    except RoadsSilent:
        raise Refusal("no_roads", "There are no roads to ask now; the straight line is what is known.") from None
    if route is None:
        raise Refusal("no_way", "No road leads there from where this unit is.")
    async with service.database.transaction() as connection:
        await audit.write(
            connection,
            service.settings.center,
            at=service.clock.now(),
            by=viewer.person,
            what="route",
            alert=held.alert,
            unit=held.unit,
        )
    # What was allowed before the read may not be allowed after it.
    after = await service.desk.board()
    still = _theirs(after, viewer, assignment)
    return None if still is None or after.units[still.unit].withheld else route


def _theirs(board: Board, viewer: Viewer, assignment: str) -> Assignment | None:
    """The assignment if its place is shown to this viewer: a shelter waits for her, and goes nowhere."""
    if not shows("assignment", "where", audience_of(viewer, board)):
        return None
    return own_accepted(viewer, board, assignment)


def _ends(service: Service, board: Board, held: Assignment) -> _Ends:
    """Where the unit was seen not long ago, and where she is. Raises Refusal.

    A unit that has left with her is nowhere, and a sealed one never says where it is.
    """
    ground, unit = service.desk.ground, board.units[held.unit]
    seen = None if unit.withheld or unit.sealed else ground.position(unit.code)
    oldest = service.clock.now() - service.desk.rules.fix_age_max_s
    if seen is None or seen[1] is None or seen[1] < oldest:
        raise Refusal("no_position", "Where this unit is now is not known: let the phone say its position.")
    her = ground.alert_place(held.alert)
    if her is None:
        raise Refusal("no_place", "Where she is has not been told yet.")
    return _Ends(held=held, unit=seen[0], her=her)
