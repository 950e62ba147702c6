"""A door to the synthetic center: the service's own server and doors, on a port of this machine."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI

from app.api.server import ServerConfig
from app.service import Service

Build = Callable[[], FastAPI]
"""Makes the service of the synthetic center, which starts with its lifespan."""
GRACE_S = 1
LOOK_S = 0.02


class NoDoor(Exception):
    """The synthetic center did not start."""


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are for the real one."""
        yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where one answers (`127.0.0.1:port`), and the service behind it."""

    address: str
    service: Service


@asynccontextmanager
async def a_door(build: Build) -> AsyncIterator[Door]:
    """A door that is open as long as the block runs. Raises NoDoor."""
    # Making the app is a tenth of a second of pure work, and the loop serves the real center.
    app = await asyncio.to_thread(build)
    config = ServerConfig(app, app.state.settings, grace_s=GRACE_S, host="127.0.0.1", port=0)
    server = _Server(config)
    running = asyncio.create_task(_serve(server), name="synthetic door")
    try:
        while not server.started:
            if running.done():
                raise NoDoor
            await asyncio.sleep(LOOK_S)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Door(address=f"127.0.0.1:{port}", service=app.state.service)
    finally:
        server.should_exit = True
        await running


async def _serve(server: uvicorn.Server) -> None:
    try:
        await server.serve()
    except SystemExit:
        # How the server says that the start failed; nobody is to end with it.
        return
