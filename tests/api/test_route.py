"""The way to her by road: for the unit that has accepted and says where it is, and for nobody else."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from app.clock import rfc3339
from app.geo.point import Point, distance_m, from_lon_lat
from app.store.tables import audit
from tests.service_fixture import HERE, House, a_house
from tests.streets import driven_streets

from .doors import refused

ABOARD = Point(25.652, -100.328)
"""Where the patrol says to be; HERE lies some three kilometres away."""
ON_A_STREET_M = 250.0
"""Both ends lie between streets 400 m apart."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def osrm(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A real OSRM on the streets of the tests' region."""
    async with driven_streets(tmp_path_factory.mktemp("streets")) as url:
        yield url


@pytest_asyncio.fixture(loop_scope="session")
async def routed(database_url: str, tmp_path: Path, osrm: str) -> AsyncIterator[House]:
    """A furnished service that asks that OSRM."""
    async with a_house(database_url, tmp_path, osrm_url=osrm) as house:
        yield house


async def route(house: House, who: str, assignment: str) -> httpx.Response:
    return await (await house.client(who)).get(f"/api/assignments/{assignment}/route")


async def says_where(house: House, unit: str) -> None:
    said = {
        "lat": ABOARD.lat,
        "lon": ABOARD.lon,
        "accuracy_m": 5,
        "at": rfc3339(house.service.clock.now()),
    }
    (await (await house.client(unit)).put(f"/api/units/{unit}/position", json=said)).raise_for_status()


async def accepted(house: House, unit: str = "P-1", need: str = "police") -> tuple[str, str]:
    """A new alert and the assignment by which this unit, the only one on duty, has accepted it."""
    await house.on_duty(unit)
    receipt = await house.raised(need)
    assignment = await house.offered(receipt, need)
    assert (await house.step(unit, assignment, "accept")).status_code == 200
    return receipt["alert"], assignment


async def written(house: House) -> list[tuple[str | None, str | None]]:
    """Alert and unit of every route that somebody was shown."""
    async with house.service.database.transaction() as connection:
        rows = await connection.execute(select(audit.c.alert, audit.c.unit).where(audit.c.what == "route"))
        return [(row.alert, row.unit) for row in rows]


@pytest.mark.roads
async def test_the_way_goes_along_streets_from_where_the_unit_is_to_her_and_is_written_down(routed: House) -> None:
    alert, assignment = await accepted(routed)
    await says_where(routed, "P-1")
    answer = await route(routed, "P-1", assignment)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    line = [from_lon_lat(*corner) for corner in said["line"]["coordinates"]]
    her = Point(HERE["lat"], HERE["lon"])
    assert said["line"]["type"] == "LineString"
    assert distance_m(line[0], ABOARD) < ON_A_STREET_M
    assert distance_m(line[-1], her) < ON_A_STREET_M
    assert said["metres"] > distance_m(line[0], line[-1]) * 1.1
    assert said["seconds"] > 60
    assert await written(routed) == [(alert, "P-1")]


@pytest.mark.roads
async def test_whose_place_it_is_not_is_told_of_no_way(routed: House) -> None:
    await routed.on_duty("P-1", "P-2")
    receipt = await routed.raised("police")
    assignment = await routed.offered(receipt)
    await says_where(routed, "P-1")
    await says_where(routed, "P-2")
    refused(await route(routed, "P-1", assignment), 404, "unknown_assignment")
    await routed.step("P-1", assignment, "accept")
    refused(await route(routed, "P-2", assignment), 404, "unknown_assignment")
    refused(await route(routed, "S-1", assignment), 404, "unknown_assignment")
    refused(await route(routed, "P-1", str(uuid4())), 404, "unknown_assignment")
    for who in ("operator", "supervisor", "coordinator", "auditor", "admin"):
        refused(await route(routed, who, assignment), 403, "forbidden")
    who = (await (await routed.client("P-1")).get("/api/session")).json()["login"]
    told = {"id": str(uuid4()), "keep_out": {"crew": [who]}}
    answer = await (await routed.client("operator")).patch(f"/api/alerts/{receipt['alert']}", json=told)
    assert answer.status_code == 200
    refused(await route(routed, "P-1", assignment), 404, "unknown_assignment")
    assert await written(routed) == []


@pytest.mark.roads
async def test_from_a_shelter_there_is_no_way_even_to_her_whom_it_awaits(routed: House) -> None:
    _, place = await accepted(routed, "S-1", "shelter")
    refused(await route(routed, "S-1", place), 404, "unknown_assignment")
    assert await written(routed) == []


@pytest.mark.roads
async def test_a_unit_that_is_not_known_to_be_anywhere_or_has_left_with_her_has_no_way(routed: House) -> None:
    await routed.on_duty("P-1", "S-1")
    receipt = await routed.raised("police", "shelter")
    patrol, place = await routed.offered(receipt), await routed.offered(receipt, "shelter")
    for unit, assignment in (("P-1", patrol), ("S-1", place)):
        assert (await routed.step(unit, assignment, "accept")).status_code == 200
    refused(await route(routed, "P-1", patrol), 409, "no_position")
    await says_where(routed, "P-1")
    assert (await route(routed, "P-1", patrol)).status_code == 200
    for step in ("en-route", "on-scene", "depart"):
        assert (await routed.step("P-1", patrol, step)).status_code == 200
    await says_where(routed, "P-1")
    refused(await route(routed, "P-1", patrol), 409, "no_position")
    assert (await routed.step("P-1", patrol, "safe")).status_code == 200
    assert (await routed.step("P-1", patrol, "done")).status_code == 200
    refused(await route(routed, "P-1", patrol), 404, "unknown_assignment")
    assert len(await written(routed)) == 1


async def test_without_roads_it_is_said_that_there_are_none(fresh: House) -> None:
    _, assignment = await accepted(fresh)
    await says_where(fresh, "P-1")
    refused(await route(fresh, "P-1", assignment), 409, "no_roads")
    assert await written(fresh) == []
