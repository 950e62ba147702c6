"""Keep out: who is named is never asked and never shown it, loses it at once, and is not told why."""

from .center import Center
from .phone import Console, Phone


async def test_a_unit_a_crew_member_and_an_agency_in_another_spelling_are_passed_over_and_a_human_knows(
    center: Center, console: Console, kilo7: Phone, mike9: Phone
) -> None:
    await center.goes_by(neighbours={"*": "vecino"})
    lima2 = await center.phone("LIMA-2", crew=("B-201",))
    named = {"units": ["KILO-7", "KILO-77"], "crew": ["B-201"], "agencies": ["ESTATÁL", "marina"]}
    alert = await center.raise_alert(keep_out=named)
    assert alert.receipt["keep_out_unmatched"] == 2
    assert (await console.expect_alarm(alert, "police"))["cause"] == "kept_out"
    need = console.need(alert, "police")
    assert (need["state"], need["why_not_text"]) == ("stuck", "of 3 on duty: three kept out")

    await center.clock_advance(seconds=0)
    await console.until(lambda: console.need(alert, "police")["neighbour"] is not None, "the neighbour")
    assert console.need(alert, "police")["neighbour"]["center"] == "vecino"
    for unit in ("KILO-7", "LIMA-2", "MIKE-9"):
        (await center.tell(alert, "needs/police/assign", unit=unit)).must_be(404, "unknown_unit")
    for phone in (kilo7, lima2, mike9):
        await phone.goes_away()
        await phone.comes_back()
        await phone.expect_nothing()
        assert not phone.was_ever_shown(alert)


async def test_an_offer_is_taken_back_from_who_is_kept_out_later_and_looks_like_any_that_is_gone(
    center: Center, kilo7: Phone, lima2: Phone
) -> None:
    alert = await center.raise_alert()
    offer = await kilo7.expect_offer(alert)
    await center.tell_more(alert, keep_out={"crew": ["A-102"]})
    await kilo7.expect_gone(offer["id"])
    assert kilo7.why == {}
    await lima2.expect_offer(alert)
    for step in ("seen", "accept", "decline", "en-route", "withdraw"):
        said = await center.post(f"/api/assignments/{offer['id']}/{step}", {"reason": "crash"}, token=kilo7.token)
        said.must_be(404, "unknown_assignment")
    await kilo7.expect_unit("free")


async def test_who_is_on_the_scene_and_is_kept_out_then_is_replaced_by_another_patrol(
    center: Center, console: Console, kilo7: Phone, lima2: Phone
) -> None:
    alert = await center.raise_alert()
    held = await kilo7.takes(alert, "en-route", "on-scene")
    await center.tell_more(alert, keep_out={"units": ["KILO-7"]})
    await kilo7.expect_gone(held["id"])
    assert kilo7.why == {}
    await lima2.takes(alert)
    await console.expect_need(alert, "police", "called_off")
    await console.expect_need(alert, "police-2", "accepted", "LIMA-2")


async def test_who_is_kept_out_and_signs_in_at_a_colleagues_phone_finds_nothing_there(
    center: Center, lima2: Phone
) -> None:
    kilo7 = await center.phone("KILO-7", crew=("A-101",))
    alert = await center.raise_alert(keep_out={"crew": ["A-666"]})
    held = await kilo7.takes(alert, "en-route")
    his = await center.colleague("A-666", "KILO-7")
    await kilo7.expect_gone(held["id"])
    await lima2.expect_offer(alert)
    await his.expect_nothing()
    assert not his.was_ever_shown(alert)
    for path in (f"/api/alerts/{alert.id}", "/api/alerts", f"/api/alerts/{alert.id}/timeline"):
        (await center.get(path, token=his.token)).must_be(403, "forbidden")
    (await center.post(f"/api/assignments/{held['id']}/accept", {}, token=his.token)).must_be(404)
    after = await center.raise_alert()
    await kilo7.expect_offer(after)
    await his.expect_offer(after)
