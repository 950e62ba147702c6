"""Accounts over HTTP: made, changed, begun anew by an admin, who never knows a password; all is written down."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from app.clock import HandClock
from app.gate.accounts import SECRET_WITHIN_S
from app.security.sessions import Role
from app.store.tables import audit, one_time_secrets
from tests.authenticator import Authenticator
from tests.service_fixture import House

from .doors import NOBODY, refused
from .signing_in import ORIGIN, PASSWORD, by_passkey, by_secret, sign_in, signed_in, somebody, with_passkey


async def added(admin: httpx.AsyncClient, role: str = "operator", **more: Any) -> dict[str, Any]:
    """A new account, as the admin is told of it."""
    answer = await admin.post("/api/people", json={"login": f"new-{uuid4().hex[:8]}", "role": role, **more})
    assert answer.status_code == 201, answer.text
    said: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/api/people/{said['login']}"
    return said


async def written(house: House, what: str) -> list[dict[str, Any]]:
    """What the audit says of that, newest first."""
    async with house.service.database.transaction() as connection:
        rows = await connection.execute(select(audit).where(audit.c.what == what).order_by(audit.c.seq.desc()))
        return [dict(row._mapping) for row in rows]


async def test_a_new_person_makes_a_password_of_a_one_time_secret(kept: House, admin: httpx.AsyncClient) -> None:
    made = await added(admin)
    login, secret = made["login"], made["secret"]
    refused(await sign_in(kept, login, secret), 401, "wrong_login")
    refused(await by_secret(kept, login, secret), 409, "new_password_missing")
    refused(await by_secret(kept, login, secret, "short"), 422, "password_too_short")
    refused(await by_secret(kept, login, "x" * 43, PASSWORD), 401, "wrong_secret")
    answer = await by_secret(kept, login, secret, PASSWORD)
    assert (answer.status_code, answer.json()["login"]) == (201, login)
    refused(await by_secret(kept, login, secret, PASSWORD), 401, "wrong_secret")
    assert (await sign_in(kept, login)).status_code == 201
    assert (await admin.get(f"/api/people/{login}")).json() == {
        "login": login,
        "role": "operator",
        "unit": None,
        "disabled": False,
        "password": True,
        "totp": False,
        "passkeys": 0,
    }


async def test_a_secret_is_for_one_login_for_one_day_and_stored_as_a_digest(
    kept: House, clock: HandClock, admin: httpx.AsyncClient
) -> None:
    made, other = await added(admin), await added(admin)
    refused(await by_secret(kept, other["login"], made["secret"], PASSWORD), 401, "wrong_secret")
    async with kept.service.database.transaction() as connection:
        stored = str((await connection.execute(select(one_time_secrets))).all())
    assert made["secret"] not in stored
    clock.advance(SECRET_WITHIN_S)
    refused(await by_secret(kept, made["login"], made["secret"], PASSWORD), 401, "wrong_secret")


async def test_who_is_reset_begins_anew(kept: House, admin: httpx.AsyncClient) -> None:
    login, device = await somebody(kept), Authenticator(ORIGIN)
    client = await signed_in(kept, login)
    await with_passkey(client, device)
    first = (await admin.post(f"/api/people/{login}/reset")).json()["secret"]
    refused(await client.get("/api/session"), 401, "not_signed_in")
    refused(await sign_in(kept, login), 401, "wrong_login")
    refused(await by_passkey(kept, device), 401, "wrong_passkey")
    second = (await admin.post(f"/api/people/{login}/reset")).json()["secret"]
    refused(await by_secret(kept, login, first, PASSWORD), 401, "wrong_secret")
    assert (await by_secret(kept, login, second, PASSWORD)).status_code == 201


@pytest.mark.parametrize(
    ("role", "unit", "code"),
    [
        ("unit", None, "unit_missing"),
        ("shelter", None, "unit_missing"),
        ("operator", "P-1", "unit_not_wanted"),
        ("unit", "S-1", "unit_is_shelter"),
        ("shelter", "P-1", "unit_is_no_shelter"),
        ("shelter", "F-1", "unit_is_no_shelter"),
    ],
)
async def test_who_answers_for_a_unit_has_the_role_of_its_kind(
    kept: House, admin: httpx.AsyncClient, role: str, unit: str | None, code: str
) -> None:
    said = {"login": f"new-{uuid4().hex[:8]}", "role": role, "unit": unit}
    refused(await admin.post("/api/people", json=said), 422, code)
    refused(await admin.get(f"/api/people/{said['login']}"), 404, "unknown_login")
    login = await somebody(kept)
    refused(await admin.patch(f"/api/people/{login}", json={"role": role, "unit": unit}), 422, code)
    assert (await admin.get(f"/api/people/{login}")).json()["role"] == "operator"


async def test_a_unit_that_is_not_listed_yet_may_have_people_of_either_kind(admin: httpx.AsyncClient) -> None:
    assert (await added(admin, "unit", unit="LATER-1"))["unit"] == "LATER-1"
    assert (await added(admin, "shelter", unit="LATER-2"))["unit"] == "LATER-2"


@pytest.mark.parametrize(
    ("change", "now"),
    [
        ({"role": "supervisor"}, {"role": "supervisor", "unit": None}),
        ({"role": "unit", "unit": "P-2"}, {"role": "unit", "unit": "P-2"}),
        ({"disabled": True}, {"disabled": True, "role": "operator"}),
    ],
)
async def test_who_is_changed_is_signed_out_and_the_change_counts_at_once(
    kept: House, admin: httpx.AsyncClient, change: dict[str, Any], now: dict[str, Any]
) -> None:
    login = await somebody(kept)
    client = await signed_in(kept, login)
    answer = await admin.patch(f"/api/people/{login}", json=change)
    assert now.items() <= answer.json().items()
    refused(await client.get("/api/session"), 401, "not_signed_in")
    assert (await sign_in(kept, login)).status_code == (401 if "disabled" in change else 201)


@pytest.mark.parametrize("change", [{}, {"role": "operator"}, {"disabled": False}])
async def test_a_change_to_what_is_so_already_signs_nobody_out(
    kept: House, admin: httpx.AsyncClient, change: dict[str, Any]
) -> None:
    login = await somebody(kept)
    client = await signed_in(kept, login)
    assert (await admin.patch(f"/api/people/{login}", json=change)).status_code == 200
    assert (await client.get("/api/session")).status_code == 200


async def test_who_has_the_wrong_role_for_their_unit_can_be_shut_out(
    kept: House, admin: httpx.AsyncClient
) -> None:
    login = f"old-{uuid4().hex[:8]}"
    await kept.person(Role.UNIT, login, "S-1")
    assert (await admin.patch(f"/api/people/{login}", json={"disabled": True})).json()["disabled"]


async def test_who_leaves_a_unit_answers_for_none(kept: House, admin: httpx.AsyncClient) -> None:
    login = await somebody(kept, Role.UNIT)
    assert (await admin.patch(f"/api/people/{login}", json={"role": "operator"})).json()["unit"] is None


async def test_a_login_is_given_once(kept: House, admin: httpx.AsyncClient) -> None:
    login = await somebody(kept)
    refused(await admin.post("/api/people", json={"login": login, "role": "admin"}), 409, "login_taken")
    listed = {one["login"]: one for one in (await admin.get("/api/people")).json()["people"]}
    assert listed[login]["role"] == "operator"


@pytest.mark.parametrize("change", [{"role": "operator"}, {"disabled": True}])
async def test_the_last_admin_stays(fresh: House, change: dict[str, Any]) -> None:
    mine = await somebody(fresh, Role.ADMIN)
    admin = await signed_in(fresh, mine)
    for one in (await admin.get("/api/people")).json()["people"]:
        if one["role"] == "admin" and one["login"] != mine:
            assert (await admin.patch(f"/api/people/{one['login']}", json=change)).status_code == 200
    refused(await admin.patch(f"/api/people/{mine}", json=change), 409, "last_admin")
    assert (await admin.get("/api/session")).status_code == 200


async def test_an_admin_sees_and_ends_anybodys_sessions(kept: House, admin: httpx.AsyncClient) -> None:
    login = await somebody(kept)
    first, second = await signed_in(kept, login), await signed_in(kept, login)
    one, _ = (await admin.get(f"/api/people/{login}/sessions")).json()["sessions"]
    assert (await admin.delete(f"/api/people/{login}/sessions/{one['id']}")).status_code == 204
    refused(await admin.delete(f"/api/people/{login}/sessions/{one['id']}"), 404, "unknown_session")
    stands = [client for client in (first, second) if (await client.get("/api/session")).status_code == 200]
    assert len(stands) == 1
    assert (await admin.delete(f"/api/people/{login}/sessions")).status_code == 204
    refused(await stands[0].get("/api/session"), 401, "not_signed_in")


async def test_a_console_left_open_makes_no_accounts(
    kept: House, clock: HandClock, admin: httpx.AsyncClient
) -> None:
    login = await somebody(kept)
    clock.advance(kept.service.settings.proof_fresh_s)
    made = await admin.post("/api/people", json={"login": "new-admin", "role": "admin"})
    refused(made, 409, "proof_needed")
    refused(await admin.patch(f"/api/people/{login}", json={"role": "admin"}), 409, "proof_needed")
    refused(await admin.post(f"/api/people/{login}/reset"), 409, "proof_needed")
    assert (await admin.delete(f"/api/people/{login}/sessions")).status_code == 204


async def test_every_change_is_written_down_with_who_did_it(kept: House, admin: httpx.AsyncClient) -> None:
    by = (await admin.get("/api/session")).json()["person"]
    login = (await added(admin))["login"]
    person = (await kept.service.ways.accounts.account(login)).person.id
    await admin.patch(f"/api/people/{login}", json={"role": "supervisor"})
    await admin.post(f"/api/people/{login}/reset")
    await admin.delete(f"/api/people/{login}/sessions")
    for what in ("account added", "account changed", "account reset", "sessions ended"):
        row = (await written(kept, what))[0]
        assert (row["by"], row["said"]["person"]) == (by, person)
    assert (await written(kept, "account changed"))[0]["said"]["role"] == "supervisor"


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"login": "x"},
        {"login": "María López", "role": "operator"},
        {"login": "x", "role": "root"},
        {"login": "x", "role": "operator", "password": PASSWORD},
    ],
)
async def test_an_account_that_is_none_is_told_so(admin: httpx.AsyncClient, said: dict[str, Any]) -> None:
    refused(await admin.post("/api/people", json=said), 422, "invalid")


async def test_nobody_has_no_account(admin: httpx.AsyncClient) -> None:
    for method, path in (
        ("GET", ""),
        ("PATCH", ""),
        ("POST", "/reset"),
        ("GET", "/sessions"),
        ("DELETE", "/sessions"),
        ("DELETE", f"/sessions/{NOBODY}"),
    ):
        answer = await admin.request(method, f"/api/people/nobody{path}", json={} if method == "PATCH" else None)
        refused(answer, 404, "unknown_login")
