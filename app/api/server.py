"""The web server around the app: what it refuses before there is a request, and how long it waits for one."""

import asyncio
from typing import Any, cast

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.security.browser import TLS_ONLY
from app.settings import Settings

from .errors import problem

GRACE_S = 10
"""How long requests under way may take once the service is told to stop."""


class ServerConfig(uvicorn.Config):
    """The server as this service needs it, with every limit from the settings."""

    def __init__(self, app: FastAPI, settings: Settings, *, grace_s: int = GRACE_S, **more: Any) -> None:
        self.settings = settings
        tls = (settings.public_origin or "").startswith("https://")
        super().__init__(
            app,
            http=_Protocol,
            ws="websockets-sansio",
            ws_max_size=settings.socket_frame_bytes_max,
            # Both sides ask by frames of our own; the protocol's pings would hide a dead page behind a live
            # browser.
            ws_ping_interval=None,
            ws_per_message_deflate=False,
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=grace_s,
            timeout_keep_alive=settings.keep_alive_s,
            server_header=False,
            # Whom a proxy speaks for is worked out from the trusted ones, not from whoever connects from here.
            proxy_headers=False,
            headers=[("Strict-Transport-Security", TLS_ONLY)] if tls else [],
            **more,
        )


class _Protocol(HttpToolsProtocol):
    """One connection. The parser below has no limit and no patience of its own.

    Its timer runs while headers are awaited, then while a body is: a client that says one byte a second ends too.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._settings = cast("ServerConfig", self.config).settings
        self._timer: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._in_head, self._head_bytes = True, 0
        self._refusal = (400, "malformed_request", "This is not a request.")

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Room for one more, and no more time for it than for any request."""
        super().connection_made(transport)
        if len(self.connections) > self._settings.connections_max:
            transport.abort()
            return
        self._await(self._settings.headers_within_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._await(None)
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some bytes: of a head that may not grow for ever, or of a body."""
        if self._timer is None:
            self._await(self._settings.headers_within_s)
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > self._settings.header_bytes_max:
            self._refuse_head()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_head, self._named_bytes = True, 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A piece of its address."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One of its headers."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Its head is here."""
        self._in_head, self._head_bytes = False, 0
        self._await(self._settings.body_within_s)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All of it is here."""
        self._in_head = True
        self._await(None)
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """From here on the socket itself watches over its time."""
        self._await(None)
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """What is no request is answered like everything else: by a problem document."""
        status, code, sentence = self._refusal
        answer = problem(status, code, sentence, {"Connection": "close"})
        head = [f"HTTP/1.1 {status} {code}".encode()]
        head += [name + b": " + value for name, value in [*self.server_state.default_headers, *answer.raw_headers]]
        self.transport.write(b"\r\n".join([*head, b"", bytes(answer.body)]))
        self.transport.close()

    def pause_writing(self) -> None:
        """What was sent is not read; a client that never reads would hold it for ever."""
        super().pause_writing()
        self._unread = self.loop.call_later(self._settings.read_within_s, self.transport.abort)

    def resume_writing(self) -> None:
        """It is read again."""
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        super().resume_writing()

    def _count(self, more: int) -> None:
        self._named_bytes += more
        if self._named_bytes > self._settings.header_bytes_max:
            self._refusal = (431, "headers_too_large", "The headers of this request are too large.")
            raise ValueError(self._refusal[1])

    def _refuse_head(self) -> None:
        if not self.transport.is_closing():
            self._refusal = (431, "headers_too_large", "The headers of this request are too large.")
            self.send_400_response("")

    def _await(self, within_s: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if within_s is None else self.loop.call_later(within_s, self._too_late)

    def _too_late(self) -> None:
        self._timer = None
        if self.transport.is_closing():
            return
        if self._in_head:
            self._refusal = (408, "too_slow", "This request did not arrive in time.")
            self.send_400_response("")
        else:
            self.transport.close()
