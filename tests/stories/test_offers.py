"""An offer always has somebody who will move it: the unit, the next unit, or a human who was called."""

from .center import Center
from .phone import Console, Phone
from .region import HOME


async def test_a_call_with_nothing_but_a_place_becomes_three_accepted_assignments(
    center: Center, console: Console, kilo7: Phone
) -> None:
    fiscal1, casa1 = await center.phone("FISCAL-1"), await center.phone("CASA-1")
    alert = await center.raise_alert(needs=[])
    for phone in (kilo7, fiscal1, casa1):
        await phone.expect_offer(alert)
        await phone.accepts(alert)
        await phone.expect_state(alert, "accepted")
    for need, unit in (("police", "KILO-7"), ("prosecutor", "FISCAL-1"), ("shelter", "CASA-1")):
        shown = await console.expect_need(alert, need, "accepted", unit)
        assert shown["why_text"].startswith("nearest free")


async def test_a_unit_that_declines_is_passed_over_and_the_next_is_asked(
    center: Center, kilo7: Phone, lima2: Phone
) -> None:
    alert = await center.raise_alert()
    await kilo7.expect_offer(alert)
    await lima2.expect_nothing()
    await kilo7.declines(alert)
    card = await lima2.expect_offer(alert)
    assert card["why_text"].endswith("one nearer asked already")
    await kilo7.expect_nothing()
    await kilo7.expect_unit("free")


async def test_when_nobody_looks_the_next_is_asked_and_the_silent_one_is_out_of_reach_until_heard(
    center: Center, console: Console, lima2: Phone
) -> None:
    kilo7 = await center.phone("KILO-7", silent=True)
    alert = await center.raise_alert()
    offered = await kilo7.expect_offer(alert)
    await center.clock_advance(seconds=19)
    await lima2.expect_nothing()
    await center.clock_advance(seconds=1)
    await lima2.expect_offer(alert)
    await kilo7.expect_gone(offered["id"])
    await console.expect_unit("KILO-7", "unreachable")
    await lima2.declines(alert)
    await console.expect_alarm(alert, "police")
    await kilo7.reports_position(25.661, -100.321)
    await console.expect_unit("KILO-7", "free")


async def test_a_device_that_has_the_offer_is_not_out_of_reach_when_nobody_looks(
    center: Center, console: Console, kilo7: Phone, lima2: Phone
) -> None:
    alert = await center.raise_alert()
    await kilo7.expect_offer(alert)
    await console.until(
        lambda: "delivered" in console.need(alert, "police")["stamps"], "the offer to be delivered"
    )
    await center.clock_advance(seconds=20)
    await lima2.expect_offer(alert)
    await kilo7.expect_nothing()
    await kilo7.expect_unit("free")


async def test_when_nobody_answers_the_next_is_asked(center: Center, kilo7: Phone, lima2: Phone) -> None:
    alert = await center.raise_alert()
    await kilo7.expect_offer(alert)
    await kilo7.looks_at(alert)
    await center.clock_advance(seconds=44)
    await lima2.expect_nothing()
    await center.clock_advance(seconds=1)
    await lima2.expect_offer(alert)
    await lima2.accepts(alert)
    await kilo7.expect_nothing()
    await kilo7.expect_unit("free")


async def test_a_yes_after_the_deadline_is_too_late(center: Center, console: Console, kilo7: Phone) -> None:
    alert = await center.raise_alert()
    await kilo7.expect_offer(alert)
    await kilo7.looks_at(alert)
    center.clock.advance(45)
    late = await kilo7.says("accept", alert)
    # Whether the ticker or the answer comes first, it is over.
    assert (late.status, late.body["code"]) in {(409, "offer_over"), (404, "unknown_assignment")}
    await console.expect_need(alert, "police", "stuck")


async def test_with_nobody_there_a_human_is_alarmed_until_a_named_person_acknowledges(
    center: Center, console: Console
) -> None:
    alert = await center.raise_alert()
    alarm = await console.expect_alarm(alert, "police")
    assert alarm["acknowledged_at"] is None
    need = console.need(alert, "police")
    assert (need["state"], need["why_not_text"]) == ("stuck", "no patrol is on duty")
    await center.clock_advance(seconds=95)
    assert console.need(alert, "police")["alarm"]["acknowledged_at"] is None
    (await center.tell(alert, "acknowledge", need="police")).must_be(200)
    await console.until(
        lambda: console.need(alert, "police")["alarm"]["acknowledged_by"] is not None, "the acknowledgement"
    )
    shown = console.need(alert, "police")["alarm"]
    assert shown["acknowledged_by"] == await center.person("operator-1")
    (await center.tell(alert, "acknowledge", need="police")).must_be(409, "no_alarm")


async def test_a_stuck_need_is_offered_as_soon_as_a_unit_comes_on_duty(center: Center, console: Console) -> None:
    kilo7 = await center.phone("KILO-7", on_duty=False)
    alert = await center.raise_alert()
    await console.expect_alarm(alert, "police")
    await kilo7.expect_nothing()
    await kilo7.starts_duty()
    await kilo7.expect_offer(alert)
    await kilo7.accepts(alert)
    await console.expect_need(alert, "police", "accepted", "KILO-7")
    assert console.need(alert, "police")["alarm"] is None


async def test_a_unit_that_declined_is_asked_again_after_five_minutes_when_there_is_nobody_else(
    center: Center, console: Console, kilo7: Phone
) -> None:
    alert = await center.raise_alert()
    await kilo7.expect_offer(alert)
    await kilo7.declines(alert)
    await console.expect_alarm(alert, "police")
    await center.clock_advance(seconds=299)
    await kilo7.expect_nothing()
    await center.clock_advance(seconds=1)
    await kilo7.expect_offer(alert)


async def test_a_unit_that_withdraws_gives_the_need_to_the_next(
    center: Center, console: Console, kilo7: Phone, lima2: Phone
) -> None:
    alert = await center.raise_alert()
    held = await kilo7.expect_offer(alert)
    await kilo7.accepts(alert)
    await kilo7.expect_state(alert, "accepted")
    (await kilo7.says("en-route", alert)).must_be(200)
    (await kilo7.says("withdraw", alert, reason="crash")).must_be(200)
    await kilo7.expect_gone(held["id"])
    await lima2.expect_offer(alert)
    await lima2.accepts(alert)
    await console.expect_need(alert, "police", "accepted", "LIMA-2")


async def test_the_desk_recalls_a_unit_and_assigns_another_by_hand(
    center: Center, console: Console, kilo7: Phone, lima2: Phone, mike9: Phone
) -> None:
    alert = await center.raise_alert()
    held = await kilo7.expect_offer(alert)
    await kilo7.accepts(alert)
    (await center.tell(alert, "needs/police/recall", reason="nearer_found")).must_be(200)
    await kilo7.expect_gone(held["id"])
    passed = await lima2.expect_offer(alert)
    (await center.tell(alert, "needs/police/assign", unit="MIKE-9")).must_be(200)
    await lima2.expect_gone(passed["id"])
    card = await mike9.expect_offer(alert)
    assert card["why_text"] == "assigned by hand"
    await mike9.accepts(alert)
    await console.expect_need(alert, "police", "accepted", "MIKE-9")
    (await center.tell(alert, "needs/police/assign", unit="KILO-7")).must_be(409, "need_accepted")


async def test_the_nearest_is_nearest_by_where_it_says_it_is_now(
    center: Center, kilo7: Phone, lima2: Phone, mike9: Phone
) -> None:
    await mike9.reports_position(HOME["lat"], HOME["lon"])
    await mike9.everything_sent()
    alert = await center.raise_alert()
    await mike9.expect_offer(alert)
    await kilo7.expect_nothing()
    await lima2.expect_nothing()


async def test_an_unseen_deadline_fires_though_the_service_was_restarted_in_the_middle_of_the_offer(
    center: Center, lima2: Phone
) -> None:
    kilo7 = await center.phone("KILO-7", silent=True)
    alert = await center.raise_alert()
    offered = await kilo7.expect_offer(alert)
    await center.clock_advance(seconds=10)
    await center.restart()
    assert kilo7.card(alert)["state"] == "offered"
    await lima2.expect_nothing()
    await center.clock_advance(seconds=10)
    await lima2.expect_offer(alert)
    await kilo7.expect_gone(offered["id"])


async def test_a_deadline_that_passed_while_the_service_was_down_fires_at_its_start(
    center: Center, lima2: Phone
) -> None:
    kilo7 = await center.phone("KILO-7", silent=True)
    alert = await center.raise_alert()
    await kilo7.expect_offer(alert)
    await center.stop()
    center.clock.advance(3600)
    await center.start()
    await lima2.comes_back()
    await lima2.expect_offer(alert)
