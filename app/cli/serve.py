"""`naranja serve`: the service, and what it stands on; in one process or in several on one port."""

import asyncio
import gc
import logging
import signal
import socket
from types import FrameType
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI

from app.api.server import ServerConfig
from app.main import create_app
from app.service import WONT_START
from app.settings import Settings

from .center import fail, out, say_secret
from .logs import set_up, unhandled
from .workers import Workers

BACKLOG = 1024
WORKERS_MAX = 64
GARBAGE_AFTER = (50_000, 20, 100)
"""The collector looks after so many new objects (Python's own: 700), and at everything that is old seldom: nearly
all that a request leaves is gone without it, and walking through a large board holds up everybody."""


class _Server(uvicorn.Server):
    """Says where it listens once it does, and ends in order, so that nothing accepted is lost."""

    def __init__(self, config: ServerConfig, app: FastAPI, address: str | None) -> None:
        super().__init__(config)
        self._app, self._address, self._drain_s = app, address, config.settings.drain_s
        self._told_to_stop = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        # Why a start fails is said below in a sentence; the server would show a traceback instead.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        asyncio.get_running_loop().set_exception_handler(unhandled)
        await super().startup(sockets)
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        if self.started:
            if self._address is not None:
                say(self._app.state.service.stands_on, self._address)
            settle()
            given = await self._app.state.service.ways.accounts.first_admin()
            if given is not None:
                # The other stream is the log, which is read by machines and kept.
                say_secret(given, words=out)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM is a service that goes away while people use it; Ctrl-C is somebody who waits at a terminal."""
        self._told_to_stop = self._told_to_stop or sig == signal.SIGTERM
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """1. Unready, and everything new is answered 503. 2. Sockets are sent elsewhere. 3. The port closes, what
        is under way ends, and with the lifespan what the desk has accepted."""
        self._app.state.service.draining = True
        self._app.state.hub.send_elsewhere()
        if self._told_to_stop:
            await asyncio.sleep(self._drain_s)
        await super().shutdown(sockets)


def settle() -> None:
    """What is there now stays: the collector does not look at it again, and seldom at what comes."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_AFTER)


def say(stands_on: dict[str, str], address: str) -> None:
    """What the service uses and where it is, for whoever started it."""
    for what, how in {**stands_on, "address": address}.items():
        out.print(f"{what:>12}  {how}", highlight=False, soft_wrap=True)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=WORKERS_MAX, help="Processes on this port; one that ends is started again.")
    ] = 1,
    listener: Annotated[
        int | None, typer.Option(hidden=True, help="A socket that listens already, by its number.")
    ] = None,
) -> None:
    """Start the service with everything it needs. Settings come from the environment (NARANJA_…)."""
    settings = Settings()
    settings = settings.model_copy(
        update={"host": host or settings.host, "port": settings.port if port is None else port}
    )
    set_up(settings.log_format)
    if listener is not None:
        _serve(settings, socket.socket(fileno=listener), None)
        return
    listening = _listen(settings)
    address = "http://{}:{}".format(*listening.getsockname()[:2])
    if workers == 1:
        _serve(settings, listening, address)
        return
    try:
        asyncio.run(Workers(settings, listening, workers).run(lambda stands_on: say(stands_on, address)))
    except WONT_START as problem:
        fail(problem.code, problem.sentence)


def _listen(settings: Settings) -> socket.socket:
    listening = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as problem:
        fail("address_in_use", f"{settings.host}:{settings.port} cannot be listened on: {problem.strerror}.")
    listening.listen(BACKLOG)
    return listening


def _serve(settings: Settings, listening: socket.socket, address: str | None) -> None:
    """One process, until it is told to stop. It says its address unless its parent does."""
    app = create_app(settings)
    config = ServerConfig(app, settings, loop="uvloop")
    server = _Server(config, app, address)
    try:
        asyncio.run(server.serve(sockets=[listening]), loop_factory=config.get_loop_factory())
    except KeyboardInterrupt:
        return
    except SystemExit:
        # How the server says that the start failed; why is said below.
        server.started = False
    kept_from = getattr(app.state, "problem", None)
    if isinstance(kept_from, WONT_START):
        fail(kept_from.code, kept_from.sentence)
    if not server.started:
        fail("not_started", "The service did not start.")
