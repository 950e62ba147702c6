"""A client of HTTP/1.1 for many requests at once: as little as it takes, so that the service is what is measured.

Connections are kept and taken in turn. A general client spends more on a request than the service does.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec

BODY_BYTES_MAX = 4 * 1024 * 1024

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer whose body is JSON."""

    status: int
    body: Any


class Client:
    """Requests to any services of this machine. Raises OSError or EOFError where there is no answer."""

    def __init__(self, within_s: float) -> None:
        self._within_s = within_s
        self._idle: dict[str, list[Line]] = defaultdict(list)

    async def close(self) -> None:
        """Hang up."""
        for lines in self._idle.values():
            for _, writer in lines:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()

    async def request(self, method: str, url: str, token: str, body: Mapping[str, Any]) -> Response:
        """Send `body` as JSON. Raises TimeoutError, too."""
        parts = urlsplit(url)
        said = msgspec.json.encode(body)
        head = (
            f"{method} {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(said)}\r\n\r\n"
        )
        async with asyncio.timeout(self._within_s):
            reader, writer = await self._line(parts.netloc)
            try:
                writer.write(head.encode() + said)
                response, stays = await _read(reader)
            except BaseException:
                writer.transport.abort()
                raise
        if stays:
            self._idle[parts.netloc].append((reader, writer))
        else:
            writer.transport.abort()
        return response

    async def _line(self, where: str) -> Line:
        idle = self._idle[where]
        while idle:
            reader, writer = idle.pop()
            if not (reader.at_eof() or writer.is_closing()):
                return reader, writer
        host, _, port = where.partition(":")
        return await asyncio.open_connection(host, int(port))


async def _read(reader: asyncio.StreamReader) -> tuple[Response, bool]:
    """One response, and whether the line stays open after it."""
    first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest if line)}
    length = int(headers["content-length"])
    if length > BODY_BYTES_MAX:
        raise ConnectionError("the answer is too long")
    body = await reader.readexactly(length)
    stays = headers.get("connection", "").lower() != "close"
    return Response(status=int(first.split(" ", 2)[1]), body=msgspec.json.decode(body)), stays
