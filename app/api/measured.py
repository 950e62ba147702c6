"""Times the request that raises an alert: from its first byte here until 'saved' is said. Pure ASGI."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.service import Service

RAISES = "/api/alerts"
SAVED = frozenset({200, 201})


class Measured:
    """Around everything else, so that what waits inside is in it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"] != RAISES or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def timed(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in SAVED:
                service: Service = scope["app"].state.service
                service.measures.saved_s.observe(time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, timed)
