"""Calls over HTTP: one household is one alert, code words, levels, and two alerts that are one."""

from typing import Any
from uuid import uuid4

import httpx

from app.dispatch.model import AlertState
from tests.service_fixture import HERE, NORTH, House, Json

from .doors import CLOSING, NOBODY, refused

WORDS = {"cancel": "Mandarina", "duress": "Limón"}
SILENT = "70104"
"""The incident code of a call in which nobody speaks."""


def a_call(telephone: str | None = None, **more: Any) -> Json:
    caller = {"caller": {"role": "victim", "name": "Ana", "telephone": telephone}} if telephone else {}
    return {"id": str(uuid4()), "where": dict(HERE), "needs": ["police"], **caller, **more}


def a_number() -> str:
    """A Mexican number nobody else has called from."""
    return f"81 8{uuid4().int % 10**7:07}"


async def asked(house: House, who: str, way: str, **said: Any) -> httpx.Response:
    client = await house.client(who)
    return await client.post(f"/api/alerts/{way}", json={"id": str(uuid4()), **said})


async def read(house: House, alert: str) -> Json:
    found: Json = (await (await house.client("operator")).get(f"/api/alerts/{alert}")).json()
    return found


async def test_a_second_call_of_a_household_joins_the_open_alert(house: House) -> None:
    client, number = await house.client("operator"), a_number()
    first = await client.post("/api/alerts", json=a_call(number))
    assert (first.status_code, first.json()["joined"]) == (201, False)
    alert = first.json()["alert"]
    again = a_call(f"+52 {number}", where=NORTH, threat={"weapon_used": "yes"})
    second = await client.post("/api/alerts", json=again)
    assert (second.status_code, second.json()["joined"]) == (200, True)
    assert second.headers["location"] == f"/api/alerts/{alert}"
    assert (second.json()["alert"], second.json()["level"]) == (alert, "extreme")
    found = await read(house, alert)
    assert [call["id"] for call in found["calls"]] == [alert, again["id"]]
    assert (found["where"], found["household"]) == (HERE, True)
    assert [step["reason"] for step in found["steps"]] == ["weapon_used"]
    repeated = await client.post("/api/alerts", json=again)
    assert (repeated.status_code, repeated.text) == (200, second.text)


async def test_a_household_that_calls_again_after_the_end_begins_anew_and_higher(house: House) -> None:
    number = a_number()
    client = await house.client("operator")
    first = (await client.post("/api/alerts", json=a_call(number))).json()
    await house.cancelled(first["alert"])
    second = await client.post("/api/alerts", json=a_call(number, incident=SILENT))
    assert (second.status_code, second.json()["level"]) == (201, "high")
    assert (await read(house, second.json()["alert"]))["history"] == 1


async def test_nothing_by_which_a_household_is_known_leaves_the_service(house: House) -> None:
    client, number = await house.client("operator"), a_number()
    alert = (await client.post("/api/alerts", json=a_call(number))).json()["alert"]
    (names,) = [a.household for a in (await house.service.desk.board()).alerts.values() if a.id == alert]
    assert names
    for address in (f"/api/alerts/{alert}", f"/api/alerts/{alert}/timeline", "/api/alerts"):
        text = (await client.get(address)).text
        assert not [name for name in names if name in text]


async def test_a_need_is_wanted_by_its_name_or_with_what_it_takes(house: House) -> None:
    wanted = {"institution": "shelter", "prefers": ["speaks_nahuatl"], "children": 2}
    answer = await (await house.client("operator")).post("/api/alerts", json=a_call(needs=["police", wanted]))
    police, shelter = (await read(house, answer.json()["alert"]))["needs"]
    assert (police["institution"], police["children"]) == ("police", 0)
    assert (shelter["prefers"], shelter["children"]) == (["speaks_nahuatl"], 2)


async def test_places_of_the_aggressor_are_sealed_and_only_their_zone_is_in_the_log(house: House) -> None:
    client = await house.client("operator")
    avoid = [{**NORTH, "address": "his mother's house"}]
    alert = (await client.post("/api/alerts", json=a_call(avoid=avoid))).json()["alert"]
    found = await read(house, alert)
    assert [detail["value"] for detail in found["details"] if detail["kind"] == "avoid"] == [avoid]
    story = (await client.get(f"/api/alerts/{alert}/timeline")).json()["entries"]
    (told,) = [entry for entry in story if entry["event"] == "AvoidTold"]
    assert told["zones"] == ["norte"]
    assert "mother" not in str(story)


# --- code words


async def test_two_code_words_differ_whatever_their_accents(house: House) -> None:
    client = await house.client("operator")
    twice = {"cancel": "limon", "duress": " LIMÓN "}
    problem = refused(await client.post("/api/alerts", json=a_call(code_words=twice)), 422, "invalid")
    assert "imon" not in str(problem).lower()


async def test_without_the_right_word_nothing_is_cancelled(house: House) -> None:
    alert = (await house.raised(code_words=WORDS))["alert"]
    for word in ({}, {"word": "naranja"}):
        answer = await asked(house, "operator", f"{alert}/cancel", reason="mistake", **word)
        refused(answer, 422, "code_word_wrong")
    assert (await read(house, alert))["state"] == "open"
    answer = await asked(house, "operator", f"{alert}/cancel", reason="mistake", word="MANDARINA")
    assert answer.status_code == 200
    assert (await read(house, alert))["state"] == "cancelled"


async def test_under_duress_the_answer_is_a_cancels_and_the_alert_goes_on_as_extreme(house: House) -> None:
    true, forced = [(await house.raised(code_words=WORDS))["alert"] for _ in range(2)]
    shapes = []
    for alert, word in ((true, "mandarina"), (forced, "limon")):
        answer = await asked(house, "operator", f"{alert}/cancel", reason="mistake", word=word)
        said = answer.json()
        shapes.append((answer.status_code, sorted(said), said["level"], said["needs"]))
    assert shapes[0] == shapes[1]
    found = await read(house, forced)
    assert (found["state"], found["level"], found["alarm"]["cause"]) == ("open", "extreme", "duress")


async def test_code_words_are_shown_to_nobody(house: House) -> None:
    alert = (await house.raised(code_words=WORDS))["alert"]
    found = await read(house, alert)
    assert found["code_words"] is True
    assert not [word for word in WORDS.values() if word in str(found)]
    assert (await read(house, (await house.raised())["alert"]))["code_words"] is False


# --- levels, orders, alarms, the end


async def test_only_a_supervisor_lowers_a_level_and_says_so(house: House) -> None:
    alert = (await house.raised(threat={"weapon_used": "yes"}))["alert"]
    lower = {"level": "high", "reason": "toy_gun"}
    refused(await asked(house, "supervisor", f"{alert}/level", **lower), 422, "level_not_higher")
    for who in ("operator", "coordinator"):
        refused(await asked(house, who, f"{alert}/level", **lower, lower=True), 403, "forbidden")
    answer = await asked(house, "supervisor", f"{alert}/level", **lower, lower=True)
    assert (answer.status_code, answer.json()["level"]) == (200, "high")
    assert (await read(house, alert))["steps"][-1]["reason"] == "toy_gun"
    refused(await asked(house, "supervisor", f"{alert}/level", **lower, lower=True), 422, "level_not_lower")
    assert (await asked(house, "operator", f"{alert}/level", level="extreme", reason="gun")).status_code == 200


async def test_the_alarm_of_the_alert_as_a_whole_is_acknowledged_without_a_need(house: House) -> None:
    alert = (await house.raised(code_words=WORDS))["alert"]
    refused(await asked(house, "operator", f"{alert}/acknowledge"), 409, "no_alarm")
    await asked(house, "operator", f"{alert}/cancel", reason="mistake", word="limon")
    assert (await asked(house, "operator", f"{alert}/acknowledge")).status_code == 200
    me = (await (await house.client("operator")).get("/api/session")).json()["person"]
    assert (await read(house, alert))["alarm"]["acknowledged_by"] == me


async def test_a_center_without_neighbours_says_so(house: House) -> None:
    alert = (await house.raised())["alert"]
    refused(await asked(house, "operator", f"{alert}/needs/police/neighbour"), 409, "no_neighbour")


async def test_an_order_is_settled_once(house: House) -> None:
    alert = (await house.raised("prosecutor"))["alert"]
    assert (await read(house, alert))["order"]["outcome"] is None
    refused(await asked(house, "operator", f"{alert}/order", outcome="lost"), 422, "order_outcome_unknown")
    assert (await asked(house, "operator", f"{alert}/order", outcome="issued")).status_code == 200
    refused(await asked(house, "operator", f"{alert}/order", outcome="refused"), 409, "order_settled")
    order = (await read(house, alert))["order"]
    assert (order["outcome"], order["late"]) == ("issued", False)


async def test_closing_asks_where_she_is_and_takes_no_address(house: House) -> None:
    alert = (await house.raised())["alert"]
    for where in ("Calle 5", "12"):
        refused(
            await asked(house, "operator", f"{alert}/close", **{**CLOSING, "whereabouts": where}), 422, "invalid"
        )
    wrong = {**CLOSING, "whereabouts": "calle_cinco"}
    refused(await asked(house, "operator", f"{alert}/close", **wrong), 422, "whereabouts_unknown")


# --- merge and split


async def test_two_alerts_that_are_one_are_merged(house: House) -> None:
    one, other = [(await house.raised())["alert"] for _ in range(2)]
    refused(await asked(house, "operator", f"{one}/merge", into=one), 422, "same_alert")
    refused(await asked(house, "operator", f"{one}/merge", into=NOBODY), 404, "unknown_alert")
    answer = await asked(house, "operator", f"{other}/merge", into=one)
    assert (answer.status_code, answer.json()["alert"]) == (200, one)
    assert (await read(house, other))["state"] == AlertState.MERGED
    assert {call["id"] for call in (await read(house, one))["calls"]} == {one, other}


async def test_a_call_that_joined_wrongly_gets_its_own_alert_with_what_it_told(house: House) -> None:
    client, number = await house.client("operator"), a_number()
    alert = (await client.post("/api/alerts", json=a_call(number))).json()["alert"]
    call = a_call(number, where=NORTH, caller={"role": "neighbour", "name": "Berta", "telephone": number})
    assert (await client.post("/api/alerts", json=call)).json()["joined"]
    said = {"id": str(uuid4()), "call": call["id"], "needs": ["police"]}
    answer = await client.post(f"/api/alerts/{alert}/split", json=said)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/api/alerts/{said['id']}"
    again = await client.post(f"/api/alerts/{alert}/split", json=said)
    assert (again.status_code, again.text) == (201, answer.text)
    found = await read(house, said["id"])
    assert (found["where"], found["zone"], found["household"]) == (NORTH, "norte", False)
    assert "Berta" in [d["value"].get("name") for d in found["details"] if d["kind"] == "caller"]
    assert [one["id"] for one in (await read(house, alert))["calls"]] == [alert]


async def test_the_call_that_raised_an_alert_is_not_split_off(house: House) -> None:
    alert = (await house.raised())["alert"]
    refused(await asked(house, "operator", f"{alert}/split", call=alert), 422, "first_call")
    refused(await asked(house, "operator", f"{alert}/split", call=NOBODY), 422, "place_missing")
    refused(await asked(house, "operator", f"{alert}/split", call=NOBODY, where=HERE), 404, "unknown_call")
    refused(await asked(house, "operator", f"{NOBODY}/split", call=NOBODY, where=HERE), 404, "unknown_alert")
