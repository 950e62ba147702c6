"""Times the request that raises an alert until 'saved' is said, and begins its trace. Pure ASGI."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import traces
from app.service import Service

RAISES = "/api/alerts"
ANSWERS = "/api/assignments/"
SAVED = frozenset({200, 201})


class Measured:
    """Around everything else, so that what waits inside is in it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; what it asks for beside these two is not looked at."""
        commands = scope["type"] == "http" and scope["method"] == "POST"
        if commands and scope["path"] == RAISES:
            with traces.span("intake"):
                await self._app(scope, receive, _timed(scope, send))
        elif commands and scope["path"].startswith(ANSWERS):
            with traces.span("answer"):
                await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _timed(scope: Scope, send: Send) -> Send:
    began = time.perf_counter()

    async def timed(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] in SAVED:
            service: Service = scope["app"].state.service
            service.measures.saved_s.observe(time.perf_counter() - began)
        await send(message)

    return timed
