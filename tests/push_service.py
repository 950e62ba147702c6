"""A push service on this machine, and devices that hear there: what comes is opened with the device's own key."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.patience import PATIENCE_S

AUTH = bytes(range(16))


def unpadded(raw: bytes) -> str:
    """Base64url as browsers write it."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """One message as a push service gets it: who it is for, what it is told, and what it cannot read."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(kw_only=True)
class Device:
    """A subscription as a browser makes it, with the half of the key that never leaves the browser."""

    endpoint: str
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))

    @property
    def said(self) -> dict[str, Any]:
        """What `PushSubscription.toJSON` gives."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": self.endpoint, "keys": {"p256dh": unpadded(point), "auth": unpadded(AUTH)}}

    def opened(self, pushed: Pushed) -> bytes:
        """What the browser reads of it (RFC 8291)."""
        plain: bytes = http_ece.decrypt(pushed.body, private_key=self.key, auth_secret=AUTH)
        return plain


@dataclass(kw_only=True)
class PushService:
    """Takes what it is sent and answers `status`, or the next of `statuses` while there are any."""

    port: int = 0
    status: int = 201
    statuses: list[int] = field(default_factory=list)
    taken: list[Pushed] = field(default_factory=list)
    _come: asyncio.Event = field(default_factory=asyncio.Event)

    def device(self, name: str = "one") -> Device:
        """A device that hears here."""
        return Device(endpoint=f"http://127.0.0.1:{self.port}/send/{name}")

    async def came(self, number: int = 1) -> list[Pushed]:
        """The first `number` of what was sent, as soon as they are here."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.taken) < number:
                self._come.clear()
                await self._come.wait()
        return self.taken[:number]

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request of HTTP/1.1."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): said for name, _, said in (line.partition(": ") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.taken.append(Pushed(path=first.split()[1], headers=headers, body=body))
        status = self.statuses.pop(0) if self.statuses else self.status
        writer.write(f"HTTP/1.1 {status} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        self._come.set()


@asynccontextmanager
async def a_push_service() -> AsyncIterator[PushService]:
    """One that listens on a port of its own."""
    service = PushService()
    server = await asyncio.start_server(service.talk, "127.0.0.1", 0)
    async with server:
        service.port = server.sockets[0].getsockname()[1]
        yield service
