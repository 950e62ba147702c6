"""Where she may be killed, two are asked at once: the first to say yes keeps it, the other is told at once."""

from .center import Center
from .phone import Console, Phone

EXTREME = {"strangled": "yes"}


async def test_the_first_of_two_to_say_yes_keeps_it_and_the_other_is_told_at_once(
    center: Center, console: Console, kilo7: Phone, lima2: Phone, mike9: Phone
) -> None:
    alert = await center.raise_alert(threat=EXTREME)
    await kilo7.expect_offer(alert)
    lost = await lima2.expect_offer(alert)
    await mike9.expect_nothing()
    shown = await console.expect_need(alert, "police", "offered")
    assert [each["unit"] for each in shown["asked"]] == ["KILO-7", "LIMA-2"]
    await kilo7.accepts(alert)
    await lima2.expect_gone(lost["id"])
    assert lima2.why[lost["id"]] == "taken_by_another"
    await lima2.expect_unit("free")
    late = await center.post(f"/api/assignments/{lost['id']}/accept", {}, token=lima2.token)
    late.must_be(404, "unknown_assignment")
    await console.expect_need(alert, "police", "accepted", "KILO-7")
    await kilo7.expect_state(alert, "accepted")


async def test_for_the_one_of_two_that_declines_a_third_is_asked(
    center: Center, kilo7: Phone, lima2: Phone, mike9: Phone
) -> None:
    alert = await center.raise_alert(threat=EXTREME)
    await kilo7.expect_offer(alert)
    await lima2.expect_offer(alert)
    await kilo7.declines(alert)
    await mike9.expect_offer(alert)
    await lima2.expect_state(alert, "offered")
    await kilo7.expect_nothing()
    await mike9.accepts(alert)
    await lima2.expect_nothing()


async def test_a_second_is_asked_when_the_level_rises_and_when_somebody_comes_free(
    center: Center, kilo7: Phone, lima2: Phone
) -> None:
    alert = await center.raise_alert()
    await kilo7.expect_offer(alert)
    await lima2.expect_nothing()
    await center.tell_more(alert, threat=EXTREME)
    await lima2.expect_offer(alert)
    await lima2.declines(alert)
    mike9 = await center.phone("MIKE-9")
    await mike9.expect_offer(alert)


async def test_a_shelter_is_asked_alone_so_that_no_place_is_held_for_nothing(center: Center) -> None:
    await center.lists("HOGAR-2,shelter,red_refugios,25.68,-100.33,2,no")
    casa1, hogar2 = await center.phone("CASA-1"), await center.phone("HOGAR-2")
    alert = await center.raise_alert(needs=["shelter"], threat=EXTREME)
    await hogar2.expect_offer(alert)
    await casa1.expect_nothing()


async def test_who_was_named_by_a_person_is_asked_alone(center: Center, kilo7: Phone, lima2: Phone) -> None:
    alert = await center.raise_alert(threat=EXTREME)
    await kilo7.expect_offer(alert)
    await lima2.expect_offer(alert)
    mike9 = await center.phone("MIKE-9")
    (await center.tell(alert, "needs/police/assign", unit="MIKE-9")).must_be(200)
    await mike9.expect_offer(alert)
    for phone in (kilo7, lima2):
        await phone.expect_nothing()
