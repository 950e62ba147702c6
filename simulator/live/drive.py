"""Driving along the road: the way from OSRM where there is one, else a straight line at the estimated speed."""

from collections.abc import Awaitable, Callable
from itertools import pairwise

from app.clock import ScaledClock
from app.geo.point import Point, distance_m
from app.geo.roads import Roads, RoadsSilent, Route
from app.geo.travel import estimate

STEP_S = 1.0
"""A moving vehicle tells its position so often; seconds of the wall, as for a phone."""

HOUR = 12
"""The estimate's hour: by day."""


async def way(roads: Roads | None, here: Point, there: Point, institution: str) -> Route:
    """The way from here to there; never fails."""
    if roads is not None:
        try:
            route = await roads.route(here, there)
        except RoadsSilent:
            route = None
        if route is not None and len(route.line) > 1:
            return route
    metres = distance_m(here, there)
    return Route(estimate(metres, institution, HOUR).seconds, metres, [here, there])


def along(line: list[Point], share: float) -> Point:
    """The place after so much of the line, 0 to 1."""
    lengths = [distance_m(here, there) for here, there in pairwise(line)]
    left = share * sum(lengths)
    for length, (here, there) in zip(lengths, pairwise(line), strict=True):
        if left <= length and length > 0:
            part = left / length
            return Point(here.lat + part * (there.lat - here.lat), here.lon + part * (there.lon - here.lon))
        left -= length
    return line[-1]


async def drive(
    route: Route,
    takes_s: float,
    clock: ScaledClock,
    pause: Callable[[float], Awaitable[bool]],
    moved: Callable[[Point], Awaitable[None]],
) -> bool:
    """Move along the route within `takes_s` of the clock, telling each step's place.

    `pause` sleeps and says whether to go on. Returns False when it said no on the way.
    """
    began = clock.now()
    while (gone_s := clock.now() - began) < takes_s:
        await moved(along(route.line, gone_s / takes_s))
        if not await pause(min(STEP_S * clock.speed, takes_s - gone_s)):
            return False
    await moved(route.line[-1])
    return True
