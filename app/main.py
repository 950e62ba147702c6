"""The service: its parts, its three doors and its pages, wired together."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from app.api import (
    alerts,
    assignments,
    errors,
    hands,
    health,
    neighbours,
    region,
    reports,
    screens,
    session,
    units,
)
from app.api.limits import Limits
from app.clock import Clock
from app.envoy import Envoy
from app.pages import page_routes
from app.push import socket
from app.push.feed import Feed
from app.push.hub import Hub
from app.service import WONT_START, Service, open_service
from app.settings import Settings
from app.ticker import Ticker

DESCRIPTION = "Rapid-response dispatch for domestic violence: nobody can drop an alert silently."


def create_app(settings: Settings, clock: Clock | None = None) -> FastAPI:
    """The service as an ASGI app; it starts and stops everything it needs with its lifespan."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            try:
                service = await open_service(settings, stack, clock)
            except WONT_START as problem:
                app.state.problem = problem
                raise
            await open_doors(app, service, stack)
            yield

    # The API's own description is served by `health`, behind a session like everything else.
    app = FastAPI(
        title="Naranja",
        version="0.1.0",
        description=DESCRIPTION,
        lifespan=lifespan,
        openapi_url=None,
        # A redirect would be built from whatever host a stranger names.
        redirect_slashes=False,
    )
    app.add_middleware(Limits, body_bytes_max=settings.body_bytes_max)
    errors.install(app)
    for door in (session, alerts, hands, assignments, units, screens, region, neighbours, reports, health, socket):
        app.include_router(door.router)
    app.include_router(page_routes())
    return app


async def open_doors(app: FastAPI, service: Service, stack: AsyncExitStack) -> None:
    """Start what listens to the desk, then let requests in."""
    hub, feed, ticker = Hub(service), Feed(service), Ticker(service.desk, service.clock)
    envoy = Envoy(service)
    app.state.service, app.state.hub, app.state.ticker, app.state.envoy = service, hub, ticker, envoy
    app.state.metrics = health.Metrics(service)
    hub.start()
    stack.push_async_callback(hub.stop)
    feed.start()
    stack.push_async_callback(feed.stop)
    ticker.start()
    stack.push_async_callback(ticker.stop)
    envoy.start()
    stack.push_async_callback(envoy.stop)
