"""What goes out on a line: whole cards of what its viewer may see, now and after a pause."""

from typing import Any
from uuid import uuid4

import pytest

from tests.patience import until
from tests.service_fixture import HERE, House, Json, Phone
from tests.telling import without_times

TOLD = {"note": "he has a key", "people": [{"role": "victim", "name": "Ana"}]}


def assignment(card: Json) -> bool:
    return bool(card["card"] == "assignment")


def shown(phone: Phone) -> str:
    return without_times(str(phone.heard))


async def delivered(house: House, alert: str) -> list[Json]:
    answer = await (await house.client("operator")).get(f"/api/alerts/{alert}/timeline")
    return [entry for entry in answer.json()["entries"] if entry["event"] == "Delivered"]


async def test_a_console_first_gets_everything_and_then_every_change_whole(house: House) -> None:
    await house.on_duty("P-1")
    alert = (await house.raised("police"))["alert"]
    for who in ("operator", "supervisor", "coordinator"):
        async with house.phone(who) as phone:
            first = await phone.next("cards")
            assert {card["id"] for card in first["cards"] if card["card"] == "unit"} == {
                "P-1", "P-2", "P-3", "F-1", "S-1",
            }  # fmt: skip
            before = next(card for card in first["cards"] if card["id"] == alert)
            # A coordinator reads how it goes, and not where she is.
            assert before["where"] == (None if who == "coordinator" else HERE)
            note = {"id": f"0197{first['seq']:04d}-0000-7000-8000-{len(who):012d}", "institution": "police"}
            await (await house.client("operator")).post(f"/api/alerts/{alert}/needs", json=note)
            after = await phone.card(lambda card: card["id"] == alert)
            assert after.keys() == before.keys()
            assert len(after["needs"]) == len(before["needs"]) + 1
    async with house.phone("operator") as phone:
        await phone.next("cards")
        await house.cancelled(alert)
        assert alert in (await phone.until(lambda frame: bool(frame.get("gone"))))["gone"]


async def test_a_unit_sees_where_she_is_only_after_it_has_accepted(house: House) -> None:
    await house.on_duty("P-1", "P-2")
    async with house.phone("P-1") as phone, house.phone("P-2") as other:
        await phone.next("cards")
        await other.next("cards")
        receipt = await house.raised("police", **TOLD)
        offer = await phone.card(assignment)
        assert (offer["state"], offer["where"], offer["told"]) == ("offered", None, {})
        assert "25.67" not in shown(phone)
        assert (await house.step("P-1", offer["id"], "accept")).status_code == 200
        accepted = await phone.card(lambda card: assignment(card) and card["state"] == "accepted")
        assert accepted["where"] == HERE
        assert accepted["told"] == {kind: [value] for kind, value in TOLD.items()}
        assert accepted.keys() == offer.keys()
        await other.say(type="ping")
        await other.next("pong")
        assert receipt["alert"] not in shown(other)
        assert not [card for frame in other.heard for card in frame.get("cards", []) if card["id"] != "P-2"]
        assert (await house.step("P-1", offer["id"], "done")).json()["code"] == "not_on_scene"
        for step in ("on-scene", "done"):
            assert (await house.step("P-1", offer["id"], step)).status_code == 200
        assert offer["id"] in (await phone.until(lambda frame: bool(frame.get("gone"))))["gone"]


async def test_a_shelter_never_sees_where_she_is(house: House) -> None:
    await house.on_duty("S-1")
    async with house.phone("S-1") as phone:
        await phone.next("cards")
        await house.raised("shelter", **TOLD)
        offer = await phone.card(assignment)
        await house.step("S-1", offer["id"], "accept")
        accepted = await phone.card(lambda card: assignment(card) and card["state"] == "accepted")
        assert (accepted["where"], accepted["travel_s"]) == (None, None)
        assert "place" not in accepted["told"]
        assert "25.67" not in shown(phone)


async def test_nobody_is_shown_where_a_sealed_shelter_is(house: House) -> None:
    await house.on_duty("S-1", "P-1")
    async with house.phone("operator") as console, house.phone("P-1") as patrol:
        receipt = await house.raised("shelter", "police")
        await console.card(lambda card: card["id"] == receipt["alert"])
        await patrol.card(assignment)
        for phone in (console, patrol):
            assert "25.65" not in shown(phone)
            assert "100.33" not in shown(phone)


async def test_whoever_is_kept_out_is_never_told(house: House) -> None:
    await house.on_duty("P-1", "P-2", "P-3")
    async with house.phone("P-1") as phone, house.phone("P-3") as agency:
        await phone.next("cards")
        await agency.next("cards")
        more: dict[str, Any] = {"keep_out": {"units": ["P-1"], "agencies": ["Policía Metropolitana"]}}
        receipt = await house.raised("police", "police", **more)
        assert [need["unit"] for need in receipt["needs"]] == ["P-2", None]
        for one in (phone, agency):
            await one.say(type="ping")
            await one.next("pong")
            assert receipt["alert"] not in shown(one)
            assert receipt["folio"] not in shown(one)


async def test_delivery_is_stamped_once_whatever_the_device_repeats(house: House) -> None:
    await house.on_duty("P-1")
    async with house.phone("P-1") as phone, house.phone("operator") as console:
        await phone.next("cards")
        receipt = await house.raised("police")
        frame = await phone.until(lambda frame: any(map(assignment, frame.get("cards", []))))
        await phone.say(type="received", seq=frame["seq"] - 1)
        await phone.say(type="ping")
        await phone.next("pong")
        assert await delivered(house, receipt["alert"]) == []
        for _ in range(5):
            await phone.say(type="received", seq=frame["seq"])
        await console.card(
            lambda card: card["id"] == receipt["alert"] and "delivered" in card["needs"][0]["stamps"]
        )
        await phone.say(type="received", seq=frame["seq"] + 1)
        await phone.say(type="ping")
        await phone.next("pong")
        assert len(await delivered(house, receipt["alert"])) == 1


async def test_that_a_device_has_received_it_is_told_to_consoles_and_not_back_to_units(house: House) -> None:
    await house.on_duty("P-1", "F-1")
    async with house.phone("P-1") as patrol, house.phone("F-1") as prosecutor, house.phone("operator") as console:
        for phone in (patrol, prosecutor):
            await phone.next("cards")
        receipt = await house.raised("police", "prosecutor")
        for phone in (patrol, prosecutor):
            await phone.card(assignment)
        (offer,) = (frame for frame in patrol.heard if any(map(assignment, frame.get("cards", []))))
        await patrol.say(type="received", seq=offer["seq"])
        await console.card(
            lambda card: card["id"] == receipt["alert"] and "delivered" in card["needs"][0]["stamps"]
        )
        for phone in (patrol, prosecutor):
            await phone.say(type="ping")
            await phone.next("pong")
            assert sum(any(map(assignment, frame.get("cards", []))) for frame in phone.heard) == 1


async def test_two_phones_of_a_unit_both_know_and_the_first_to_have_it_counts(house: House) -> None:
    await house.on_duty("P-1")
    async with house.phone("P-1") as first, house.phone("P-1") as second:
        await first.next("cards")
        await second.next("cards")
        receipt = await house.raised("police")
        for phone in (first, second):
            frame = await phone.until(lambda frame: any(map(assignment, frame.get("cards", []))))
            await phone.say(type="received", seq=frame["seq"])
        offer = next(card for card in frame["cards"] if assignment(card))
        await house.step("P-1", offer["id"], "accept")
        for phone in (first, second):
            card = await phone.card(lambda card: assignment(card) and card["state"] == "accepted")
            assert card["where"] == HERE
        assert len(await delivered(house, receipt["alert"])) == 1
        # Of the two the one that leaves takes nothing with it.
        await first.socket.close()
        await until(lambda: house.hub.open == 1)
        await house.step("P-1", offer["id"], "en-route")
        await second.card(lambda card: assignment(card) and card["state"] == "en_route")


async def test_who_comes_back_gets_what_is_and_what_is_over_in_order(house: House) -> None:
    await house.on_duty("P-1")
    async with house.phone("P-1") as phone:
        seq = (await phone.next("cards"))["seq"]
    over = []
    for _ in range(3):
        receipt = await house.raised("police")
        over.append(await house.offered(receipt))
        await house.cancelled(receipt["alert"])
    await house.raised("police")
    async with house.phone("P-1", seq) as phone:
        frame = await phone.next("cards")
        assert frame["gone"] == over
        assert [card["state"] for card in frame["cards"] if assignment(card)] == ["offered"]
        later = frame["seq"]
    async with house.phone("P-1", later) as phone:
        assert (await phone.next("cards"))["gone"] == []
    async with house.phone("P-1", later + 1_000_000) as phone:
        frame = await phone.next("cards")
        assert (frame["gone"], len(frame["cards"])) == ([], 2)
    async with house.phone("P-1") as phone:
        assert (await phone.next("cards"))["gone"] == []


@pytest.mark.parametrize("who", ["operator", "P-1"])
async def test_the_numbers_of_frames_only_grow(house: House, who: str) -> None:
    await house.on_duty("P-1")
    async with house.phone(who) as phone:
        await phone.next("cards")
        for _ in range(5):
            receipt = await house.raised("police")
            await house.cancelled(receipt["alert"])
        last = (await house.service.desk.board()).seq
        await phone.until(lambda frame: frame.get("seq") == last)
        numbers = [frame["seq"] for frame in phone.heard if frame["type"] == "cards"]
        assert numbers == sorted(numbers)


# --- why something leaves a unit's phone


async def lost(phone: Phone) -> Json:
    """The frame by which something leaves the phone."""
    return await phone.until(lambda frame: bool(frame.get("gone")))


async def test_of_two_that_are_asked_the_slower_is_told_that_another_took_it(house: House) -> None:
    await house.on_duty("P-1", "P-2")
    async with house.phone("P-1") as quick, house.phone("P-2") as slow:
        await quick.next("cards")
        await slow.next("cards")
        await house.raised("police", threat={"weapon_used": "yes"})
        mine, other = (await quick.card(assignment))["id"], (await slow.card(assignment))["id"]
        assert (await house.step("P-1", mine, "accept")).status_code == 200
        frame = await lost(slow)
        assert (frame["gone"], frame["why"]) == ([other], {other: "taken_by_another"})
        assert mine not in shown(slow)
        assert "P-1" not in shown(slow)


async def recalled(house: House, alert: str, reason: str) -> None:
    said = {"id": str(uuid4()), "reason": reason}
    client = await house.client("operator")
    (await client.post(f"/api/alerts/{alert}/needs/police/recall", json=said)).raise_for_status()


async def test_a_unit_that_is_recalled_is_told_why_also_after_a_pause(house: House) -> None:
    await house.on_duty("P-1")
    async with house.phone("P-1") as phone:
        seq = (await phone.next("cards"))["seq"]
        alert = (await house.raised("police"))["alert"]
        offer = await phone.card(assignment)
        await recalled(house, alert, "wrong_zone")
        frame = await lost(phone)
        assert (frame["gone"], frame["why"]) == ([offer["id"]], {offer["id"]: "wrong_zone"})
    async with house.phone("P-1", seq) as phone:
        frame = await phone.next("cards")
        assert (frame["gone"], frame["why"]) == ([offer["id"]], {offer["id"]: "wrong_zone"})


async def test_who_is_kept_out_sees_the_card_gone_and_no_reason(house: House) -> None:
    await house.on_duty("P-1")
    async with house.phone("P-1") as phone:
        seq = (await phone.next("cards"))["seq"]
        alert = (await house.raised("police"))["alert"]
        offer = await phone.card(assignment)
        told = {"id": str(uuid4()), "keep_out": {"units": ["P-1"]}}
        (await (await house.client("operator")).patch(f"/api/alerts/{alert}", json=told)).raise_for_status()
        frame = await lost(phone)
        assert (frame["gone"], frame["why"]) == ([offer["id"]], {})
    async with house.phone("P-1", seq) as phone:
        frame = await phone.next("cards")
        assert (frame["gone"], frame["why"]) == ([offer["id"]], {})


async def test_a_unit_reads_no_code_word_and_a_shelter_neither_a_place_nor_free_text(house: House) -> None:
    await house.on_duty("P-1", "S-1")
    more: dict[str, Any] = {
        "code_words": {"cancel": "mandarina", "duress": "limon"},
        "avoid": [{"lat": 25.75, "lon": -100.31, "address": "his mother"}],
    }
    async with house.phone("P-1") as patrol, house.phone("S-1") as shelter:
        await patrol.next("cards")
        await shelter.next("cards")
        alert = (await house.raised("police", "shelter", **more, **TOLD))["alert"]
        told = []
        for unit, phone in (("P-1", patrol), ("S-1", shelter)):
            await house.step(unit, (await phone.card(assignment))["id"], "accept")
            card = await phone.card(lambda card: assignment(card) and card["state"] == "accepted")
            told.append(set(card["told"]))
        assert told == [{"avoid", *TOLD}, {"people"}]
        assert "mandarina" not in shown(patrol) + shown(shelter)
    ending = {"id": str(uuid4()), "reason": "mistake", "word": "mandarina"}
    (await (await house.client("operator")).post(f"/api/alerts/{alert}/cancel", json=ending)).raise_for_status()
