"""What may not be sent: refused with a problem that repeats nothing of it, and the desk goes on."""

import json
import random
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from app.api.limits import Limits
from app.measures import Measures
from app.settings import Settings
from tests.service_fixture import HERE, House

from .doors import DOORS, Door, refused

SECRET = "Xóchitl Zaldívar"
"""A name that must never come back, nor be written down."""
DEEP = 30_000


def an_alert(**more: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "where": dict(HERE), "needs": ["police"], **more}


def place(**more: Any) -> dict[str, Any]:
    return {"where": {**HERE, **more}}


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 422, "invalid"),
        (b"{", 400, "malformed_json"),
        (b"nul", 400, "malformed_json"),
        (b"'x'", 400, "malformed_json"),
        (b"{}{}", 400, "malformed_json"),
        (b"\xff\xfe\xfd", 400, "malformed_json"),
        (b'{"id": "\xc3"}', 400, "malformed_json"),
        (b'{"note": "\x00"}', 400, "malformed_json"),
        (b"[" * DEEP + b"]" * DEEP, 400, "body_too_deep"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400, "body_too_deep"),
        (b"[" * 33 + b"]" * 33, 400, "body_too_deep"),
        (b"[" * 32 + b"]" * 32, 422, "invalid"),
        (b'{"note": "' + b"[{" * 1000 + b'"}', 422, "invalid"),
        (b'{"note": "\\"' + b"[{" * 1000, 400, "malformed_json"),
        (b'{"where": {"lat": ' + b"9" * 5000 + b"}}", 400, "malformed_json"),
        (b"null", 422, "invalid"),
        (b"[]", 422, "invalid"),
        (b'"x"', 422, "invalid"),
        (b"17", 422, "invalid"),
        (b'{"where": {"lat": NaN, "lon": 1}}', 422, "invalid"),
        (b'{"where": {"lat": Infinity, "lon": -Infinity}}', 422, "invalid"),
        (b'{"where": {"lat": 1e999, "lon": 1}}', 422, "invalid"),
        (b'{"where": {"lat": ' + b"9" * 4000 + b', "lon": 1}}', 422, "invalid"),
    ],
)
async def test_what_is_no_json_or_no_object_is_refused(house: House, raw: bytes, status: int, code: str) -> None:
    client = await house.client("operator")
    answer = await client.post("/api/alerts", content=raw, headers={"Content-Type": "application/json"})
    refused(answer, status, code)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_a_form_of_a_browser_is_no_command(house: House, kind: str) -> None:
    client = await house.client("operator")
    raw = json.dumps(an_alert()).encode()
    refused(await client.post("/api/alerts", content=raw, headers={"Content-Type": kind}), 422, "invalid")


@pytest.mark.parametrize(
    ("more", "at"),
    [
        (place(lat=90.1), "where.lat"),
        (place(lat=-91), "where.lat"),
        (place(lon=180.5), "where.lon"),
        (place(lat="25.67"), "where.lat"),
        (place(lat=True), "where.lat"),
        (place(lat=None), "where.lat"),
        (place(lat=10**300), "where.lat"),
        (place(accuracy_m=-1), "where.accuracy_m"),
        (place(source="GPS!"), "where.source"),
        (place(altitude=1), "where.…"),
        ({"where": None}, "where"),
        ({"where": [25.67, -100.31]}, "where"),
        ({"id": "not-an-id"}, "id"),
        ({"id": 7}, "id"),
        ({"id": None}, "id"),
        ({"id": "0" * 5000}, "id"),
        ({"needs": ["firemen"]}, "needs.0.institution"),
        ({"needs": ["police"] * 13}, "needs"),
        ({"needs": "police"}, "needs"),
        ({"needs": [{"institution": "police", "children": -1}]}, "needs.0.children"),
        ({"needs": [{"institution": "shelter", "children": True}]}, "needs.0.children"),
        ({"needs": [{"institution": "police", "requires": ["A car"]}]}, "needs.0.requires.0"),
        ({"needs": [{"prefers": []}]}, "needs.0.institution"),
        ({"needs": [None]}, "needs.0"),
        ({"avoid": [{"lat": 25.7}]}, "avoid.0.lon"),
        ({"avoid": [dict(HERE)] * 11}, "avoid"),
        ({"avoid": dict(HERE)}, "avoid"),
        ({"code_words": {"cancel": "naranja"}}, "code_words.duress"),
        ({"code_words": {"cancel": "naranja", "duress": "NARANJA"}}, "code_words"),
        ({"code_words": {"cancel": "x" * 301, "duress": "y"}}, "code_words.cancel"),
        ({"threat": {"weapon_used": "maybe"}}, "threat.…"),
        ({"threat": {"Weapon Used": "yes"}}, "threat.…"),
        ({"threat": ["weapon_used"]}, "threat"),
        ({"incident": "30503; DROP"}, "incident"),
        ({"people": [{"role": "victim", "name": "x" * 301}]}, "people.0.name"),
        ({"people": [{"name": "x"}]}, "people.0.role"),
        ({"people": [{"role": "victim"}] * 31}, "people"),
        ({"caller": "her sister"}, "caller"),
        ({"note": "x" * 4001}, "note"),
        ({"note": "   "}, "note"),
        ({"note": "a\x00b"}, "note"),
        ({"note": "a\x1b[2Jb"}, "note"),
        ({"note": "a\x7fb"}, "note"),
        ({"note": "a\x9bb"}, "note"),
        ({"note": "\ud800"}, "note"),
        ({"safe_contact": "55\x00"}, "safe_contact"),
        ({"caller": {"role": "victim", "name": "\x00"}}, "caller.name"),
        (place(address="Calle\x00 1"), "where.address"),
        ({"keep_out": {"units": ["P 1"]}}, "keep_out.units.0"),
        ({"keep_out": {"units": ["P-1"] * 101}}, "keep_out.units"),
        ({"keep_out": {"agencies": ["SSC\x00"]}}, "keep_out.agencies.0"),
        ({"received_at": "2026-05-31T22:15:00"}, "received_at"),
        ({"received_at": "2026-05-31"}, "received_at"),
        ({"received_at": "yesterday at ten in the evening"}, "received_at"),
        ({"received_at": 1_780_000_000}, "received_at"),
        ({"received_at": "1780000000.000000000000"}, "received_at"),
        ({"received_at": "9999-12-31T23:59:59Z"}, "received_at"),
        ({"received_at": "9999-12-31T23:59:59-14:00"}, "received_at"),
        ({"received_at": "0001-01-01T00:00:00+14:00"}, "received_at"),
        ({"answered_at": "1970-01-01T00:00:00Z"}, "answered_at"),
        ({"at_device": "0001-01-01T00:00:00Z"}, "at_device"),
        ({"at_device": True}, "at_device"),
        ({"folio": "N-1"}, "…"),
        ({SECRET: 1}, "…"),
    ],
)
async def test_a_field_that_is_wrong_is_named_and_not_repeated(
    house: House, more: dict[str, Any], at: str
) -> None:
    client = await house.client("operator")
    before = set((await house.service.desk.board()).alerts)
    problem = refused(await _posted(client, an_alert(**more)), 422, "invalid")
    assert at in [error["at"] for error in problem["errors"]]
    assert set((await house.service.desk.board()).alerts) == before


@pytest.mark.parametrize(
    "more",
    [
        {"threat": {SECRET: "yes"}},
        {"threat": {"weapon_used": SECRET}},
        {SECRET: SECRET},
        {"id": SECRET},
        {"received_at": f"{SECRET} {SECRET}"},
        {"note": f"{SECRET}\x00"},
        {"people": [{"role": SECRET, "name": SECRET, SECRET: 1}]},
        {"caller": {"role": "victim", "name": SECRET * 40}},
        {"where": {**HERE, "lat": SECRET, "address": SECRET}},
        {"where": SECRET},
        {"needs": [SECRET]},
        {"keep_out": {"crew": [SECRET]}},
        {"incident": SECRET, "note": SECRET},
        {"code_words": {"cancel": SECRET, "duress": SECRET}},
        {"code_words": {"cancel": SECRET}},
        {"avoid": [{**HERE, "lat": SECRET, "address": SECRET}]},
        {"threat": {"xochitl_zaldivar": "yes"}},
    ],
)
async def test_what_was_told_comes_back_nowhere(
    house: House, more: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    client = await house.client("operator")
    with caplog.at_level("DEBUG"):
        answer = await _posted(client, an_alert(**more))
        assert answer.status_code == 422
        told = json.dumps(answer.json(), ensure_ascii=False) + "".join(
            f"{record.getMessage()}{record.exc_text}"
            for record in caplog.records
            # What the client of this test logs is not the service's.
            if not record.name.startswith(("httpx", "httpcore"))
        )
    for part in ("Xóchitl", "Zald", "xochitl", "\\u00f3chitl", "ZALD"):
        assert part not in told


async def test_a_body_that_is_not_json_is_not_repeated_either(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    client = await house.client("operator")
    raw = f'{{"note": "{SECRET}", '.encode()
    answer = await client.post("/api/alerts", content=raw, headers={"Content-Type": "application/json"})
    assert "Zald" not in refused(answer, 400, "malformed_json").__repr__()
    assert "Zald" not in caplog.text


@pytest.mark.parametrize(
    "more",
    [
        {"id": str(uuid4()).upper()},
        {"note": "línea uno\r\nlínea dos\t☎ 🍊"},
        {"keep_out": {"agencies": ["Policía Metropolitana “Sur”"]}},
        {"received_at": "2026-05-31t22:15:00.123456+05:30", "at_device": "2099-12-31T23:59:59Z"},
        {"received_at": "2099-01-01T00:00:00Z", "answered_at": "2099-01-01T00:00:00Z"},
        {"where": {"lat": 0, "lon": -180, "accuracy_m": 0}},
        {"where": {"lat": 89.999999999, "lon": 180.0}},
    ],
)
async def test_what_is_odd_but_true_is_taken(house: House, more: dict[str, Any]) -> None:
    client = await house.client("operator")
    answer = await _posted(client, an_alert(**more))
    assert answer.status_code == 201, answer.text
    alert = answer.json()["alert"]
    read = await client.get(f"/api/alerts/{alert}/timeline")
    points = read.json()["points"]
    assert all(at is None or at <= points["T3"] for at in (points["T0"], points["T1"], points["T2"]))
    assert (await client.get("/api/alerts")).status_code == 200
    assert (await client.get(f"/api/alerts/{alert}")).status_code == 200


async def test_of_a_key_that_stands_twice_the_last_counts(house: House) -> None:
    client = await house.client("operator")
    first, second = str(uuid4()), str(uuid4())
    raw = f'{{"id": "{first}", "id": "{second}", "where": {json.dumps(HERE)}, "needs": ["police"]}}'
    answer = await client.post("/api/alerts", content=raw, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["id"]) == (201, second)


# --- large bodies


async def test_ten_megabytes_are_refused_by_their_announcement(house: House) -> None:
    client = await house.client("operator")
    answer = await client.post(
        "/api/alerts", content=b"x" * 10_000_000, headers={"Content-Type": "application/json"}
    )
    refused(answer, 413, "body_too_large")
    await _still_serves(house)


async def test_ten_megabytes_in_pieces_are_refused_while_they_come(house: House) -> None:
    client = await house.client("operator")

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(160):
            yield b" " * 65_536

    for _ in range(3):
        answer = await client.post("/api/alerts", content=pieces(), headers={"Content-Type": "application/json"})
        refused(answer, 413, "body_too_large")
    await _still_serves(house)


async def test_a_body_is_read_no_further_than_its_limit() -> None:
    pulled = 0
    sent: list[Message] = []

    async def reads_all(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass

    async def receive() -> Message:
        nonlocal pulled
        pulled += 1
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    service = SimpleNamespace(draining=False, measures=Measures())
    app = SimpleNamespace(state=SimpleNamespace(service=service))
    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "app": app}
    await Limits(reads_all, Settings(body_bytes_max=10_000))(scope, receive, send)
    assert pulled == 11
    assert sent[0]["status"] == 413


async def test_a_body_of_exactly_the_limit_is_read(house: House) -> None:
    client = await house.client("operator")
    limit = house.service.settings.body_bytes_max
    raw = json.dumps(an_alert()).encode()
    headers = {"Content-Type": "application/json"}
    assert (await client.post("/api/alerts", content=raw.ljust(limit), headers=headers)).status_code == 201
    refused(await client.post("/api/alerts", content=raw.ljust(limit + 1), headers=headers), 413, "body_too_large")


# --- everything at once


async def test_hundreds_of_twisted_bodies_never_break_anything(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    draw = random.Random(20261123)
    client = await house.client("supervisor")
    units = await house.client("P-1")
    doors = [door for door in DOORS if door.body is not None]
    sound = [_sound(door) for door in doors]
    statuses = set()
    for turn in range(600):
        door, body = draw.choice(list(zip(doors, sound, strict=True)))
        asker = units if door.action is None else client
        raw = json.dumps(_twisted(json.loads(json.dumps(body)), draw)).encode()
        answer = await asker.request(
            door.method, door.address, content=raw, headers={"Content-Type": "application/json"}
        )
        statuses.add(answer.status_code)
        assert answer.status_code < 500, (turn, door, raw, answer.text)
    assert {201, 404, 422} <= statuses
    assert [record.getMessage() for record in caplog.records if record.levelname in {"ERROR", "CRITICAL"}] == []
    await _still_serves(house)


NASTY: list[Any] = [
    None, True, False, 0, -1, 2**31, 2**63, 2**64, 10**400,
    1.5, -0.0, "", " ", "\x00", "\ud800", "\u202e", "x" * 5000,
    "NaN", "null", "../../etc", "'; --", [], [[]], {}, {"": 1}, {"\x00": "\x00"}, {"\udfff": 1}, ["\x00"],
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-05-31T22:15:60Z", str(2**200),
    float("nan"), float("inf"), "🍊" * 300,
]  # fmt: skip


def _sound(door: Door) -> dict[str, Any]:
    full = an_alert(
        incident="30503", threat={"repeat": "yes"}, people=[{"role": "victim", "name": "x", "telephone": "1"}],
        caller={"role": "neighbour", "note": "x"}, safe_contact="1", keep_out={"units": ["P-1"], "crew": ["1"]},
        code_words={"cancel": "a", "duress": "b"}, avoid=[dict(HERE)],
        note="x", received_at="2026-05-31T22:15:00Z", at_device="2026-05-31T22:15:00Z",
    )  # fmt: skip
    full["needs"].append({"institution": "shelter", "requires": [], "prefers": ["x"], "children": 2})
    return full if door.path == "/api/alerts" else {"id": str(uuid4()), **(door.body or {})}


def _twisted(body: dict[str, Any], draw: random.Random) -> Any:
    body["id"] = str(uuid4())
    spots = list(_spots(body))
    for _ in range(draw.randint(0, 2)):
        holder, key = draw.choice(spots)
        holder[key] = draw.choice(NASTY)
    if draw.random() < 0.1:
        body[draw.choice(["\x00", "admin", "__proto__", "\ud800"])] = 1
    return body


def _spots(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in list(keys):
        yield value, key
        yield from _spots(value[key])


async def _posted(client: httpx.AsyncClient, body: dict[str, Any]) -> httpx.Response:
    # As ASCII, so that half a surrogate pair can be sent at all.
    raw = json.dumps(body).encode("ascii")
    return await client.post("/api/alerts", content=raw, headers={"Content-Type": "application/json"})


async def _still_serves(house: House) -> None:
    receipt = await house.raised("police")
    assert receipt["saved"]
