"""`naranja serve`: the service, and what it stands on."""

import asyncio
import gc
import logging
import socket
from typing import Annotated

import typer
import uvicorn
from fastapi import FastAPI

from app.api.server import ServerConfig
from app.children.problem import ChildError
from app.main import create_app
from app.security.master_key import KeySourceBroken
from app.security.sealing import Unsealable
from app.settings import Settings

from .center import fail, out, say_secret
from .logs import set_up, unhandled

BACKLOG = 1024
GARBAGE_AFTER = (50_000, 20, 100)
"""The collector looks after so many new objects (Python's own: 700), and at everything that is old seldom: nearly
all that a request leaves is gone without it, and walking through a large board holds up everybody."""


class _Server(uvicorn.Server):
    """Says where it listens once it does."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, address: str) -> None:
        super().__init__(config)
        self._app, self._address = app, address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        # Why a start fails is said below in a sentence; the server would show a traceback instead.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        asyncio.get_running_loop().set_exception_handler(unhandled)
        await super().startup(sockets)
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        if self.started:
            # What is there now stays: nobody has to look at it again.
            gc.collect()
            gc.freeze()
            gc.set_threshold(*GARBAGE_AFTER)
            stands_on: dict[str, str] = self._app.state.service.stands_on
            for what, how in {**stands_on, "address": self._address}.items():
                out.print(f"{what:>12}  {how}", highlight=False, soft_wrap=True)
            given = await self._app.state.service.ways.accounts.first_admin()
            if given is not None:
                # The other stream is the log, which is read by machines and kept.
                say_secret(given, words=out)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
) -> None:
    """Start the service with everything it needs. Settings come from the environment (NARANJA_…)."""
    settings = Settings()
    settings = settings.model_copy(
        update={"host": host or settings.host, "port": settings.port if port is None else port}
    )
    set_up(settings.log_format)
    app = create_app(settings)
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as problem:
        fail("address_in_use", f"{settings.host}:{settings.port} cannot be listened on: {problem.strerror}.")
    listener.listen(BACKLOG)
    config = ServerConfig(app, settings, loop="uvloop")
    server = _Server(config, app, "http://{}:{}".format(*listener.getsockname()[:2]))
    try:
        asyncio.run(server.serve(sockets=[listener]), loop_factory=config.get_loop_factory())
    except KeyboardInterrupt:
        return
    except SystemExit:
        # How the server says that the start failed; why is said below.
        server.started = False
    kept_from: ChildError | KeySourceBroken | Unsealable | None = getattr(app.state, "problem", None)
    if kept_from is not None:
        fail(kept_from.code, kept_from.sentence)
    if not server.started:
        fail("not_started", "The service did not start.")
