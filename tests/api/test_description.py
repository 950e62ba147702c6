"""What the API says of itself: what opens a route, and that every route may refuse, in one shape."""

from typing import Any

import pytest

from app.api.description import OPEN as SAID_OPEN
from app.api.description import PROBLEMS
from tests.service_fixture import House

from .doors import DOORS, OPEN, refused


def operations(house: House) -> list[tuple[str, str, dict[str, Any]]]:
    paths = house.app.openapi()["paths"]
    return [(method, path, one) for path, methods in paths.items() for method, one in methods.items()]


async def test_what_is_said_to_answer_anybody_is_what_does(house: House) -> None:
    assert {(method.upper(), path) for method, path in SAID_OPEN} == OPEN
    for method, path, operation in operations(house):
        assert ("security" in operation) == ((method.upper(), path) not in OPEN)


async def test_every_route_says_how_it_may_refuse(house: House) -> None:
    parts = house.app.openapi()["components"]
    for method, path, operation in operations(house):
        for status in PROBLEMS:
            answer = operation["responses"][str(status)]
            answer = parts["responses"][answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
            assert "application/problem+json" in answer["content"], (method, path, status)
    assert "HTTPValidationError" not in parts["schemas"]


NOT_OF_THE_DESK = ("/glass", "/hold", "/erase")
"""Done to the personal data of an alert, not to the alert: the desk's log has no line of them."""


async def test_every_command_says_its_receipt(house: House) -> None:
    for method, path, operation in operations(house):
        of_the_desk = path.startswith(("/api/alerts", "/api/assignments")) and not path.endswith(NOT_OF_THE_DESK)
        if method != "get" and of_the_desk:
            done = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
            assert "Receipt" in done["content"]["application/json"]["schema"]["$ref"], path


@pytest.mark.parametrize("path", sorted({door.path for door in DOORS if door.path != "/openapi.json"}))
async def test_an_address_says_every_method_it_takes(house: House, path: str) -> None:
    client = await house.client("operator")
    door = next(door for door in DOORS if door.path == path)
    answer = await client.request("PROPFIND", door.address)
    refused(answer, 405, "method_not_allowed")
    taken = {door.method for door in DOORS if door.path == path}
    assert set(answer.headers["allow"].split(", ")) == taken | {m for m, p in OPEN if p == path}
