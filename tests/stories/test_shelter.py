"""A place for her: kept for a while, never given twice, far from him; only who takes her learns where it is."""

import asyncio
import logging
from typing import Any
from uuid import uuid4

import pytest

from .center import Answer, Center
from .looking import every_row, found_in, reads
from .phone import Console, Phone
from .region import TRUE_LAT, TRUE_LON

FETCHES = "CASA-2,shelter,red_refugios,25.668,-100.318,1,no,vehicle"
"""One place, and a vehicle: she is fetched."""
CJM = "CJM-1,shelter,cjm,25.6902,-100.3181,1,no"
"""A justice center for women, whose address everybody may know."""


async def test_a_place_is_kept_until_its_time_and_then_goes_to_who_needs_it_most(
    center: Center, console: Console
) -> None:
    await center.goes_by(hold_s=600.0)
    await center.lists(FETCHES)
    casa2 = await center.phone("CASA-2")
    first = await center.raise_alert(needs=["shelter"])
    held = await casa2.takes(first)
    second = await center.raise_alert(needs=["shelter"], threat={"children_present": "yes"})
    await console.expect_need(second, "shelter", "stuck")
    assert console.need(second, "shelter")["why_not_text"] == "of 1 on duty: one busy"

    await center.clock_advance(seconds=300)
    (await casa2.says("extend-hold", first)).must_be(200)
    await center.clock_advance(seconds=599)
    await console.expect_need(first, "shelter", "accepted", "CASA-2")
    await center.clock_advance(seconds=1)
    await casa2.expect_gone(held["id"])
    assert casa2.why == {held["id"]: "hold_expired"}
    await casa2.takes(second)
    await console.expect_need(first, "shelter", "stuck")


async def test_while_she_is_on_her_way_her_place_is_not_given_away_and_a_human_is_called(
    center: Center, console: Console, kilo7: Phone, lima2: Phone
) -> None:
    await center.goes_by(hold_s=600.0)
    casa1 = await center.phone("CASA-1")
    alert = await center.raise_alert(needs=["police", "police", "shelter"])
    await kilo7.takes(alert)
    await lima2.takes(alert, "en-route", "on-scene")
    await casa1.takes(alert)
    await lima2.until(lambda: lima2.card(alert)["transport"], "the transport, for who is with her")
    assert not kilo7.card(alert)["transport"]
    await lima2.goes(alert, "contact", "depart")
    await center.clock_advance(seconds=600)
    assert (await console.expect_alarm(alert, "shelter"))["cause"] == "hold_extended"
    await console.expect_need(alert, "shelter", "accepted", "CASA-1")
    (await casa1.says("safe", alert)).must_be(200)
    await console.until(lambda: console.need(alert, "shelter")["alarm"] is None, "the end of the alarm")


async def test_of_six_who_need_a_place_in_the_same_moment_three_get_one_and_none_is_given_twice(
    center: Center, console: Console
) -> None:
    casa1 = await center.phone("CASA-1")
    alerts = await asyncio.gather(*(center.raise_alert(needs=["shelter"]) for _ in range(6)))
    await casa1.until(lambda: len(casa1.assignments()) == 3, "three offers")
    asked = [alert for alert in alerts if any(card["alert"] == alert.id for card in casa1.assignments())]
    await asyncio.gather(*(casa1.accepts(alert) for alert in asked))
    await console.until(lambda: console.cards["CASA-1"]["places"]["awaited"] == 3, "three places kept")
    for alert in alerts:
        await console.expect_need(alert, "shelter", "accepted" if alert in asked else "stuck")


async def test_a_shelter_says_how_many_places_are_free_and_never_more_than_it_has(
    center: Center, console: Console, kilo7: Phone
) -> None:
    casa1 = await center.phone("CASA-1")

    async def are_free(number: int, token: str, unit: str = "CASA-1") -> Answer:
        return await center.put(f"/api/units/{unit}/places", {"id": str(uuid4()), "free": number}, token=token)

    (await are_free(0, casa1.token)).must_be(200)
    alert = await center.raise_alert(needs=["shelter"])
    await console.expect_need(alert, "shelter", "stuck")
    (await are_free(4, center.operator)).must_be(409, "too_many_places")
    (await are_free(1, kilo7.token)).must_be(403, "forbidden")
    (await are_free(1, center.operator, "KILO-7")).must_be(409, "not_a_shelter")
    (await are_free(1, center.operator)).must_be(200)
    await casa1.takes(alert)
    await expect_places(console, free=0, awaited=1, occupied=2)
    (await are_free(3, casa1.token)).must_be(409, "too_many_places")
    (await are_free(2, casa1.token)).must_be(200)

    (await casa1.says("done", alert)).must_be(409, "not_arrived")
    await casa1.goes(alert, "safe", "done")
    await expect_places(console, free=2, occupied=1)
    await casa1.ends_duty()
    await casa1.starts_duty()
    await expect_places(console, free=2, occupied=1)
    (await are_free(3, casa1.token)).must_be(200)
    await expect_places(console, free=3)


async def test_her_children_her_dog_her_wheelchair_and_her_language_decide_who_is_asked(
    center: Center, console: Console
) -> None:
    await center.lists(
        "CASA-3,shelter,red_refugios,25.661,-100.320,2,no,pets;wheelchair,1",
        "CASA-4,shelter,red_refugios,25.662,-100.320,2,no,pets;wheelchair,4",
        "CASA-5,shelter,red_refugios,25.663,-100.320,2,no,pets;wheelchair;nahuatl,4",
        "CASA-6,shelter,red_refugios,25.660,-100.320,2,no,nahuatl,4",
    )
    casa3, casa4, casa5, casa6 = [await center.phone(f"CASA-{number}") for number in (3, 4, 5, 6)]
    wanted: dict[str, Any] = {"institution": "shelter", "requires": ["pets", "wheelchair"], "children": 3}
    alert = await center.raise_alert(needs=[wanted])
    assert (await casa4.takes(alert))["children"] == 3
    speaks = await center.raise_alert(needs=[{**wanted, "prefers": ["nahuatl"]}])
    assert (await casa5.takes(speaks))["prefers"] == ["nahuatl"]
    many = await center.raise_alert(needs=[{**wanted, "children": 5}])
    await console.expect_need(many, "shelter", "stuck")
    assert console.need(many, "shelter")["why_not_text"] == "of 4 on duty: four not fit for this need"
    for phone in (casa3, casa6):
        await phone.expect_nothing()


async def test_no_shelter_near_a_place_of_his_is_asked_and_one_that_turns_out_to_be_gives_her_up_unsaid(
    center: Center, console: Console
) -> None:
    await center.lists(CJM, "CASA-7,shelter,red_refugios,25.6101,-100.318,2,no")
    cjm1, casa1, casa7 = [await center.phone(code) for code in ("CJM-1", "CASA-1", "CASA-7")]
    unthreatened = await center.raise_alert(needs=["shelter"])
    await cjm1.expect_offer(unthreatened)
    (await center.tell(unthreatened, "cancel", reason="test_call")).must_be(200)

    # In the zone of one shelter, and just across the border from another.
    alert = await center.raise_alert(needs=["shelter"], avoid=[{"lat": 25.70217, "lon": -100.3180}])
    held = await casa7.takes(alert)
    (await center.tell(alert, "needs/shelter/recall", reason="too_far")).must_be(200)
    for code in ("CJM-1", "CASA-1"):
        (await center.tell(alert, "needs/shelter/assign", unit=code)).must_be(409, "too_close")
    (await center.tell(alert, "needs/shelter/assign", unit="CASA-7")).must_be(200)
    await casa7.expect_gone(held["id"])
    held = await casa7.takes(alert)
    casa7.why.clear()
    await center.tell_more(alert, avoid=[{"lat": 25.6113, "lon": -100.3180}])
    await casa7.expect_gone(held["id"])
    assert casa7.why == {}
    await console.expect_need(alert, "shelter", "stuck")
    assert "three too close to a place of the aggressor" in console.need(alert, "shelter")["why_not_text"]
    await cjm1.expect_nothing()
    await casa1.expect_nothing()
    assert not any(his in str(casa7.frames) for his in ("25.70217", "25.6113"))


async def test_where_no_patrol_is_with_her_one_is_asked_to_take_her_unless_the_shelter_fetches_her(
    center: Center, console: Console, kilo7: Phone
) -> None:
    await center.lists(CJM, FETCHES)
    casa2, cjm1 = await center.phone("CASA-2"), await center.phone("CJM-1")
    fetched = await center.raise_alert(needs=["shelter"])
    await casa2.takes(fetched, "en-route")
    assert [need["need"] for need in console.cards[fetched.id]["needs"]] == ["shelter"]
    await kilo7.expect_nothing()

    alert = await center.raise_alert(needs=["shelter"])
    await cjm1.takes(alert)
    card = await kilo7.takes(alert, "en-route")
    assert (card["need"], card["transport"]) == ("transport", True)
    await kilo7.goes(alert, "on-scene")
    told = await where_to(center, kilo7, card["id"])
    assert told.must_be(200).body == {
        "assignment": card["id"],
        "shelter": "CJM-1",
        "where": {"lat": 25.6902, "lon": -100.3181},
    }
    await kilo7.goes(alert, "depart", "safe", "done")
    await cjm1.goes(alert, "safe", "done")
    await console.expect_need(alert, "transport", "done")
    await console.expect_need(alert, "shelter", "done")


async def test_only_who_takes_her_learns_where_it_is_while_it_lasts_and_that_is_written_down(
    center: Center,
    console: Console,
    kilo7: Phone,
    lima2: Phone,
    stories_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, "naranja")
    casa1 = await center.phone("CASA-1")
    alert = await center.raise_alert(needs=["police", "police", "shelter"])
    takes_her, beside = await kilo7.takes(alert), await lima2.takes(alert)
    awaits_her = await casa1.takes(alert)
    await kilo7.until(lambda: kilo7.card(alert)["transport"], "the transport")
    await lima2.goes(alert, "en-route", "on-scene")

    async def others_may_not() -> None:
        (await where_to(center, lima2, takes_her["id"])).must_be(404, "unknown_assignment")
        (await where_to(center, lima2, beside["id"])).must_be(404, "unknown_assignment")
        (await where_to(center, casa1, awaits_her["id"])).must_be(403, "forbidden")
        path = f"/api/assignments/{takes_her['id']}/destination"
        for token in (center.operator, center.supervisor, center.coordinator):
            (await center.get(path, token=token)).must_be(403, "forbidden")

    async def expect_destination(there: bool) -> None:
        await kilo7.until(lambda: kilo7.card(alert)["destination"] is there, f"a destination: {there}")

    await kilo7.goes(alert, "en-route")
    (await where_to(center, kilo7, takes_her["id"])).must_be(404, "unknown_assignment")
    for step in ("on-scene", "depart"):
        await kilo7.goes(alert, step)
        await expect_destination(True)
        told = (await where_to(center, kilo7, takes_her["id"])).must_be(200)
        assert told.body["where"] == {"lat": TRUE_LAT, "lon": TRUE_LON}
        center.answers.remove(told)
        await others_may_not()
    await kilo7.goes(alert, "safe")
    await expect_destination(False)
    (await where_to(center, kilo7, takes_her["id"])).must_be(404, "unknown_assignment")

    written = [read for read in await reads(center, alert) if read["what"] == "destination"]
    assert [read["by"] for read in written] == [await center.person("KILO-7")] * 2
    for path in ("/api/alerts", f"/api/alerts/{alert.id}", f"/api/alerts/{alert.id}/timeline", "/api/units"):
        (await center.get(path)).must_be(200)
    await console.everything_sent()
    seen = [str(answer) for answer in center.answers]
    seen += [str(frame) for screen in (console, casa1, kilo7, lima2) for frame in screen.frames]
    seen += [f"{record.getMessage()} {vars(record)}" for record in caplog.records]
    assert len(seen) > 100
    rows = await every_row(stories_url)
    for true in (f"{TRUE_LAT:.3f}", f"{TRUE_LON:.3f}"):
        assert [text for text in seen if true in text] == []
        assert found_in(rows, true) == []


async def where_to(center: Center, phone: Phone, assignment: str) -> Answer:
    """The crew asks where to take her."""
    return await center.get(f"/api/assignments/{assignment}/destination", token=phone.token)


async def expect_places(console: Console, *, free: int, awaited: int = 0, occupied: int = 0) -> None:
    """The three places of the shelter are shown so."""
    expected = {"free": free, "held": 0, "awaited": awaited, "occupied": occupied}
    await console.until(lambda: console.cards["CASA-1"]["places"] == expected, f"places {expected}")
