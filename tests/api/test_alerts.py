"""Alerts over HTTP: saved before the answer, once however often it is sent, read only by who is written down."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app.security.sessions import Role
from app.store.tables import audit
from tests.service_fixture import HERE, NORTH, House

from .doors import CLOSING, NOBODY, refused

TOLD = {
    "people": [{"role": "victim", "name": "Ana", "telephone": "55 1234"}],
    "caller": {"role": "neighbour", "note": "third floor"},
    "safe_contact": "her sister",
    "note": "he has a key",
}


def an_alert(**more: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "where": {**HERE, "address": "Calle 5"}, "needs": ["police"], **more}


async def test_a_new_alert_says_where_it_is_found(house: House) -> None:
    client, body = await house.client("operator"), an_alert(**TOLD)
    answer = await client.post("/api/alerts", json=body)
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/alerts/{body['id']}"
    read = (await client.get(answer.headers["location"])).json()
    assert (read["id"], read["state"], read["zone"]) == (body["id"], "open", "centro")
    assert read["where"] == {**HERE, "address": "Calle 5"}
    assert {d["kind"]: d["value"] for d in read["details"]} == {"place": read["where"], **TOLD}


async def test_an_alert_sent_again_gets_its_first_answer_and_is_there_once(house: House) -> None:
    client, body = await house.client("operator"), an_alert(**TOLD)
    answers = await asyncio.gather(*(client.post("/api/alerts", json=body) for _ in range(10)))
    later = await client.post("/api/alerts", json={**body, "at_device": "2026-05-31T22:15:00Z"})
    assert {answer.status_code for answer in (*answers, later)} == {201}
    assert len({answer.text for answer in (*answers, later)}) == 1
    read = (await client.get(f"/api/alerts/{body['id']}")).json()
    assert [d["kind"] for d in read["details"]].count("note") == 1
    entries = (await client.get(f"/api/alerts/{body['id']}/timeline")).json()["entries"]
    assert [entry["event"] for entry in entries].count("AlertRaised") == 1


async def test_an_id_is_not_used_for_two_commands(house: House) -> None:
    client, body = await house.client("operator"), an_alert()
    assert (await client.post("/api/alerts", json=body)).status_code == 201
    other = {**body, "needs": ["police", "police"]}
    refused(await client.post("/api/alerts", json=other), 409, "id_reused")
    cancel = {"id": body["id"], "reason": "mistake"}
    refused(await client.post(f"/api/alerts/{body['id']}/cancel", json=cancel), 409, "id_reused")
    colleague = await house.client("supervisor")
    refused(await colleague.post("/api/alerts", json=body), 409, "id_reused")


async def test_a_refusal_sent_again_is_refused_again(house: House) -> None:
    client = await house.client("operator")
    alert = (await house.raised("police"))["alert"]
    said = {"id": str(uuid4()), **CLOSING}
    for _ in range(2):
        refused(await client.post(f"/api/alerts/{alert}/close", json=said), 409, "need_unaccepted")


async def test_the_open_alerts_are_listed_until_they_are_over(house: House) -> None:
    client = await house.client("operator")
    alert = (await house.raised("police"))["alert"]
    listed = (await client.get("/api/alerts", params={"open": "true"})).json()
    card = next(card for card in listed["alerts"] if card["id"] == alert)
    assert (card["state"], card["where"]) == ("open", HERE)
    await client.post(f"/api/alerts/{alert}/cancel", json={"id": str(uuid4()), "reason": "mistake"})
    listed = (await client.get("/api/alerts")).json()
    assert alert not in {card["id"] for card in listed["alerts"]}
    heads = (await client.get("/api/alerts", params={"open": "false"})).json()["alerts"]
    head = next(head for head in heads if head["id"] == alert)
    assert (head["state"], set(head)) == ("cancelled", {"id", "folio", "state", "raised_at"})
    assert (await client.get(f"/api/alerts/{alert}")).json()["state"] == "cancelled"


async def test_who_reads_details_is_written_down(house: House) -> None:
    alert = (await house.raised("police", **TOLD))["alert"]
    person = await house.person(Role.OPERATOR, f"reader-{uuid4().hex[:8]}")
    client = await house.client(await house.service.gate.hand_token(person))
    await client.get(f"/api/alerts/{alert}")
    await client.get("/api/alerts")
    await client.get(f"/api/alerts/{alert}/timeline")
    async with house.service.database.transaction() as connection:
        rows = await connection.execute(
            select(audit.c.what, audit.c.alert, audit.c.count).where(audit.c.by == person.id).order_by(audit.c.seq)
        )
        found = [tuple(row) for row in rows]
    assert found[0] == ("alert", alert, 1)
    assert found[1][:2] == ("open alerts", None)
    assert found[1][2] >= 1
    assert len(found) == 2


async def test_a_timeline_holds_ids_and_nothing_that_was_told(house: House) -> None:
    alert = (await house.raised("police", **TOLD))["alert"]
    client = await house.client("operator")
    note = {"id": str(uuid4()), "text": "he has a key"}
    assert (await client.post(f"/api/alerts/{alert}/notes", json=note)).status_code == 200
    text = (await client.get(f"/api/alerts/{alert}/timeline")).text
    assert not [told for told in ("Ana", "1234", "sister", "key", "25.67", "Calle", "third") if told in text]


async def test_more_facts_raise_the_level_and_move_the_place(house: House) -> None:
    client = await house.client("operator")
    alert = (await house.raised("police"))["alert"]
    facts = {"id": str(uuid4()), "threat": {"weapon_used": "yes"}, "where": NORTH}
    answer = await client.patch(f"/api/alerts/{alert}", json=facts)
    assert (answer.status_code, answer.json()["level"]) == (200, "extreme")
    read = (await client.get(f"/api/alerts/{alert}")).json()
    assert (read["zone"], read["where"]) == ("norte", NORTH)
    lower = {"id": str(uuid4()), "level": "high", "reason": "calm"}
    refused(await client.post(f"/api/alerts/{alert}/level", json=lower), 422, "level_not_higher")


@pytest.mark.parametrize("alert", ["1", "not-an-id", "%00", "../units", "{}", "0" * 200])
async def test_an_address_that_is_no_id_is_refused_without_a_look(house: House, alert: str) -> None:
    client = await house.client("operator")
    answer = await client.get(f"/api/alerts/{alert}")
    assert answer.status_code in {404, 422} or alert == "../units"
    answer = await client.post(f"/api/alerts/{alert}/notes", json={"id": str(uuid4()), "text": "x"})
    assert answer.status_code in {404, 405, 422}


@pytest.mark.parametrize("unit", ["%00", "P%201", "P-1%0A", "x" * 41, "Ñ"])
async def test_a_unit_code_that_is_none_is_refused(house: House, unit: str) -> None:
    client = await house.client("operator")
    refused(await client.put(f"/api/units/{unit}/duty", json={"id": str(uuid4()), "on": True}), 422, "invalid")


async def test_what_does_not_exist_is_not_found(house: House) -> None:
    client = await house.client("operator")
    refused(await client.get(f"/api/alerts/{NOBODY}"), 404, "unknown_alert")
    refused(await client.get(f"/api/alerts/{NOBODY}/timeline"), 404, "unknown_alert")
    said = {"id": str(uuid4()), "reason": "mistake"}
    refused(await client.post(f"/api/alerts/{NOBODY}/cancel", json=said), 404, "unknown_alert")
    refused(await client.put("/api/units/P-9/duty", json={"id": str(uuid4()), "on": True}), 404, "unknown_unit")
    alert = (await house.raised("police"))["alert"]
    said = {"id": str(uuid4()), "reason": "mistake"}
    refused(await client.post(f"/api/alerts/{alert}/needs/shelter/recall", json=said), 404, "unknown_need")


async def test_an_assignment_of_another_unit_does_not_exist(fresh: House) -> None:
    await fresh.on_duty("P-1", "P-2")
    receipt = await fresh.raised("police")
    assignment = await fresh.offered(receipt)
    assert receipt["needs"][0]["unit"] == "P-1"
    for step in ("seen", "accept", "en-route", "on-scene", "contact", "depart", "safe", "done"):
        others = refused(await fresh.step("P-2", assignment, step), 404, "unknown_assignment")
        nobodys = refused(await fresh.step("P-2", NOBODY, step), 404, "unknown_assignment")
        assert others == nobodys
    for step in ("decline", "withdraw"):
        refused(await fresh.step("P-2", assignment, step, reason="busy"), 404, "unknown_assignment")
        refused(await fresh.step("P-1", assignment, step), 422, "reason_missing")
    refused(await fresh.step("P-1", assignment, "fly"), 422, "invalid")
    refused(await fresh.step("P-1", "not-an-id", "accept"), 422, "invalid")
    refused(await fresh.step("P-1", assignment, "en-route"), 409, "wrong_state")
    assert (await fresh.step("P-1", assignment, "accept")).status_code == 200


async def test_ids_are_one_whatever_their_spelling(house: House) -> None:
    client, body = await house.client("operator"), an_alert()
    first = await client.post("/api/alerts", json=body)
    again = await client.post("/api/alerts", json={**body, "id": f"urn:uuid:{body['id'].upper()}"})
    assert (again.status_code, again.text) == (201, first.text)
    assert (await client.get(f"/api/alerts/{UUID(body['id']).hex}")).status_code == 200
