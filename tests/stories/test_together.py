"""Several who wait are served together: so that all of them together wait least, and nobody waits for ever."""

from .center import Center, Raised
from .phone import Console, Phone
from .region import HOME


def at(lat: float) -> dict[str, float]:
    """A place on the street that leads north from her home, past all the patrols."""
    return {"lat": lat, "lon": HOME["lon"]}


async def all_busy(center: Center, *phones: Phone) -> Raised:
    """One alert has all of these; when it is called off they come free in the same moment."""
    alert = await center.raise_alert(needs=["police"] * len(phones))
    for phone in phones:
        await phone.takes(alert)
    return alert


async def test_two_patrols_that_come_free_go_to_the_women_who_then_wait_least_together(
    center: Center, console: Console, kilo7: Phone, lima2: Phone
) -> None:
    before = await all_busy(center, kilo7, lima2)
    between = await center.raise_alert(where=at(25.6665))
    north = await center.raise_alert(where=at(25.675))
    farthest = await center.raise_alert(where=at(25.695))
    for alert in (between, north, farthest):
        await console.expect_need(alert, "police", "stuck")
    (await center.tell(before, "cancel", reason="duplicate")).must_be(200)
    # LIMA-2 is the nearest to both; she between them would have it, and she in the north would wait far longer.
    card = await kilo7.expect_offer(between)
    assert card["why_text"].startswith("patrol that serves all who wait best")
    await lima2.expect_offer(north)
    await console.expect_need(farthest, "police", "stuck")


async def test_a_higher_level_is_served_before_all_distances(
    center: Center, console: Console, kilo7: Phone
) -> None:
    await kilo7.ends_duty()
    near = await center.raise_alert()
    far = await center.raise_alert(where=at(25.695), threat={"strangled": "yes"})
    for alert in (near, far):
        await console.expect_need(alert, "police", "stuck")
    await kilo7.starts_duty()
    await kilo7.expect_offer(far)
    await console.expect_need(near, "police", "stuck")


async def test_who_has_waited_long_goes_before_who_is_nearer(
    center: Center, console: Console, kilo7: Phone
) -> None:
    await kilo7.ends_duty()
    far = await center.raise_alert(where=at(25.695))
    near = await center.raise_alert()
    await console.expect_need(near, "police", "stuck")
    await kilo7.starts_duty()
    # Both have waited as long: the nearer one is served.
    await kilo7.expect_offer(near)
    (await center.tell(near, "cancel", reason="duplicate")).must_be(200)
    await kilo7.expect_offer(far)
    await kilo7.declines(far)
    await kilo7.ends_duty()
    await center.clock_advance(seconds=600)
    newer = await center.raise_alert()
    await console.expect_need(newer, "police", "stuck")
    await kilo7.starts_duty()
    await kilo7.expect_offer(far)
    await console.expect_need(newer, "police", "stuck")
