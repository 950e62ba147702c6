"""What comes in on an open line: nonsense is answered, too much of it ends the line, and nothing else notices."""

import random

import pytest

from app.push import socket
from tests.fuzz.frames import noise
from tests.service_fixture import House

FRAMES_PER_BURST = 100
FUZZ_FRAMES = 10_000


async def test_a_ping_is_answered(house: House) -> None:
    for who in ("operator", "P-1"):
        async with house.phone(who) as phone:
            await phone.next("cards")
            await phone.say(type="ping")
            await phone.next("pong")


@pytest.mark.parametrize("bad", [b"\x00\x01", "", "{", '{"type":"x"}', '{"type":"hello","last_seq":0}'])
async def test_too_much_nonsense_ends_the_line(house: House, bad: str | bytes) -> None:
    async with house.phone("P-1") as phone:
        await phone.next("cards")
        for _ in range(socket.BAD_FRAMES_MAX):
            await phone.socket.send(bad)
        await phone.say(type="ping")
        await phone.next("pong")
        await phone.socket.send(bad)
        assert await phone.closed() == 4400
        assert phone.heard[-1]["code"] == "bad_frames"


@pytest.mark.parametrize("binary", [True, False])
async def test_a_frame_that_is_too_large_closes_the_line(house: House, binary: bool) -> None:
    size = house.service.settings.socket_frame_bytes_max + 1
    async with house.phone("P-1") as phone:
        await phone.next("cards")
        await phone.socket.send(b"x" * size if binary else "x" * size)
        assert await phone.closed() == 1009


async def test_many_small_pieces_of_a_frame_that_is_too_large_close_the_line(house: House) -> None:
    pieces = ["x" * 1000 for _ in range(house.service.settings.socket_frame_bytes_max // 1000 + 2)]
    async with house.phone("P-1") as phone:
        await phone.next("cards")
        await phone.socket.send(pieces)
        assert await phone.closed() == 1009


async def test_ten_thousand_frames_of_noise_break_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(socket, "BAD_FRAMES_MAX", FUZZ_FRAMES)
    draw = random.Random(20261123)
    await house.on_duty("P-1")
    async with house.phone("operator") as console, house.phone("P-1") as phone:
        await console.next("cards")
        await phone.next("cards")
        for _ in range(FUZZ_FRAMES // FRAMES_PER_BURST):
            for _ in range(FRAMES_PER_BURST):
                await phone.socket.send(noise(draw))
            await phone.say(type="ping")
            await phone.next("pong")
        assert {frame["type"] for frame in phone.heard} <= {"cards", "problem", "ping", "pong"}
        await house.raised("police")
        await phone.card(lambda card: card["card"] == "assignment")
        await console.card(lambda card: card["card"] == "alert" and card["state"] == "open")
    assert [record.getMessage() for record in caplog.records if record.levelname in {"ERROR", "CRITICAL"}] == []
