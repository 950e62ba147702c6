"""A running center for stories: the real app on a real port before a real database, with the test's clock."""

import asyncio
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from app.clock import HandClock
from app.dispatch.deadlines import next_at
from app.dispatch.events import Entry
from app.main import create_app
from app.region import Files, bring_in
from app.service import Service
from app.settings import Settings
from app.store import people, queries
from app.ticker import Ticker

from .phone import Console, Phone
from .region import HOME, town

STEPS_MAX = 500
"""Deadlines one `clock_advance` may pass."""

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What HTTP said."""

    status: int
    body: Any
    headers: Mapping[str, str]

    def must_be(self, status: int, code: str | None = None) -> "Answer":
        """Fail unless it is this status, and this problem's code."""
        assert self.status == status, f"{self.status}: {self.body}"
        assert code is None or self.body["code"] == code, self.body
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An alert that was raised: what was sent, and the receipt."""

    id: str
    folio: str
    sent: Body
    receipt: Body


class _Server(uvicorn.Server):
    """A server that leaves the signals of the test run alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(slots=True)
class Center:
    """One service process as its people know it. `answers` keeps every HTTP answer given.

    Several may stand before one database.
    """

    settings: Settings
    clock: HandClock = field(default_factory=HandClock)
    answers: list[Answer] = field(default_factory=list)
    screens: list[Phone | Console] = field(default_factory=list)
    url: str = ""
    operator: str = ""
    coordinator: str = ""
    _app: FastAPI | None = None
    _server: _Server | None = None
    _serving: asyncio.Task[None] | None = None
    _http: httpx.AsyncClient | None = None

    # --- its life

    async def start(self) -> None:
        """Begin to serve on a free port of this machine."""
        self._app = create_app(self.settings, self.clock)
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            self._app,
            ws="websockets-sansio",
            ws_ping_interval=None,
            ws_per_message_deflate=False,
            lifespan="on",
            log_config=None,
            timeout_graceful_shutdown=2,
        )
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        self._http = httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=30)
        async with asyncio.timeout(60):
            while not self._server.started:
                assert not self._serving.done(), "the service did not start"
                await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Hang up and end the service. Safe to call twice."""
        for screen in self.screens:
            await screen.disconnect()
        if self._http is not None:
            await self._http.aclose()
            self._http = None
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving
            self._server = self._serving = None

    async def restart(self) -> None:
        """End the service and start it anew on the same database; who was connected comes back."""
        connected = [screen for screen in self.screens if screen.connected]
        await self.stop()
        await self.start()
        for screen in connected:
            await screen.connect(self.url)

    async def settle(self) -> None:
        """Bring the town in, give everybody an account, and sign the desk's people in."""
        files = town(self.settings.data_dir / "town")
        await bring_in(
            Files(zones=files.zones, units=files.units), self.settings, self.service.database, self.service.desk
        )
        for login, role in (("operator-1", "operator"), ("coordinator-1", "coordinator")):
            await self._add(login, role, None)
        for code in (await self.service.desk.board()).units:
            await self._add(code, "unit", code)
        await self.sign_in()

    async def sign_in(self) -> None:
        """The desk's people sign in; a day later they have to again."""
        self.operator = await self.token_for("operator-1")
        self.coordinator = await self.token_for("coordinator-1")

    @property
    def service(self) -> Service:
        """The parts below the doors, for what no door shows."""
        assert self._app is not None
        service: Service = self._app.state.service
        return service

    # --- who is there

    async def phone(
        self, code: str, *, on_duty: bool = True, crew: tuple[str, ...] = (), silent: bool = False
    ) -> Phone:
        """The phone of this unit, connected, and on duty unless said otherwise."""
        phone = Phone(self, code, await self.token_for(code))
        phone.silent = silent
        self.screens.append(phone)
        if on_duty:
            await phone.starts_duty(*crew)
        await phone.connect(self.url)
        return phone

    async def console(self) -> Console:
        """An operator's console, connected."""
        console = Console("console", await self.token_for("operator-1"))
        self.screens.append(console)
        await console.connect(self.url)
        return console

    async def token_for(self, login: str) -> str:
        """A fresh session, as `naranja people token` opens it."""
        async with self.service.database.transaction() as connection:
            person = await people.by_login(connection, self.settings.center, login)
        assert person is not None
        return await self.service.gate.open_session(person)

    async def person(self, login: str) -> str:
        """The id under which this person is written down."""
        async with self.service.database.transaction() as connection:
            person = await people.by_login(connection, self.settings.center, login)
        assert person is not None
        return person.id

    # --- what its people do

    async def raise_alert(self, **facts: Any) -> Raised:
        """Raise an alert that must be saved. Needs police only, unless `needs` says otherwise."""
        sent = an_alert(**facts)
        receipt = (await self.post("/api/alerts", sent)).must_be(201).body
        return Raised(id=receipt["alert"], folio=receipt["folio"], sent=sent, receipt=receipt)

    async def tell(self, alert: Raised, action: str, **body: Any) -> Answer:
        """Something about an alert by the operator: `tell(alert, "close", disposition=…, safe=…)`."""
        return await self.post(f"/api/alerts/{alert.id}/{action}", body)

    async def clock_advance(self, seconds: float) -> None:
        """Let time pass, and let the ticker perform what falls due at each deadline on the way."""
        end = self.clock.now() + seconds
        assert self._app is not None
        ticker: Ticker = self._app.state.ticker
        for _ in range(STEPS_MAX):
            due_at = next_at(await self.service.desk.board())
            if due_at is None or due_at > end:
                break
            self.clock.advance(max(0.0, due_at - self.clock.now()))
            await ticker.tick()
        else:
            raise AssertionError("deadlines without end")
        self.clock.advance(end - self.clock.now())

    # --- what is known afterwards

    async def log(self, alert: Raised | None = None) -> list[Entry]:
        """The log's entries, of one alert or all."""
        async with self.service.database.transaction() as connection:
            if alert is not None:
                return await queries.story(connection, self.settings.center, alert.id)
            return await queries.stories(connection, self.settings.center, 0.0, float("inf"))

    async def kinds(self, alert: Raised) -> list[str]:
        """The names of what happened to an alert, in order."""
        return [type(entry.event).__name__ for entry in await self.log(alert)]

    # --- HTTP

    async def get(self, path: str, *, token: str | None = None) -> Answer:
        return await self._ask("GET", path, None, token)

    async def post(self, path: str, body: Body, *, token: str | None = None) -> Answer:
        return await self._ask("POST", path, {"id": str(uuid4()), **body}, token)

    async def put(self, path: str, body: Body, *, token: str | None = None) -> Answer:
        return await self._ask("PUT", path, body, token)

    async def patch(self, path: str, body: Body, *, token: str | None = None) -> Answer:
        return await self._ask("PATCH", path, {"id": str(uuid4()), **body}, token)

    async def _ask(self, method: str, path: str, body: Body | None, token: str | None) -> Answer:
        assert self._http is not None, "the service is stopped"
        headers = {"Authorization": f"Bearer {token or self.operator}"}
        got = await self._http.request(method, path, json=body, headers=headers)
        kind = got.headers.get("content-type", "")
        answer = Answer(
            status=got.status_code,
            body=got.json() if "json" in kind else got.text,
            headers=dict(got.headers),
        )
        self.answers.append(answer)
        return answer

    async def _add(self, login: str, role: str, unit: str | None) -> None:
        person = people.Person(
            id=str(uuid4()),
            center=self.settings.center,
            login=login,
            role=role,
            unit=unit,
            password=None,
            disabled=False,
        )
        async with self.service.database.transaction() as connection:
            await people.add(connection, person)


def an_alert(**facts: Any) -> dict[str, Any]:
    """The body of a call from her home that needs police, changed by `facts`."""
    return {"id": str(uuid4()), "where": dict(HOME), "needs": ["police"], **facts}


def a_center(folder: Path, database_url: str | None, **settings: Any) -> Center:
    """A center that is not running yet; its master key and files are in `folder`."""
    url = SecretStr(database_url) if database_url is not None else None
    return Center(
        Settings(database_url=url, osrm_url=None, data_dir=folder, **settings),
    )
