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
from app.dispatch.deadlines import Agenda
from app.dispatch.events import Entry
from app.dispatch.model import Institution
from app.envoy import Envoy
from app.main import create_app
from app.region import Files, bring_in
from app.security.passwords import hash_password
from app.security.sessions import digest, new_token
from app.service import Service
from app.settings import Settings
from app.store import people, queries, rules
from app.store.rules import Page
from app.ticker import Ticker
from app.watcher import Watcher
from tests.listening import a_listener
from tests.patience import PATIENCE_S, until
from tests.service_fixture import TRUSTED

from .phone import Console, Phone
from .region import HOME, TRUE_LAT, TRUE_LON, town

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

    def raised(self) -> "Raised":
        """The alert that this receipt is about."""
        return Raised(id=self.body["alert"], folio=self.body["folio"], sent={}, receipt=self.body)


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
    truth: tuple[float, float] = (TRUE_LAT, TRUE_LON)
    """Where its sealed shelter truly is."""
    url: str = ""
    operator: str = ""
    supervisor: str = ""
    coordinator: str = ""
    _listener: socket.socket | None = None
    _app: FastAPI | None = None
    _server: _Server | None = None
    _serving: asyncio.Task[None] | None = None
    _http: httpx.AsyncClient | None = None

    # --- its life

    def listens(self) -> socket.socket:
        """Have a free port of this machine, and the same one later: others are told where this center answers."""
        port = int(self.url.rpartition(":")[2]) if self.url else 0
        self._listener = a_listener(port)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        return self._listener

    async def start(self) -> None:
        """Begin to serve on its port."""
        self._app = create_app(self.settings, self.clock)
        listener = self._listener or self.listens()
        self._listener = None
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
        self._http = httpx.AsyncClient(base_url=self.url, verify=TRUSTED, trust_env=False, timeout=PATIENCE_S)
        serving, server = self._serving, self._server
        await until(lambda: server.started or serving.done())
        assert server.started, "the service did not start"

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
        for role in ("operator", "supervisor", "coordinator", "auditor", "admin"):
            await self._add(f"{role}-1", role, None)
        await self.lists()
        await self.sign_in()

    async def lists(self, *more: str) -> None:
        """The town has these units, too: rows as in `region.UNITS`. Each new unit gets an account."""
        known = set((await self.service.desk.board()).units)
        files = town(self.settings.data_dir / "town", more, self.truth)
        await bring_in(
            Files(zones=files.zones, units=files.units), self.settings, self.service.database, self.service.desk
        )
        for code in sorted(set((await self.service.desk.board()).units) - known):
            await self._add(code, await self._role(code), code)

    async def goes_by(self, **differences: Any) -> None:
        """These rules count from now on, as far as they differ from the usual ones."""
        await self.has_book((self.clock.now(), differences))

    async def has_book(self, *book: Page) -> None:
        """These are the center's rules, each page from its moment on."""
        async with self.service.database.transaction() as connection:
            await rules.set_pages(connection, self.settings.center, book)
        await self.service.reload_region()

    async def sign_in(self) -> None:
        """The desk's people sign in; a day later they have to again."""
        self.operator = await self.token_for("operator-1")
        self.supervisor = await self.token_for("supervisor-1")
        self.coordinator = await self.token_for("coordinator-1")

    @property
    def service(self) -> Service:
        """The parts below the doors, for what no door shows."""
        assert self._app is not None
        service: Service = self._app.state.service
        return service

    # --- who is there

    async def phone(
        self,
        code: str,
        *,
        on_duty: bool = True,
        crew: tuple[str, ...] = (),
        silent: bool = False,
        **shift: Any,
    ) -> Phone:
        """The phone of this unit, connected, and on duty unless said otherwise; `shift` as `Phone.starts_duty`."""
        phone = Phone(self, code, await self.token_for(code))
        phone.silent = silent
        self.screens.append(phone)
        if on_duty:
            await phone.starts_duty(*crew, **shift)
        await phone.connect(self.url)
        return phone

    async def colleague(self, login: str, code: str) -> Phone:
        """Somebody else of this unit's people, signed in on another of its phones."""
        await self._add(login, await self._role(code), code)
        phone = Phone(self, code, await self.token_for(login))
        self.screens.append(phone)
        await phone.connect(self.url)
        return phone

    async def console(self, login: str = "operator-1") -> Console:
        """The console of an operator, or of whom is named, connected."""
        console = Console(f"console of {login}", await self.token_for(login))
        self.screens.append(console)
        await console.connect(self.url)
        return console

    async def misses(self, code: str) -> None:
        """The service knows by now that this unit has no line any more."""
        ground = self.service.desk.ground
        await until(lambda: code in {quiet for _, quiet in ground.quiet(self.clock.now())})

    async def lets_in(self, neighbour: "Center", password: str) -> None:
        """The neighbouring center has an account here, with a password, under its code."""
        await self._add(neighbour.settings.center, "center", None, password)

    async def employs(self, login: str, role: str, unit: str | None = None) -> str:
        """Somebody more works here, and is signed in; returns their token."""
        await self._add(login, role, unit)
        return await self.token_for(login)

    async def token_for(self, login: str) -> str:
        """A fresh session, as `naranja people token` opens it."""
        async with self.service.database.transaction() as connection:
            person = await people.by_login(connection, self.settings.center, login)
        assert person is not None
        return await self.service.gate.hand_token(person)

    async def joins(self, login: str, role: str, unit: str | None = None) -> None:
        """Somebody more has an account."""
        await self._add(login, role, unit)

    async def proves(self, login: str) -> str:
        """A fresh session of somebody who has just proved who they are, unlike one that was handed a token."""
        token, at = new_token(), self.clock.now()
        async with self.service.database.transaction() as connection:
            person = await people.by_login(connection, self.settings.center, login)
            assert person is not None
            session = people.Session(
                id=str(uuid4()), person=person, way="password", opened_at=at, proved_at=at, seen_at=at
            )
            await people.open_session(connection, digest(token), session)
        return token

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

    async def calls(self, **facts: Any) -> Answer:
        """Somebody calls, and the call must be saved: it raises an alert or joins an open one."""
        answer = await self.post("/api/alerts", an_alert(**facts))
        return answer.must_be(200 if answer.body.get("joined") else 201)

    async def tell(self, alert: Raised, action: str, *, token: str | None = None, **body: Any) -> Answer:
        """Something about an alert by the operator: `tell(alert, "close", disposition=…, safe=…)`."""
        return await self.post(f"/api/alerts/{alert.id}/{action}", body, token=token)

    async def tell_more(self, alert: Raised, **facts: Any) -> Answer:
        """More facts of an alert, told by the operator; they must be saved."""
        return (await self.patch(f"/api/alerts/{alert.id}", facts)).must_be(200)

    async def clock_advance(self, seconds: float) -> None:
        """Let time pass, and let the ticker perform what falls due at each deadline on the way."""
        await time_passes(seconds, self)

    async def due_at(self) -> float | None:
        """When its ticker has something to perform next."""
        desk = self.service.desk
        return Agenda().next_at(await desk.board(), desk.rules, desk.ground)

    async def ticks(self) -> None:
        """Its ticker performs what is due now."""
        assert self._app is not None
        ticker: Ticker = self._app.state.ticker
        await ticker.tick()

    async def looks(self) -> int:
        """Its watcher looks at what was read; how many flags there are more."""
        assert self._app is not None
        watcher: Watcher = self._app.state.watcher
        return await watcher.look()

    async def goes_round(self) -> None:
        """Its envoy goes round once: hands over what its neighbours were asked for, and hears how all stands."""
        assert self._app is not None
        envoy: Envoy = self._app.state.envoy
        await envoy.round()

    # --- what is known afterwards

    async def log(self, alert: Raised | None = None) -> list[Entry]:
        """The log's entries, of one alert or all."""
        async with self.service.database.transaction() as connection:
            if alert is not None:
                return await queries.story(connection, self.settings.center, alert.id)
            return await queries.alert_entries(connection, self.settings.center, 0, 1_000_000)

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

    async def _role(self, code: str) -> str:
        institution = (await self.service.desk.board()).units[code].institution
        return "shelter" if institution is Institution.SHELTER else "unit"

    async def _add(self, login: str, role: str, unit: str | None, password: str | None = None) -> None:
        person = people.Person(
            id=str(uuid4()),
            center=self.settings.center,
            login=login,
            role=role,
            unit=unit,
            password=hash_password(password) if password is not None else None,
            disabled=False,
        )
        async with self.service.database.transaction() as connection:
            await people.add(connection, person)


async def time_passes(seconds: float, *centers: Center) -> None:
    """Let time pass for these centers, which have one clock; each ticks at every deadline of any of them."""
    clock = centers[0].clock
    end = clock.now() + seconds
    for _ in range(STEPS_MAX):
        known = [await center.due_at() for center in centers]
        due_at = min((at for at in known if at is not None), default=None)
        if due_at is None or due_at > end:
            break
        clock.advance(max(0.0, due_at - clock.now()))
        if clock.now() < due_at:
            # The clock counts whole microseconds.
            clock.advance(0.000001)
        for center in centers:
            await center.ticks()
    else:
        raise AssertionError("deadlines without end")
    clock.advance(end - clock.now())


def an_alert(**facts: Any) -> dict[str, Any]:
    """The body of a call from her home that needs police, changed by `facts`."""
    return {"id": str(uuid4()), "where": dict(HOME), "needs": ["police"], **facts}


def a_center(folder: Path, database_url: str | None, **settings: Any) -> Center:
    """A center that is not running yet; its master key and files are in `folder`."""
    url = SecretStr(database_url) if database_url is not None else None
    return Center(
        Settings(database_url=url, osrm_url=None, data_dir=folder, **{"small_cell_min": 1, **settings}),
    )
