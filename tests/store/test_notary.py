"""Checkpoints: signed when something changed, by one of several processes, and sent until they are taken."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr

from app.clock import HandClock
from app.notary import Notary
from app.security.checkpoints import MARK, Checkpoint, Head, Signed, Signer
from app.security.master_key import MasterKey
from app.security.sealing import Sealer
from app.service import checkpoints_of
from tests.patience import until
from tests.service_fixture import House, a_house

from .desks import rows


@pytest_asyncio.fixture(loop_scope="session")
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A running center whose clock stands still; all that was done to furnish it is signed."""
    async with a_house(database_url, tmp_path, HandClock()) as house:
        await until(lambda: len(lines(house)) == 1)
        await house.app.state.notary.round()
        assert len(lines(house)) == 2
        yield house


def lines(house: House) -> list[Signed]:
    """What is in the file."""
    path = checkpoints_of(house.service.settings)
    return [Signed.read(line) for line in path.read_text().splitlines()] if path.exists() else []


async def test_a_minute_after_something_changed_both_heads_are_signed_and_in_the_file(
    house: House, database_url: str
) -> None:
    await house.raised()
    clock = house.service.clock
    assert isinstance(clock, HandClock)
    clock.advance(61)
    await until(lambda: len(lines(house)) == 3)
    signed = lines(house)[-1]
    assert signed.signed_by(Signer.of(house.service.sealer.signing).public)
    last = await rows(database_url, "SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1")
    assert signed.checkpoint.log == Head(seq=last[0]["seq"], hash=last[0]["hash"].hex())
    assert [row[0] for row in await rows(database_url, "SELECT number FROM checkpoints ORDER BY 1")] == [1, 2, 3]


async def test_while_nothing_changes_nothing_is_signed(house: House) -> None:
    for _ in range(3):
        await house.app.state.notary.round()
    assert len(lines(house)) == 2
    await (await house.client("operator")).get("/api/alerts?open=true")
    await house.app.state.notary.round()
    first, second = (signed.checkpoint for signed in lines(house)[-2:])
    assert (second.log, second.audit.seq) == (first.log, first.audit.seq + 1)


async def test_of_several_processes_one_signs(house: House, database_url: str) -> None:
    others = [Notary(house.service) for _ in range(4)]
    for other in others:
        await other.round()
    before = len(lines(house))
    await house.raised()
    await asyncio.gather(*(other.round() for other in others))
    assert len(lines(house)) == before + 1
    numbers = [row[0] for row in await rows(database_url, "SELECT number FROM checkpoints ORDER BY 1")]
    assert numbers == list(range(1, len(numbers) + 1))
    for other in others:
        await other.stop()


async def test_a_start_signs_even_if_nothing_changed_for_the_last_one_may_not_have_been_sent(house: House) -> None:
    again = Notary(house.service)
    await again.round()
    assert len(lines(house)) == 3
    await again.stop()


@asynccontextmanager
async def a_place(answers: Callable[[int], bytes]) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A stranger's HTTP server: what it answers to the nth request, and what it was sent."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        heard.append(await reader.readexactly(length))
        writer.write(answers(len(heard)))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heard


def with_settings(house: House, **settings: Any) -> Notary:
    """Another notary of the same center, with other places outside."""
    house.service.settings = house.service.settings.model_copy(update=settings)
    return Notary(house.service)


async def test_a_webhook_that_fails_is_sent_the_same_again_in_order(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    failed, taken = b"HTTP/1.1 503 x\r\ncontent-length: 0\r\n\r\n", b"HTTP/1.1 204 x\r\n\r\n"
    async with a_place(lambda n: failed if n < 3 else taken) as (port, heard):
        notary = with_settings(house, checkpoint_webhook=SecretStr(f"http://127.0.0.1:{port}/token-s3cret"))
        await notary.round()
        await house.raised()
        await notary.round()
        await notary.round()
        await notary.stop()
    numbers = [Signed.read(line).checkpoint.number for line in heard]
    assert numbers == [3, 3, 3, 4]
    assert {vars(record)["kind"] for record in caplog.records if record.levelname == "ERROR"} == {"webhook"}
    assert "s3cret" not in caplog.text
    assert [signed.checkpoint.number for signed in lines(house)] == [1, 2, 3, 4]


async def test_a_checkpoint_goes_by_mail_where_a_server_is_set(house: House) -> None:
    said: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 x\r\n")
        body = False
        while line := (await reader.readline()).decode():
            said.append(line.rstrip("\r\n"))
            word = line.strip().upper()
            if body:
                body = word != "."
                answer = b"" if body else b"250 ok\r\n"
            elif word == "DATA":
                body, answer = True, b"354 go\r\n"
            else:
                answer = b"221 bye\r\n" if word == "QUIT" else b"250 ok\r\n"
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        address = SecretStr(f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        notary = with_settings(
            house, checkpoint_mail=address, checkpoint_mail_from="a@center.mx", checkpoint_mail_to="b@court.mx"
        )
        await notary.round()
        await notary.stop()
    assert "Subject: naranja checkpoint main 3" in said
    assert any("b@court.mx" in line for line in said if line.upper().startswith("RCPT"))


async def test_a_place_outside_that_is_gone_keeps_nobody_else_waiting(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    notary = with_settings(house, checkpoint_mail=SecretStr("smtps://u:p4ssword@127.0.0.1:1"))
    await notary.round()
    await notary.stop()
    assert len(lines(house)) == 3
    assert {vars(record)["kind"] for record in caplog.records if record.levelname == "ERROR"} == {"mail"}
    assert "p4ssword" not in caplog.text


def test_a_signature_is_for_exactly_this_center_and_this_text() -> None:
    signer, other = (
        Signer.of(Sealer(MasterKey(bytes(range(32))), center).signing) for center in ("main", "north")
    )
    head = Head(seq=3, hash="ab" * 32)
    signed = signer.sign(Checkpoint(center="main", number=1, at=1.5, log=head, audit=head))
    assert Signed.read(signed.line) == signed
    assert signed.signed_by(signer.public)
    assert not signed.signed_by(other.public)
    assert not signed.signed_by("no key")
    moved = Signed.read(signed.line.replace('"seq":3', '"seq":2', 1))
    assert not moved.signed_by(signer.public)
    assert signed.checkpoint.text.startswith('{"center":"main","number":1,"at":1.5,')
    assert MARK == "naranja checkpoint 1\n"
