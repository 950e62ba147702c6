"""Where devices of units hear web push: one for each session, sealed, and gone the moment the session is."""

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.clock import HandClock
from app.gate.sweep import SWEPT_EVERY_S
from app.security.sessions import Role
from app.store.tables import push_subscriptions
from tests.patience import until
from tests.service_fixture import House

from .doors import PUSH, refused
from .signing_in import sign_in, signed_in, somebody

ELSEWHERE = {**PUSH, "endpoint": "https://push.example.org/send/another"}


async def heard_by(house: House, unit: str = "P-1") -> list[str]:
    """The addresses at which devices of the unit hear now."""
    return [one.hears.endpoint for one in await house.service.ways.subscriptions.live_of(unit)]


async def stored(house: House) -> list[Any]:
    async with house.service.database.transaction() as connection:
        return list((await connection.execute(select(push_subscriptions))).all())


async def a_device(house: House, role: Role = Role.UNIT, push: Any = PUSH) -> tuple[str, httpx.AsyncClient]:
    """Somebody of a unit on a device that hears; their login."""
    login = await somebody(house, role)
    client = await signed_in(house, login)
    answer = await client.put("/api/session/push", json=push)
    assert answer.status_code == 204, answer.text
    return login, client


async def test_a_session_has_one_and_the_sender_is_told_it_whole(kept: House) -> None:
    _, client = await a_device(kept)
    assert (await client.put("/api/session/push", json=ELSEWHERE)).status_code == 204
    (one,) = await kept.service.ways.subscriptions.live_of("P-1")
    assert (one.hears.endpoint, one.hears.p256dh, one.hears.auth) == (
        ELSEWHERE["endpoint"],
        PUSH["keys"]["p256dh"],
        PUSH["keys"]["auth"],
    )
    assert await heard_by(kept, "P-2") == []
    assert (await client.delete("/api/session/push")).status_code == 204
    assert await heard_by(kept) == []


async def test_a_shelter_hears_too_and_what_is_stored_is_sealed(kept: House) -> None:
    _, client = await a_device(kept, Role.SHELTER)
    assert await heard_by(kept, "S-1") == [PUSH["endpoint"]]
    (row,) = await stored(kept)
    for secret in ("push.example.org", PUSH["keys"]["auth"]):
        assert secret.encode() not in row.sealed
    assert "push.example.org" not in json.dumps([str(part) for part in row])
    await client.delete("/api/session/push")


@pytest.mark.parametrize(
    "how",
    ["signs out", "signs in anew", "is ended by an admin", "is shut out", "is moved", "is reset", "runs out"],
)
async def test_it_is_gone_with_its_session(
    kept: House, clock: HandClock, admin: httpx.AsyncClient, how: str
) -> None:
    login, client = await a_device(kept)
    assert await heard_by(kept) == [PUSH["endpoint"]]
    match how:
        case "signs out":
            await client.delete("/api/session")
        case "signs in anew":
            said = {"login": login, "password": "correct horse battery staple"}
            assert (await client.post("/api/session", json=said)).status_code == 201
        case "is ended by an admin":
            await admin.delete(f"/api/people/{login}/sessions")
        case "is shut out":
            await admin.patch(f"/api/people/{login}", json={"disabled": True})
        case "is moved":
            await admin.patch(f"/api/people/{login}", json={"unit": "P-2"})
        case "is reset":
            await admin.post(f"/api/people/{login}/reset")
        case "runs out":
            clock.advance(kept.service.settings.session_idle_s)
            assert await heard_by(kept) == [], "before anything is put away"
            await kept.service.ways.sweep.round()
    assert await heard_by(kept) == []
    assert await stored(kept) == []


async def test_what_ran_out_is_put_away_by_itself(kept: House, clock: HandClock) -> None:
    await a_device(kept)
    clock.advance(kept.service.settings.session_idle_s + SWEPT_EVERY_S)

    async def put_away() -> bool:
        return await stored(kept) == []

    await until(put_away)


async def test_of_two_devices_one_that_ends_leaves_the_other(kept: House) -> None:
    login, first = await a_device(kept)
    second = await kept.client((await sign_in(kept, login)).json()["token"])
    await second.put("/api/session/push", json=ELSEWHERE)
    assert sorted(await heard_by(kept)) == sorted([PUSH["endpoint"], ELSEWHERE["endpoint"]])
    await first.delete("/api/session")
    assert await heard_by(kept) == [ELSEWHERE["endpoint"]]
    await second.delete("/api/session")


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example.org/send",
        "http://127.0.0.1:9999/send",
        "https://127.0.0.1/send",
        "https://10.0.0.7/send",
        "https://[::1]/send",
        "https://localhost/send",
        "https://database/send",
        "https://push.example.org:5432/send",
        "https://user:pass@push.example.org/send",
        "https://push.example.org:port/send",
        "ftp://push.example.org/send",
        "push.example.org",
    ],
)
async def test_the_service_is_not_made_to_speak_to_a_machine_of_its_own_house(kept: House, endpoint: str) -> None:
    client = await signed_in(kept, await somebody(kept, Role.UNIT))
    answer = await client.put("/api/session/push", json={**PUSH, "endpoint": endpoint})
    refused(answer, 422, "push_address_refused")


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"endpoint": PUSH["endpoint"]},
        {**PUSH, "keys": {**PUSH["keys"], "auth": "AAAA"}},
        {**PUSH, "keys": {**PUSH["keys"], "p256dh": "A" * 87}},
        {**PUSH, "keys": {**PUSH["keys"], "p256dh": "A"}},
        {**PUSH, "endpoint": "https://push.example.org/\n"},
        {**PUSH, "endpoint": "https://push.example.org/" + "x" * 3000},
        {**PUSH, "expirationTime": None, "more": 1},
    ],
)
async def test_a_subscription_that_is_none_is_told_so(house: House, said: dict[str, Any]) -> None:
    client = await house.client("P-1")
    refused(await client.put("/api/session/push", json=said), 422, "invalid")


async def test_browsers_say_when_theirs_ends_and_that_is_taken(kept: House) -> None:
    _, client = await a_device(kept, push={**PUSH, "expirationTime": None})
    await client.delete("/api/session/push")
