"""A better unit may take over until somebody is on the way: for a named gain, told to both, never to and fro."""

from .center import Center
from .phone import Console, Phone
from .region import HOME


async def test_a_much_nearer_unit_that_comes_free_takes_over_and_both_are_told_why(
    center: Center, console: Console, mike9: Phone
) -> None:
    alert = await center.raise_alert()
    far = await mike9.takes(alert)
    kilo7 = await center.phone("KILO-7")
    near = await kilo7.expect_offer(alert)
    assert "takes over, nearer by 6 min" in near["why_text"]
    await mike9.expect_gone(far["id"])
    assert mike9.why[far["id"]] == "nearer_unit"
    await mike9.expect_unit("free")
    await kilo7.accepts(alert)
    await console.expect_need(alert, "police", "accepted", "KILO-7")


async def test_who_is_on_the_way_is_left_alone(center: Center, console: Console, mike9: Phone) -> None:
    alert = await center.raise_alert()
    await mike9.takes(alert, "en-route")
    kilo7 = await center.phone("KILO-7")
    await kilo7.expect_nothing()
    await console.expect_need(alert, "police", "en_route", "MIKE-9")


async def test_who_was_named_by_a_person_is_left_alone(center: Center, console: Console, mike9: Phone) -> None:
    lima2 = await center.phone("LIMA-2")
    alert = await center.raise_alert()
    await lima2.expect_offer(alert)
    (await center.tell(alert, "needs/police/assign", unit="MIKE-9")).must_be(200)
    await mike9.takes(alert)
    kilo7 = await center.phone("KILO-7")
    await kilo7.expect_nothing()
    await console.expect_need(alert, "police", "accepted", "MIKE-9")


async def test_a_higher_level_takes_a_unit_from_a_lower_one_which_is_then_first_in_line(
    center: Center, console: Console, kilo7: Phone
) -> None:
    lower = await center.raise_alert()
    held = await kilo7.takes(lower)
    other = await center.raise_alert(where={"lat": 25.670, "lon": HOME["lon"]})
    await console.expect_alarm(other, "police", "nobody_to_ask")
    higher = await center.raise_alert(threat={"strangled": "yes"})
    taken = await kilo7.expect_offer(higher)
    assert "taken from an alert of a lower level" in taken["why_text"]
    await kilo7.expect_gone(held["id"])
    assert kilo7.why[held["id"]] == "higher_level"
    waiting = await console.expect_need(lower, "police", "stuck")
    assert waiting["first"]
    assert waiting["alarm"]["cause"] == "nobody_to_ask"
    await kilo7.accepts(higher)
    # Whose turn it is counts for more than who is nearer: the other one is at this patrol's door.
    lima2 = await center.phone("LIMA-2")
    await lima2.expect_offer(lower)
    await console.expect_need(other, "police", "stuck")


async def test_a_unit_on_its_way_is_not_taken_by_a_higher_level(
    center: Center, console: Console, kilo7: Phone
) -> None:
    lower = await center.raise_alert()
    await kilo7.takes(lower, "en-route")
    higher = await center.raise_alert(threat={"strangled": "yes"})
    await console.expect_alarm(higher, "police", "nobody_to_ask")
    await console.expect_need(lower, "police", "en_route", "KILO-7")


async def test_what_has_just_been_changed_is_not_changed_again_at_once(
    center: Center, console: Console, mike9: Phone
) -> None:
    await center.goes_by(reassign_gain_s=100)
    alert = await center.raise_alert()
    await mike9.takes(alert)
    lima2 = await center.phone("LIMA-2")
    await lima2.takes(alert)
    await center.clock_advance(seconds=119)
    kilo7 = await center.phone("KILO-7")
    await kilo7.expect_nothing()
    await console.expect_need(alert, "police", "accepted", "LIMA-2")
    await kilo7.ends_duty()
    await center.clock_advance(seconds=1)
    await kilo7.starts_duty()
    await kilo7.expect_offer(alert)
    await lima2.expect_nothing()
