"""So much and no more: requests of one session, requests at once; and who reports violence is always let in."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.api.limits import depth
from app.security.sessions import Role
from tests.patience import PATIENCE_S
from tests.service_fixture import HERE, House, a_house

from .doors import NOBODY, SAFE_HEADERS, refused


@pytest.mark.parametrize(
    ("text", "deep"),
    [
        (b"", 0),
        (b"1", 0),
        (b"{}", 1),
        (b'{"a": [{"b": 1}, {}]}', 3),
        (b'"[[["', 0),
        (rb'{"\"[": "\\", "x": []}', 2),
        (b'"[[', 0),
        (b"]]]][", 0),
    ],
)
def test_brackets_within_brackets_are_counted_and_those_in_texts_are_not(text: bytes, deep: int) -> None:
    assert depth(text) == deep


async def test_a_session_that_asks_too_much_waits_and_no_other_does(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.service.settings, "requests_burst_max", 5)
    monkeypatch.setattr(house.service.settings, "requests_per_s_max", 0.001)
    eager, calm = await house.client(await house.token(Role.OPERATOR)), await house.client("coordinator")
    for _ in range(5):
        assert (await eager.get("/api/session")).status_code == 200
    problem = await eager.get("/api/session")
    refused(problem, 429, "too_many_requests")
    assert problem.headers["retry-after"] == "1"
    assert (await calm.get("/api/session")).status_code == 200


async def test_intake_and_answers_are_never_made_to_wait(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.service.settings, "requests_burst_max", 1)
    monkeypatch.setattr(house.service.settings, "requests_per_s_max", 0.001)
    desk, unit = await house.client("operator"), await house.client("P-1")
    for _ in range(20):
        raised = {"id": str(uuid4()), "where": HERE, "needs": ["police"]}
        assert (await desk.post("/api/alerts", json=raised)).status_code == 201
        more = {"id": str(uuid4()), "note": "x"}
        assert (await desk.patch(f"/api/alerts/{raised['id']}", json=more)).status_code == 200
        step = await unit.post(f"/api/assignments/{NOBODY}/accept", json={"id": str(uuid4())})
        refused(step, 404, "unknown_assignment")


async def test_while_there_are_too_many_requests_only_who_is_signed_in_gets_an_alert_in(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.service.settings, "requests_in_flight_max", 0)
    desk, stranger = await house.client("operator"), await house.client("no token of anybody")
    said = {"id": str(uuid4()), "where": HERE, "needs": ["police"]}
    problem = await desk.get("/api/alerts")
    refused(problem, 503, "too_busy")
    assert problem.headers["retry-after"] == "1"
    refused(await stranger.post("/api/alerts", json=said), 503, "too_busy")
    refused(await (await house.client()).post("/api/alerts", json=said), 503, "too_busy")
    assert (await desk.post("/api/alerts", json=said)).status_code == 201


async def test_an_alert_that_comes_while_there_are_too_many_requests_and_no_database_is_not_saved(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody_there(_: str) -> None:
        raise ConnectionRefusedError

    desk = await house.client("operator")
    monkeypatch.setattr(house.service.settings, "requests_in_flight_max", 0)
    monkeypatch.setattr(house.service.gate, "who", nobody_there)
    said = {"id": str(uuid4()), "where": HERE, "needs": ["police"]}
    refused(await desk.post("/api/alerts", json=said), 503, "not_saved")


# --- below the app: connections that never become a request


@pytest.fixture
async def hasty(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A service without patience."""
    async with a_house(
        database_url,
        tmp_path,
        bare=True,
        public_origin="https://naranja.example",
        header_bytes_max=2_000,
        headers_within_s=0.3,
        body_within_s=0.3,
        keep_alive_s=1,
        connections_max=5,
    ) as house:
        yield house


@asynccontextmanager
async def connection(house: House) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def the_end(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Status, headers and body of the only answer; returns when the other side has closed."""
    async with asyncio.timeout(PATIENCE_S):
        raw = await reader.read()
    head, _, body = raw.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(status.split()[1]), headers, json.loads(body)


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"rubbish\r\n\r\n", 400, "malformed_request"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "malformed_request"),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 3_000, 431, "headers_too_large"),
        (b"GET /" + b"x" * 3_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431, "headers_too_large"),
        (b"GET /healthz HTTP/1.1\r\n" + b"X: xxxxx\r\n" * 1_000 + b"\r\n", 431, "headers_too_large"),
        (b"", 408, "too_slow"),
        (b"GET /healthz HTT", 408, "too_slow"),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\n", 408, "too_slow"),
    ],
)
async def test_what_never_becomes_a_request_is_answered_and_ended(
    hasty: House, sent: bytes, status: int, code: str
) -> None:
    async with connection(hasty) as (reader, writer):
        writer.write(sent)
        said, headers, body = await the_end(reader)
    assert (said, body["code"]) == (status, code)
    assert SAFE_HEADERS.items() <= headers.items()
    assert headers["strict-transport-security"].startswith("max-age=")


async def test_a_byte_now_and_then_does_not_hold_a_connection(hasty: House) -> None:
    async with connection(hasty) as (reader, writer):
        ended = asyncio.create_task(the_end(reader))
        for sign in b"\r\n\r\n\r\nGET /healthz HTTP/1.1\r\nX: " + b"x" * 200:
            writer.write(bytes([sign]))
            await asyncio.sleep(0.05)
            if ended.done():
                break
        assert ended.done()
        # It may still be writing when it is hung up on, and lose what was said last.
        with suppress(ConnectionError):
            assert (await ended)[0] == 408


async def test_a_body_that_does_not_come_ends_the_connection(hasty: House) -> None:
    async with connection(hasty) as (reader, writer):
        writer.write(b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        async with asyncio.timeout(PATIENCE_S):
            assert await reader.read() == b""


async def test_after_an_answer_a_connection_waits_for_the_next_request_and_not_for_ever(hasty: House) -> None:
    async with connection(hasty) as (reader, writer):
        for _ in range(3):
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            await asyncio.sleep(0.1)
        async with asyncio.timeout(PATIENCE_S):
            assert (await reader.read()).count(b"HTTP/1.1 200") == 3


async def test_there_are_so_many_connections_and_no_more(hasty: House) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(5):
            await stack.enter_async_context(connection(hasty))
        reader, _ = await stack.enter_async_context(connection(hasty))
        async with asyncio.timeout(PATIENCE_S):
            with suppress(ConnectionError):
                # One that is only too slow is told so.
                assert await reader.read() == b""


async def test_an_answer_nobody_reads_is_not_kept(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.service.settings, "read_within_s", 0.3)
    asked = f"GET /openapi.json HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {house.tokens['operator']}\r\n\r\n"
    async with connection(house) as (_, writer):
        for _ in range(2_000):
            writer.write(asked.encode())
            await asyncio.sleep(0.005)
            if writer.transport.is_closing():
                break
        assert writer.transport.is_closing()
