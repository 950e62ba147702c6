"""Who is asked: the nearest by road that may go, with what speaks against it counted in seconds and said."""

from app.clock import rfc3339

from .center import Center
from .phone import Console, Phone
from .region import HOME


async def stands(phone: Phone, lat: float, lon: float = HOME["lon"]) -> None:
    """Its device says that it is there now, and the service knows."""
    await phone.reports_position(lat, lon)
    await phone.everything_sent()


async def test_who_lacks_what_is_required_is_never_asked(center: Center, console: Console, kilo7: Phone) -> None:
    mike9 = await center.phone("MIKE-9", crew_brings=["nahuatl"])
    speaks = {"institution": "police", "requires": ["nahuatl"]}
    alert = await center.raise_alert(needs=[speaks])
    await mike9.expect_offer(alert)
    await mike9.declines(alert)
    await console.expect_alarm(alert, "police", "nobody_to_ask")
    shown = console.need(alert, "police")
    assert shown["why_not_text"] == "of 2 on duty: one asked already, one not fit for this need"
    await kilo7.expect_nothing()


async def test_what_is_preferred_is_worth_two_minutes_and_no_more(
    center: Center, console: Console, kilo7: Phone
) -> None:
    lima2 = await center.phone("LIMA-2", crew_brings=["nahuatl"])
    needs = [{"institution": "police", "prefers": ["nahuatl"]}]
    far = await center.raise_alert(needs=needs)
    assert "lacks nahuatl" in (await kilo7.expect_offer(far))["why_text"]
    (await center.tell(far, "cancel", reason="duplicate")).must_be(200)
    await stands(lima2, 25.664)
    near = await center.raise_alert(needs=needs)
    await lima2.expect_offer(near)
    await console.expect_need(near, "police", "offered", "LIMA-2")


async def test_a_unit_of_her_own_zone_goes_first_unless_one_across_the_border_is_nearer_by_half_a_minute(
    center: Center, mike9: Phone
) -> None:
    await center.lists("ROMEO-4,police,estatal,25.705,-100.321,1,no")
    romeo4 = await center.phone("ROMEO-4")
    border = {"lat": 25.6945, "lon": HOME["lon"]}
    await stands(mike9, 25.690)
    await stands(romeo4, 25.6985)
    first = await center.raise_alert(where=border)
    await mike9.expect_offer(first)
    (await center.tell(first, "cancel", reason="duplicate")).must_be(200)
    await center.clock_advance(seconds=10)
    await stands(romeo4, 25.6960)
    second = await center.raise_alert(where=border)
    assert "from a neighbouring zone" in (await romeo4.expect_offer(second))["why_text"]
    await mike9.expect_nothing()


async def test_whose_shift_ends_soon_is_spared_where_another_is_nearly_as_near(
    center: Center, lima2: Phone
) -> None:
    until = rfc3339(center.clock.now() + 20 * 60)
    kilo7 = await center.phone("KILO-7", until=until)
    await stands(lima2, 25.664)
    alert = await center.raise_alert()
    await lima2.expect_offer(alert)
    await lima2.declines(alert)
    assert "its shift is nearly over" in (await kilo7.expect_offer(alert))["why_text"]


async def test_who_has_only_just_come_free_rests_where_another_is_nearly_as_near(
    center: Center, kilo7: Phone, lima2: Phone
) -> None:
    before = await center.raise_alert()
    await kilo7.takes(before, "en-route", "on-scene", "done")
    await stands(lima2, 25.6632)
    at_once = await center.raise_alert()
    await lima2.expect_offer(at_once)
    await lima2.accepts(at_once)
    # Nobody else is there now: resting keeps nobody from going.
    meanwhile = await center.raise_alert()
    assert "has only just become free" in (await kilo7.expect_offer(meanwhile))["why_text"]
    for alert in (at_once, meanwhile):
        (await center.tell(alert, "cancel", reason="duplicate")).must_be(200)
    await center.clock_advance(seconds=300)
    await stands(lima2, 25.6632)
    later = await center.raise_alert()
    await kilo7.expect_offer(later)


async def test_a_position_two_minutes_old_is_not_believed_and_the_station_stands_for_it(
    center: Center, kilo7: Phone, mike9: Phone
) -> None:
    await stands(mike9, HOME["lat"])
    await center.clock_advance(seconds=121)
    alert = await center.raise_alert()
    assert "counted from its station" in (await kilo7.expect_offer(alert))["why_text"]
    await mike9.expect_nothing()


async def test_with_him_there_and_her_life_at_risk_a_second_patrol_goes_and_nobody_who_declined(
    center: Center, console: Console, kilo7: Phone, lima2: Phone, mike9: Phone
) -> None:
    await center.goes_by(offers_at_once=1)
    alert = await center.raise_alert(threat={"strangled": "yes"})
    await kilo7.expect_offer(alert)
    await kilo7.declines(alert)
    await lima2.takes(alert)
    await center.tell_more(alert, threat={"aggressor_present": "yes"})
    card = await mike9.expect_offer(alert)
    assert (card["need"], card["party"]) == ("police-2", "aggressor")
    await mike9.accepts(alert)
    await console.expect_need(alert, "police-2", "accepted", "MIKE-9")
    await console.expect_need(alert, "police", "accepted", "LIMA-2")
    await kilo7.expect_nothing()
    # Told again, it brings no third.
    await center.tell_more(alert, threat={"aggressor_present": "yes", "weapon_present": "yes"})
    await console.everything_sent()
    assert [need["need"] for need in console.cards[alert.id]["needs"]] == ["police", "police-2"]
