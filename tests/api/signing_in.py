"""What the tests about accounts share: signing in by password or passkey, as whoever they make for it."""

from typing import Any
from uuid import uuid4

import httpx

from app.security.sessions import OF_UNITS, Role
from tests.authenticator import Authenticator
from tests.service_fixture import House

PASSWORD = "correct horse battery staple"
ORIGIN = "https://naranja.example.org"
Json = dict[str, Any]


async def somebody(house: House, role: Role = Role.OPERATOR) -> str:
    """The login of a new person who has PASSWORD."""
    login = f"{role.value}-{uuid4().hex[:8]}"
    unit = ("S-1" if role is Role.SHELTER else "P-1") if role in OF_UNITS else None
    await house.person(role, login, unit, password=PASSWORD)
    return login


async def sign_in(house: House, login: str, password: str = PASSWORD, **more: Any) -> httpx.Response:
    """The answer to a sign-in by password, for a token."""
    client = await house.client()
    return await client.post("/api/session", json={"login": login, "password": password, "as": "token", **more})


async def signed_in(house: House, login: str, password: str = PASSWORD, **more: Any) -> httpx.AsyncClient:
    """A client of somebody who has just signed in."""
    answer = await sign_in(house, login, password, **more)
    assert answer.status_code == 201, answer.text
    return await house.client(answer.json()["token"])


async def by_secret(house: House, login: str, secret: str, new_password: str | None = None) -> httpx.Response:
    """The answer to a one-time secret that is to become a password."""
    said = {"login": login, "secret": secret, "as": "token"}
    said |= {} if new_password is None else {"new_password": new_password}
    return await (await house.client()).post("/api/session", json=said)


async def with_passkey(client: httpx.AsyncClient, device: Authenticator) -> Json:
    """Register the device for who is signed in; what the service says of its passkey."""
    options = await client.post("/api/session/passkeys/options")
    assert options.status_code == 200, options.text
    made = await client.post("/api/session/passkeys", json={"credential": device.create(options.json())})
    assert made.status_code == 201, made.text
    passkey: Json = made.json()
    return passkey


async def by_passkey(house: House, device: Authenticator) -> httpx.Response:
    """The answer to a sign-in with the device."""
    stranger = await house.client()
    options = (await stranger.post("/api/session/passkey/options")).json()
    said = {"credential": device.get(options), "as": "token"}
    return await stranger.post("/api/session/passkey", json=said)
