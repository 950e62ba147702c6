"""Limits before anything is read: how large and how deep a body may be, how many requests there are. Pure ASGI.

The framework's own body limit answers in plain text, and every refusal here is a problem document.
"""

import re
import time
from collections import OrderedDict
from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.security.browser import bearer, session_cookie
from app.security.sessions import digest
from app.service import Service
from app.settings import Settings
from app.store.session import GONE

from .errors import TOO_LARGE, not_saved, problem

INTAKE = ("/api/alerts", "/api/assignments/")
"""What reports violence, answers an offer or ends something begins with one of these. It is never made to wait."""
OF_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
"""What is answered to the last: how it stands."""
DRAINING = "draining"
SESSIONS_MAX = 50_000
"""Sessions whose requests are counted at once; the one not heard of for longest is forgotten first."""
_TEXTS = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_NO_BRACKET = re.compile(rb"[^][{}]+")


class _Gone(Exception):
    """The client left before its body was here."""


class _Refused(Exception):
    def __init__(self, status: int, code: str, sentence: str) -> None:
        super().__init__(code)
        self.status, self.code, self.sentence = status, code, sentence


def depth(body: bytes | bytearray) -> int:
    """How deep the brackets of a JSON text lie within each other; of what is no JSON, some number."""
    deepest = now = 0
    for sign in _NO_BRACKET.sub(b"", _TEXTS.sub(b"", body)):
        now += 1 if sign in b"[{" else -1
        deepest = max(deepest, now)
    return deepest


@dataclass(slots=True)
class _Left:
    """Requests a session may send at once, as of `at` (monotonic seconds)."""

    count: float
    at: float


class _Rate:
    """So many requests at once and so many a second, for each session."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._sessions: OrderedDict[bytes, _Left] = OrderedDict()

    def wait_s(self, session: bytes) -> float:
        """Take one request: 0, or the seconds after which one will be free."""
        burst, per_s, now = self._settings.requests_burst_max, self._settings.requests_per_s_max, time.monotonic()
        left = self._sessions.setdefault(session, _Left(burst, now))
        self._sessions.move_to_end(session)
        if len(self._sessions) > SESSIONS_MAX:
            self._sessions.popitem(last=False)
        left.count, left.at = min(burst, left.count + (now - left.at) * per_s), now
        if left.count < 1:
            return (1 - left.count) / per_s
        left.count -= 1
        return 0.0


class Limits:
    """Refuses what is too much, before any of it is looked at."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._settings = app, settings
        self._rate = _Rate(settings)
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request: 1. Is there room for it? 2. Has this session sent too many? 3. Its body. 4. Its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._in_flight += 1
        try:
            request = HTTPConnection(scope)
            await self._admit(request)
            body = await self._body(request, receive)
        except _Gone:
            return
        except GONE:
            # Out here nobody else would say it: whose session it is could not be looked up.
            await not_saved()(scope, receive, send)
        except _Refused as no:
            more = {"Retry-After": "1"} if no.status in {429, 503} else {}
            if no.code == DRAINING:
                # The next request over this line would come here again.
                more["Connection"] = "close"
            await problem(no.status, no.code, no.sentence, more)(scope, receive, send)
        else:
            await self._app(scope, _replayed(body, receive), send)
        finally:
            self._in_flight -= 1

    async def _admit(self, request: HTTPConnection) -> None:
        """Return if it may go on. Who reports violence is let in whenever they are signed in."""
        if request.app.state.service.draining and request.scope["path"] not in OF_PROBES:
            raise _Refused(503, DRAINING, "This process is stopping; another takes it at once.")
        token = self._token(request)
        intake = request.scope["method"] != "GET" and request.scope["path"].startswith(INTAKE)
        if self._in_flight > self._settings.requests_in_flight_max:
            service: Service = request.app.state.service
            if not intake or token is None or await service.gate.who(token) is None:
                raise _Refused(503, "too_busy", "There is too much to do at once; try again in a second.")
        if token is not None and not intake and self._rate.wait_s(digest(token)) > 0:
            raise _Refused(429, "too_many_requests", "This session asks too much at once; try again in a second.")

    def _token(self, request: HTTPConnection) -> str | None:
        cookie = session_cookie(secure=self._settings.secure_cookies)
        return bearer(request.headers.get("authorization", "")) or request.cookies.get(cookie)

    async def _body(self, request: HTTPConnection, receive: Receive) -> bytes:
        most = self._settings.body_bytes_max
        declared = request.headers.get("content-length", "0")
        body = bytearray()
        more = True
        too_large = _Refused(413, "body_too_large", TOO_LARGE)
        if declared.isdecimal() and int(declared) > most:
            raise too_large
        while more:
            message = await receive()
            if message["type"] != "http.request":
                raise _Gone
            body += message.get("body", b"")
            if len(body) > most:
                raise too_large
            more = message.get("more_body", False)
        if depth(body) > self._settings.body_depth_max:
            raise _Refused(400, "body_too_deep", "This body has too many brackets within brackets.")
        return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body as it came, and then whatever comes after it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
