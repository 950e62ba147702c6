"""Lines that die: of silence, of a hole in the network, of a reader too slow, of a session that has ended."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from app.push.hub import Hub
from app.push.line import Line
from app.security.sessions import OF_UNITS, Role, digest
from app.settings import Settings
from app.store import people
from app.store.tables import audit, sessions
from app.store.tables import people as accounts
from tests.patience import promised, until
from tests.service_fixture import House

DEAD_WITHIN_S = 12.0
"""What a phone is promised."""
ENDED_WITHIN_S = 2.0
NOTICED_S = 0.25
"""How much later than it is due a dead line is cut at most."""

LARGE = '{"type": "x", "x": "' + "x" * 60_000 + '"}'


class Hole:
    """A TCP proxy that one day forwards nothing more, in no direction, and tells nobody."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._open = asyncio.Event()
        self._open.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws"

    def swallow(self) -> None:
        self._open.clear()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers += [writer, forth]
        for source, sink in ((reader, forth), (back, writer)):
            task = asyncio.create_task(self._forward(source, sink))
            self._tasks.add(task)

    async def _forward(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65_536):
            await self._open.wait()
            sink.write(data)
            await sink.drain()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()


@asynccontextmanager
async def hole_before(house: House) -> AsyncIterator[Hole]:
    hole = Hole(house.port)
    server = await asyncio.start_server(hole.take, "127.0.0.1", 0)
    hole.port = server.sockets[0].getsockname()[1]
    try:
        yield hole
    finally:
        await hole.close()
        server.close()


@pytest.fixture
def hasty(house: House, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The service with the dead line counted in tenths of seconds."""
    settings = house.service.settings
    monkeypatch.setattr(settings, "ping_every_s", 0.4)
    monkeypatch.setattr(settings, "dead_line_s", 0.45)
    return settings


def lines_of(hub: Hub) -> list[Line]:
    return hub._lines()


def test_the_settings_keep_the_promise_of_twelve_seconds() -> None:
    fields = Settings.model_fields
    ping_every_s, dead_line_s = fields["ping_every_s"].default, fields["dead_line_s"].default
    assert dead_line_s + 1.0 <= DEAD_WITHIN_S
    # Somebody who is there is asked twice before, so one lost answer cuts nobody.
    assert 2 * ping_every_s < dead_line_s


@pytest.mark.parametrize("after_s", [0.0, 0.1, 0.2, 0.35])
async def test_who_is_silent_is_cut_at_the_same_length_of_silence_whenever_it_began(
    house: House, hasty: Settings, after_s: float
) -> None:
    async def cut() -> float:
        async with house.phone("operator") as phone:
            await phone.next("cards")
            await asyncio.sleep(after_s)
            began = time.monotonic()
            await phone.say(type="ping")
            assert await phone.closed() == 4410
            silence = time.monotonic() - began
            assert silence >= hasty.dead_line_s
            assert phone.heard[-1]["code"] == "line_dead"
            assert "ping" in {frame["type"] for frame in phone.heard}
            return silence

    await promised(hasty.dead_line_s + NOTICED_S, cut)


async def test_who_answers_pings_and_says_nothing_else_stays(house: House, hasty: Settings) -> None:
    async with house.phone("P-1") as phone:
        await phone.next("cards")
        for _ in range(6):
            await phone.next("ping")
            await phone.say(type="pong")
        await phone.say(type="ping")
        await phone.next("pong")


@pytest.mark.parametrize("who", ["operator", "P-1"])
async def test_a_hole_in_the_network_is_noticed(house: House, hasty: Settings, who: str) -> None:
    async def noticed() -> float:
        async with hole_before(house) as hole, house.phone(who, url=hole.url) as phone:
            await phone.next("cards")
            hole.swallow()
            began = time.monotonic()
            await until(lambda: lines_of(house.hub) == [])
            phone.socket.transport.abort()
            return time.monotonic() - began

    await promised(hasty.dead_line_s + NOTICED_S, noticed)


async def test_a_hole_with_a_full_pipe_is_noticed_and_holds_nobody_up(
    house: House, hasty: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is sent into the hole fills every buffer on the way, so that not even the farewell gets out."""
    monkeypatch.setattr("app.push.socket.FAREWELL_S", 0.2)

    async def noticed() -> float:
        async with hole_before(house) as hole, house.phone("operator", url=hole.url) as phone:
            await phone.next("cards")
            hole.swallow()
            (line,) = lines_of(house.hub)
            began = time.monotonic()
            while not line.cut.done():
                line.send(LARGE)
                # Slowly enough for the machine to stuff its own buffers before the line's queue.
                await asyncio.sleep(0.001)
            await until(lambda: house.hub.open == 0)
            phone.socket.transport.abort()
            return time.monotonic() - began

    await promised(2.0, noticed)


async def test_a_reader_too_slow_is_cut_and_resumes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.service.settings, "socket_queue_max", 4)
    await house.on_duty("P-1")
    async with house.phone("P-1") as phone:
        seq = (await phone.next("cards"))["seq"]
        (line,) = lines_of(house.hub)
        while not line.cut.done():
            line.send(LARGE)
            await asyncio.sleep(0)
        assert line.cut_why == "too_slow"
        receipt = await house.raised("police")
        # It reads again, soon enough to hear why.
        assert await phone.closed() == 4409
        assert phone.heard[-1]["code"] == "too_slow"
    async with house.phone("P-1", seq) as phone:
        cards = (await phone.next("cards"))["cards"]
        assert receipt["alert"] in {card.get("alert") for card in cards}


async def test_a_slow_reader_holds_nobody_else_up(house: House) -> None:
    async with house.phone("operator") as deaf, house.phone("coordinator") as quick:
        await deaf.next("cards")
        await quick.next("cards")
        (slow,) = (line for line in lines_of(house.hub) if line.viewer.role is Role.OPERATOR)
        while slow.waiting < 3:
            slow.send(LARGE)
            # Slowly enough for the machine to stuff its own buffers before the line's queue.
            await asyncio.sleep(0.001)
        for _ in range(20):
            receipt = await house.raised("police")
            await house.cancelled(receipt["alert"])
            await quick.until(lambda frame, alert=receipt["alert"]: alert in frame.get("gone", []))  # type: ignore[misc]


# --- sessions that end while a line is open


@pytest.mark.parametrize("how", ["signed out", "ended elsewhere", "disabled"])
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.UNIT, Role.SHELTER])
async def test_a_session_that_ends_takes_its_lines_along(house: House, how: str, role: Role) -> None:
    gate, database = house.service.gate, house.service.database

    async def ended() -> float:
        person = await house.person(role, f"x-{uuid4().hex[:8]}", "P-1" if role in OF_UNITS else None)
        token = await gate.hand_token(person)
        async with house.phone(token) as phone, house.phone("P-2") as other:
            await phone.next("cards")
            await other.next("cards")
            at = house.service.clock.now()
            if how == "signed out":
                client = await house.client(token)
                assert (await client.delete("/api/session")).status_code == 204
            else:
                async with database.transaction() as connection:
                    if how == "disabled":
                        await people.set_disabled(connection, person.id, True, at)
                    else:
                        await people.end_session(connection, digest(token), at)
            began = time.monotonic()
            assert await phone.closed() == 4401
            took_s = time.monotonic() - began
            assert phone.heard[-1]["code"] == "not_signed_in"
            await other.say(type="ping")
            await other.next("pong")
            return took_s

    await promised(ENDED_WITHIN_S, ended)


async def test_another_session_of_the_same_person_keeps_its_line(house: House) -> None:
    person = await house.person(Role.OPERATOR, f"x-{uuid4().hex[:8]}")
    first, second = [await house.service.gate.hand_token(person) for _ in range(2)]
    async with house.phone(first) as phone, house.phone(second) as other:
        await phone.next("cards")
        await other.next("cards")
        await house.service.gate.sign_out(first)
        assert await phone.closed() == 4401
        await other.say(type="ping")
        await other.next("pong")


async def test_an_open_line_keeps_its_session_in_use(house: House) -> None:
    person = await house.person(Role.OPERATOR, f"x-{uuid4().hex[:8]}")
    gate, database = house.service.gate, house.service.database
    token = await gate.hand_token(person)
    async with house.phone(token) as phone:
        await phone.next("cards")
        async with database.transaction() as connection:
            await people.touch_sessions(connection, [digest(token)], house.service.clock.now() - 300)
            before = (await people.sessions_of(connection, [digest(token)]))[digest(token)].seen_at
        assert set(await gate.standing([digest(token), digest("x")])) == {digest(token)}
        async with database.transaction() as connection:
            after = (await people.sessions_of(connection, [digest(token)]))[digest(token)].seen_at
        assert after > before + 200


async def test_a_session_that_has_run_out_takes_its_lines_along(house: House) -> None:
    person = await house.person(Role.OPERATOR, f"x-{uuid4().hex[:8]}")
    token = await house.service.gate.hand_token(person)
    async with house.phone(token) as phone:
        await phone.next("cards")
        long_ago = house.service.clock.now() - house.service.settings.session_idle_s
        async with house.service.database.transaction() as connection:
            await people.touch_sessions(connection, [digest(token)], long_ago)
        assert await phone.closed() == 4401


async def test_who_is_given_another_role_loses_the_line_and_what_came_with_the_old_one(house: House) -> None:
    person = await house.person(Role.OPERATOR, f"moved-{uuid4().hex[:6]}")
    token = await house.service.gate.hand_token(person)
    async with house.phone(token) as phone:
        await phone.next("cards")
        async with house.service.database.transaction() as connection:
            await connection.execute(update(accounts).where(accounts.c.id == person.id).values(role="coordinator"))
        assert await phone.closed() == 4401
        assert phone.heard[-1]["code"] == "not_signed_in"
    receipt = await house.raised("police")
    async with house.phone(token) as phone:
        cards = (await phone.next("cards"))["cards"]
        assert [card["where"] for card in cards if card["id"] == receipt["alert"]] == [None]


async def test_another_role_given_by_an_admin_ends_the_session_and_its_line(house: House) -> None:
    login = f"moved-{uuid4().hex[:6]}"
    person = await house.person(Role.OPERATOR, login)
    token = await house.service.gate.hand_token(person)
    async with house.phone(token) as phone:
        await phone.next("cards")
        await house.service.ways.accounts.change(login, role=Role.COORDINATOR, by="machine")
        assert await phone.closed() == 4401
        assert phone.heard[-1]["code"] == "not_signed_in"
    async with house.phone(token) as phone:
        assert await phone.closed() == 4401


async def test_a_fresh_proof_of_the_same_person_leaves_the_line_alone(house: House) -> None:
    person = await house.person(Role.OPERATOR, f"proves-{uuid4().hex[:6]}")
    token = await house.service.gate.hand_token(person)
    async with house.phone(token) as phone:
        await phone.next("cards")
        async with house.service.database.transaction() as connection:
            await connection.execute(
                update(sessions).where(sessions.c.person == person.id).values(proved_at=house.service.clock.now())
            )
        await asyncio.sleep(ENDED_WITHIN_S)
        await phone.say(type="ping")
        await phone.next("pong")


async def test_what_a_console_was_shown_is_noted_even_if_it_left_while_the_database_was_away(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = select(func.coalesce(func.sum(audit.c.count), 0)).where(audit.c.what == "console")

    async def noted() -> int:
        async with house.service.database.transaction() as connection:
            found: int = (await connection.execute(shown)).scalar_one()
        return found

    before, note, away = await noted(), house.service.details.note_read, asyncio.Event()

    async def unless_away(**said: Any) -> None:
        if said["what"] == "console" and not away.is_set():
            raise OSError
        await note(**said)

    monkeypatch.setattr(house.service.details, "note_read", unless_away)
    async with house.phone("operator") as console:
        await console.next("cards")
        receipt = await house.raised()
        await console.until(lambda frame: any(card["id"] == receipt["alert"] for card in frame.get("cards", ())))
    assert await noted() == before
    away.set()

    async def noted_more() -> bool:
        return await noted() > before

    await until(noted_more)
