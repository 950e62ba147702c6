"""A proxy between strangers and the service, whose line can be made bad: slow, cut, or a hole.

A TCP proxy on this machine. With several services behind it, it is also the balancer in front of them: a new
connection goes to the next one in turn that takes it.
"""

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Self

CHUNK_BYTES = 65_536
CONNECT_WITHIN_S = 1.0
CLOSE = 0x8


class Proxy:
    """Forwards to the services at `ports`. `delay_s` holds back each piece for so long, in both directions.

    Attributes:
        strangers_gave_up, services_gave_up: when (monotonic seconds) the one side or the other said goodbye over a
            websocket that had been there before nothing got through any more.
    """

    def __init__(self, ports: Sequence[int]) -> None:
        self.ports = tuple(ports)
        self.delay_s = 0.0
        self.strangers_gave_up: list[float] = []
        self.services_gave_up: list[float] = []
        self._swallowed_at = math.inf
        self._turn = 0
        self._open = asyncio.Event()
        self._open.set()
        self._server: asyncio.Server | None = None
        self._flushes: set[Callable[[], None]] = set()
        self._ends: set[asyncio.StreamWriter] = set()

    @property
    def port(self) -> int:
        """Where it listens."""
        if self._server is None:
            raise RuntimeError("the line is not up")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """Where strangers go."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0, backlog=1024)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()
        self._open.set()

    @property
    def lines(self) -> int:
        """How many lines there are now."""
        return len(self._ends) // 2

    def swallow(self) -> None:
        """From now on nothing gets through, in no direction, and nobody is told: a half-open line."""
        self._swallowed_at = time.monotonic()
        self._open.clear()

    def heal(self) -> None:
        """What was held back gets through, and all that follows."""
        self._open.set()
        for flush in list(self._flushes):
            flush()

    def cut(self) -> None:
        """Every connection of this moment ends, at once and on both sides."""
        for end in list(self._ends):
            end.transport.abort()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        began = time.monotonic()
        self._ends.add(writer)
        try:
            found = await self._connect()
            if found is None:
                return
            back, forth = found
            self._ends.add(forth)
            try:
                await asyncio.gather(
                    self._forward(reader, forth, began, self.strangers_gave_up),
                    self._forward(back, writer, began, self.services_gave_up),
                )
            finally:
                forth.transport.abort()
                self._ends.discard(forth)
        finally:
            writer.transport.abort()
            self._ends.discard(writer)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """A connection to the next service in turn that takes one."""
        for _ in self.ports:
            self._turn += 1
            port = self.ports[self._turn % len(self.ports)]
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(CONNECT_WITHIN_S):
                    return await asyncio.open_connection("127.0.0.1", port)
        return None

    async def _forward(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, began: float, gave_up: list[float]
    ) -> None:
        """Pass on until the source ends or either side breaks; then the other side is told.

        In a hole it is still read, so that it is seen when the source gives up; that is noted in `gave_up`.
        """
        held = bytearray()

        def flush() -> None:
            if held and not sink.is_closing():
                sink.write(bytes(held))
            held.clear()

        self._flushes.add(flush)
        with suppress(OSError):
            while data := await source.read(CHUNK_BYTES):
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                held += data
                if self._open.is_set():
                    flush()
                    await sink.drain()
                elif began < self._swallowed_at and says_goodbye(data):
                    gave_up.append(time.monotonic())
        await self._open.wait()
        self._flushes.discard(flush)
        with suppress(OSError):
            flush()
            if sink.can_write_eof():
                sink.write_eof()


def says_goodbye(data: bytes) -> bool:
    """Whether there is a close frame among these whole frames of a websocket (RFC 6455, 5.2). HTTP has none."""
    at = 0
    while at + 2 <= len(data) and data[at] & 0x80:
        if data[at] & 0x0F == CLOSE:
            return True
        length, more = data[at + 1] & 0x7F, {126: 2, 127: 8}.get(data[at + 1] & 0x7F, 0)
        if more:
            length = int.from_bytes(data[at + 2 : at + 2 + more])
        at += 2 + more + (4 if data[at + 1] & 0x80 else 0) + length
    return False
