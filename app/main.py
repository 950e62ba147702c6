"""The service: its parts, its three doors and its pages, wired together."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from app.api import (
    alerts,
    assignments,
    errors,
    evidence,
    flags,
    glass,
    hands,
    health,
    neighbours,
    oidc,
    passkeys,
    people,
    personal,
    region,
    reports,
    screens,
    session,
    staff,
    subscriptions,
    units,
)
from app.api.browser import Browser
from app.api.description import describe
from app.api.limits import Limits
from app.clock import Clock
from app.envoy import Envoy
from app.notary import Notary
from app.pages import page_routes
from app.push import socket
from app.push.feed import Feed
from app.push.hub import Hub
from app.push.webpush import WebPush
from app.security.browser import session_cookie
from app.service import WONT_START, Service, open_service
from app.settings import Settings
from app.ticker import Ticker
from app.watcher import Watcher

OF_THE_WIRE = ("uvicorn.error", "websockets")
"""Loggers that write every frame at DEBUG: where she is, and the token in a hello. They never go below INFO."""
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
    app.add_middleware(Limits, settings=settings)
    app.add_middleware(Browser, settings=settings)
    errors.install(app)
    # Doors are tried in this order: first those that somebody waits behind.
    for door in (
        alerts,
        assignments,
        hands,
        units,
        session,
        passkeys,
        oidc,
        subscriptions,
        people,
        glass,
        screens,
        region,
        evidence,
        neighbours,
        personal,
        reports,
        flags,
        staff,
        health,
        socket,
    ):
        app.include_router(door.router)
    app.include_router(page_routes())
    describe(app, session_cookie(secure=settings.secure_cookies))
    return app


async def open_doors(app: FastAPI, service: Service, stack: AsyncExitStack) -> None:
    """Start what listens to the desk and what goes round, then let requests in."""
    for name in OF_THE_WIRE:
        logging.getLogger(name).setLevel(max(logging.INFO, logging.getLogger(name).level))
    hub = app.state.hub = Hub(service)
    ticker = app.state.ticker = Ticker(service.desk, service.clock)
    envoy = app.state.envoy = Envoy(service)
    notary = app.state.notary = Notary(service)
    watcher = app.state.watcher = Watcher(service)
    app.state.service = service
    app.state.metrics = health.Metrics(service)
    for one in (hub, Feed(service), WebPush(service), ticker, envoy, notary, watcher, service.retention):
        one.start()
        stack.push_async_callback(one.stop)
