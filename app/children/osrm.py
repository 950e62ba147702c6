"""The service's own OSRM: answers how long by road, to this machine only, and writes down no place."""

import asyncio
import signal
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from app.children.problem import ChildError
from app.children.process import Child, Command, State
from app.children.programs import package_directory
from app.children.roads import RoadsSummary, prepare_roads, roads_file

__all__ = ["OsrmRouted", "RoadsSummary", "prepare_roads"]

START_WITHIN_S = 60.0
PROBE_TIMEOUT_S = 2.0
TABLE_PLACES_MAX = 1000
"""Sources and destinations together in one table request."""


class OsrmRouted:
    """One `osrm-routed` on the roads in `roads_dir` (made by `prepare_roads`), started again whenever it dies.

    A start after new roads were prepared reads those: `restart` makes it do so. Its log, `osrm.log` beside
    the roads, holds warnings only, never a request: the address of a request holds the place of a victim.
    """

    def __init__(self, roads_dir: Path) -> None:
        self.roads_dir = roads_dir
        self._reserved: socket.socket | None = None
        self._child = Child(
            name="OSRM",
            log=roads_dir / "osrm.log",
            prepare=self._prepare,
            ready=self._ready,
            stop_steps=((signal.SIGTERM, 3.0),),
        )

    @property
    def state(self) -> State:
        return self._child.state

    @property
    def pid(self) -> int | None:
        """The program's process id; None while it does not run."""
        return self._child.pid

    @property
    def url(self) -> str:
        """`http://127.0.0.1:port`, the same until `stop`; before `start` ChildError (`children.stopped`)."""
        if self._reserved is None:
            raise ChildError("children.stopped", "OSRM was not started.")
        return f"http://127.0.0.1:{self._reserved.getsockname()[1]}"

    async def start(self, *, within_s: float = START_WITHIN_S) -> None:
        """Return when it answers. Raises ChildError (`children.roads.none` where there are no roads)."""
        if await asyncio.to_thread(roads_file, self.roads_dir) is None:
            raise ChildError("children.roads.none", f"There are no roads in {self.roads_dir}: import a map first.")
        if self._reserved is None:
            self._reserved = _reserved_port()
        try:
            self._child.start()
            await self._child.wait_ready(within_s)
        except BaseException:
            await self.stop()
            raise

    async def wait_ready(self, within_s: float = START_WITHIN_S) -> None:
        """Return as soon as it answers. Raises ChildError when it does not within so many seconds."""
        await self._child.wait_ready(within_s)

    async def restart(self, *, within_s: float = START_WITHIN_S) -> None:
        """End it and start it on the newest roads, at the same address; for a moment it does not answer."""
        await self._child.stop()
        await self.start(within_s=within_s)

    async def stop(self) -> None:
        """End it within a few seconds and free its port. Safe to call twice."""
        await self._child.stop()
        if self._reserved is not None:
            self._reserved.close()
            self._reserved = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _prepare(self) -> Command:
        roads = await asyncio.to_thread(roads_file, self.roads_dir)
        if roads is None:
            raise ChildError("children.roads.none", f"There are no roads in {self.roads_dir}: import a map first.")
        port = self.url.rpartition(":")[2]
        return Command(
            arguments=(
                *(str(package_directory("osrm") / "bin" / "osrm-routed"), "--algorithm", "mld"),
                *("--ip", "127.0.0.1", "--port", port, "--max-table-size", str(TABLE_PLACES_MAX)),
                # At INFO every request is written out, coordinates and all.
                *("--verbosity", "ERROR", str(roads)),
            ),
            directory=roads.parent,
        )

    async def _ready(self) -> bool:
        """Whether it answers: any JSON with a code will do, the roads may lie anywhere."""
        try:
            async with httpx.AsyncClient(timeout=PROBE_TIMEOUT_S, trust_env=False) as client:
                answer = await client.get(f"{self.url}/nearest/v1/driving/0,0")
        except httpx.TransportError:
            return False
        return b'"code"' in answer.content


def _reserved_port() -> socket.socket:
    """A free port, kept ours: bound and never listened on, so nobody else is given it.

    osrm-routed shares its port (SO_REUSEPORT) with sockets of the same user that allow it, as this one does;
    connections go only to who listens. A port looked up and let go could be taken by another OSRM, which
    would then answer for a different city.
    """
    reserved = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind(("127.0.0.1", 0))
    except BaseException:
        reserved.close()
        raise
    return reserved
