"""The system under attack: several services on a PostgreSQL, a road service, and the proxy in front of them."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from app.children.osrm import OsrmRouted
from app.geo.unit_files import UnitRow
from chaos.proxy import Proxy
from chaos.servers import Server, start_all
from simulator.city import City
from simulator.live.wire import ServiceAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What was prepared beforehand: a folder with a database and roads in it, and who is signed in.

    Attributes:
        data: the data folder the center was made in.
        tokens: login -> the token of that person's session.
    """

    data: Path
    city: City
    units: Sequence[UnitRow]
    tokens: Mapping[str, str]

    @property
    def master_key(self) -> Path:
        """The file that every service reads the master key from."""
        return self.data / "master.key"


@dataclass(slots=True, kw_only=True)
class System:
    """All of it, running on the database of `dsn`. `environment` is what the services were told."""

    ground: Ground
    dsn: str
    servers: list[Server]
    proxy: Proxy
    osrm: OsrmRouted
    environment: Mapping[str, str]

    @property
    def address(self) -> ServiceAddress:
        """What strangers are told: the proxy, not the services behind it."""
        return ServiceAddress(base_url=self.proxy.url, osrm_url=self.osrm.url)

    @property
    def osrm_pid(self) -> int:
        """The road service's process. Raises RuntimeError while there is none."""
        if self.osrm.pid is None:
            raise RuntimeError("the road service does not run")
        return self.osrm.pid


@asynccontextmanager
async def system(
    ground: Ground, folder: Path, count: int, dsn: str, more: Mapping[str, str] | None = None
) -> AsyncIterator[System]:
    """Start `count` services on the database of `dsn`, told `more`, and what they need; end it with the block."""
    async with AsyncExitStack() as stack:
        osrm = await stack.enter_async_context(OsrmRouted(ground.data / "roads"))
        environment = {
            "DATABASE_URL": dsn,
            "OSRM_URL": osrm.url,
            "NARANJA_MASTER_KEY_FILE": str(ground.master_key),
            # Who compares afterwards reads everything there is.
            "NARANJA_REQUESTS_PER_S_MAX": "10000",
            **(more or {}),
        }
        servers = [Server(folder / f"service-{number}", environment) for number in range(count)]
        stack.push_async_callback(_stop_all, servers)
        await start_all(servers)
        proxy = await stack.enter_async_context(Proxy([server.port for server in servers]))
        yield System(ground=ground, dsn=dsn, servers=servers, proxy=proxy, osrm=osrm, environment=environment)


async def _stop_all(servers: Sequence[Server]) -> None:
    await asyncio.gather(*(server.stop() for server in servers))
