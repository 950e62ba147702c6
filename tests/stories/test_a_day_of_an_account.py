"""A day of one account: from the first admin's secret to a session that is ended from elsewhere."""

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from app.security.sessions import fresh
from tests.authenticator import Authenticator
from tests.patience import PATIENCE_S

from .center import Center, a_center
from .phone import Phone

ORIGIN = "https://naranja.example.org"
PASSWORD = "the admin made this one up"
_numbers = count(1)
PUSH = {
    "endpoint": "https://push.example.org/send/abc",
    "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
}


@pytest_asyncio.fixture(loop_scope="session")
async def known(tmp_path: Path, stories_url: str) -> AsyncIterator[Center]:
    """A running center that browsers know by ORIGIN; nobody has an account yet."""
    center = a_center(tmp_path, stories_url, center=f"a-day-{next(_numbers)}", public_origin=ORIGIN)
    try:
        await center.start()
        yield center
    finally:
        await center.stop()


class Browser:
    """What somebody does at the service: each call must be answered as said."""

    def __init__(self, center: Center) -> None:
        self._center, self.token = center, ""

    async def asks(self, method: str, path: str, said: Any = None, *, status: int, code: str | None = None) -> Any:
        """The answer's body."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with httpx.AsyncClient(
            base_url=self._center.url, headers=headers, trust_env=False, timeout=PATIENCE_S
        ) as client:
            answer = await client.request(method, path, json=said)
        assert answer.status_code == status, answer.text
        body: Any = answer.json() if answer.content else {}
        assert code is None or body["code"] == code, body
        return body

    async def signs_in(self, path: str = "/api/session", **said: Any) -> None:
        """And keeps the token."""
        answer = await self.asks("POST", path, {**said, "as": "token"}, status=201)
        self.token = answer["token"]

    async def signs_in_with(self, device: Authenticator) -> None:
        """By passkey."""
        options = await self.asks("POST", "/api/session/passkey/options", status=200)
        await self.signs_in("/api/session/passkey", credential=device.get(options))

    async def registers(self, device: Authenticator) -> None:
        """The device is a passkey of theirs from now on."""
        options = await self.asks("POST", "/api/session/passkeys/options", status=200)
        await self.asks("POST", "/api/session/passkeys", {"credential": device.create(options)}, status=201)

    async def proves_with(self, device: Authenticator) -> None:
        """Once more, for what asks for it."""
        options = await self.asks("POST", "/api/session/prove/options", status=200)
        await self.asks("POST", "/api/session/prove", {"credential": device.get(options)}, status=200)


@pytest.mark.parametrize("ended_by", ["its person", "an admin"])
async def test_from_the_first_secret_to_a_session_ended_elsewhere(known: Center, ended_by: str) -> None:
    # The first start prints a secret; a second one prints none.
    given = await known.service.ways.accounts.first_admin()
    assert given is not None
    assert await known.service.ways.accounts.first_admin() is None
    await known.settle()
    admin = Browser(known)
    await admin.signs_in(login=given.login, secret=given.secret, new_password=PASSWORD)
    await Browser(known).asks(
        "POST",
        "/api/session",
        {"login": given.login, "secret": given.secret, "new_password": PASSWORD},
        status=401,
        code="wrong_secret",
    )

    # A patrol's officer is given an account, and makes it theirs with a passkey.
    made = await admin.asks("POST", "/api/people", {"login": "K7-a", "role": "unit", "unit": "KILO-7"}, status=201)
    officer, device = Browser(known), Authenticator(ORIGIN)
    await officer.signs_in(login="K7-a", secret=made["secret"], new_password="an officer's own words")
    await officer.registers(device)
    phone, desk = Browser(known), Browser(known)
    await phone.signs_in_with(device)
    await desk.signs_in_with(device)
    await phone.asks("PUT", "/api/session/push", PUSH, status=204)

    # Later, what asks for a proof wants one, and a passkey is one.
    await known.clock_advance(known.settings.proof_fresh_s)
    await desk.asks("POST", "/api/session/totp", status=409, code="proof_needed")
    await desk.proves_with(device)
    viewer = await known.service.gate.who(desk.token)
    assert viewer is not None
    assert fresh(viewer, known.clock.now(), 60.0)

    # The phone is lost, with its socket open: its session is ended from elsewhere.
    lost = Phone(known, "KILO-7", phone.token)
    known.screens.append(lost)
    await lost.connect(known.url)
    assert [one.person for one in await known.service.ways.subscriptions.live_of("KILO-7")] == [viewer.person]
    if ended_by == "an admin":
        await admin.asks("DELETE", "/api/people/K7-a/sessions", status=204)
    else:
        sessions = (await phone.asks("GET", "/api/session/all", status=200))["sessions"]
        its_own = next(one["id"] for one in sessions if one["this"])
        await desk.asks("DELETE", f"/api/session/all/{its_own}", status=204)
    await phone.asks("GET", "/api/session", status=401, code="not_signed_in")
    assert await known.service.ways.subscriptions.live_of("KILO-7") == []
    await lost.cut()
    await desk.asks("GET", "/api/session", status=401 if ended_by == "an admin" else 200)
