"""One's own sessions: rotated at sign-in, listed, ended one by one; proving again; another password."""

import time

import httpx
import pytest

from app.clock import HandClock
from app.security.browser import session_cookie
from app.security.sessions import Role
from tests.patience import promised
from tests.service_fixture import House

from .doors import NOBODY, refused
from .signing_in import ORIGIN, PASSWORD, sign_in, signed_in, somebody

ANOTHER = "another battery, same horse"
CUT_WITHIN_S = 2.0


async def test_who_signs_in_with_a_session_at_hand_gets_another_and_the_first_one_ends(kept: House) -> None:
    login, other = await somebody(kept), await somebody(kept)
    first = await signed_in(kept, login)
    said = {"login": other, "password": PASSWORD, "as": "token"}
    second = (await first.post("/api/session", json=said)).json()
    refused(await first.get("/api/session"), 401, "not_signed_in")
    client = await kept.client(second["token"])
    assert (await client.get("/api/session")).json()["login"] == other


async def test_a_sign_in_that_fails_ends_nothing(kept: House, operator: httpx.AsyncClient) -> None:
    said = {"login": "nobody-at-all", "password": PASSWORD}
    refused(await operator.post("/api/session", json=said), 401, "wrong_login")
    assert (await operator.get("/api/session")).status_code == 200


async def test_a_cookie_that_was_planted_is_not_the_one_that_is_used(kept: House) -> None:
    planted = (await sign_in(kept, await somebody(kept))).json()["token"]
    browser = await kept.client()
    said = {"login": await somebody(kept), "password": PASSWORD}
    name = session_cookie(secure=kept.service.settings.secure_cookies)
    headers = {"Cookie": f"{name}={planted}", "Origin": ORIGIN}
    answer = await browser.post("/api/session", json=said, headers=headers)
    assert planted not in answer.headers["set-cookie"]
    refused(await (await kept.client(planted)).get("/api/session"), 401, "not_signed_in")


async def test_one_sees_and_ends_ones_own_sessions_only(kept: House, clock: HandClock) -> None:
    login = await somebody(kept)
    first = await signed_in(kept, login)
    clock.advance(10)
    second, stranger = await signed_in(kept, login), await signed_in(kept, await somebody(kept))
    newest, oldest = (await first.get("/api/session/all")).json()["sessions"]
    assert (newest["this"], oldest["this"]) == (False, True)
    assert newest["opened_at"] > oldest["opened_at"]
    assert set(oldest) == {"id", "way", "opened_at", "used_at", "this"}
    refused(await stranger.delete(f"/api/session/all/{newest['id']}"), 404, "unknown_session")
    assert (await second.get("/api/session")).status_code == 200
    assert (await first.delete(f"/api/session/all/{newest['id']}")).status_code == 204
    refused(await second.get("/api/session"), 401, "not_signed_in")
    refused(await first.delete(f"/api/session/all/{newest['id']}"), 404, "unknown_session")
    assert len((await first.get("/api/session/all")).json()["sessions"]) == 1


async def test_a_session_that_ran_out_is_listed_no_more(kept: House, clock: HandClock) -> None:
    login = await somebody(kept)
    await signed_in(kept, login)
    clock.advance(kept.service.settings.session_idle_s)
    client = await signed_in(kept, login)
    assert len((await client.get("/api/session/all")).json()["sessions"]) == 1


async def test_a_handed_token_proves_nothing_until_its_person_does(kept: House, clock: HandClock) -> None:
    login = await somebody(kept)
    account = await kept.service.ways.accounts.account(login)
    client = await kept.client(await kept.service.gate.hand_token(account.person))
    refused(await client.put("/api/session/password", json={"password": ANOTHER}), 409, "proof_needed")
    refused(await client.post("/api/session/prove", json={"password": ANOTHER}), 409, "proof_wrong")
    refused(await client.put("/api/session/password", json={"password": ANOTHER}), 409, "proof_needed")
    proof = await client.post("/api/session/prove", json={"password": PASSWORD})
    assert (proof.status_code, proof.json()["for_s"]) == (200, kept.service.settings.proof_fresh_s)
    assert (await client.put("/api/session/password", json={"password": ANOTHER})).status_code == 204
    clock.advance(kept.service.settings.proof_fresh_s)
    refused(await client.put("/api/session/password", json={"password": PASSWORD}), 409, "proof_needed")


async def test_another_password_ends_ones_other_sessions(kept: House) -> None:
    login = await somebody(kept)
    here, there = await signed_in(kept, login), await signed_in(kept, login)
    refused(await here.put("/api/session/password", json={"password": "too short"}), 422, "password_too_short")
    assert (await there.get("/api/session")).status_code == 200
    assert (await here.put("/api/session/password", json={"password": ANOTHER})).status_code == 204
    refused(await there.get("/api/session"), 401, "not_signed_in")
    assert (await here.get("/api/session")).status_code == 200
    refused(await sign_in(kept, login), 401, "wrong_login")
    assert (await sign_in(kept, login, ANOTHER)).status_code == 201


@pytest.mark.parametrize(
    "said",
    [{}, {"password": ""}, {"password": PASSWORD, "credential": {}}, {"code": "123456"}, {"code": "12345a"}],
)
async def test_a_proof_that_is_none_is_told_so(operator: httpx.AsyncClient, said: dict[str, object]) -> None:
    refused(await operator.post("/api/session/prove", json=said), 422, "invalid")


async def test_a_proof_is_not_guessed_in_a_row(kept: House, operator: httpx.AsyncClient) -> None:
    for _ in range(6):
        refused(await operator.post("/api/session/prove", json={"password": "wrong"}), 409, "proof_wrong")
    refused(await operator.post("/api/session/prove", json={"password": PASSWORD}), 429, "too_many_attempts")


async def test_an_open_socket_survives_a_proof(kept: House, clock: HandClock) -> None:
    login = await somebody(kept)
    token = (await sign_in(kept, login)).json()["token"]
    client = await kept.client(token)
    async with kept.phone(token) as console:
        await console.next("cards")
        clock.advance(10)
        assert (await client.post("/api/session/prove", json={"password": PASSWORD})).status_code == 200
        with pytest.raises(TimeoutError):
            await console.closed(within_s=CUT_WITHIN_S)


async def test_an_ended_session_closes_its_socket_within_two_seconds(kept: House) -> None:
    async def closed() -> float:
        login = await somebody(kept, Role.UNIT)
        here = await signed_in(kept, login)
        token = (await sign_in(kept, login)).json()["token"]
        there = next(one for one in (await here.get("/api/session/all")).json()["sessions"] if not one["this"])
        async with kept.phone(token) as phone:
            await phone.next("cards")
            assert (await here.delete(f"/api/session/all/{there['id']}")).status_code == 204
            began = time.monotonic()
            assert await phone.closed() == 4401
            return time.monotonic() - began

    await promised(CUT_WITHIN_S, closed)


async def test_an_id_that_nothing_has_and_one_that_is_none(operator: httpx.AsyncClient) -> None:
    refused(await operator.delete(f"/api/session/all/{NOBODY}"), 404, "unknown_session")
    refused(await operator.delete("/api/session/all/nonsense"), 422, "invalid")
