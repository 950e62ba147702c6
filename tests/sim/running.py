"""The real service on a real port and the machine's clock, with an invented city in it and everybody signed in."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import uvicorn
from pydantic import SecretStr

from app.clock import Clock
from app.geo.unit_files import UnitRow, read_units
from app.geo.zone_files import read_zones
from app.geo.zones import Zones
from app.main import create_app
from app.region import Files, bring_in
from app.service import Service
from app.settings import Settings
from app.store import people
from simulator.cast import cast
from simulator.city import City, make_city
from simulator.live.wire import ServiceAddress
from tests.listening import a_listener


class _Server(uvicorn.Server):
    """A server that leaves the signals of the test run alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What the players are told."""

    address: ServiceAddress
    city: City
    units: Sequence[UnitRow]
    tokens: Mapping[str, str]


@asynccontextmanager
async def running(folder: Path, database_url: str, clock: Clock) -> AsyncIterator[Running]:
    """Serve until the block ends."""
    city = make_city(folder / "city", 7, "small")
    settings = Settings(
        database_url=SecretStr(database_url),
        osrm_url=None,
        data_dir=folder,
        session_idle_s=1e9,
        session_absolute_s=1e9,
    )
    app = create_app(settings, clock)
    with a_listener() as listener:
        config = uvicorn.Config(
            app,
            ws="websockets-sansio",
            ws_ping_interval=None,
            lifespan="on",
            log_config=None,
            timeout_graceful_shutdown=2,
        )
        server = _Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            assert not serving.done(), "the service did not start"
            await asyncio.sleep(0.01)
        try:
            service: Service = app.state.service
            files = Files(zones=city.zones, units=city.units)
            await bring_in(files, settings, service.database, service.desk)
            units = read_units(city.units, Zones(read_zones(city.zones).zones)).units
            yield Running(
                address=ServiceAddress(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}"),
                city=city,
                units=units,
                tokens=await _everybody(service, units),
            )
        finally:
            server.should_exit = True
            await serving


async def _everybody(service: Service, units: Sequence[UnitRow]) -> dict[str, str]:
    tokens = {}
    for role in cast(units, operators=2):
        person = people.Person(
            id=str(uuid4()),
            center=service.settings.center,
            login=role.login,
            role=role.role,
            unit=role.unit,
            password=None,
            disabled=False,
        )
        async with service.database.transaction() as connection:
            await people.add(connection, person)
        tokens[role.login] = await service.gate.hand_token(person)
    return tokens
