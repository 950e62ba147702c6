"""A device's socket: says hello, confirms what it has, resumes where it was, notices a line that died.

Seconds in this file are seconds of the wall: a line does not die sooner because the service's clock runs faster.
"""

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from simulator.live.wire import Json, ServiceAddress

PING_EVERY_S = 5.0
DEAD_LINE_S = 11.0
"""Nothing heard for so long: the line is dead. A second less than is promised, as for pages and service."""

OPEN_WITHIN_S = 10.0
PAUSE_S_MIN, PAUSE_S_MAX = 0.2, 5.0
FRAME_BYTES_MAX = 16 * 1024 * 1024
"""A console's first frame holds every open alert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a frame brought: whole cards, ids that are gone, and whether this is all there is to know."""

    cards: list[Json]
    gone: list[str]
    whole: bool


class Phone:
    """Keeps one socket open until it is cancelled; `run` gives on what each frame brought."""

    def __init__(self, service: ServiceAddress, token: str, draw: Random) -> None:
        self._url, self._token, self._draw = service.socket_url, token, draw
        self._hear: Callable[[Heard], None]
        self._socket: ClientConnection | None = None
        self.last_seq = 0
        self._whole_next = True
        self.connections = 0
        self.problems: Counter[str] = Counter()
        self.first_cards = asyncio.Event()

    async def run(self, hear: Callable[[Heard], None]) -> None:
        """Open the socket, listen, and open it again after a pause whenever it is lost."""
        self._hear = hear
        pause_s = PAUSE_S_MIN
        while True:
            before = self.last_seq
            # Every way a line can be lost; what was missed comes again after the next hello.
            with contextlib.suppress(OSError, TimeoutError, WebSocketException):
                await self._listen()
            pause_s = PAUSE_S_MIN if self.last_seq > before else min(PAUSE_S_MAX, 2 * pause_s)
            await asyncio.sleep(pause_s * self._draw.uniform(0.5, 1.0))

    async def say(self, frame: Json) -> bool:
        """Send a frame if the line is open; whether it was. For what may be lost, as a position may."""
        if self._socket is None:
            return False
        try:
            await self._socket.send(json.dumps(frame))
        except WebSocketException:
            return False
        return True

    async def _listen(self) -> None:
        async with connect(
            self._url, proxy=None, open_timeout=OPEN_WITHIN_S, ping_interval=None, max_size=FRAME_BYTES_MAX
        ) as socket:
            hello = {"type": "hello", "last_seq": self.last_seq, "token": self._token}
            await socket.send(json.dumps(hello))
            self._socket, self._whole_next = socket, True
            self.connections += 1
            pinging = asyncio.create_task(self._ping())
            try:
                while True:
                    async with asyncio.timeout(DEAD_LINE_S):
                        frame = json.loads(await socket.recv())
                    await self._take(frame)
            finally:
                self._socket = None
                pinging.cancel()

    async def _ping(self) -> None:
        while True:
            await self.say({"type": "ping"})
            await asyncio.sleep(PING_EVERY_S)

    async def _take(self, frame: Json) -> None:
        match frame.get("type"):
            case "cards":
                self._hear(Heard(cards=frame["cards"], gone=frame["gone"], whole=self._whole_next))
                self._whole_next = False
                self.last_seq = frame["seq"]
                self.first_cards.set()
                await self.say({"type": "received", "seq": frame["seq"]})
            case "ping":
                await self.say({"type": "pong"})
            case "problem":
                self.problems[str(frame.get("code"))] += 1
            case _:
                # Pongs, other people's positions, and kinds of frames a later service may know.
                pass
