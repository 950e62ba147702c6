"""What units say over HTTP beyond the steps: screens, orders, places, and where she is taken."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from app.store.tables import audit, details
from tests.service_fixture import House

from .doors import refused

SHELTER = {"lat": 25.6543, "lon": -100.3321}
"""Where S-1 truly is; nobody else is told."""


async def said(house: House, who: str, assignment: str, what: str, **more: Any) -> httpx.Response:
    return await house.step(who, assignment, what, **more)


async def destination(house: House, who: str, assignment: str) -> httpx.Response:
    return await (await house.client(who)).get(f"/api/assignments/{assignment}/destination")


async def held(house: House, alert: str, unit: str) -> str:
    """The live assignment of the unit for that alert."""
    board = await house.service.desk.board()
    (found,) = [live for live in board.assignments.values() if (live.alert, live.unit) == (alert, unit)]
    return found.id


@pytest.mark.parametrize(("language", "words"), [("es", "¿Está sin trabajo?"), ("en", "Is he out of work?")])
async def test_the_questions_of_a_screen_come_in_two_languages(house: House, language: str, words: str) -> None:
    for who in ("operator", "P-1"):
        answer = await (await house.client(who)).get("/api/screens", params={"language": language})
        (screen,) = answer.json()["screens"]
        assert (screen["profile"], len(screen["questions"])) == ("lap", 11)
        assert words in [question["text"] for question in screen["questions"]]
    refused(await (await house.client("P-1")).get("/api/screens?language=fr"), 422, "invalid")


async def test_a_screen_on_scene_raises_the_level(fresh: House) -> None:
    await fresh.on_duty("P-1", "P-2")
    receipt = await fresh.raised("police")
    assignment = await fresh.offered(receipt)
    answers = {"threatened_to_kill": "yes", "strangled": "unknown"}
    screen = {"profile": "lap", "answers": answers}
    refused(await said(fresh, "P-1", assignment, "screen", **screen), 409, "wrong_state")
    await fresh.step("P-1", assignment, "accept")
    refused(await said(fresh, "P-2", assignment, "screen", **screen), 404, "unknown_assignment")
    wrong = {"profile": "lap", "answers": {"his_shoes": "yes"}}
    refused(await said(fresh, "P-1", assignment, "screen", **wrong), 422, "unknown_question")
    refused(await said(fresh, "P-1", assignment, "screen", profile="tarot", answers={}), 422, "unknown_screen")
    answer = await said(fresh, "P-1", assignment, "screen", **screen)
    assert (answer.status_code, answer.json()["level"]) == (200, "extreme")
    assert "needs" not in answer.json()
    assert (await said(fresh, "P-1", assignment, "well")).status_code == 200
    refused(await said(fresh, "P-1", assignment, "order", outcome="issued"), 409, "not_prosecutor")
    refused(await said(fresh, "P-1", assignment, "extend-hold"), 409, "not_held")


async def test_the_prosecutor_of_the_alert_settles_its_order(fresh: House) -> None:
    await fresh.on_duty("F-1")
    receipt = await fresh.raised("prosecutor")
    assignment = await fresh.offered(receipt, "prosecutor")
    await fresh.step("F-1", assignment, "accept")
    refused(await said(fresh, "P-1", assignment, "order", outcome="issued"), 404, "unknown_assignment")
    assert (await said(fresh, "F-1", assignment, "order", outcome="issued")).status_code == 200
    points = await (await fresh.client("operator")).get(f"/api/alerts/{receipt['alert']}/timeline")
    assert points.json()["points"]["T14"] is not None


async def test_a_shelter_says_how_many_places_are_free_and_no_other_unit_does(fresh: House) -> None:
    await fresh.on_duty("S-1", "P-1")

    async def places(who: str, unit: str, free: Any) -> httpx.Response:
        client = await fresh.client(who)
        return await client.put(f"/api/units/{unit}/places", json={"id": str(uuid4()), "free": free})

    assert (await places("S-1", "S-1", 1)).status_code == 200
    units = (await (await fresh.client("operator")).get("/api/units")).json()["units"]
    (shelter,) = [unit for unit in units if unit["id"] == "S-1"]
    assert shelter["places"] == {"free": 1, "held": 0, "awaited": 0, "occupied": 2}
    assert (await places("operator", "S-1", 3)).status_code == 200
    refused(await places("S-1", "S-1", 4), 409, "too_many_places")
    refused(await places("S-1", "S-1", -1), 422, "invalid")
    refused(await places("P-1", "S-1", 1), 403, "forbidden")
    refused(await places("operator", "P-1", 1), 409, "not_a_shelter")


async def test_a_shift_says_what_its_crew_brings_and_when_it_ends(fresh: House) -> None:
    client = await fresh.client("P-1")
    duty: dict[str, Any] = {"on": True, "crew": ["7"], "crew_brings": ["speaks_nahuatl"]}
    ended = {"id": str(uuid4()), **duty, "until": "2001-01-01T00:00:00Z"}
    refused(await client.put("/api/units/P-1/duty", json=ended), 409, "shift_over")
    until = {"id": str(uuid4()), **duty, "until": "2099-01-01T06:00:00Z"}
    assert (await client.put("/api/units/P-1/duty", json=until)).status_code == 200
    units = (await (await fresh.client("operator")).get("/api/units")).json()["units"]
    (unit,) = [unit for unit in units if unit["id"] == "P-1"]
    assert (unit["crew_brings"], unit["until"]) == (["speaks_nahuatl"], "2099-01-01T06:00:00.000Z")


async def test_only_who_takes_her_there_learns_where_and_only_while_it_lasts(fresh: House) -> None:
    await fresh.on_duty("P-1", "P-2", "S-1")
    alert = (await fresh.raised("police", "shelter"))["alert"]
    patrol, place = await held(fresh, alert, "P-1"), await held(fresh, alert, "S-1")
    for unit, assignment in (("P-1", patrol), ("S-1", place)):
        assert (await fresh.step(unit, assignment, "accept")).status_code == 200
    refused(await destination(fresh, "P-1", patrol), 404, "unknown_assignment")
    for step in ("en-route", "on-scene", "depart"):
        assert (await fresh.step("P-1", patrol, step)).status_code == 200
    answer = await destination(fresh, "P-1", patrol)
    assert (answer.status_code, answer.json()["where"]) == (200, SHELTER)
    assert answer.json()["shelter"] == "S-1"
    refused(await destination(fresh, "P-2", patrol), 404, "unknown_assignment")
    for who, assignment in (("S-1", place), ("S-1", patrol), ("operator", patrol)):
        refused(await destination(fresh, who, assignment), 403, "forbidden")
    async with fresh.service.database.transaction() as connection:
        rows = await connection.execute(select(audit.c.alert).where(audit.c.what == "destination"))
        assert [row.alert for row in rows] == [alert]
    assert (await fresh.step("P-1", patrol, "safe")).status_code == 200
    refused(await destination(fresh, "P-1", patrol), 404, "unknown_assignment")


async def test_who_is_kept_out_learns_no_place_at_a_colleagues_phone(fresh: House) -> None:
    await fresh.on_duty("P-1", "S-1")
    alert = (await fresh.raised("police", "shelter"))["alert"]
    patrol, place = await held(fresh, alert, "P-1"), await held(fresh, alert, "S-1")
    for unit, assignment in (("P-1", patrol), ("S-1", place)):
        await fresh.step(unit, assignment, "accept")
    for step in ("en-route", "on-scene", "depart"):
        await fresh.step("P-1", patrol, step)
    who = (await (await fresh.client("P-1")).get("/api/session")).json()["login"]
    told = {"id": str(uuid4()), "keep_out": {"crew": [who]}}
    assert (await (await fresh.client("operator")).patch(f"/api/alerts/{alert}", json=told)).status_code == 200
    refused(await destination(fresh, "P-1", patrol), 404, "unknown_assignment")


async def test_a_crew_in_danger_calls_a_human_raises_the_level_and_is_sent_another_patrol(fresh: House) -> None:
    await fresh.on_duty("P-1")
    receipt = await fresh.raised("police")
    assignment = await fresh.offered(receipt)
    refused(await said(fresh, "P-1", assignment, "help"), 409, "wrong_state")
    await fresh.step("P-1", assignment, "accept")
    refused(await said(fresh, "P-2", assignment, "help"), 404, "unknown_assignment")
    answer = await said(fresh, "P-1", assignment, "help")
    assert (answer.status_code, answer.json()["level"]) == (200, "extreme")
    board = await fresh.service.desk.board()
    needs = board.alerts[receipt["alert"]].needs
    assert [need.key for need in needs] == ["police", "police-2"]
    assert needs[0].alarm is not None
    assert (needs[0].alarm.cause, needs[0].alarm.acknowledged_at) == ("crew_in_danger", None)


async def test_a_note_of_who_is_there_is_sealed_and_read_by_the_desk_and_by_who_serves_the_alert(
    fresh: House,
) -> None:
    await fresh.on_duty("P-1", "P-2")
    receipt = await fresh.raised("police")
    assignment = await fresh.offered(receipt)
    text = "ella salió por la puerta de atrás"
    refused(await said(fresh, "P-1", assignment, "notes", text=text), 409, "wrong_state")
    await fresh.step("P-1", assignment, "accept")
    refused(await said(fresh, "P-2", assignment, "notes", text=text), 404, "unknown_assignment")
    refused(await said(fresh, "P-1", assignment, "notes", text=""), 422, "invalid")
    async with fresh.phone("P-1") as phone:
        answer = await said(fresh, "P-1", assignment, "notes", text=text)
        assert answer.status_code == 200, answer.text
        card = await phone.card(lambda card: text in card.get("told", {}).get("note", []))
        assert card["id"] == assignment
    read = (await (await fresh.client("operator")).get(f"/api/alerts/{receipt['alert']}")).text
    assert text in read
    async with fresh.service.database.transaction() as connection:
        rows = (await connection.execute(select(details))).all()
    assert text.encode() not in b"".join(bytes(row.sealed) for row in rows)
