"""The socket itself: who may open it, the first frame, what comes in, and noticing soon that it is dead."""

import asyncio
import logging
import time
from contextlib import nullcontext
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Response, WebSocket, WebSocketDisconnect

from app import traces
from app.clock import instant
from app.desk import NotSaved
from app.dispatch.commands import Refusal
from app.geo.point import Point
from app.security.browser import HEADERS, Origins, presents_session, session_cookie
from app.security.permissions import Action, may
from app.security.sessions import Viewer, digest
from app.service import Service
from app.settings import Settings
from app.store.session import GONE

from .hub import Hub
from .line import Line, frame

CLOSE_CODES = {
    "hello_late": 4408,
    "hello_bad": 4400,
    "not_signed_in": 4401,
    "forbidden": 4403,
    "too_many_sockets": 4429,
    "too_slow": 4409,
    "line_dead": 4410,
    "bad_frames": 4400,
    "not_saved": 4503,
    "service_stops": 1012,
}
BAD_FRAMES_MAX = 20
"""A line that says so much nonsense is cut."""
FAREWELL_S = 2.0
"""How long a line that is cut may take to hear why. One that is dead or stuffed would take for ever."""

_PING = frame("ping")

router = APIRouter()
_LOG = logging.getLogger("naranja.socket")


Seq = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Position(msgspec.Struct, tag="position", tag_field="type"):
    """`at` is RFC 3339 by the device's clock."""

    lat: float
    lon: float
    at: datetime
    accuracy_m: Annotated[float, msgspec.Meta(ge=0, le=100_000)] | None = None


class Hello(msgspec.Struct, tag="hello", tag_field="type"):
    """The first frame. `token` is for clients that have no cookie."""

    last_seq: Seq = 0
    token: str | None = None


class Received(msgspec.Struct, tag="received", tag_field="type"):
    """The device has everything up to `seq`."""

    seq: Seq


class Ping(msgspec.Struct, tag="ping", tag_field="type"):
    """Are you there?"""


class Pong(msgspec.Struct, tag="pong", tag_field="type"):
    """Here."""


Frame = Hello | Received | Position | Ping | Pong
_FRAME: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(Frame)


class _Unreadable(Exception):
    """Not one of the frames there are."""


def read_frame(text: str) -> Frame:
    """What a client says. Raises _Unreadable."""
    try:
        return _FRAME.decode(text)
    except (msgspec.DecodeError, RecursionError):  # brackets in brackets in brackets
        raise _Unreadable from None


class _Refused(Exception):
    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


@router.websocket("/ws")
async def open_socket(socket: WebSocket) -> None:
    """1. Origin, before anything. 2. Hello in time, and who it is. 3. Everything that must be known. 4. Talk."""
    service: Service = socket.app.state.service
    hub: Hub = socket.app.state.hub
    if not _origin_allowed(socket, service):
        await socket.send_denial_response(Response(status_code=403, headers=HEADERS))
        return
    await socket.accept()
    hub.open += 1
    try:
        if service.draining:
            raise _Refused("service_stops", "This process is stopping; connect again.")
        if hub.open > service.settings.sockets_max:
            raise _Refused("too_many_sockets", "There are too many open sockets; try again soon.")
        line, last_seq = await _welcome(socket, service)
        if hub.of_session(line) >= service.settings.sockets_per_session_max:
            raise _Refused("too_many_sockets", "This session has too many open sockets; close one of them.")
        try:
            await hub.join(line, last_seq)
            await _talk(socket, service, hub, line)
        finally:
            hub.leave(line)
    except _Refused as refused:
        service.measures.lines_cut.labels(refused.code).inc()
        await _end(socket, refused.code, refused.sentence)
    except (NotSaved, *GONE):
        await _end(socket, "not_saved", "The database does not answer; try again soon.")
    except WebSocketDisconnect:
        return
    finally:
        hub.open -= 1


def _origin_allowed(socket: WebSocket, service: Service) -> bool:
    """A browser says its origin: one, and one of ours. Who says none is no browser, and comes with no cookie."""
    settings, said = service.settings, socket.headers.getlist("origin")
    if not said:
        return settings.native_clients and not presents_session(socket.cookies)
    origins = Origins(public=settings.public_origin, allowed=settings.allowed_origins)
    return origins.ours(said, socket.headers.get("host"))


async def _welcome(socket: WebSocket, service: Service) -> tuple[Line, int]:
    """A line for who says hello in time, and the last entry they know of."""
    try:
        async with asyncio.timeout(service.settings.hello_within_s):
            first = read_frame(await _text(socket))
    except TimeoutError:
        raise _Refused("hello_late", "The first frame is a hello, and it comes at once.") from None
    except _Unreadable:
        raise _Refused("hello_bad", "The first frame is a hello.") from None
    if not isinstance(first, Hello):
        raise _Refused("hello_bad", "The first frame is a hello.")
    # A cookie that came this far came with an origin that was checked.
    token = first.token or socket.cookies.get(session_cookie(secure=service.settings.secure_cookies))
    if not token:
        raise _Refused("not_signed_in", "Sign in first.")
    viewer = await _viewer(service, token)
    return Line(viewer, digest(token), service.settings.socket_queue_max), first.last_seq


async def _viewer(service: Service, token: str) -> Viewer:
    viewer = await service.gate.who(token)
    if viewer is None:
        raise _Refused("not_signed_in", "Sign in first.")
    if not may(viewer.role, Action.OPEN_SOCKET):
        await service.denials.note(viewer, Action.OPEN_SOCKET)
        raise _Refused("forbidden", "Your role does not allow this.")
    return viewer


async def _talk(socket: WebSocket, service: Service, hub: Hub, line: Line) -> None:
    """Send, receive and listen for silence, until one of the three ends."""
    if service.draining:
        line.end("service_stops")
    silence = _Silence(service.settings, line)
    jobs = [
        asyncio.create_task(_send(socket, line)),
        asyncio.create_task(_receive(socket, service, hub, line, silence)),
    ]
    try:
        done, _ = await asyncio.wait([*jobs, line.cut], return_when=asyncio.FIRST_COMPLETED)
        for job in done:
            job.result()
    finally:
        silence.stop()
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
    if line.cut.done():
        raise _Refused(line.cut_why, "This line is cut; connect again and resume.")


class _Silence:
    """Asks every few seconds, and cuts a line at the very moment it has been silent for too long.

    A timer and no task: there are thousands of lines.
    """

    def __init__(self, settings: Settings, line: Line) -> None:
        self._settings, self._line, self._loop = settings, line, asyncio.get_running_loop()
        self._heard_at = time.monotonic()
        self._ping_at = self._heard_at + settings.ping_every_s
        self._timer = self._loop.call_soon(self._look)

    def broken(self) -> None:
        """The other side has been heard."""
        self._heard_at = time.monotonic()

    def stop(self) -> None:
        """Listen no more."""
        self._timer.cancel()

    def _look(self) -> None:
        now, dead_at = time.monotonic(), self._heard_at + self._settings.dead_line_s
        if now >= dead_at:
            self._line.end("line_dead")
            return
        if now >= self._ping_at:
            self._line.send(_PING)
            self._ping_at = now + self._settings.ping_every_s
        self._timer = self._loop.call_later(min(self._ping_at, dead_at) - now, self._look)


async def _send(socket: WebSocket, line: Line) -> None:
    while True:
        text = await line.next()
        with traces.span("socket", of=[line.trace]) if line.trace else nullcontext():
            await socket.send_text(text)


async def _receive(socket: WebSocket, service: Service, hub: Hub, line: Line, silence: _Silence) -> None:
    bad = 0
    while True:
        text = await _text(socket)
        silence.broken()
        try:
            said = read_frame(text)
            match said:
                case Received():
                    hub.received(line, said.seq)
                case Position():
                    await take_position(service, line, said)
                    hub.heard_of(line.viewer)
                case Ping():
                    line.send(frame("pong"))
                case Pong():
                    pass
                case Hello():
                    bad += 1
                    line.send(frame("problem", code="hello_again", detail="Hello is said once."))
        except _Unreadable:
            bad += 1
            line.send(frame("problem", code="bad_frame", detail="This frame could not be read."))
        except Refusal as refusal:
            line.send(frame("problem", code=refusal.code, detail=refusal.sentence))
        if bad > BAD_FRAMES_MAX:
            line.end("bad_frames")


async def take_position(service: Service, line: Line, said: Position) -> None:
    """A fix that came on this line, checked and given on. Raises Refusal."""
    if line.viewer.unit is None or not may(line.viewer.role, Action.REPORT_POSITION):
        await service.denials.note(line.viewer, Action.REPORT_POSITION)
        raise Refusal("forbidden", "Only a unit has a position to report.")
    try:
        place, at = Point(said.lat, said.lon), instant(said.at)
    except ValueError as problem:
        raise service.positions.refuse("position_bad") from problem
    await service.positions.take(line.viewer.unit, place, said.accuracy_m, at)


async def _text(socket: WebSocket) -> str:
    """The next text frame; anything else is nonsense, said so by its length."""
    message: Any = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    text: str | None = message.get("text")
    return text if text is not None else ""


async def _end(socket: WebSocket, code: str, sentence: str) -> None:
    try:
        async with asyncio.timeout(FAREWELL_S):
            await socket.send_text(frame("problem", code=code, detail=sentence))
            await socket.close(CLOSE_CODES.get(code, 1011))
    except (RuntimeError, TimeoutError, WebSocketDisconnect):
        _LOG.info("a line was cut that did not hear why", extra={"code": code})
