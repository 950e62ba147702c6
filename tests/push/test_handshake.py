"""Opening a socket: from where, with what, how soon, and how many."""

import asyncio
from http import HTTPStatus

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from app.security.sessions import Role
from tests.api.doors import SAFE_HEADERS
from tests.patience import until
from tests.service_fixture import House, Phone

HELLOS = [
    "", "x", "null", "[]", "{}", '"hello"', '{"type": "hello"', '{"type": "ping"}', '{"type": "received"}',
    '{"type": "received", "seq": 1}', '{"type": "hello", "last_seq": -1}', '{"type": "hello", "last_seq": "0"}',
    '{"type": "hello", "last_seq": 1e400}',
    '{"type": "hello", "last_seq": 99999999999999999999}', '{"type": "hello", "token": 5}',
    '{"type": "hello", "token": "\\ud800"}', '{"type": "HELLO"}', b"\x00\xff", b'{"type": "hello"}',
    '{"type": "hello", "x": ' + "[" * 20_000 + "]" * 20_000 + "}",
]  # fmt: skip


async def end(phone: Phone) -> tuple[str, int | None]:
    """The problem a line was cut with, and the code it was closed with."""
    code = await phone.closed()
    return phone.heard[-1]["code"], code


async def test_a_program_needs_no_origin(house: House) -> None:
    async with house.phone("operator") as phone:
        assert (await phone.next())["type"] == "cards"


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "",
        "http://",
        "http://[",
        "file://",
        "http://127.0.0.1",
        "ftp://127.0.0.1:{port}",
        "127.0.0.1:{port}",
        "http://127.0.0.1:{port}.evil.example",
        "http://evil.example/127.0.0.1:{port}",
        "http://127.0.0.1:{port}@evil.example",
        "http://evil@127.0.0.1:{port}",
    ],
)
@pytest.mark.parametrize("with_cookie", [True, False])
async def test_a_strange_origin_is_refused_before_the_socket_opens(
    house: House, origin: str, with_cookie: bool
) -> None:
    headers = {"Origin": origin.format(port=house.port)}
    if with_cookie:
        headers["Cookie"] = f"naranja_session={house.tokens['operator']}"
    with pytest.raises(InvalidStatus) as refused:
        async with connect(house.socket_url, proxy=None, additional_headers=headers):
            pass
    assert refused.value.response.status_code == HTTPStatus.FORBIDDEN
    assert house.hub.open == 0


async def test_two_origins_are_one_too_many(house: House) -> None:
    for second in ("http://evil.example", house.url):
        headers = [("Origin", house.url), ("Origin", second)]
        with pytest.raises(InvalidStatus):
            async with connect(house.socket_url, proxy=None, additional_headers=headers):
                pass


async def test_no_origin_is_the_service_s_own_by_naming_no_host(house: House) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    for line in (
        "GET /ws HTTP/1.1", "Host:", "Origin: null", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13", "",
    ):  # fmt: skip
        writer.write(f"{line}\r\n".encode())
    assert b" 101 " not in await reader.readline()
    writer.close()
    await writer.wait_closed()


async def test_the_service_s_own_pages_come_in_with_their_cookie(house: House) -> None:
    headers = {"Origin": house.url, "Cookie": f"naranja_session={house.tokens['operator']}"}
    async with house.socket(more=headers) as phone:
        await phone.say(type="hello", last_seq=0)
        assert (await phone.next())["type"] == "cards"


async def test_named_origins_come_in_and_their_neighbours_do_not(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.service.settings, "allowed_origins", ("https://console.example",))
    async with house.phone("operator", more={"Origin": "https://console.example"}) as phone:
        assert (await phone.next())["type"] == "cards"
    for near in ("http://console.example", "https://console.example:8443", "https://console.example.evil"):
        with pytest.raises(InvalidStatus):
            async with connect(house.socket_url, proxy=None, additional_headers={"Origin": near}):
                pass


@pytest.mark.parametrize("name", ["naranja_session", "__Host-naranja_session"])
async def test_a_session_s_cookie_without_an_origin_is_refused_before_the_socket_opens(
    house: House, name: str
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with house.socket(more={"Cookie": f"x=1; {name}={house.tokens['operator']}"}):
            pass
    answer = refused.value.response
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert {name: answer.headers.get(name) for name in SAFE_HEADERS} == SAFE_HEADERS
    assert house.hub.open == 0


async def test_programs_without_an_origin_can_be_shut_out(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.service.settings, "native_clients", False)
    with pytest.raises(InvalidStatus):
        async with house.socket():
            pass
    async with house.phone("operator", more={"Origin": house.url}) as phone:
        assert (await phone.next())["type"] == "cards"


async def test_where_people_reach_it_is_set_no_host_is_believed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.service.settings, "public_origin", "https://naranja.example")
    for origin in (house.url, "http://naranja.example", "https://naranja.example:8443", "null"):
        with pytest.raises(InvalidStatus):
            async with house.socket(more={"Origin": origin}):
                pass
    async with house.phone("operator", more={"Origin": "https://naranja.example"}) as phone:
        assert (await phone.next())["type"] == "cards"


async def test_one_session_opens_so_many_sockets_and_no_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.service.settings, "sockets_per_session_max", 2)
    async with house.phone("operator") as first, house.phone("operator") as second:
        await first.next("cards")
        await second.next("cards")
        async with house.phone("operator") as third:
            assert await end(third) == ("too_many_sockets", 4429)
        async with house.phone("coordinator") as other:
            assert (await other.next())["type"] == "cards"
    await until(lambda: house.hub.open == 0)
    async with house.phone("operator") as again:
        assert (await again.next())["type"] == "cards"


@pytest.mark.parametrize("token", ["", "x", "x" * 60_000, "\x00"])
async def test_a_token_that_is_none_opens_nothing(house: House, token: str) -> None:
    async with house.phone(token) as phone:
        assert await end(phone) == ("not_signed_in", 4401)


async def test_a_token_in_the_address_opens_nothing(house: House) -> None:
    url = f"{house.socket_url}?token={house.tokens['operator']}"
    async with house.socket(url=url) as phone:
        await phone.say(type="hello", last_seq=0)
        assert await end(phone) == ("not_signed_in", 4401)


async def test_who_runs_the_machine_sees_no_cards(house: House) -> None:
    async with house.phone("admin") as phone:
        assert await end(phone) == ("forbidden", 4403)
        assert [frame["type"] for frame in phone.heard] == ["problem"]


async def test_who_says_nothing_is_cut_in_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.service.settings, "hello_within_s", 0.1)
    async with house.socket() as phone:
        assert await end(phone) == ("hello_late", 4408)


@pytest.mark.parametrize("first", HELLOS, ids=range(len(HELLOS)))
async def test_a_first_frame_that_is_no_hello_ends_it(house: House, first: str | bytes) -> None:
    async with house.socket() as phone:
        await phone.socket.send(first)
        assert await end(phone) == ("hello_bad", 4400)


async def test_hello_is_said_once(house: House) -> None:
    async with house.phone("operator") as phone:
        await phone.next("cards")
        await phone.say(type="hello", last_seq=0, token=house.tokens["P-1"])
        assert (await phone.next("problem"))["code"] == "hello_again"
        await phone.say(type="ping")
        await phone.next("pong")


async def test_there_are_so_many_sockets_and_no_more(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.service.settings, "sockets_max", 2)
    # One that has not said who it is takes a place, too.
    async with house.socket(), house.phone("operator") as phone:
        await phone.next("cards")
        async with house.socket() as third:
            assert await end(third) == ("too_many_sockets", 4429)
    await until(lambda: house.hub.open == 0)
    async with house.phone("coordinator") as phone:
        assert (await phone.next())["type"] == "cards"


async def test_a_client_that_leaves_at_any_moment_leaves_nothing_behind(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    token = await house.token(Role.UNIT, "P-1")
    for _ in range(20):
        async with house.socket() as phone:
            phone.socket.transport.abort()
        async with house.phone(token) as phone:
            phone.socket.transport.abort()
        async with house.phone(token) as phone:
            await phone.next("cards")
            phone.socket.transport.abort()
    await until(lambda: house.hub.open == 0)
    assert [record.getMessage() for record in caplog.records if record.levelname in {"ERROR", "CRITICAL"}] == []
