"""OSRM's client: seconds by road from units to an alert, and the line of a route.

Whoever asks never waits long: a road service that keeps silent is not asked again for a while, and the caller
takes `travel.estimate`. Coordinates appear in no log line and in no error.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import httpx
import msgspec

from app.geo.point import Point, from_lon_lat, lon_lat

# httpx writes the address of every request at INFO, and httpcore more at DEBUG. OSRM's addresses are the
# places of alerts and units.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

TIMEOUT_S = 0.5
"""How long one question may take in all. An alert has one second; a table of twenty takes milliseconds."""

SILENT_FOR_S = 10.0
"""After a silence the service is left alone for so long; then one question tries it again."""

SNAP_MAX_M = 2_000.0
"""A place farther than this from any road has no road time: the road it was moved to is not its own."""

TABLE_PLACES_MAX = 100
"""Places in one question of the table service: what `osrm-routed --max-table-size` is by default."""

KEPT_ALIVE_S = 4.0
"""Unused connections are closed before `osrm-routed` does it (5 s): a question must not meet a closed door."""

ATTEMPTS: Final = 2
"""A connection that the service closed between two questions (it does, every 512) deserves one more attempt."""


class RoadsSilent(Exception):
    """The road service cannot be asked now: use the estimate. The message never holds an address."""


@dataclass(frozen=True, slots=True)
class Route:
    """A way along roads."""

    seconds: float
    metres: float
    line: list[Point]


class _Waypoint(msgspec.Struct):
    distance: float


class _Table(msgspec.Struct):
    durations: list[list[float | None]]
    sources: list[_Waypoint]
    destinations: list[_Waypoint]


class _Line(msgspec.Struct):
    coordinates: list[tuple[float, float]]


class _Route(msgspec.Struct):
    duration: float
    distance: float
    geometry: _Line


class _Routes(msgspec.Struct):
    routes: list[_Route]
    waypoints: list[_Waypoint]


class _Problem(msgspec.Struct):
    code: str


Answer = TypeVar("Answer", _Table, _Routes)

NO_WAY = frozenset({"NoRoute", "NoSegment", "NoTable"})
"""OSRM's codes for: understood, and there is no way."""


class Roads:
    """Asks one OSRM. Close it when done.

    `url` is where `osrm-routed` listens, with a car profile; `timeout_s` the whole time one call may take.
    """

    def __init__(
        self, url: str, timeout_s: float = TIMEOUT_S, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._timeout_s = timeout_s
        self._monotonic = monotonic
        self._silent_until: float | None = None
        self._client = httpx.AsyncClient(
            base_url=url.rstrip("/"),
            timeout=timeout_s,
            limits=httpx.Limits(keepalive_expiry=KEPT_ALIVE_S),
            # A proxy from the environment would carry the places of alerts out of the house.
            trust_env=False,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def seconds(self, sources: Sequence[Point], destination: Point) -> list[float | None]:
        """Seconds by road from each source to the destination, in the sources' order.

        None: there is no way, or one of the two is farther than SNAP_MAX_M from any road. Raises RoadsSilent.
        """
        return await self._table(sources, destination, inbound=True)

    async def seconds_from(self, source: Point, destinations: Sequence[Point]) -> list[float | None]:
        """Seconds by road from one place to each destination: for shelters, where she is the one who travels.

        One-way streets make the two directions differ by minutes. None and RoadsSilent as in `seconds`.
        """
        return await self._table(destinations, source, inbound=False)

    async def route(self, a: Point, b: Point) -> Route | None:
        """The way from a to b with its line. None: there is no way (as in `seconds`). Raises RoadsSilent."""
        answer = await self._ask(
            f"/route/v1/driving/{_places((a, b))}?overview=full&geometries=geojson&generate_hints=false", _Routes
        )
        if answer is None or not answer.routes or any(w.distance > SNAP_MAX_M for w in answer.waypoints):
            return None
        way = answer.routes[0]
        return Route(way.duration, way.distance, [from_lon_lat(lon, lat) for lon, lat in way.geometry.coordinates])

    async def _table(self, many: Sequence[Point], one: Point, *, inbound: bool) -> list[float | None]:
        found: list[float | None] = []
        step = TABLE_PLACES_MAX - 1
        for start in range(0, len(many), step):
            part = many[start : start + step]
            found += await self._part(part, one, inbound=inbound)
        return found

    async def _part(self, part: Sequence[Point], one: Point, *, inbound: bool) -> list[float | None]:
        """One question of the table service: the one place first, then the many."""
        ours, theirs = ("destinations", "sources") if inbound else ("sources", "destinations")
        rows = ";".join(str(row) for row in range(1, len(part) + 1))
        # A service started with a default radius would refuse the whole table for one unit off the map.
        radiuses = ";".join(["unlimited"] * (len(part) + 1))
        answer = await self._ask(
            f"/table/v1/driving/{_places((one, *part))}?{ours}=0&{theirs}={rows}"
            f"&annotations=duration&generate_hints=false&radiuses={radiuses}",
            _Table,
        )
        if answer is None:
            return [None] * len(part)
        if inbound:
            times = [row[0] if row else None for row in answer.durations]
            snapped, here = answer.sources, answer.destinations
        else:
            times = answer.durations[0] if answer.durations else []
            snapped, here = answer.destinations, answer.sources
        if len(times) != len(part) or len(snapped) != len(part) or len(here) != 1:
            raise self._fell_silent("answered with a table of another size")
        if here[0].distance > SNAP_MAX_M:
            return [None] * len(part)
        return [t if s.distance <= SNAP_MAX_M else None for t, s in zip(times, snapped, strict=True)]

    async def _ask(self, address: str, kind: type[Answer]) -> Answer | None:
        """Ask once; None when there is no way. Raises RoadsSilent, at once while the silence lasts."""
        now = self._monotonic()
        if self._silent_until is not None:
            if now < self._silent_until:
                raise RoadsSilent("the road service was silent a moment ago")
            # This question tries it again; the others go on with estimates until the answer is here.
            self._silent_until = now + SILENT_FOR_S
        answer = await self._get(address)
        if isinstance(answer, str):
            raise self._fell_silent(answer)
        try:
            if answer.status_code == 200:
                heard = msgspec.json.decode(answer.content, type=kind)
                self._silent_until = None
                return heard
            code = msgspec.json.decode(answer.content, type=_Problem).code if answer.status_code == 400 else ""
        except msgspec.DecodeError:
            code = "what is not an answer of OSRM"
        if code in NO_WAY:
            self._silent_until = None
            return None
        raise self._fell_silent(f"answered {answer.status_code} {code}".rstrip())

    async def _get(self, address: str) -> httpx.Response | str:
        """The answer, or why there is none. Not an exception: httpx puts the address into its own."""
        reason = "did not answer"
        try:
            async with asyncio.timeout(self._timeout_s):
                for _ in range(ATTEMPTS):
                    try:
                        return await self._client.get(address)
                    except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError) as closed:
                        reason = f"closed the connection ({type(closed).__name__})"
        except TimeoutError:
            reason = f"did not answer within {self._timeout_s:g} s"
        except httpx.HTTPError as failed:
            reason = f"could not be reached ({type(failed).__name__})"
        return reason

    def _fell_silent(self, reason: str) -> RoadsSilent:
        self._silent_until = self._monotonic() + SILENT_FOR_S
        return RoadsSilent(f"the road service {reason}")


def _places(places: Sequence[Point]) -> str:
    """Coordinates as OSRM reads them, to the 0.1 m it keeps."""
    return ";".join(f"{lon:.6f},{lat:.6f}" for lon, lat in map(lon_lat, places))
