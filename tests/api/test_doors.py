"""Who may come in: nothing answers a stranger, a role opens what the table says, a new route is noticed."""

from uuid import uuid4

import pytest

from app.security.permissions import may
from app.security.sessions import OF_UNITS, Role
from tests.service_fixture import House

from .doors import DOORS, OPEN, PAGES, Door, has_safe_headers, refused, routes

_NAMED = [pytest.param(door, id=f"{door.method} {door.path}") for door in DOORS]


async def test_every_route_of_the_app_is_in_the_list_these_tests_are_made_of(house: House) -> None:
    assert routes(house.app) == {(door.method, door.path) for door in DOORS} | OPEN | PAGES | {("WS", "/ws")}


async def test_no_route_answers_without_a_session(house: House) -> None:
    stranger = await house.client()
    for method, path in sorted(routes(house.app) - OPEN - PAGES - {("WS", "/ws")}):
        door = next((door for door in DOORS if (door.method, door.path) == (method, path)), None)
        address = door.address if door else path
        for sent in ({}, door.sent() if door else {}, {"headers": {"Authorization": "Bearer"}}):
            answer = await stranger.request(method, address, **sent)
            assert refused(answer, 401, "not_signed_in")
            assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer x"},
        {"Authorization": "Bearer " + "x" * 5000},
        {"Authorization": "Basic b3BlcmF0b3I6eA=="},
        {"Authorization": "bearer"},
        {"Cookie": "naranja_session=x"},
        {"Cookie": "naranja_session="},
        {"Cookie": 'naranja_session="\\000"'},
    ],
)
async def test_a_token_that_is_none_opens_nothing(house: House, headers: dict[str, str]) -> None:
    stranger = await house.client()
    refused(await stranger.get("/api/alerts", headers=headers), 401, "not_signed_in")


async def test_a_token_in_the_address_opens_nothing(house: House) -> None:
    stranger = await house.client()
    token = house.tokens["operator"]
    for name in ("token", "access_token", "naranja_session"):
        refused(await stranger.get("/api/alerts", params={name: token}), 401, "not_signed_in")


async def test_health_answers_anybody_and_says_nothing_of_anybody(house: House) -> None:
    stranger = await house.client()
    alive, ready = await stranger.get("/healthz"), await stranger.get("/readyz")
    assert alive.json() == {"status": "alive"}
    assert set(ready.json()) == {"status", "at", "checks"}
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("door", _NAMED)
async def test_a_role_opens_what_the_table_says_and_nothing_else(house: House, door: Door, role: Role) -> None:
    allowed = (door.action is None and door.own is None) or any(
        action is not None and may(role, action) for action in (door.action, door.own)
    )
    client = await house.client(await house.token(role, "P-1" if role in OF_UNITS else None))
    answer = await client.request(door.method, door.address, **door.sent())
    if allowed:
        assert answer.status_code not in {401, 403, 405, 422}, answer.text
        assert answer.status_code < 500
        has_safe_headers(answer)
    else:
        refused(answer, 403, "forbidden")


@pytest.mark.parametrize("what", ["duty", "position"])
async def test_a_unit_may_speak_for_itself_only(house: House, what: str) -> None:
    door = next(door for door in DOORS if door.path.endswith(what))
    client = await house.client("P-2")
    refused(await client.put(f"/api/units/P-1/{what}", **door.sent()), 403, "forbidden")
    refused(await client.put(f"/api/units/p-2/{what}", **door.sent()), 403, "forbidden")


@pytest.mark.parametrize("role", ["operator", "coordinator", "admin"])
async def test_the_desk_cannot_answer_for_a_unit(house: House, role: str) -> None:
    client = await house.client(role)
    answer = await client.post(f"/api/assignments/{uuid4()}/accept", json={"id": str(uuid4())})
    refused(answer, 403, "forbidden")


@pytest.mark.parametrize("door", _NAMED)
async def test_looking_at_a_door_without_going_through_does_no_harm(house: House, door: Door) -> None:
    client = await house.client("operator")
    before = (await house.service.desk.board()).seq
    for method in ("HEAD", "OPTIONS", "TRACE", "PROPFIND"):
        answer = await client.request(method, door.address)
        assert answer.status_code in {404, 405}
        assert "access-control-allow-origin" not in answer.headers
        has_safe_headers(answer)
    assert (await house.service.desk.board()).seq == before


async def test_a_wrong_method_and_a_wrong_address_are_problems_too(house: House) -> None:
    client = await house.client("operator")
    answer = await client.delete("/api/alerts")
    refused(answer, 405, "method_not_allowed")
    assert answer.headers["allow"]
    for address in ("/api", "/api/alerts/", "/docs", "/redoc", "/people", "/ws", "/static/../etc/passwd"):
        refused(await client.get(address), 404, "not_found")


async def test_the_description_names_every_route(house: House) -> None:
    client = await house.client("P-1")
    described = (await client.get("/openapi.json")).json()["paths"]
    found = {(method.upper(), path) for path, methods in described.items() for method in methods}
    assert found == routes(house.app) - {("WS", "/ws"), ("GET", "/openapi.json")} - PAGES
