"""Whether it lives, whether it can save, how much it has done, what it offers. Without personal data, ever."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from starlette.responses import JSONResponse

from app.desk import NotSaved
from app.dispatch.events import Entry
from app.dispatch.model import Board
from app.security.permissions import Action, require
from app.service import Service
from app.store import flags
from app.store.session import GONE

from .caller import Asker, Here
from .readiness import Readiness, readiness

router = APIRouter(tags=["health"])
_TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}


ALIVE = {"status": "alive"}
_READY: dict[int | str, dict[str, Any]] = {200: {"model": Readiness}, 503: {"model": Readiness}}


class Metrics:
    """Counts what is committed; read by `/metrics`."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._events: Counter[str] = Counter()
        self.registry = CollectorRegistry()
        self.registry.register(self)
        service.desk.listen(self._heard)
        self._board: Board | None = None
        self._flags_open = 0

    def _heard(self, entries: Sequence[Entry], board: Board) -> None:
        self._events.update(type(entry.event).__name__ for entry in entries)
        self._board = board

    async def look(self) -> None:
        """Know the board before the first event, too; without a database, what was known last."""
        with suppress(NotSaved):
            self._board = await self._service.desk.board()
        with suppress(*GONE):
            async with self._service.database.transaction() as connection:
                self._flags_open = await flags.count_open(connection, self._service.settings.center)

    def collect(self) -> list[Metric]:
        """For the Prometheus client."""
        events = CounterMetricFamily("naranja_events", "Events committed", labels=["kind"])
        for kind, count in sorted(self._events.items()):
            events.add_metric([kind], count)
        refused = CounterMetricFamily("naranja_positions_refused", "Fixes refused", labels=["reason"])
        for reason, count in sorted(self._service.positions.refused.items()):
            refused.add_metric([reason], count)
        taken = CounterMetricFamily("naranja_positions_taken", "Fixes taken")
        taken.add_metric([], self._service.positions.taken)
        board = self._board
        needs = Counter(need.state.value for _, need in board.open_needs()) if board else Counter()
        open_needs = GaugeMetricFamily("naranja_open_needs", "Needs by state", labels=["state"])
        for state, count in sorted(needs.items()):
            open_needs.add_metric([state], count)
        flags_open = GaugeMetricFamily("naranja_flags_open", "Flags of the insider rules nobody has reviewed")
        flags_open.add_metric([], self._flags_open)
        return [events, refused, taken, open_needs, flags_open]


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process lives."""
    return ALIVE


@router.get("/readyz", responses=_READY)
async def readyz(request: Request, here: Here) -> Response:
    """Whether an alert that is raised now would be saved and followed, look by look."""
    found = await readiness(here, request.app.state.ticker.ticked_at)
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
    await counted.look()
    return Response(generate_latest(counted.registry), media_type=CONTENT_TYPE_LATEST)
