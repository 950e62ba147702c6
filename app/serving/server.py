"""One process that serves on a socket until it is told to stop, or until it knows why it cannot start."""

import asyncio
import gc
import logging
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from importlib import import_module
from types import FrameType

import uvicorn
from fastapi import FastAPI

from app.api.server import ServerConfig
from app.opening import Opening
from app.service import Service
from app.settings import Settings

from .logs import unhandled

TRACES_TO = "OTEL_EXPORTER_OTLP_ENDPOINT"
"""The usual name of where traces go; without it there are none."""
GARBAGE_AFTER = (50_000, 20, 100)
"""The collector looks after so many new objects (Python's own: 700), and at everything that is old seldom: nearly
all that a request leaves is gone without it, and walking through a large board holds up everybody."""
Tell = Callable[[Service], Awaitable[None]]
"""Hears once that the service is open."""


def settle() -> None:
    """What is there now stays: the collector does not look at it again, and seldom at what comes."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_AFTER)


class NotStarted(Exception):
    """The service did not start, and no part of it has said why in a way a person can mend."""

    code, sentence = "not_started", "The service did not start."


class Server(uvicorn.Server):
    """Ends in order, so that nothing accepted is lost, and by itself if the service can never be open."""

    def __init__(self, config: ServerConfig, app: FastAPI, tell: Tell | None) -> None:
        super().__init__(config)
        self._opening: Opening = app.state.opening
        self._app, self._tell, self._drain_s = app, tell, config.settings.drain_s
        self._told_to_stop = self._is_open = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen; if the database is there, the service is open by now."""
        # Why a start fails is said by whoever asked for it; the server would show a traceback instead.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        asyncio.get_running_loop().set_exception_handler(unhandled)
        await super().startup(sockets)
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        if self.started:
            await self._look()

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: whether to end."""
        await self._look()
        return await super().on_tick(counter) or self._opening.problem is not None

    async def _look(self) -> None:
        """Whether it has been opened since the last look."""
        if self._is_open or self._opening.service is None:
            return
        self._is_open = True
        settle()
        if self._tell is not None:
            await self._tell(self._opening.service)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM is a service that goes away while people use it; Ctrl-C is somebody who waits at a terminal."""
        self._told_to_stop = self._told_to_stop or sig == signal.SIGTERM
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """1. Unready, and everything new is answered 503. 2. Sockets are sent elsewhere. 3. The port closes, what
        is under way ends, and with the lifespan what the desk has accepted."""
        if self._opening.service is not None:
            self._opening.service.draining = True
            self._app.state.hub.send_elsewhere()
            if self._told_to_stop:
                await asyncio.sleep(self._drain_s)
        await super().shutdown(sockets)


def serve_on(listening: socket.socket, app: FastAPI, settings: Settings, tell: Tell | None = None) -> None:
    """Serve what `create_app` has made until told to stop. Raises one of WONT_START, or NotStarted."""
    # What nobody wants is not even loaded, and need not be installed.
    traced = import_module("app.serving.otlp").begin() if os.environ.get(TRACES_TO) else None
    config = ServerConfig(app, settings, loop="uvloop")
    server = Server(config, app, tell)
    try:
        asyncio.run(server.serve(sockets=[listening]), loop_factory=config.get_loop_factory())
    except KeyboardInterrupt:
        return
    except SystemExit:
        # How the server says that the start failed; why is said below.
        server.started = False
    finally:
        if traced is not None:
            traced()
    problem = app.state.opening.problem
    if problem is not None:
        raise problem
    if not server.started:
        raise NotStarted
