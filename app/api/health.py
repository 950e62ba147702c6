"""Whether it lives, whether it can save, how much it has done, what it offers. Without personal data, ever."""

from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import JSONResponse

from app.security.permissions import Action, require

from .caller import Asker, Here
from .metrics import Metrics
from .readiness import Readiness, readiness

router = APIRouter(tags=["health"])
_TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}


ALIVE = {"status": "alive"}
_READY: dict[int | str, dict[str, Any]] = {200: {"model": Readiness}, 503: {"model": Readiness}}


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process lives."""
    return ALIVE


@router.get("/readyz", responses=_READY)
async def readyz(request: Request, here: Here) -> Response:
    """Whether an alert that is raised now would be saved and followed, look by look."""
    state = request.app.state
    found = await readiness(here, state.ticker.ticked_at, state.synthetic.standing())
    return JSONResponse(found, status_code=200 if found["status"] == "ready" else 503)


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request, _: Asker) -> Response:
    """What this API is, for whoever is signed in."""
    return JSONResponse(request.app.openapi())


@router.get("/metrics", response_class=Response, responses=_TEXT)
async def metrics(request: Request, asker: Asker) -> Response:
    """Prometheus text; for who may."""
    require(asker, Action.READ_METRICS)
    counted: Metrics = request.app.state.metrics
    return Response(await counted.text(), media_type=CONTENT_TYPE_LATEST)
