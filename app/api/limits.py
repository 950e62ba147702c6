"""Limits before anything is read: how large a body may be, what no answer may leave behind. Pure ASGI.

The framework's own body limit answers in plain text, and every refusal here is a problem document.
"""

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import HEADERS, TOO_LARGE, problem


class _TooLarge(HTTPException):
    """An HTTPException, because whoever reads a body lets only those through."""

    def __init__(self) -> None:
        super().__init__(413)


class Limits:
    """Refuses bodies above `body_bytes_max` while they come in, and puts the safe headers on every answer."""

    def __init__(self, app: ASGIApp, body_bytes_max: int) -> None:
        self._app, self._max = app, body_bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken = 0
        began = False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                if taken > self._max:
                    raise _TooLarge
            return message

        async def guarded(message: Message) -> None:
            nonlocal began
            if message["type"] == "http.response.start":
                began = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        declared = dict(scope["headers"]).get(b"content-length", b"0")
        try:
            if declared.isdigit() and int(declared) > self._max:
                raise _TooLarge
            await self._app(scope, counted, guarded)
        except _TooLarge:
            if not began:
                await problem(413, "body_too_large", TOO_LARGE)(scope, receive, guarded)
