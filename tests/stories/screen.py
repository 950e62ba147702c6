"""One open socket as its device sees it: frames come in, cards are kept, and a story waits until they say so."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.patience import PATIENCE_S

Card = dict[str, Any]


class Screen:
    """A device's socket. Cards are kept by id as the device keeps them: the newest whole card counts.

    Attributes:
        frames: every frame of this screen, over all its connections.
        cards: id -> card, of what was shown and is not gone.
        gone: ids it was told to forget, in order.
        why: id -> why it is gone, of those it was told so.
        last_seq: what it would say in its next hello.
        silent: it answers nothing, not even that it has something.
    """

    def __init__(self, name: str, token: str) -> None:
        self.name, self.token = name, token
        self.frames: list[dict[str, Any]] = []
        self.cards: dict[str, Card] = {}
        self.gone: list[str] = []
        self.why: dict[str, str] = {}
        self.last_seq = 0
        self.silent = False
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    async def connect(self, url: str) -> Self:
        """Open the socket, say hello, and have what the first frame brings. `url` is the service's address."""
        before = len(self.frames)
        self._socket = await connect(f"{url.replace('http', 'ws', 1)}/ws", proxy=None)
        await self._say(type="hello", last_seq=self.last_seq, token=self.token)
        self._reader = asyncio.create_task(self._read(self._socket))
        await self.until(lambda: len(self.frames) > before, "its first frame")
        return self

    async def disconnect(self) -> None:
        """Close the socket; what was shown stays on the device."""
        socket, reader = self._socket, self._reader
        self._socket = self._reader = None
        if socket is not None and reader is not None:
            await socket.close()
            await reader

    async def cut(self) -> None:
        """The other side closes the socket."""
        assert self._reader is not None, f"{self.name} is not connected"
        async with asyncio.timeout(PATIENCE_S):
            await self._reader

    @property
    def connected(self) -> bool:
        """Whether its socket was opened and not hung up by itself."""
        return self._socket is not None

    async def until(self, true: Callable[[], bool], what: str) -> None:
        """Wait until a frame makes it so; fail in words when none does."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not true():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"{self.name} waited in vain for {what}; it has {self._summary()}") from None

    async def everything_sent(self) -> None:
        """Ask and wait for the answer: frames keep their order, so all that was sent before is here now."""
        before = self._count("pong")
        await self._say(type="ping")
        await self.until(lambda: self._count("pong") > before, "a pong")

    async def expect_gone(self, card: str) -> None:
        """The device is told to forget this card, and no newer one brings it back."""
        await self.until(lambda: card in self.gone and card not in self.cards, f"{card} to be gone")

    async def _read(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            async for text in socket:
                frame = msgspec.json.decode(text)
                self._take(frame)
                await self._answer(socket, frame)

    def _take(self, frame: dict[str, Any]) -> None:
        self.frames.append(frame)
        if frame["type"] == "cards":
            for card in frame["cards"]:
                self.cards[card["id"]] = card
            for gone in frame["gone"]:
                self.cards.pop(gone, None)
                self.gone.append(gone)
            self.why |= frame.get("why", {})
            self.last_seq = max(self.last_seq, frame["seq"])
        self._changed.set()

    async def _answer(self, socket: ClientConnection, frame: dict[str, Any]) -> None:
        if self.silent:
            return
        if frame["type"] == "cards":
            await socket.send(_text(type="received", seq=frame["seq"]))
        elif frame["type"] == "ping":
            await socket.send(_text(type="pong"))

    async def _say(self, **frame: Any) -> None:
        assert self._socket is not None, f"{self.name} is not connected"
        await self._socket.send(_text(**frame))

    def _count(self, kind: str) -> int:
        return sum(frame["type"] == kind for frame in self.frames)

    def _summary(self) -> list[tuple[Any, ...]]:
        return [(card["card"], card["id"], card.get("state")) for card in self.cards.values()]


def _text(**frame: Any) -> str:
    return msgspec.json.encode(frame).decode()
