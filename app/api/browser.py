"""What every browser is told with every answer, and whose pages may change something. Pure ASGI."""

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.security.browser import HEADERS, PAGE_POLICY, PAGES, Origins, bearer, presents_session
from app.settings import Settings

from .errors import problem

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Methods that change nothing."""


class Browser:
    """Puts the safe headers on answers, and refuses what another site has a browser send.

    A browser adds its cookie to whatever any page has it send, so a request that changes something has to say that
    a page of ours is behind it. A bearer token is added by nobody but its owner, and needs no such proof.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").partition(";")[0] in PAGES:
                    headers.setdefault("Content-Security-Policy", PAGE_POLICY)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if self._foreign(HTTPConnection(scope)):
            sentence = "This request does not come from a page of this service. Open its own page and try again."
            await problem(403, "wrong_origin", sentence)(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)

    def _foreign(self, request: HTTPConnection) -> bool:
        headers = request.headers
        if request.scope["method"] in SAFE or bearer(headers.get("authorization", "")) is not None:
            return False
        origins = Origins(public=self._settings.public_origin, allowed=self._settings.allowed_origins)
        said, site = headers.getlist("origin"), headers.get("sec-fetch-site")
        if not said and site is None and not presents_session(request.cookies):
            # No browser: there is nothing in it that another site could use.
            return False
        return not origins.may_act(said, site, headers.get("host"))
