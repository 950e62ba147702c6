"""Nothing stays silent: an offer goes on, who does not come is missed, and a human is called until it is over."""

from .center import Center
from .phone import Console, Phone

PATIENT = {"seen_within_s": 900, "answer_within_s": 900}


async def test_an_offer_nobody_looks_at_goes_on_as_soon_as_is_right_for_its_institution(
    center: Center, console: Console, kilo7: Phone, lima2: Phone
) -> None:
    fiscal1, fiscal2 = await center.phone("FISCAL-1"), await center.phone("FISCAL-2")
    casa1 = await center.phone("CASA-1")
    alert = await center.raise_alert(needs=[])
    for phone in (kilo7, fiscal1, casa1):
        await phone.expect_offer(alert)
    await center.clock_advance(seconds=20)
    await lima2.takes(alert)
    await fiscal2.expect_nothing()
    await center.clock_advance(seconds=10)
    await fiscal2.takes(alert)
    await center.clock_advance(seconds=29)
    await casa1.expect_state(alert, "offered")
    await center.clock_advance(seconds=1)
    await casa1.expect_nothing()
    await console.expect_alarm(alert, "shelter", "nobody_to_ask")


async def test_when_she_may_be_killed_nobody_is_waited_for_as_long(
    center: Center, kilo7: Phone, lima2: Phone
) -> None:
    await center.goes_by(offers_at_once=1)
    alert = await center.raise_alert(threat={"strangled": "yes"})
    await kilo7.expect_offer(alert)
    await center.clock_advance(seconds=14)
    await lima2.expect_nothing()
    await center.clock_advance(seconds=1)
    await lima2.expect_offer(alert)
    await lima2.looks_at(alert)
    await center.clock_advance(seconds=29)
    await lima2.expect_state(alert, "offered")
    await center.clock_advance(seconds=1)
    await lima2.expect_nothing()


async def test_a_human_is_called_when_nobody_has_accepted_and_again_until_somebody_has(
    center: Center, console: Console, kilo7: Phone, lima2: Phone
) -> None:
    await center.goes_by(clocks={"police": {"standard": PATIENT, "extreme": PATIENT}}, offers_at_once=1)
    urgent, usual = await center.raise_alert(threat={"strangled": "yes"}), await center.raise_alert()
    await center.clock_advance(seconds=59)
    await console.expect_quiet(urgent, "police")
    await center.clock_advance(seconds=1)
    await console.expect_alarm(urgent, "police", "unaccepted")
    (await center.tell(urgent, "acknowledge", need="police")).must_be(200)
    await center.clock_advance(seconds=119)
    await console.expect_quiet(usual, "police")
    await center.clock_advance(seconds=1)
    await console.expect_alarm(usual, "police", "unaccepted")
    again = await console.expect_alarm(urgent, "police", "unaccepted", times=2)
    assert again["acknowledged_by"] is None
    await center.clock_advance(seconds=120)
    await console.expect_alarm(urgent, "police", times=3)
    await kilo7.accepts(urgent)
    await console.expect_need(urgent, "police", "accepted", "KILO-7")
    await console.expect_quiet(urgent, "police")
    await console.expect_alarm(usual, "police", times=2)


async def test_who_accepted_and_does_not_set_off_is_missed(center: Center, console: Console, kilo7: Phone) -> None:
    alert = await center.raise_alert()
    await kilo7.takes(alert)
    await center.clock_advance(seconds=119)
    await console.expect_quiet(alert, "police")
    await center.clock_advance(seconds=1)
    await console.expect_alarm(alert, "police", "not_under_way")
    await kilo7.goes(alert, "en-route")
    await console.expect_quiet(alert, "police")


async def test_who_is_overdue_on_the_way_is_missed_until_on_scene(
    center: Center, console: Console, kilo7: Phone
) -> None:
    alert = await center.raise_alert()
    await kilo7.takes(alert, "en-route")
    # A way of less than half a minute, and two minutes more.
    await center.clock_advance(seconds=145)
    await console.expect_quiet(alert, "police")
    await center.clock_advance(seconds=1)
    await console.expect_alarm(alert, "police", "overdue")
    await kilo7.goes(alert, "on-scene")
    await console.expect_quiet(alert, "police")


async def test_a_position_that_freezes_on_the_way_calls_a_human(
    center: Center, console: Console, lima2: Phone
) -> None:
    alert = await center.raise_alert()
    await lima2.takes(alert, "en-route")
    await center.clock_advance(seconds=100)
    await lima2.reports_position(25.668, -100.321)
    await lima2.everything_sent()
    await center.clock_advance(seconds=100)
    # A receiver trembles; that is no driving.
    await lima2.reports_position(25.6681, -100.321)
    await lima2.everything_sent()
    await center.clock_advance(seconds=79)
    await console.expect_quiet(alert, "police")
    await center.clock_advance(seconds=1)
    await console.expect_alarm(alert, "police", "frozen")
    # That it is overdue by now says more.
    await center.clock_advance(seconds=60)
    await console.expect_alarm(alert, "police", "overdue")


async def test_a_crew_on_scene_that_says_nothing_calls_a_human_until_it_says_that_it_is_well(
    center: Center, console: Console, kilo7: Phone
) -> None:
    alert = await center.raise_alert()
    await kilo7.takes(alert, "en-route", "on-scene")
    await center.clock_advance(seconds=600)
    await kilo7.goes(alert, "contact")
    await center.clock_advance(seconds=899)
    await console.expect_quiet(alert, "police")
    await center.clock_advance(seconds=1)
    await console.expect_alarm(alert, "police", "welfare")
    await center.clock_advance(seconds=120)
    await console.expect_alarm(alert, "police", "welfare", times=2)
    await kilo7.goes(alert, "well")
    await console.expect_quiet(alert, "police")
    await center.clock_advance(seconds=900)
    await console.expect_alarm(alert, "police", "welfare")


async def test_a_unit_whose_line_is_dead_is_asked_nothing_until_it_is_heard_again(
    center: Center, console: Console, kilo7: Phone, lima2: Phone
) -> None:
    await kilo7.goes_away()
    await center.misses("KILO-7")
    await center.clock_advance(seconds=299)
    await console.everything_sent()
    assert console.cards["KILO-7"]["state"] == "free"
    await center.clock_advance(seconds=1)
    await console.expect_unit("KILO-7", "unreachable")
    alert = await center.raise_alert()
    assert (await lima2.expect_offer(alert))["why_text"].endswith("one nearer out of reach")
    await lima2.declines(alert)
    await console.expect_alarm(alert, "police", "nobody_to_ask")
    await kilo7.comes_back()
    await kilo7.expect_offer(alert)


async def test_an_alert_on_which_nobody_works_any_more_and_that_nobody_closes_calls_a_human(
    center: Center, console: Console, kilo7: Phone
) -> None:
    alert = await center.raise_alert()
    await kilo7.takes(alert, "en-route", "on-scene", "done")
    await center.clock_advance(seconds=3599)
    await console.expect_alert_alarm(alert, None)
    await center.clock_advance(seconds=1)
    await console.expect_alert_alarm(alert, "not_closed")
    (await center.tell(alert, "acknowledge")).must_be(200)
    await center.clock_advance(seconds=120)
    await console.until(lambda: console.cards[alert.id]["alarm"]["times"] == 2, "the alarm again")
    assert console.cards[alert.id]["alarm"]["acknowledged_by"] is None
    (await center.tell(alert, "close", disposition="attended", safe="yes", whereabouts="home")).must_be(200)
    await console.expect_gone(alert.id)
