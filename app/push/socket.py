"""The socket itself: who may open it, the first frame, what comes in, and noticing soon that it is dead."""

import asyncio
import logging
import math
import time
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
from fastapi import APIRouter, WebSocket, WebSocketDisconnect

from app.clock import instant
from app.desk import NotSaved
from app.dispatch.commands import Refusal
from app.geo.point import Point
from app.security.permissions import Action, may
from app.security.sessions import Viewer
from app.service import Service
from app.store.session import GONE

from .hub import Hub
from .line import Line, frame

COOKIE = "naranja_session"
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

router = APIRouter()
_LOG = logging.getLogger("naranja.socket")


class Position(msgspec.Struct, tag="position", tag_field="type"):
    """`at` is RFC 3339 by the device's clock."""

    lat: float
    lon: float
    at: datetime
    accuracy_m: float | None = None


class Hello(msgspec.Struct, tag="hello", tag_field="type"):
    """The first frame. `token` is for clients that have no cookie."""

    last_seq: int = 0
    token: str | None = None


class Received(msgspec.Struct, tag="received", tag_field="type"):
    """The device has everything up to `seq`."""

    seq: int


class Ping(msgspec.Struct, tag="ping", tag_field="type"):
    """Are you there?"""


class Pong(msgspec.Struct, tag="pong", tag_field="type"):
    """Here."""


_FRAME: msgspec.json.Decoder[Hello | Received | Position | Ping | Pong] = msgspec.json.Decoder(
    Hello | Received | Position | Ping | Pong
)


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
        await socket.close(CLOSE_CODES["forbidden"])
        return
    await socket.accept()
    try:
        if len(hub) >= service.settings.sockets_max:
            raise _Refused("too_many_sockets", "There are too many open sockets; try again soon.")
        hello = await _hello(socket, service)
        viewer = await _viewer(socket, service, hello)
        line = Line(viewer, service.settings.socket_queue_max)
        try:
            await hub.join(line, hello.last_seq)
            await _talk(socket, service, hub, line)
        finally:
            hub.leave(line)
    except _Refused as refused:
        await _end(socket, refused.code, refused.sentence)
    except (NotSaved, *GONE):
        await _end(socket, "not_saved", "The database does not answer; try again soon.")
    except WebSocketDisconnect:
        return


def _origin_allowed(socket: WebSocket, service: Service) -> bool:
    """A browser always says its origin: it must be the service's own or a named one. Other clients have none."""
    origin = socket.headers.get("origin")
    if origin is None:
        return True
    return urlsplit(origin).netloc == socket.headers.get("host") or origin in service.settings.allowed_origins


async def _hello(socket: WebSocket, service: Service) -> Hello:
    try:
        async with asyncio.timeout(service.settings.hello_within_s):
            first = _FRAME.decode(await _text(socket))
    except TimeoutError:
        raise _Refused("hello_late", "The first frame is a hello, and it comes at once.") from None
    except msgspec.DecodeError:
        raise _Refused("hello_bad", "The first frame is a hello.") from None
    if not isinstance(first, Hello):
        raise _Refused("hello_bad", "The first frame is a hello.")
    return first


async def _viewer(socket: WebSocket, service: Service, hello: Hello) -> Viewer:
    # A cookie is sent by the browser by itself, so it counts only with the origin that was checked.
    cookie = socket.cookies.get(COOKIE) if socket.headers.get("origin") else None
    token = hello.token or cookie
    viewer = await service.gate.who(token) if token else None
    if viewer is None:
        raise _Refused("not_signed_in", "Sign in first.")
    if not may(viewer.role, Action.OPEN_SOCKET):
        raise _Refused("forbidden", "Your role does not allow this.")
    return viewer


async def _talk(socket: WebSocket, service: Service, hub: Hub, line: Line) -> None:
    """Send, receive and listen for silence, until one of the three ends."""
    heard = _Heard()
    jobs = [
        asyncio.create_task(_send(socket, line)),
        asyncio.create_task(_receive(socket, service, hub, line, heard)),
        asyncio.create_task(_watch(service, line, heard)),
        asyncio.create_task(line.cut.wait()),
    ]
    try:
        done, _ = await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
        for job in done:
            job.result()
    finally:
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
    if line.cut.is_set():
        raise _Refused(line.cut_why, "This line is cut; connect again and resume.")


class _Heard:
    """When the other side was last heard (monotonic seconds)."""

    def __init__(self) -> None:
        self.at = time.monotonic()


async def _send(socket: WebSocket, line: Line) -> None:
    while True:
        await socket.send_text(await line.next())


async def _watch(service: Service, line: Line, heard: _Heard) -> None:
    """Ask every few seconds, and cut a line that stays silent."""
    while True:
        await asyncio.sleep(service.settings.ping_every_s)
        if time.monotonic() - heard.at > service.settings.dead_line_s:
            line.end("line_dead")
        line.send(frame("ping"))


async def _receive(socket: WebSocket, service: Service, hub: Hub, line: Line, heard: _Heard) -> None:
    bad = 0
    while True:
        text = await _text(socket)
        heard.at = time.monotonic()
        try:
            said = _FRAME.decode(text)
            match said:
                case Received():
                    hub.received(line, said.seq)
                case Position():
                    await _position(service, line, said)
                    hub.heard_of(line.viewer)
                case Ping():
                    line.send(frame("pong"))
                case Pong():
                    pass
                case Hello():
                    raise Refusal("hello_again", "Hello is said once.")
        except msgspec.DecodeError:
            bad += 1
            line.send(frame("problem", code="bad_frame", detail="This frame could not be read."))
        except (Refusal, ValueError) as refusal:
            code = refusal.code if isinstance(refusal, Refusal) else "bad_position"
            line.send(frame("problem", code=code, detail=str(refusal)))
        if bad > BAD_FRAMES_MAX:
            line.end("bad_frames")


async def _position(service: Service, line: Line, said: Position) -> None:
    if line.viewer.unit is None or not may(line.viewer.role, Action.REPORT_POSITION):
        raise Refusal("forbidden", "Only a unit has a position to report.")
    if said.accuracy_m is not None and not (math.isfinite(said.accuracy_m) and said.accuracy_m >= 0):
        raise Refusal("bad_position", "An accuracy is a number of metres.")
    await service.positions.take(line.viewer.unit, Point(said.lat, said.lon), said.accuracy_m, instant(said.at))


async def _text(socket: WebSocket) -> str:
    """The next text frame; anything else is nonsense, said so by its length."""
    message: Any = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1005))
    text: str | None = message.get("text")
    return text if text is not None else ""


async def _end(socket: WebSocket, code: str, sentence: str) -> None:
    try:
        await socket.send_text(frame("problem", code=code, detail=sentence))
        await socket.close(CLOSE_CODES.get(code, 1011))
    except (RuntimeError, WebSocketDisconnect):
        _LOG.info("the other side was gone already")
