"""Every way in × every person × every object: who is let in, who is told no, for whom it does not exist.

One table below says what is expected of each. A route, a frame or an object without a row fails.
"""

import ast
import asyncio
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any, get_args
from uuid import uuid4

import httpx
import pytest_asyncio

import app.push
from app.children.postgres import EmbeddedPostgres
from app.clock import rfc3339
from app.push.socket import Frame
from app.security.permissions import Action, may
from tests.service_fixture import Json, Phone

from .doors import DOORS, OPEN, REPORTS, Door
from .town import ADDRESS, KEPT_OUT, NEVER, PEOPLE, SECRETS, STRANGERS, Town, two_towns

# Columns: operator supervisor coordinator, auditor admin center, patrol: own unit, another, kept out, one whose
# crew member is kept out; prosecutor: own unit, another; shelter: own unit, another; an operator kept out by name.
#
#   d  let in, and shown what she told or where somebody is        y  let in, and shown none of that
#   k  let in, and shown who is kept out, and nothing she told     n  told that their role does not allow it
#   x  it does not exist for them
DESK = "yyn nnn nnnn nn nn y"
NOT_OPEN = "xxn nnn nnnn nn nn x"
READS = "yyy nnn nnnn nn nn y"
BY_HAND = {
    "open": "yyn nnn nnnn nn nn x",
    "over": NOT_OPEN,
    "glassed": NOT_OPEN,
    "handed": DESK,
    "elsewhere": NOT_OPEN,
}
SUPERVISES = {which: f"n{row[1:-1]}n" for which, row in BY_HAND.items()}
OWN_ANSWER = {
    "of P-1": "nnn nnn yxxx xx xx n",
    "of F-1": "nnn nnn xxxx yx xx n",
    "of S-1": "nnn nnn xxxx xx yx n",
    "elsewhere": "nnn nnn xxxx xx xx n",
}
ANYBODY = "yyy yyn yyyy yy yy y"
CARRIES = "nnn nnn yyyy yy yy n"
COORDINATOR = "nny nnn nnnn nn nn n"
AUDITOR = "nnn ynn nnnn nn nn n"
ADMIN = "nnn nyn nnnn nn nn n"
PERSONAL = dict.fromkeys(("open", "over", "glassed", "handed"), COORDINATOR) | {
    "elsewhere": COORDINATOR.replace("y", "x")
}
ACCOUNT = {"asks nothing": ADMIN, "elsewhere": ADMIN.replace("y", "x")}
FLAG = {"of somebody": AUDITOR, "elsewhere": AUDITOR.replace("y", "x")}
OWN_THING = {"of operator kept out": "xxx xxn xxxx xx xx y", "elsewhere": "xxx xxn xxxx xx xx x"}
EXPECTED: dict[str, dict[str, str]] = {
    "GET /api/session": {"": "yyy yyy yyyy yy yy y"},
    "DELETE /api/session": {"": "yyy yyy yyyy yy yy y"},
    "GET /openapi.json": {"": "yyy yyy yyyy yy yy y"},
    "GET /api/alerts": {"": "ddy nnn nnnn nn nn d"},
    "POST /api/alerts": {"": DESK},
    "GET /api/alerts/{alert}": {
        "open": "ddy nnn nnnn nn nn x",
        "over": "yyy nnn nnnn nn nn x",
        "glassed": "ddd nnn dnnn dn dn x",
        "handed": "ddy nnn nnnn nn nn d",
        "elsewhere": "xxx nnn nnnn nn nn x",
    },
    "GET /api/alerts/{alert}/timeline": {
        "open": "kky ynn nnnn nn nn x",
        "over": "kky ynn nnnn nn nn x",
        "glassed": "kky ynn nnnn nn nn x",
        "handed": "yyy ynn nnnn nn nn y",
        "elsewhere": "xxx xnn nnnn nn nn x",
    },
    "PATCH /api/alerts/{alert}": BY_HAND,
    "POST /api/alerts/{alert}/needs": BY_HAND,
    "POST /api/alerts/{alert}/notes": BY_HAND,
    "POST /api/alerts/{alert}/level": BY_HAND,
    "POST /api/alerts/{alert}/level lower": SUPERVISES,
    "POST /api/alerts/{alert}/cancel": {**BY_HAND, "handed": "yxn nnn nnnn nn nn x"},
    "POST /api/alerts/{alert}/close": BY_HAND,
    "POST /api/alerts/{alert}/merge": BY_HAND,
    "POST /api/alerts/{alert}/split": BY_HAND,
    "POST /api/alerts/{alert}/order": BY_HAND,
    "POST /api/alerts/{alert}/acknowledge": BY_HAND,
    "POST /api/alerts/{alert}/needs/{need}/assign": BY_HAND,
    "POST /api/alerts/{alert}/needs/{need}/recall": BY_HAND,
    "POST /api/alerts/{alert}/needs/{need}/call-off": BY_HAND,
    "POST /api/alerts/{alert}/needs/{need}/neighbour": BY_HAND,
    "POST /api/alerts/{alert}/glass": {
        "open": "yyy nnn yxxx yx yx x",
        "over": "yyy nnn yxxx yx yx x",
        "glassed": "yyy nnn yxxx yx yx x",
        "handed": "yyy nnn xxxx xx xx y",
        "elsewhere": "xxx nnn xxxx xx xx x",
    },
    "GET /api/glass": {"": "ndn ynn nnnn nn nn n"},
    "POST /api/glass/{glass}/acknowledge": {
        "of operator": "nyn nnn nnnn nn nn n",
        "of supervisor": "nnn nnn nnnn nn nn n",
        "of coordinator": "nyn nnn nnnn nn nn n",
        "of patrol": "nyn nnn nnnn nn nn n",
        "of prosecutor": "nyn nnn nnnn nn nn n",
        "of shelter": "nyn nnn nnnn nn nn n",
        "elsewhere": "nxn nnn nnnn nn nn n",
    },
    "POST /api/glass/{glass}/review": {
        "of operator": "nyn ynn nnnn nn nn n",
        "of supervisor": "nnn ynn nnnn nn nn n",
        "of coordinator": "nyn ynn nnnn nn nn n",
        "of patrol": "nyn ynn nnnn nn nn n",
        "of prosecutor": "nyn ynn nnnn nn nn n",
        "of shelter": "nyn ynn nnnn nn nn n",
        "elsewhere": "nxn xnn nnnn nn nn n",
    },
    "POST /api/assignments/{assignment}/{step}": OWN_ANSWER,
    "POST /api/assignments/{assignment}/screen": OWN_ANSWER,
    "POST /api/assignments/{assignment}/order": OWN_ANSWER,
    "POST /api/assignments/{assignment}/notes": OWN_ANSWER,
    "GET /api/assignments/{assignment}/destination": {
        "of P-1": "nnn nnn dxxx xx nn n",
        "of F-1": "nnn nnn xxxx xx nn n",
        "of S-1": "nnn nnn xxxx xx nn n",
        "elsewhere": "nnn nnn xxxx xx nn n",
    },
    # This town has no roads: whoever may ask is told so, and shown no way.
    "GET /api/assignments/{assignment}/route": {
        "of P-1": "nnn nnn yxxx xx xx n",
        "of F-1": "nnn nnn xxxx yx xx n",
        "of S-1": "nnn nnn xxxx xx xx n",
        "elsewhere": "nnn nnn xxxx xx xx n",
    },
    "GET /api/screens": {"": "yyy nnn yyyy yy nn y"},
    "GET /api/units": {"": "yyy nyn nnnn nn nn y"},
    "PUT /api/units/{unit}/duty": {
        "P-1": "yyn nnn ynnn nn nn y",
        "P-2": "yyn nnn nyny nn nn y",
        "S-1": "yyn nnn nnnn nn yn y",
    },
    "PUT /api/units/{unit}/places": {
        "P-1": "yyn nnn nnnn nn nn y",
        "P-2": "yyn nnn nnnn nn nn y",
        "S-1": "yyn nnn nnnn nn yn y",
    },
    "PUT /api/units/{unit}/position": {
        "P-1": "nnn nnn ynnn nn nn n",
        "P-2": "nnn nnn nyny nn nn n",
        "S-1": "nnn nnn nnnn nn nn n",
    },
    "POST /api/neighbours/alerts": {"": "nnn nny nnnn nn nn n"},
    "GET /api/neighbours/alerts/{alert}/needs/{need}": {
        "open": "nnn nnx nnnn nn nn n",
        "over": "nnn nnx nnnn nn nn n",
        "glassed": "nnn nnx nnnn nn nn n",
        "handed": "nnn nny nnnn nn nn n",
        "elsewhere": "nnn nnx nnnn nn nn n",
    },
    "GET /api/region": {"": "yyy yyy yyyy yy yy y"},
    "GET /api/basemap": {"": "yyy yyy yyyy yy yy y"},
    "POST /api/places": {"": DESK},
    "GET /api/reports/zones": {"": COORDINATOR},
    **{
        f"GET /api/reports/{name}{kind}": {"": COORDINATOR}
        for name in REPORTS
        for kind in ("", ".csv", ".xlsx", ".pdf", ".parquet", ".geojson")
    },
    "GET /metrics": {"": "nny nyn nnnn nn nn n"},
    "GET /api/alerts/{alert}/evidence": {
        **dict.fromkeys(("open", "over", "glassed", "handed"), AUDITOR),
        "elsewhere": AUDITOR.replace("y", "x"),
    },
    "POST /api/alerts/{alert}/erase": PERSONAL,
    "POST /api/alerts/{alert}/hold": PERSONAL,
    "DELETE /api/alerts/{alert}/hold": PERSONAL,
    "POST /api/exports": {"": COORDINATOR.replace("y", "d")},
    "GET /api/flags": {"": AUDITOR},
    "GET /api/flags/{flag}": FLAG,
    "POST /api/flags/{flag}/review": FLAG,
    "GET /api/audit": {"": AUDITOR},
    "GET /api/people": {"": ADMIN},
    "POST /api/people": {"": ADMIN},
    "GET /api/people/{login}": ACCOUNT,
    "PATCH /api/people/{login}": ACCOUNT,
    "POST /api/people/{login}/reset": ACCOUNT,
    "PUT /api/people/{login}/household": ACCOUNT,
    "GET /api/people/{login}/sessions": ACCOUNT,
    "DELETE /api/people/{login}/sessions": ACCOUNT,
    "DELETE /api/people/{login}/sessions/{session}": ACCOUNT,
    "GET /api/session/all": {"": ANYBODY},
    "DELETE /api/session/all/{session}": OWN_THING,
    "POST /api/session/prove": {"": ANYBODY},
    "POST /api/session/prove/options": {"": ANYBODY},
    "PUT /api/session/password": {"": ANYBODY},
    "GET /api/session/passkeys": {"": ANYBODY},
    "POST /api/session/passkeys/options": {"": ANYBODY},
    "POST /api/session/passkeys": {"": ANYBODY},
    "DELETE /api/session/passkeys/{passkey}": OWN_THING,
    "POST /api/session/totp": {"": ANYBODY},
    "PUT /api/session/totp": {"": ANYBODY},
    "DELETE /api/session/totp": {"": ANYBODY},
    "GET /api/session/push": {"": CARRIES},
    "PUT /api/session/push": {"": CARRIES},
    "DELETE /api/session/push": {"": CARRIES},
}
FRAMES_OUT = {
    "cards": "ddy nnn dyyy dy dy y",
    "positions": "yyn nnn nnnn nn nn y",
    "notice": "nyn nnn nnnn nn nn n",
    "ping": "yyy nnn yyyy yy yy y",
    "pong": "yyy nnn yyyy yy yy y",
    "problem": "yyy yyy yyyy yy yy y",
}
"""Frames the service sends: who is ever sent one, and what is in it."""
FRAMES_IN = {
    "hello": "yyy nnn yyyy yy yy y",
    "received": "yyy nnn yyyy yy yy y",
    "position": "nnn nnn yyyy yy nn n",
    "ping": "yyy nnn yyyy yy yy y",
    "pong": "yyy nnn yyyy yy yy y",
}
"""Frames a device sends: whose is taken."""

HARMLESS: dict[str, Json] = {
    "POST /api/alerts": {"where": {"lat": 25.61, "lon": -100.21}, "needs": [NEVER]},
    "POST /api/alerts/{alert}/needs": NEVER,
    "POST /api/alerts/{alert}/level": {"level": "standard", "reason": "x"},
    "POST /api/alerts/{alert}/level lower": {"level": "extreme", "reason": "x", "lower": True},
    "POST /api/alerts/{alert}/cancel": {"reason": "x", "word": "pomelo"},
    "POST /api/alerts/{alert}/order": {"outcome": "nonsense"},
    "POST /api/assignments/{assignment}/screen": {"profile": "nonsense", "answers": {}},
    "POST /api/assignments/{assignment}/order": {"outcome": "nonsense"},
    "POST /api/neighbours/alerts": {"need": "shelter", **NEVER},
    "POST /api/exports": {"address": f"{ADDRESS} open"},
    "PUT /api/units/{unit}/duty": {"on": True},
    "PUT /api/units/{unit}/places": {"free": 10_000},
}
"""What is sent where the usual body would change what the other cells are about."""
EMPTY_NEED = "police-9"
UNKNOWN = {f"unknown_{kind}" for kind in ("alert", "assignment", "glass", "flag", "login", "session", "passkey")}
LAST = (
    "/close",
    "/cancel",
    "/glass",
    "/hold",
    "/erase",
    "/sessions/{session}",
    "PATCH /api/people",
    "DELETE /api/people",
    "/reset",
    "/all/{session}",
    "/password",
    "DELETE /api/session",
)
"""Done after all others, in this order: each ends something the ones before it are about."""
_numbers = count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def towns(postgres_server: EmbeddedPostgres, tmp_path_factory: Any) -> AsyncIterator[tuple[Town, Town]]:
    """Both centers, shared by the tests of this file."""
    name = f"matrix_{next(_numbers)}"
    await postgres_server.create_database(name)
    async with two_towns(postgres_server.dsn(name), tmp_path_factory.mktemp(name)) as both:
        yield both
    await postgres_server.drop_database(name)


def doors() -> list[tuple[str, Door]]:
    """Every door by the name of its row, those that end something last."""
    named = [(f"{door.method} {door.path}", door) for door in DOORS]
    named += [(f"{name} lower", door) for name, door in named if name.endswith("/level")]
    return sorted(named, key=lambda each: next((n for n, part in enumerate(LAST, 1) if part in each[0]), 0))


def sent(name: str, door: Door, ids: dict[str, str]) -> dict[str, Any]:
    """The request's body, with what it has to name."""
    body = {**(door.body or {}), **HARMLESS.get(name, {})}
    if name.endswith("/merge"):
        body["into"] = ids["alert"]
    if name.endswith("/acknowledge") and "alert" in ids:
        body["need"] = EMPTY_NEED
    if door.command:
        body = {"id": str(uuid4()), **body}
    return {} if door.body is None else {"json": body}


def letter(answer: httpx.Response) -> str:
    """What the answer says, in one letter of the table."""
    assert answer.status_code < 500, answer.text
    assert answer.status_code != 405
    if answer.status_code == 401:
        return "-"
    if answer.status_code == 403:
        assert answer.json()["code"] == "forbidden", answer.text
        return "n"
    if answer.status_code == 404 and answer.json()["code"] in UNKNOWN:
        return "x"
    return shown(answer.text)


def shown(text: str) -> str:
    """Whether what was answered or sent holds something she told, or who is kept out."""
    if any(secret in text for secret in SECRETS):
        return "d"
    return "k" if KEPT_OUT in text else "y"


async def test_every_cell_is_as_the_table_says(towns: tuple[Town, Town]) -> None:
    here, _ = towns
    wrong, cells = [], 0
    for name, door in doors():
        kind = next((kind for kind in here.objects if f"{{{kind}}}" in door.path), "")
        objects = here.objects[kind] if kind else {"": ""}
        assert set(EXPECTED[name]) == set(objects), name
        for which, one in objects.items():
            ids = {kind: one} if kind else {}
            if kind == "login":
                ids["session"] = here.sessions[one]
            need = "shelter" if "/neighbours/" in door.path else EMPTY_NEED
            expected = EXPECTED[name][which].replace(" ", "")
            for who, wanted in zip(PEOPLE, expected, strict=True):
                client = here.clients[who]
                if name == "DELETE /api/session":
                    client = await here.house.client(await here.house.token(*PEOPLE[who]))
                answer = await client.request(door.method, door.at(need=need, **ids), **sent(name, door, ids))
                cells += 1
                if letter(answer) != wanted:
                    wrong.append((name, which, who, wanted, letter(answer), answer.text[:160]))
                if who in STRANGERS:
                    assert_names_nothing(here, answer.text, (name, which, who))
    assert not wrong, "\n".join(map(str, wrong))
    assert cells > 1200


def assert_names_nothing(here: Town, text: str, cell: object) -> None:
    """No alert that is not theirs is named in it, by id or by the place of its assignments."""
    for which in ("open", "over", "glassed"):
        assert here.objects["alert"][which] not in text, cell


async def test_a_session_of_another_center_opens_nothing_here(towns: tuple[Town, Town]) -> None:
    here, there = towns
    for name, door in doors():
        ids = {kind: next(iter(found.values())) for kind, found in here.objects.items()}
        for who, token in there.tokens.items():
            client = here.clients["admin"]
            headers = {"Authorization": f"Bearer {token}"}
            answer = await client.request(door.method, door.at(**ids), headers=headers, **sent(name, door, ids))
            assert letter(answer) == "-", (name, who)


async def test_what_the_api_describes_and_what_the_table_lists_are_the_same(towns: tuple[Town, Town]) -> None:
    described = (await towns[0].clients["operator"].get("/openapi.json")).json()["paths"]
    found = {f"{method.upper()} {path}" for path, methods in described.items() for method in methods}
    anybody = {f"{method} {path}" for method, path in OPEN}
    assert found | {"GET /openapi.json"} == {name.removesuffix(" lower") for name in EXPECTED} | anybody


def test_every_frame_there_is_has_a_row() -> None:
    assert {kind.__struct_config__.tag for kind in get_args(Frame)} == set(FRAMES_IN)
    made = set()
    for file in Path(app.push.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "frame":
                assert isinstance(node.args[0], ast.Constant), file
                made.add(node.args[0].value)
    assert made == set(FRAMES_OUT)


async def test_every_frame_goes_to_whom_the_table_says_with_what_is_theirs(towns: tuple[Town, Town]) -> None:
    here, there = towns
    house = here.house
    # What a neighbour handed over keeps nobody of this center out; once it is gone, they are told nothing.
    said = {"id": str(uuid4()), "reason": "duplicate"}
    gone = await here.clients["operator"].post(f"/api/alerts/{here.objects['alert']['handed']}/cancel", json=said)
    assert gone.status_code in {200, 404}, gone.text
    house.service.settings.ping_every_s = 0.2
    heard: dict[str, list[Json]] = {}
    taken: dict[str, set[str]] = {}
    all_there = asyncio.Barrier(len(PEOPLE))
    async with asyncio.TaskGroup() as group:
        for who in PEOPLE:
            group.create_task(listen(here, who, all_there, heard, taken))
    house.service.settings.ping_every_s = 5.0
    for column, who in enumerate(PEOPLE):
        got = {kind: [frame for frame in heard[who] if frame["type"] == kind] for kind in FRAMES_OUT}
        assert {frame["type"] for frame in heard[who]} <= set(FRAMES_OUT)
        for kind, row in FRAMES_OUT.items():
            wanted = row.replace(" ", "")[column]
            assert ("n" if not got[kind] else shown(str(got[kind]))) == wanted, (kind, who, got[kind])
        for kind, row in FRAMES_IN.items():
            assert (kind in taken[who]) is (row.replace(" ", "")[column] == "y"), (kind, who)
        if who in STRANGERS:
            assert_names_nothing(here, str(heard[who]), who)
        assert there.objects["alert"]["open"] not in str(heard[who])


async def listen(
    here: Town, who: str, all_there: asyncio.Barrier, heard: dict[str, list[Json]], taken: dict[str, set[str]]
) -> None:
    """Connect as this person, say every frame there is once everybody is connected, and keep what comes."""
    role, unit = PEOPLE[who]
    async with here.house.phone(here.tokens[who]) as phone:
        first = await phone.next()
        heard[who], taken[who] = phone.heard, set()
        if unit in {"P-1", "F-1", "S-1"}:
            await phone.card(lambda card: card["card"] == "assignment" and bool(card["told"]))
        await all_there.wait()
        if first["type"] == "problem":
            return
        taken[who] = {"hello", *await says(phone, rfc3339(here.house.service.clock.now()))}
        # They may have come while the other frames were said, and stand still since.
        if may(role, Action.SEE_POSITIONS) and all(frame["type"] != "positions" for frame in phone.heard):
            await phone.next("positions")


async def says(phone: Phone, at: str) -> set[str]:
    """Say each frame, and nonsense; those that were taken."""
    await phone.say(type="position", lat=25.68, lon=-100.32, accuracy_m=5, at=at)
    for kind, more in (("received", {"seq": 1}), ("pong", {}), ("ping", {})):
        await phone.say(type=kind, **more)
    await phone.next("pong")
    not_theirs = any(frame.get("code") == "forbidden" for frame in phone.heard)
    await phone.say(type="nonsense")
    await phone.until(lambda frame: frame.get("code") == "bad_frame")
    await phone.next("ping")
    return {"received", "pong", "ping"} | (set() if not_theirs else {"position"})
