"""The service: its parts, its three doors and its pages, wired together."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.types import Lifespan

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
from app.api.measured import Measured
from app.api.metrics import Metrics
from app.api.waiting import Waiting
from app.clock import Clock
from app.envoy import Envoy
from app.notary import Notary
from app.opening import Opening
from app.pages import page_routes
from app.push import socket
from app.push.feed import Feed
from app.push.hub import Hub
from app.push.webpush import WebPush
from app.security.browser import session_cookie
from app.service import Service, open_service
from app.settings import Settings
from app.synthetic import Synthetic
from app.synthetic.center import settings_of
from app.ticker import Ticker
from app.watcher import Watcher

OF_THE_WIRE = ("uvicorn.error", "websockets")
"""Loggers that write every frame at DEBUG: where she is, and the token in a hello. They never go below INFO."""
DESCRIPTION = "Rapid-response dispatch for domestic violence: nobody can drop an alert silently."


def create_app(settings: Settings, clock: Clock | None = None) -> FastAPI:
    """The service as an ASGI app; it starts and stops everything it needs with its lifespan.

    `state.opening` says how far that has come.
    """
    opening = Opening(settings, clock)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opening.begun(partial(open_doors, app)):
            yield

    app = _build(settings, lifespan)
    app.add_middleware(Waiting, opening=opening)
    app.state.opening = opening
    return app


def synthetic_app(real: Service) -> FastAPI:
    """The service of the synthetic center: the same doors, and nothing that leaves this machine."""
    settings = settings_of(real)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            service = await open_service(settings, stack, real.clock, beside=real)
            await open_doors(app, service, stack, whole=False)
            yield

    return _build(settings, lifespan)


def _build(settings: Settings, lifespan: Lifespan[FastAPI]) -> FastAPI:
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
    app.state.settings = settings
    app.add_middleware(Limits, settings=settings)
    app.add_middleware(Browser, settings=settings)
    app.add_middleware(Measured)
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
        # Taken as they are: included, each would be made anew for every app and found through one more router.
        app.router.routes.extend(door.router.routes)
    app.router.routes.extend(page_routes().routes)
    describe(app, session_cookie(secure=settings.secure_cookies))
    return app


async def open_doors(app: FastAPI, service: Service, stack: AsyncExitStack, *, whole: bool = True) -> None:
    """Start what listens to the desk and what goes round, then let requests in.

    Not `whole`: without what only a real center has, which is neighbours, an outside, an audit and a retention.
    """
    for name in OF_THE_WIRE:
        logging.getLogger(name).setLevel(max(logging.INFO, logging.getLogger(name).level))
    hub = app.state.hub = Hub(service)
    ticker = app.state.ticker = Ticker(service.desk, service.clock, service.measures.late_s.observe)
    envoy = app.state.envoy = Envoy(service)
    notary = app.state.notary = Notary(service)
    watcher = app.state.watcher = Watcher(service)
    app.state.service = service
    push = WebPush(service)
    waiting = {"commands": lambda: service.desk.waiting, "frames": hub.waiting, "wakes": push.waiting}
    waiting |= {"checkpoints": notary.waiting, "neighbours": envoy.waiting}
    metrics = app.state.metrics = Metrics(service, hub.by_role, waiting)
    synthetic = app.state.synthetic = Synthetic(service, partial(synthetic_app, service))
    beside = (envoy, notary, watcher, service.retention, synthetic) if whole else ()
    for one in (hub, Feed(service), push, ticker, metrics, *beside):
        one.start()
        stack.push_async_callback(one.stop)
