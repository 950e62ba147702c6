"""The real service on a real port, with a small region and people in it: tests talk to it as strangers do."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from app.api.server import ServerConfig
from app.clock import Clock
from app.main import create_app
from app.push.hub import Hub
from app.region import Files, bring_in
from app.security.passwords import hash_password
from app.security.sessions import Role, digest, new_token
from app.service import Service
from app.settings import Settings
from app.store import people
from tests.patience import PATIENCE_S, until

HERE = {"lat": 25.67, "lon": -100.31}
"""In the zone `centro`, beside P-1."""
NORTH = {"lat": 25.75, "lon": -100.31}
ZONES = {
    "centro": [[-100.4, 25.6], [-100.2, 25.6], [-100.2, 25.7], [-100.4, 25.7], [-100.4, 25.6]],
    "norte": [[-100.4, 25.7], [-100.2, 25.7], [-100.2, 25.8], [-100.4, 25.8], [-100.4, 25.7]],
}
UNITS = """code,institution,agency,lat,lon,capacity,capabilities,sealed
P-1,police,SSC,25.671,-100.311,1,,
P-2,police,SSC,25.68,-100.32,1,,
P-3,police,Policía Metropolitana,25.75,-100.31,1,,
F-1,prosecutor,FGJ,25.66,-100.30,1,,
S-1,shelter,Refugio,25.6543,-100.3321,3,,true
"""
TRUSTED = ssl.create_default_context()
"""Made once: a client that makes its own takes 25 ms for it, and speaks no TLS here."""

Json = dict[str, Any]
_hashed = cache(hash_password)
"""Hashing is slow on purpose, and most tests' people have the same password."""


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The signals belong to the test run."""
        yield


@dataclass
class Phone:
    """One open socket as a client sees it."""

    socket: ClientConnection
    heard: list[Json] = field(default_factory=list)

    async def next(self, kind: str | None = None, within_s: float = PATIENCE_S) -> Json:
        """The next frame of that kind; others on the way are kept in `heard`."""
        async with asyncio.timeout(within_s):
            while True:
                frame: Json = json.loads(await self.socket.recv())
                self.heard.append(frame)
                if kind is None or frame["type"] == kind:
                    return frame

    async def until(self, wanted: Callable[[Json], bool], within_s: float = PATIENCE_S) -> Json:
        """The next frame that is wanted."""
        async with asyncio.timeout(within_s):
            while True:
                frame = await self.next(within_s=within_s)
                if wanted(frame):
                    return frame

    async def card(self, wanted: Callable[[Json], bool], within_s: float = PATIENCE_S) -> Json:
        """The next card that is wanted."""
        frame = await self.until(lambda f: any(wanted(card) for card in f.get("cards", [])), within_s)
        return next(card for card in frame["cards"] if wanted(card))

    async def say(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def closed(self, within_s: float = PATIENCE_S) -> int | None:
        """Read on until the other side closes; the code it gave."""
        async with asyncio.timeout(within_s):
            with suppress(ConnectionClosed):
                while True:
                    self.heard.append(json.loads(await self.socket.recv()))
            await self.socket.wait_closed()
        return self.socket.close_code


@dataclass(kw_only=True)
class House:
    """A running service. Tokens of one person each, by role, and of each unit's."""

    app: FastAPI
    port: int
    stack: AsyncExitStack
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def service(self) -> Service:
        service: Service = self.app.state.service
        return service

    @property
    def hub(self) -> Hub:
        hub: Hub = self.app.state.hub
        return hub

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws"

    async def person(
        self, role: Role, login: str, unit: str | None = None, password: str | None = None
    ) -> people.Person:
        """A new account."""
        person = people.Person(
            id=str(uuid4()),
            center=self.service.settings.center,
            login=login,
            role=role.value,
            unit=unit,
            password=_hashed(password) if password else None,
            disabled=False,
        )
        async with self.service.database.transaction() as connection:
            await people.add(connection, person)
        return person

    async def token(self, role: Role, unit: str | None = None) -> str:
        """The token of a new session of a new person."""
        person = await self.person(role, f"{role.value}-{uuid4().hex[:8]}", unit)
        return await self.service.gate.hand_token(person)

    async def proves(self, person: people.Person) -> str:
        """The token of a session in which this person has just proved who they are."""
        token, at = new_token(), self.service.clock.now()
        session = people.Session(
            id=str(uuid4()), person=person, way="password", opened_at=at, proved_at=at, seen_at=at
        )
        async with self.service.database.transaction() as connection:
            await people.open_session(connection, digest(token), session)
        return token

    async def client(self, who: str | None = None) -> httpx.AsyncClient:
        """A client that says this token, closed with the house. `who` is a role or a unit's code."""
        headers = {} if who is None else {"Authorization": f"Bearer {self.tokens.get(who, who)}"}
        client = httpx.AsyncClient(
            base_url=self.url, headers=headers, verify=TRUSTED, trust_env=False, timeout=PATIENCE_S
        )
        return await self.stack.enter_async_context(client)

    @asynccontextmanager
    async def phone(
        self, who: str, last_seq: int = 0, *, url: str | None = None, more: Mapping[str, str] | None = None
    ) -> AsyncIterator[Phone]:
        """A socket that has said hello with a token. `who` is a role, a unit's code, or a token."""
        async with self.socket(url=url, more=more) as phone:
            await phone.say(type="hello", last_seq=last_seq, token=self.tokens.get(who, who))
            yield phone

    @asynccontextmanager
    async def socket(
        self, *, url: str | None = None, more: Mapping[str, str] | None = None, queue: int = 16
    ) -> AsyncIterator[Phone]:
        """A socket that has said nothing yet."""
        async with connect(
            url or self.socket_url,
            proxy=None,
            ping_interval=None,
            compression=None,
            max_size=None,
            max_queue=queue,
            additional_headers=dict(more or {}),
            close_timeout=1,
        ) as socket:
            yield Phone(socket)

    async def on_duty(self, *units: str) -> None:
        """These units begin their shift."""
        await self._duty(units, on=True)

    async def off_duty(self, *units: str) -> None:
        """These units end it."""
        await self._duty(units, on=False)

    async def _duty(self, units: tuple[str, ...], *, on: bool) -> None:
        client = await self.client("operator")
        for unit in units:
            said = {"id": str(uuid4()), "on": on, "crew": [f"c-{unit}"] if on else []}
            (await client.put(f"/api/units/{unit}/duty", json=said)).raise_for_status()

    async def cancelled(self, alert: str) -> None:
        """The alert is called off."""
        said = {"id": str(uuid4()), "reason": "mistake"}
        (await (await self.client("operator")).post(f"/api/alerts/{alert}/cancel", json=said)).raise_for_status()

    async def raised(self, *needs: str, **more: Any) -> Json:
        """The receipt of a new alert at HERE that needs police, or what is named."""
        said = {"id": str(uuid4()), "where": HERE, "needs": list(needs or ("police",)), **more}
        answer = await (await self.client("operator")).post("/api/alerts", json=said)
        assert answer.status_code == 201, answer.text
        receipt: Json = answer.json()
        return receipt

    async def offered(self, receipt: Json, need: str = "police") -> str:
        """The assignment by which a need is offered right now."""
        alert = (await self.service.desk.board()).alerts[receipt["alert"]]
        found = alert.need(need)
        assert found is not None
        return found.live[0]

    async def step(self, unit: str, assignment: str, step: str, **more: Any) -> httpx.Response:
        """What the unit says of its assignment."""
        client = await self.client(unit)
        return await client.post(f"/api/assignments/{assignment}/{step}", json={"id": str(uuid4()), **more})


@asynccontextmanager
async def a_house(
    database_url: str,
    folder: Path,
    clock: Clock | None = None,
    *,
    bare: bool = False,
    units: str = UNITS,
    **settings: Any,
) -> AsyncIterator[House]:
    """A service with the region above and, unless `bare`, everybody in it."""
    chosen = Settings(
        data_dir=folder,
        database_url=SecretStr(database_url),
        **{"osrm_url": None, "secure_cookies": False, "time_zone": "UTC", "small_cell_min": 1, **settings},
    )
    app = create_app(chosen, clock)
    config = ServerConfig(app, chosen, grace_s=1, host="127.0.0.1", port=0)
    server = _Server(config)
    running = asyncio.create_task(server.serve())
    try:
        while not server.started:
            assert not running.done(), "the service did not start"
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        async with AsyncExitStack() as stack:
            house = House(app=app, port=port, stack=stack)
            if not bare:
                await _furnish(house, folder, units)
            yield house
    finally:
        server.should_exit = True
        await running


async def _furnish(house: House, folder: Path, units: str) -> None:
    service = house.service
    await bring_in(
        Files(zones=write_zones(folder / "zones.geojson"), units=write_units(folder / "units.csv", units)),
        service.settings,
        service.database,
        service.desk,
    )
    await until(lambda: len(service.zones) == len(ZONES))
    for role in (Role.OPERATOR, Role.SUPERVISOR, Role.COORDINATOR, Role.AUDITOR, Role.ADMIN, Role.CENTER):
        house.tokens[role.value] = await house.token(role)
    for line in units.splitlines()[1:]:
        code = line.partition(",")[0]
        house.tokens[code] = await house.token(Role.SHELTER if code.startswith("S-") else Role.UNIT, code)


def write_zones(path: Path, zones: Mapping[str, list[list[float]]] = ZONES) -> Path:
    """The zones as GeoJSON."""
    features = [
        {
            "type": "Feature",
            "properties": {"id": name, "name": name.title()},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        for name, ring in zones.items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def write_units(path: Path, text: str = UNITS) -> Path:
    """The units as CSV."""
    path.write_text(text, encoding="utf-8")
    return path
