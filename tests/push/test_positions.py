"""Positions: believed when they can be true, counted when not, shown to consoles and never of who must hide."""

import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from app.geo.point import Point
from app.security.sessions import Role
from app.store import positions as rows
from tests.service_fixture import HERE, NORTH, House, Phone

EVERY_S = 0.2


@pytest.fixture(autouse=True)
def often(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Positions go out a little more often than in earnest."""
    monkeypatch.setattr(house.service.settings, "positions_every_s", EVERY_S)


def at(house: House, ago_s: float = 0.0) -> str:
    return datetime.fromtimestamp(house.service.clock.now() - ago_s, UTC).isoformat()


async def said(phone: Phone, **frame: Any) -> str | None:
    """Say where it is; the code of the problem, if that is the answer."""
    await phone.say(type="position", **frame)
    await phone.say(type="ping")
    answer = await phone.until(lambda frame: frame["type"] in {"pong", "problem"})
    if answer["type"] == "pong":
        return None
    await phone.next("pong")
    return str(answer["code"])


def known(house: House, unit: str) -> Point | None:
    found = house.service.desk.ground.position(unit)
    return found[0] if found is not None and found[1] is not None else None


async def test_a_fix_that_can_be_true_is_believed(house: House) -> None:
    await house.on_duty("P-1")
    taken = house.service.positions.taken
    async with house.phone("P-1") as phone:
        assert await said(phone, **NORTH, accuracy_m=4.5, at=at(house)) is None
        # The same moment again, or one by a clock a little ahead, is no harm.
        assert await said(phone, **NORTH, at=at(house, -3)) is None
    assert known(house, "P-1") == Point(NORTH["lat"], NORTH["lon"])
    assert house.service.positions.taken == taken + 2


async def test_what_cannot_be_true_is_refused_and_counted(house: House) -> None:
    await house.on_duty("P-3")
    before = Counter(house.service.positions.refused)
    async with house.phone("P-3") as phone:
        assert await said(phone, **NORTH, at=at(house, 20)) is None
        assert await said(phone, **NORTH, at=at(house, -60)) == "position_future"
        assert await said(phone, **NORTH, at="2099-12-31T23:59:59Z") == "position_future"
        assert await said(phone, **NORTH, at="9999-12-31T23:59:59-14:00") == "position_future"
        assert await said(phone, **NORTH, at=at(house, 700)) == "position_too_old"
        assert await said(phone, **NORTH, at="0001-01-01T00:00:00+14:00") == "position_too_old"
        assert await said(phone, **NORTH, at=at(house, 30)) == "position_out_of_order"
        assert await said(phone, lat=24.0, lon=NORTH["lon"], at=at(house, 10)) == "position_absurd"
        assert await said(phone, lat=91, lon=0, at=at(house)) == "position_bad"
        assert await said(phone, lat=-100.31, lon=25.67, at=at(house)) == "position_bad"
        assert await said(phone, lat=1e308, lon=0, at=at(house)) == "position_bad"
        assert await said(phone, **NORTH, at="2026-05-31T22:15:00") == "position_bad"
        assert await said(phone, lat=float("nan"), lon=0, at=at(house)) == "bad_frame"
        assert await said(phone, lat=float("inf"), lon=0, at=at(house)) == "bad_frame"
        assert await said(phone, **NORTH, accuracy_m=-1, at=at(house)) == "bad_frame"
        assert await said(phone, **NORTH) == "bad_frame"
    assert known(house, "P-3") == Point(NORTH["lat"], NORTH["lon"])
    assert Counter(house.service.positions.refused) - before == {
        "position_future": 3, "position_too_old": 2, "position_out_of_order": 1, "position_absurd": 1,
        "position_bad": 4,
    }  # fmt: skip
    figures = (await (await house.client("admin")).get("/metrics")).text
    for reason, count in house.service.positions.refused.items():
        assert f'naranja_positions_refused_total{{reason="{reason}"}} {float(count)}' in figures
    assert str(NORTH["lat"]) not in figures


async def test_nobody_is_tracked_off_duty(house: House) -> None:
    async with house.phone("P-2") as phone:
        assert await said(phone, **NORTH, at=at(house)) == "position_off_duty"
    assert known(house, "P-2") is None


@pytest.mark.parametrize(("role", "code"), [(Role.SHELTER, "forbidden"), (Role.UNIT, "position_sealed")])
async def test_a_sealed_shelter_is_tracked_never_whoever_carries_its_phone(
    house: House, role: Role, code: str
) -> None:
    await house.on_duty("S-1")
    async with house.phone(await house.token(role, "S-1")) as phone:
        assert await said(phone, **NORTH, at=at(house)) == code
    assert known(house, "S-1") is None


async def test_where_a_unit_was_is_forgotten_when_its_shift_ends(house: House) -> None:
    await house.on_duty("P-2")
    async with house.phone("P-2") as phone:
        assert await said(phone, **NORTH, at=at(house, 5)) is None
        await house.off_duty("P-2")
        assert known(house, "P-2") is None
        await house.on_duty("P-2")
        # Somebody else's car, far from where the last one was.
        assert await said(phone, **HERE, at=at(house)) is None
        await house.off_duty("P-2")
    await house.service.positions._keep()
    async with house.service.database.transaction() as connection:
        kept, _ = await rows.changed(connection, "main", 0)
    assert "P-2" not in {fix.unit for fix in kept}


async def test_a_console_has_no_position_to_report(house: House) -> None:
    async with house.phone("operator") as phone:
        assert await said(phone, **NORTH, at=at(house)) == "forbidden"


async def test_over_http_the_same_is_refused(house: House) -> None:
    client = await house.client("P-2")
    await house.on_duty("P-2")
    url = "/api/units/P-2/position"
    assert (await client.put(url, json={**HERE, "at": at(house, 10)})).status_code == 204
    for fix, code in (
        ({**HERE, "at": at(house, -60)}, "position_future"),
        ({**HERE, "at": at(house, 700)}, "position_too_old"),
        ({**HERE, "at": at(house, 30)}, "position_out_of_order"),
        ({"lat": 24.0, "lon": -100.31, "at": at(house)}, "position_absurd"),
    ):
        answer = await client.put(url, json=fix)
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert (await client.put(url, json={"lat": 91, "lon": 0, "at": at(house)})).status_code == 422


async def test_consoles_see_who_moves_at_most_so_often_and_units_never(house: House) -> None:
    await house.on_duty("P-1", "P-2")
    async with house.phone("operator") as console, house.phone("P-1") as phone, house.phone("P-2") as other:
        await console.next("cards")
        await other.next("cards")
        lat, began = HERE["lat"], time.monotonic()
        while time.monotonic() < began + 6 * EVERY_S:
            lat += 0.000_01
            assert await said(phone, lat=round(lat, 6), lon=HERE["lon"], at=at(house)) is None
            assert await said(other, lat=round(lat, 6), lon=HERE["lon"], at=at(house)) is None
        there = {unit: round(lat, 6) for unit in ("P-1", "P-2")}
        await console.until(lambda frame: {unit["id"]: unit["lat"] for unit in frame.get("units", ())} == there)
        frames = [frame for frame in console.heard if frame["type"] == "positions"]
        # One may have been on its way before the first was said.
        assert 1 <= len(frames) <= (time.monotonic() - began) / EVERY_S + 2
        assert all(set(unit) == {"id", "lat", "lon", "at"} for frame in frames for unit in frame["units"])
        for one in (phone, other):
            assert "positions" not in {frame["type"] for frame in one.heard}


async def test_who_has_left_with_her_is_not_shown_any_more(house: House) -> None:
    await house.on_duty("P-1", "P-2")
    async with house.phone("operator") as console, house.phone("P-1") as phone, house.phone("P-2") as other:
        await console.next("cards")
        await house.raised("police")
        offer = await phone.card(lambda card: card["card"] == "assignment")
        for step in ("accept", "en-route", "on-scene"):
            assert (await house.step("P-1", offer["id"], step)).status_code == 200
        assert await said(phone, lat=25.6701, lon=-100.31, at=at(house)) is None
        shown = await console.next("positions")
        assert [unit["id"] for unit in shown["units"]] == ["P-1"]
        assert (await house.step("P-1", offer["id"], "depart")).status_code == 200
        assert await said(phone, lat=25.6702, lon=-100.31, at=at(house)) is None
        assert await said(other, lat=25.6702, lon=-100.31, at=at(house)) is None
        shown = await console.next("positions")
        assert [unit["id"] for unit in shown["units"]] == ["P-2"]
        # At the door of where she is safe now: clear, and still nobody's to see, to keep or to count with.
        for step in ("safe", "done"):
            assert (await house.step("P-1", offer["id"], step)).status_code == 200
        assert await said(phone, lat=25.6703, lon=-100.31, at=at(house)) is None
        assert await said(other, lat=25.6703, lon=-100.31, at=at(house)) is None
        shown = await console.next("positions")
        assert [unit["id"] for unit in shown["units"]] == ["P-2"]
        known = house.service.desk.ground.position("P-1")
        assert known is not None
        assert known[1] is None


async def test_who_goes_home_is_not_shown_by_what_was_said_before(house: House) -> None:
    await house.on_duty("P-1", "P-2")
    async with house.phone("operator") as console, house.phone("P-1") as phone, house.phone("P-2") as other:
        await console.next("cards")
        assert await said(phone, **HERE, at=at(house)) is None
        await console.next("positions")
        assert await said(phone, **HERE, at=at(house)) is None
        await house.off_duty("P-1")
        assert await said(other, **HERE, at=at(house)) is None
        seen = await console.next("positions")
        while "P-2" not in {unit["id"] for unit in seen["units"]}:
            seen = await console.next("positions")
        assert "P-1" not in {unit["id"] for unit in seen["units"]}
