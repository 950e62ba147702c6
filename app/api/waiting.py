"""What is answered while the service waits for its database: it lives, it is not ready, nothing is saved."""

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.clock import SystemClock, rfc3339
from app.opening import Opening

from .errors import not_saved
from .health import ALIVE
from .readiness import Check, Readiness

TRY_AGAIN_LATER = 1013
"""The code by which a websocket is refused (IANA, WebSocket close codes)."""


class Waiting:
    """Lets requests in once the service is open. Pure ASGI."""

    def __init__(self, app: ASGIApp, opening: Opening) -> None:
        self._app, self._opening = app, opening

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or one socket."""
        if scope["type"] == "lifespan" or self._opening.service is not None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
        else:
            await self._answer(scope["path"])(scope, receive, send)

    def _answer(self, path: str) -> Response:
        match path:
            case "/healthz":
                return JSONResponse(ALIVE)
            case "/readyz":
                return JSONResponse(self._readiness(), status_code=503)
        return not_saved()

    def _readiness(self) -> Readiness:
        database = Check(ok=False, says=f"it is waited for: {self._opening.missed or 'being opened'}")
        return Readiness(status="not ready", at=rfc3339(SystemClock().now()), checks={"database": database})
