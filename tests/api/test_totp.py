"""Codes of an authenticator app: with one, a password alone does not sign in, and each code counts once."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest

from app.clock import HandClock
from app.gate.codes import STEP_S
from app.store import second_ways
from tests.service_fixture import House

from .doors import refused
from .signing_in import PASSWORD, sign_in, signed_in, somebody


class App:
    """An authenticator app, with a clock that may differ by some steps."""

    def __init__(self, address: str, clock: HandClock) -> None:
        self.secret = parse_qs(urlsplit(address).query)["secret"][0]
        self._clock = clock

    def code(self, steps: int = 0) -> str:
        """What it shows now, or so many steps from now."""
        return pyotp.TOTP(self.secret).at(int(self._clock.now()) + steps * STEP_S)


async def enrolled(client: httpx.AsyncClient, clock: HandClock) -> App:
    """An app that is confirmed; its code of this step is used up."""
    address = (await client.post("/api/session/totp")).json()["otpauth"]
    app = App(address, clock)
    confirmed = await client.put("/api/session/totp", json={"code": app.code()})
    assert confirmed.status_code == 204, confirmed.text
    return app


async def login_of(client: httpx.AsyncClient) -> str:
    login: str = (await client.get("/api/session")).json()["login"]
    return login


async def test_with_an_app_the_password_alone_does_not_sign_in(
    kept: House, clock: HandClock, operator: httpx.AsyncClient
) -> None:
    login, app = await login_of(operator), await enrolled(operator, clock)
    refused(await sign_in(kept, login), 401, "second_way_needed")
    refused(await sign_in(kept, login, "wrong " + PASSWORD), 401, "wrong_login")
    clock.advance(STEP_S)
    answer = await sign_in(kept, login, code=app.code())
    assert answer.status_code == 201
    sessions = (await operator.get("/api/session/all")).json()["sessions"]
    assert {one["way"] for one in sessions} == {"password", "password_and_code"}


async def test_an_app_that_was_not_confirmed_asks_for_nothing(kept: House, operator: httpx.AsyncClient) -> None:
    address = (await operator.post("/api/session/totp")).json()["otpauth"]
    assert address.startswith("otpauth://totp/")
    refused(await operator.put("/api/session/totp", json={"code": "000000"}), 422, "code_wrong")
    assert (await sign_in(kept, await login_of(operator))).status_code == 201


async def test_a_code_counts_once_and_none_before_it(
    kept: House, clock: HandClock, operator: httpx.AsyncClient
) -> None:
    login, app = await login_of(operator), await enrolled(operator, clock)
    refused(await sign_in(kept, login, code=app.code()), 401, "wrong_code")
    clock.advance(STEP_S)
    code = app.code()
    answers = await asyncio.gather(*(sign_in(kept, login, code=code) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 401, 401]
    refused(await sign_in(kept, login, code=app.code(-1)), 401, "wrong_code")


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 201), (0, 201), (1, 201), (2, 401)])
async def test_a_telephone_may_be_one_step_early_or_late(
    kept: House, clock: HandClock, operator: httpx.AsyncClient, steps: int, status: int
) -> None:
    login, app = await login_of(operator), await enrolled(operator, clock)
    clock.advance(5 * STEP_S)
    assert (await sign_in(kept, login, code=app.code(steps))).status_code == status


async def test_the_secret_is_shown_once_and_stored_sealed(
    kept: House, clock: HandClock, operator: httpx.AsyncClient
) -> None:
    app = await enrolled(operator, clock)
    person = (await operator.get("/api/session")).json()["person"]
    async with kept.service.database.transaction() as connection:
        stored = await second_ways.totp_of(connection, person)
    assert stored is not None
    assert app.secret.encode() not in stored.sealed
    refused(await operator.post("/api/session/totp"), 409, "totp_enrolled")
    refused(await operator.put("/api/session/totp", json={"code": app.code(1)}), 409, "totp_missing")


async def test_without_the_app_the_password_alone_signs_in_again(
    kept: House, clock: HandClock, operator: httpx.AsyncClient
) -> None:
    login = await login_of(operator)
    refused(await operator.delete("/api/session/totp"), 409, "totp_missing")
    await enrolled(operator, clock)
    assert (await operator.delete("/api/session/totp")).status_code == 204
    assert (await sign_in(kept, login)).status_code == 201


@pytest.mark.parametrize(("method", "said"), [("POST", None), ("PUT", {"code": "123456"}), ("DELETE", None)])
async def test_a_session_left_open_changes_no_app(
    kept: House, clock: HandClock, operator: httpx.AsyncClient, method: str, said: object
) -> None:
    clock.advance(kept.service.settings.proof_fresh_s)
    refused(await operator.request(method, "/api/session/totp", json=said), 409, "proof_needed")


async def test_a_proof_takes_the_code_too(kept: House, clock: HandClock, operator: httpx.AsyncClient) -> None:
    app = await enrolled(operator, clock)
    clock.advance(kept.service.settings.proof_fresh_s)
    alone = await operator.post("/api/session/prove", json={"password": PASSWORD})
    refused(alone, 409, "second_way_needed")
    refused(await operator.delete("/api/session/totp"), 409, "proof_needed")
    both = await operator.post("/api/session/prove", json={"password": PASSWORD, "code": app.code()})
    assert both.status_code == 200
    assert (await operator.delete("/api/session/totp")).status_code == 204


async def test_codes_are_not_guessed_in_a_row(kept: House, clock: HandClock) -> None:
    login = await somebody(kept)
    app = await enrolled(await signed_in(kept, login), clock)
    clock.advance(5 * STEP_S)
    wrong = {"000000", "111111", "222222"} - {app.code(step) for step in range(-1, 2)}
    codes = [min(wrong)] * 6
    answers = [await sign_in(kept, login, code=code) for code in codes]
    assert {answer.json()["code"] for answer in answers} == {"wrong_code"}
    refused(await sign_in(kept, login, code=app.code()), 429, "too_many_attempts")
