"""Web push: who of a unit is woken, with how little, for how long, and when a device is forgotten."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from joserfc import jwt
from joserfc.jwk import ECKey

from app.push import webpush
from app.security.sessions import Role
from tests.patience import until
from tests.push_service import Device, PushService, a_push_service
from tests.service_fixture import House, a_house

CONTACT = "mailto:guardia@agency.example"
QUIET_S = 0.5
"""Long enough for what would come to have come."""


@pytest_asyncio.fixture(loop_scope="session")
async def service() -> AsyncIterator[PushService]:
    """A push service of our own."""
    async with a_push_service() as service:
        yield service


@pytest_asyncio.fixture(loop_scope="session")
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """A center that sends web push, also to this machine."""
    async with a_house(database_url, tmp_path, push_contact=CONTACT, push_to_this_machine=True) as house:
        yield house


async def hears(house: House, device: Device, unit: str = "P-1") -> httpx.AsyncClient:
    """A new person of the unit, not aboard yet, whose device hears there."""
    client = await house.client(await house.token(Role.UNIT, unit))
    (await client.put("/api/session/push", json=device.said)).raise_for_status()
    return client


async def begins_duty(client: httpx.AsyncClient, unit: str = "P-1", *, on: bool = True) -> None:
    """This person puts the unit on duty and is aboard of it."""
    login = (await client.get("/api/session")).json()["login"]
    said = {"id": str(uuid4()), "on": on, "crew": [login] if on else []}
    (await client.put(f"/api/units/{unit}/duty", json=said)).raise_for_status()


async def test_a_phone_is_woken_for_an_offer_and_told_nothing_else(house: House, service: PushService) -> None:
    device = service.device()
    await begins_duty(await hears(house, device))
    receipt = await house.raised(
        "police", caller={"role": "victim", "name": "Rosa Luz", "telephone": "8112345678"}
    )
    (pushed,) = await service.came()
    assert device.opened(pushed) == b'{"kind":"offer"}'
    board = await house.service.desk.board()
    offer = board.assignments[await house.offered(receipt)]
    assert 0 < int(pushed.headers["ttl"]) <= offer.answer_by - offer.offered_at + 1
    assert pushed.headers["urgency"] == "high"
    assert pushed.headers["topic"] == "offer"
    said = f"{pushed.path} {pushed.headers}"
    for secret in (receipt["alert"], receipt["folio"], offer.id, "P-1", "Rosa", "25.67"):
        assert secret not in said


async def test_a_push_service_can_check_who_we_are_with_the_key_browsers_were_given(
    house: House, service: PushService
) -> None:
    client = await hears(house, service.device())
    key = (await client.get("/api/session/push")).json()["key"]
    await begins_duty(client)
    await house.raised("police")
    (pushed,) = await service.came()
    scheme, _, parameters = pushed.headers["authorization"].partition(" ")
    token, said_key = (part.split("=", 1)[1] for part in parameters.split(","))
    assert (scheme, said_key) == ("vapid", key)
    point = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
    coordinates = [base64.urlsafe_b64encode(half).rstrip(b"=").decode() for half in (point[1:33], point[33:])]
    public = ECKey.import_key({"kty": "EC", "crv": "P-256", "x": coordinates[0], "y": coordinates[1]})
    claims: dict[str, Any] = jwt.decode(token, public, algorithms=["ES256"]).claims
    assert (claims["aud"], claims["sub"]) == (f"http://127.0.0.1:{service.port}", CONTACT)
    assert 0 < claims["exp"] - house.service.clock.now() <= 86_400


async def test_only_who_is_aboard_is_woken_and_nobody_of_a_unit_that_is_not_asked(
    house: House, service: PushService
) -> None:
    await hears(house, service.device("other-shift"))
    await hears(house, service.device("other-unit"), "P-2")
    await begins_duty(await hears(house, service.device("aboard")))
    await house.raised("police")
    await service.came()
    await asyncio.sleep(QUIET_S)
    assert [pushed.path for pushed in service.taken] == ["/send/aboard"]


async def test_who_has_signed_out_is_woken_no_more(house: House, service: PushService) -> None:
    device = service.device()
    client = await hears(house, device)
    await begins_duty(client)
    assert (await client.delete("/api/session")).status_code == 204
    await house.raised("police")
    await asyncio.sleep(QUIET_S)
    assert service.taken == []


@pytest.mark.parametrize("status", [404, 410])
async def test_a_device_its_push_service_knows_no_more_is_forgotten(
    house: House, service: PushService, status: int
) -> None:
    service.status = status
    await begins_duty(await hears(house, service.device()))
    await house.raised("police")
    await service.came()

    async def forgotten() -> bool:
        return await house.service.ways.subscriptions.live_of("P-1") == []

    await until(forgotten)
    assert len(service.taken) == 1


async def test_what_a_device_says_anew_is_not_forgotten_with_what_it_said_before(
    house: House, service: PushService
) -> None:
    client = await hears(house, service.device("old"))
    (listener,) = await house.service.ways.subscriptions.live_of("P-1")
    (await client.put("/api/session/push", json=service.device("new").said)).raise_for_status()
    await house.service.ways.subscriptions.forget(listener)
    (left,) = await house.service.ways.subscriptions.live_of("P-1")
    assert left.hears.endpoint.endswith("/send/new")


async def test_a_push_service_that_is_busy_is_asked_again_and_one_that_refuses_is_not(
    house: House, service: PushService, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(webpush, "AGAIN_AFTER_S", 0.05)
    service.statuses, service.status = [503, 429], 403
    device = service.device()
    await begins_duty(await hears(house, device))
    await house.raised("police")
    taken = await service.came(3)
    await until(lambda: "refuses" in caplog.text)
    await asyncio.sleep(QUIET_S)
    assert len(service.taken) == 3
    assert all(device.opened(pushed) == b'{"kind":"offer"}' for pushed in taken)
    assert str(service.port) not in caplog.text.replace(f"127.0.0.1:{house.port}", "")


async def test_nobody_is_woken_for_an_offer_that_is_over(
    house: House, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webpush, "AGAIN_AFTER_S", 1.0)
    service.status = 503
    await begins_duty(await hears(house, service.device()))
    receipt = await house.raised("police")
    await service.came()
    assert (await house.step("P-1", await house.offered(receipt), "accept")).status_code == 200
    await asyncio.sleep(1.0 + QUIET_S)
    assert len(service.taken) == 1


async def test_a_center_nobody_answers_for_sends_none_and_says_so(
    database_url: str, tmp_path: Path, service: PushService
) -> None:
    async with a_house(database_url, tmp_path, push_to_this_machine=True) as house:
        client = await hears(house, service.device())
        assert (await client.get("/api/session/push")).json() == {"key": None}
        await begins_duty(client)
        await house.raised("police")
        await asyncio.sleep(QUIET_S)
    assert service.taken == []


async def test_the_key_stays_when_the_service_starts_again(database_url: str, tmp_path: Path) -> None:
    keys = []
    for bare in (False, True):
        async with a_house(database_url, tmp_path, push_contact=CONTACT, bare=bare) as house:
            token = await house.token(Role.UNIT, "P-1")
            keys.append((await (await house.client(token)).get("/api/session/push")).json()["key"])
    assert keys[0] is not None
    assert keys[0] == keys[1]


async def test_of_several_processes_only_one_wakes_a_phone(
    database_url: str, tmp_path: Path, service: PushService
) -> None:
    more: dict[str, Any] = {"push_contact": CONTACT, "push_to_this_machine": True}
    async with (
        a_house(database_url, tmp_path, **more) as house,
        a_house(database_url, tmp_path, bare=True, **more) as other,
    ):
        await begins_duty(await hears(house, service.device()))
        receipt = await house.raised("police")
        await service.came()
        await until_known(other, receipt["alert"])
        await asyncio.sleep(QUIET_S)
        assert len(service.taken) == 1


async def until_known(house: House, alert: str) -> None:
    """This process has read what another wrote."""

    async def known() -> bool:
        return alert in (await house.service.desk.board()).alerts

    await until(known)
