"""Passkeys: a device registers and signs in, each answer counts once, and nothing but the right device does."""

import asyncio
from collections.abc import Callable

import httpx
import pytest

from app.clock import HandClock
from app.gate.challenges import ANSWERED_WITHIN_S, OPEN_MAX
from app.security.sessions import Role
from tests.authenticator import Authenticator
from tests.service_fixture import House

from .doors import CREDENTIAL, refused
from .signing_in import ORIGIN, Json, by_passkey, signed_in, somebody, with_passkey


@pytest.fixture
def device() -> Authenticator:
    return Authenticator(ORIGIN)


async def test_a_device_is_registered_and_signs_in_without_a_password(
    kept: House, device: Authenticator, operator: httpx.AsyncClient
) -> None:
    passkey = await with_passkey(operator, device)
    assert (await operator.get("/api/session/passkeys")).json() == {"passkeys": [passkey]}
    answer = await by_passkey(kept, device)
    assert (answer.status_code, answer.json()["role"]) == (201, "operator")
    by_device = await kept.client(answer.json()["token"])
    sessions = (await by_device.get("/api/session/all")).json()["sessions"]
    assert [(one["way"], one["this"]) for one in sessions if one["this"]] == [("passkey", True)]
    assert (await by_device.get("/api/session/passkeys")).json()["passkeys"][0]["used_at"] is not None


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CENTER])
async def test_every_role_of_a_person_may_have_passkeys(kept: House, device: Authenticator, role: Role) -> None:
    await with_passkey(await signed_in(kept, await somebody(kept, role)), device)
    answer = await by_passkey(kept, device)
    assert (answer.status_code, answer.json()["role"]) == (201, role.value)


async def test_the_options_ask_to_verify_the_person_and_name_nobody(
    kept: House, device: Authenticator, operator: httpx.AsyncClient
) -> None:
    await with_passkey(operator, device)
    asked = (await (await kept.client()).post("/api/session/passkey/options")).json()["publicKey"]
    assert (asked["rpId"], asked["userVerification"]) == ("naranja.example.org", "required")
    assert not asked.get("allowCredentials")


async def test_an_answer_counts_once(kept: House, device: Authenticator, operator: httpx.AsyncClient) -> None:
    await with_passkey(operator, device)
    stranger = await kept.client()
    options = (await stranger.post("/api/session/passkey/options")).json()
    said = {"credential": device.get(options), "as": "token"}
    answers = await asyncio.gather(*(stranger.post("/api/session/passkey", json=said) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 401, 401, 401]
    device.count += 5
    refused(
        await stranger.post("/api/session/passkey", json={"credential": device.get(options)}), 401, "wrong_passkey"
    )


async def test_an_answer_that_failed_used_its_question_up(
    kept: House, device: Authenticator, operator: httpx.AsyncClient
) -> None:
    await with_passkey(operator, device)
    stranger = await kept.client()
    options = (await stranger.post("/api/session/passkey/options")).json()
    device.verifies = False
    refused(
        await stranger.post("/api/session/passkey", json={"credential": device.get(options)}), 401, "wrong_passkey"
    )
    device.verifies = True
    refused(
        await stranger.post("/api/session/passkey", json={"credential": device.get(options)}), 401, "wrong_passkey"
    )


async def test_an_answer_comes_within_five_minutes(
    kept: House, clock: HandClock, device: Authenticator, operator: httpx.AsyncClient
) -> None:
    await with_passkey(operator, device)
    stranger = await kept.client()
    # The first answer leaves a cookie here, and with a cookie a browser says whose page it is.
    stranger.headers["Origin"] = ORIGIN
    for late, status in ((ANSWERED_WITHIN_S - 1, 201), (ANSWERED_WITHIN_S, 401)):
        options = (await stranger.post("/api/session/passkey/options")).json()
        clock.advance(late)
        answer = await stranger.post("/api/session/passkey", json={"credential": device.get(options)})
        assert answer.status_code == status


def _of_another_page(device: Authenticator) -> None:
    device.origin = "https://naranja.example.org.evil.test"


def _for_another_service(device: Authenticator) -> None:
    device.rp_id = "evil.test"


def _without_looking_at_the_person(device: Authenticator) -> None:
    device.verifies = False


def _with_another_key(device: Authenticator) -> None:
    device.key = Authenticator(ORIGIN).key


def _as_another_credential(device: Authenticator) -> None:
    device.credential = bytes(32)


def _in_another_name(device: Authenticator) -> None:
    device.handle = bytes(16)


def _as_a_copy_that_counts_less(device: Authenticator) -> None:
    device.count -= 1


@pytest.mark.parametrize(
    "wrongs",
    [
        _of_another_page,
        _for_another_service,
        _without_looking_at_the_person,
        _with_another_key,
        _as_another_credential,
        _in_another_name,
        _as_a_copy_that_counts_less,
    ],
)
async def test_what_is_signed_wrongly_signs_nobody_in(
    kept: House, device: Authenticator, wrongs: Callable[[Authenticator], None], operator: httpx.AsyncClient
) -> None:
    device.count = 7
    await with_passkey(operator, device)
    assert (await by_passkey(kept, device)).status_code == 201
    wrongs(device)
    answer = await by_passkey(kept, device)
    refused(answer, 401, "wrong_passkey")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("wrongs", [_of_another_page, _without_looking_at_the_person])
async def test_a_device_is_not_registered_wrongly(
    kept: House, device: Authenticator, wrongs: Callable[[Authenticator], None], operator: httpx.AsyncClient
) -> None:
    options = (await operator.post("/api/session/passkeys/options")).json()
    wrongs(device)
    answer = await operator.post("/api/session/passkeys", json={"credential": device.create(options)})
    refused(answer, 409, "passkey_refused")
    assert (await operator.get("/api/session/passkeys")).json() == {"passkeys": []}


async def test_what_was_asked_of_one_session_is_not_answered_by_another(
    kept: House, device: Authenticator, operator: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    options = (await operator.post("/api/session/passkeys/options")).json()
    credential = device.create(options)
    refused(await admin.post("/api/session/passkeys", json={"credential": credential}), 409, "passkey_refused")
    refused(await operator.post("/api/session/passkeys", json={"credential": credential}), 409, "passkey_refused")


async def test_a_question_to_sign_in_does_not_register_and_the_other_way_round(
    kept: House, device: Authenticator, operator: httpx.AsyncClient
) -> None:
    await with_passkey(operator, device)
    registering = (await operator.post("/api/session/passkeys/options")).json()
    answer = await operator.post("/api/session/passkey", json={"credential": device.get(registering)})
    refused(answer, 401, "wrong_passkey")


async def test_one_device_is_one_passkey(
    kept: House, device: Authenticator, operator: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    await with_passkey(operator, device)
    again = (await operator.post("/api/session/passkeys/options")).json()
    assert [one["id"] for one in again["publicKey"]["excludeCredentials"]] == [device.create(again)["id"]]
    options = (await admin.post("/api/session/passkeys/options")).json()
    answer = await admin.post("/api/session/passkeys", json={"credential": device.create(options)})
    refused(answer, 409, "passkey_taken")


async def test_a_removed_passkey_and_one_of_somebody_shut_out_sign_in_no_more(
    kept: House, device: Authenticator, operator: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    login = (await operator.get("/api/session")).json()["login"]
    passkey = await with_passkey(operator, device)
    refused(await admin.delete(f"/api/session/passkeys/{passkey['id']}"), 404, "unknown_passkey")
    assert (await operator.delete(f"/api/session/passkeys/{passkey['id']}")).status_code == 204
    refused(await operator.delete(f"/api/session/passkeys/{passkey['id']}"), 404, "unknown_passkey")
    refused(await by_passkey(kept, device), 401, "wrong_passkey")
    device = Authenticator(ORIGIN)
    await with_passkey(operator, device)
    assert (await admin.patch(f"/api/people/{login}", json={"disabled": True})).status_code == 200
    refused(await by_passkey(kept, device), 401, "wrong_passkey")


async def test_a_new_passkey_takes_a_fresh_proof(
    kept: House, clock: HandClock, device: Authenticator, operator: httpx.AsyncClient
) -> None:
    await with_passkey(operator, device)
    clock.advance(kept.service.settings.proof_fresh_s)
    refused(await operator.post("/api/session/passkeys/options"), 409, "proof_needed")
    refused(await operator.post("/api/session/passkeys", json={"credential": CREDENTIAL}), 409, "proof_needed")
    options = (await operator.post("/api/session/prove/options")).json()
    assert [one["id"] for one in options["publicKey"]["allowCredentials"]] == [device.get(options)["id"]]
    proof = await operator.post("/api/session/prove", json={"credential": device.get(options)})
    assert proof.status_code == 200, proof.text
    await with_passkey(operator, Authenticator(ORIGIN))
    stale = {"credential": device.get(options)}
    refused(await operator.post("/api/session/prove", json=stale), 409, "proof_wrong")


async def test_nobody_proves_with_another_persons_passkey(
    kept: House, device: Authenticator, operator: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    await with_passkey(operator, device)
    options = (await admin.post("/api/session/prove/options")).json()
    refused(await admin.post("/api/session/prove", json={"credential": device.get(options)}), 409, "proof_wrong")


async def test_a_stranger_cannot_fill_the_database_with_questions(
    kept: House, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.gate.challenges.OPEN_MAX", 3)
    assert OPEN_MAX >= 100, "a whole shift behind one address"
    stranger = await kept.client()
    for _ in range(3):
        assert (await stranger.post("/api/session/passkey/options")).status_code == 200
    answer = await stranger.post("/api/session/passkey/options")
    refused(answer, 429, "too_many_attempts")
    clock.advance(float(answer.headers["retry-after"]))
    assert (await stranger.post("/api/session/passkey/options")).status_code == 200


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {**CREDENTIAL, "id": "ñ"},
        {**CREDENTIAL, "type": "password"},
        {**CREDENTIAL, "response": {"clientDataJSON": "x" * 5000}},
        {**CREDENTIAL, "response": []},
    ],
)
async def test_what_is_no_answer_of_a_passkey_is_told_so(house: House, credential: Json) -> None:
    stranger = await house.client()
    refused(await stranger.post("/api/session/passkey", json={"credential": credential}), 422, "invalid")


async def test_without_a_public_origin_there_are_no_passkeys(house: House) -> None:
    stranger = await house.client()
    refused(await stranger.post("/api/session/passkey/options"), 409, "passkeys_not_set_up")
    answer = await stranger.post("/api/session/passkey", json={"credential": CREDENTIAL})
    refused(answer, 409, "passkeys_not_set_up")
