"""`naranja serve`: the service, and what it stands on; in one process or in several on one port."""

import asyncio
import socket
from typing import Annotated

import typer

from app.gate.accounts import OneTimeSecret
from app.main import create_app
from app.service import WONT_START, Service
from app.serving.logs import set_up
from app.serving.server import NotStarted, serve_on
from app.settings import Settings

from .center import fail, out, say_secret
from .workers import Workers

BACKLOG = 1024
WORKERS_MAX = 64


def say(stands_on: dict[str, str], address: str) -> None:
    """What the service uses and where it is, for whoever started it."""
    for what, how in {**stands_on, "address": address}.items():
        out.print(f"{what:>12}  {how}", highlight=False, soft_wrap=True)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=WORKERS_MAX, help="Processes on this port; one that ends is started again."),
    ] = None,
) -> None:
    """Start the service with everything it needs. Settings come from the environment (NARANJA_…)."""
    settings = Settings()
    settings = settings.model_copy(
        update={"host": host or settings.host, "port": settings.port if port is None else port}
    )
    set_up(settings.log_format)
    listening = _listen(settings)
    address = "http://{}:{}".format(*listening.getsockname()[:2])

    async def opened(service: Service) -> None:
        _say(service.stands_on, address, await service.ways.accounts.first_admin())

    try:
        if workers is None:
            serve_on(listening, create_app(settings), settings, opened)
        else:
            parent = Workers(settings, listening, workers)
            asyncio.run(parent.run(lambda stands_on, admin: _say(stands_on, address, admin)))
    except (*WONT_START, NotStarted) as problem:
        fail(problem.code, problem.sentence)


def _say(stands_on: dict[str, str], address: str, admin: OneTimeSecret | None) -> None:
    """What the service uses and where it is, for whoever started it; and the secret of a first admin, once."""
    say(stands_on, address)
    if admin is not None:
        # The other stream is the log, which is read by machines and kept.
        say_secret(admin, words=out)


def _listen(settings: Settings) -> socket.socket:
    listening = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as problem:
        fail("address_in_use", f"{settings.host}:{settings.port} cannot be listened on: {problem.strerror}.")
    listening.listen(BACKLOG)
    return listening
