"""Sessions: how one is opened, kept and ended, and that an ended one opens nothing within two seconds."""

import time
from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from app.clock import HandClock
from app.gate import sessions as gate
from app.security.sessions import Role, digest
from app.store import people
from tests.patience import promised, until
from tests.service_fixture import House, a_house

from .doors import opens_nothing, refused

PASSWORD = "correct horse battery staple"
ENDED_WITHIN_S = 2.0


@pytest_asyncio.fixture(loop_scope="session")
async def person(house: House) -> people.Person:
    return await house.person(Role.OPERATOR, f"op-{uuid4().hex[:8]}", password=PASSWORD)


@pytest_asyncio.fixture(loop_scope="session")
async def kept(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[House, HandClock]]:
    """A service whose time is moved by hand: sessions end after an hour unused, after a day in any case."""
    clock = HandClock()
    async with a_house(
        database_url,
        tmp_path,
        clock,
        bare=True,
        session_idle_s=3600,
        session_absolute_s=86_400,
        secure_cookies=True,
    ) as house:
        yield house, clock


async def signed_in(house: House, login: str, way: str = "token", password: str = PASSWORD) -> httpx.Response:
    client = await house.client()
    return await client.post("/api/session", json={"login": login, "password": password, "as": way})


async def test_a_program_gets_a_token_and_no_cookie(house: House, person: people.Person) -> None:
    answer = await signed_in(house, person.login)
    assert (answer.status_code, answer.headers["location"]) == (201, "/api/session")
    assert "set-cookie" not in answer.headers
    client = await house.client(answer.json()["token"])
    about = (await client.get("/api/session")).json()
    assert about == {
        "person": person.id, "login": person.login, "role": "operator", "unit": None, "center": "main",
        "time_zone": house.service.settings.time_zone,
    }  # fmt: skip


@pytest.mark.parametrize("way", ["cookie", None])
async def test_a_browser_gets_a_cookie_it_cannot_read_and_no_token(
    house: House, person: people.Person, way: str | None
) -> None:
    client = await house.client()
    said = {"login": person.login, "password": PASSWORD, **({"as": way} if way else {})}
    answer = await client.post("/api/session", json=said)
    assert answer.status_code == 201
    assert "token" not in answer.json()
    cookie = SimpleCookie(answer.headers["set-cookie"])["naranja_session"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "strict", "/")
    assert cookie["domain"] == ""
    assert int(cookie["max-age"]) == round(house.service.settings.session_absolute_s)
    assert not cookie["secure"]
    assert (await client.get("/api/session")).json()["login"] == person.login
    assert (await client.delete("/api/session", headers={"Origin": house.url})).status_code == 204
    refused(await client.get("/api/session"), 401, "not_signed_in")


async def test_a_cookie_goes_over_tls_only_unless_it_is_turned_off(kept: tuple[House, HandClock]) -> None:
    house, _ = kept
    person = await house.person(Role.OPERATOR, "op-1", password=PASSWORD)
    answer = await signed_in(house, person.login, "cookie")
    cookie = SimpleCookie(answer.headers["set-cookie"])["__Host-naranja_session"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "strict")
    assert (cookie["path"], cookie["domain"]) == ("/", "")
    client = await house.client()
    for name, status in (("__Host-naranja_session", 200), ("naranja_session", 401)):
        asked = await client.get("/api/session", headers={"Cookie": f"{name}={cookie.value}"})
        assert asked.status_code == status


async def test_a_wrong_login_is_refused_and_says_nothing_more(house: House, person: people.Person) -> None:
    tokened = await house.person(Role.OPERATOR, f"op-{uuid4().hex[:8]}")
    wrong = [
        await signed_in(house, person.login, password="wrong"),
        await signed_in(house, "nobody-at-all"),
        await signed_in(house, tokened.login),
    ]
    documents = [refused(answer, 401, "wrong_login") for answer in wrong]
    assert documents[0] == documents[1] == documents[2]
    assert not any("set-cookie" in answer.headers for answer in wrong)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"login": "x"},
        {"login": "x", "password": ""},
        {"login": "x", "password": "p" * 257},
        {"login": "x y", "password": "p"},
        {"login": "x\x00", "password": "p"},
        {"login": "x", "password": "p", "as": "root"},
        {"login": "x", "password": "p", "role": "admin"},
        {"login": ["x"], "password": {"p": 1}},
    ],
)
async def test_a_sign_in_that_is_none_is_refused_without_its_password(
    house: House, said: dict[str, object]
) -> None:
    client = await house.client()
    refused(await client.post("/api/session", json=said), 422, "invalid")


async def test_a_password_may_hold_anything(house: House) -> None:
    login, password = f"op-{uuid4().hex[:8]}", "ñ☎\x00 \n\x1b tail is long enough"
    await house.person(Role.OPERATOR, login, password=password)
    assert (await signed_in(house, login, password=password)).status_code == 201
    refused(await signed_in(house, login, password=password.rstrip("h")), 401, "wrong_login")


async def test_signing_out_ends_that_session_at_once_and_no_other(house: House, person: people.Person) -> None:
    first, second = (await signed_in(house, person.login)).json(), (await signed_in(house, person.login)).json()
    client, other = await house.client(first["token"]), await house.client(second["token"])
    assert (await client.get("/api/session")).status_code == 200
    assert (await client.delete("/api/session")).status_code == 204
    refused(await client.get("/api/session"), 401, "not_signed_in")
    assert (await other.get("/api/session")).status_code == 200


@pytest.mark.parametrize("how", ["disabled", "ended elsewhere"])
async def test_a_session_ended_by_another_process_opens_nothing_within_two_seconds(
    house: House, person: people.Person, how: str
) -> None:
    async def ended() -> float:
        token = (await signed_in(house, person.login)).json()["token"]
        client = await house.client(token)
        assert (await client.get("/api/session")).status_code == 200
        async with house.service.database.transaction() as connection:
            if how == "disabled":
                await people.set_disabled(connection, person.id, True, house.service.clock.now())
            else:
                await people.end_session(connection, digest(token), house.service.clock.now())
        began = time.monotonic()
        await until(lambda: opens_nothing(client))
        took_s = time.monotonic() - began
        refused(await client.get("/api/session"), 401, "not_signed_in")
        if how == "disabled":
            refused(await signed_in(house, person.login), 401, "wrong_login")
            async with house.service.database.transaction() as connection:
                await people.set_disabled(connection, person.id, False, house.service.clock.now())
            refused(await client.get("/api/session"), 401, "not_signed_in")
            assert (await signed_in(house, person.login)).status_code == 201
        return took_s

    await promised(ENDED_WITHIN_S, ended)


async def test_an_unused_session_ends_and_a_used_one_only_at_its_absolute_limit(
    kept: tuple[House, HandClock], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing is believed without looking, so that only the moved clock counts.
    monkeypatch.setattr(gate, "BELIEVED_S", 0.0)
    house, clock = kept
    person = await house.person(Role.OPERATOR, "op-1")
    unused = await house.client(await house.service.gate.hand_token(person))
    used = await house.client(await house.service.gate.hand_token(person))
    for _ in range(2):
        clock.advance(1800)
        assert (await used.get("/api/session")).status_code == 200
    refused(await unused.get("/api/session"), 401, "not_signed_in")
    for _ in range(45):
        clock.advance(1800)
        assert (await used.get("/api/session")).status_code == 200
    clock.advance(1800)
    refused(await used.get("/api/session"), 401, "not_signed_in")
    clock.advance(-7200)
    refused(await used.get("/api/session"), 401, "not_signed_in")
