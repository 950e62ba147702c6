"""Services as they are run: each at a port of its own, started again by its parent when it dies."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx

from app.children.process import Child, Command
from chaos.processes import children

READY_WITHIN_S = 90.0
PROBE_TIMEOUT_S = 2.0
PROJECT = Path(__file__).parents[1]


class Server:
    """One `naranja serve --workers 1` in `folder`, which becomes its data folder."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = _free_port()
        self.folder = folder
        self._environment = {"PYTHONPATH": str(PROJECT), "NARANJA_DATA_DIR": str(folder), **environment}
        self._client = stranger(PROBE_TIMEOUT_S)
        self._child = Child(
            name="service",
            log=folder / "service.log",
            prepare=self._prepare,
            ready=self.is_ready,
            stop_steps=((signal.SIGTERM, 20.0),),
        )

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def worker(self) -> int | None:
        """The process that serves: the one child of the fork server, which is the one child of what was started.

        None while there is none.
        """
        forkserver = first_child(self._child.pid)
        return None if forkserver is None else first_child(forkserver)

    async def start(self) -> None:
        """Return when it is ready. Raises ChildError."""
        self._child.start()
        await self._child.wait_ready(READY_WITHIN_S)

    async def stop(self) -> None:
        """End it in good order."""
        await self._child.stop()
        await self._client.aclose()

    def kill(self) -> None:
        """End the process that serves, with no chance to do anything more."""
        worker = self.worker
        if worker is not None:
            os.kill(worker, signal.SIGKILL)

    def bugs(self) -> list[str]:
        """The lines of its log that say it has met one."""
        lines = (self.folder / "service.log").read_text(errors="replace").splitlines()
        return [line for line in lines if "critical" in line and ("a bug" in line or "unexpected" in line)]

    async def is_ready(self) -> bool:
        """Whether it says that it can save."""
        try:
            answer = await self._client.get(f"{self.url}/readyz")
        except httpx.TransportError:
            return False
        return answer.status_code == 200

    async def _prepare(self) -> Command:
        return Command(
            arguments=(
                *(sys.executable, "-m", "app.cli", "serve"),
                *("--host", "127.0.0.1", "--port", str(self.port), "--workers", "1"),
            ),
            directory=self.folder,
            environment=self._environment,
        )


def first_child(pid: int | None) -> int | None:
    """The first process that this one has started and that is still there."""
    return next(iter(children(pid)), None) if pid is not None else None


def stranger(timeout_s: float) -> httpx.AsyncClient:
    """A client that makes a new connection for every request: one that was kept might be a dead service's."""
    return httpx.AsyncClient(timeout=timeout_s, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))


async def start_all(servers: list[Server]) -> None:
    """Start them one after the other, so that one alone lays out what all need; the rest at once."""
    await servers[0].start()
    await asyncio.gather(*(server.start() for server in servers[1:]))


def _free_port() -> int:
    """A port nobody listens on now. Below the range that outgoing connections are given theirs from."""
    for port in range(20_000 + os.getpid() % 5_000, 32_000):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) != 0 and port not in _GIVEN:
                _GIVEN.add(port)
                return port
    raise OSError("no port is free")


_GIVEN: set[int] = set()
