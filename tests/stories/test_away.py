"""Who was away gets, when it comes back, everything it still must know and the ids of what is gone."""

from .center import Center
from .phone import Console, Phone

DAY_S = 24 * 3600


async def test_a_unit_that_was_away_for_a_day_gets_what_stands_and_the_ids_of_what_is_gone_in_order(
    center: Center, lima2: Phone
) -> None:
    casa1 = await center.phone("CASA-1")
    first, second, third = [await center.raise_alert(needs=["shelter"]) for _ in range(3)]
    ids = [(await casa1.expect_offer(alert))["id"] for alert in (first, second, third)]
    for alert in (first, second):
        await casa1.accepts(alert)
        await casa1.expect_state(alert, "accepted")
    # She has come: the place is hers and not only kept.
    (await casa1.says("safe", first)).must_be(200)
    await casa1.goes_away()

    (await center.tell(second, "cancel", reason="duplicate")).must_be(200)
    (await center.tell(third, "needs/shelter/call-off", reason="stays_with_family")).must_be(200)
    elsewhere = await center.raise_alert(needs=["police"])
    await lima2.expect_offer(elsewhere)
    await lima2.accepts(elsewhere)
    # The machine slept, too: nothing ticked for a day.
    center.clock.advance(DAY_S)
    await center.sign_in()
    fourth = await center.raise_alert(needs=["shelter"])

    casa1.frames.clear()
    casa1.gone.clear()
    await casa1.comes_back()
    await casa1.expect_state(first, "accepted")
    await casa1.expect_offer(fourth)
    assert casa1.gone == [ids[1], ids[2]]
    assert {card["folio"] for card in casa1.assignments()} == {first.folio, fourth.folio}
    assert not casa1.was_ever_shown(elsewhere)


async def test_who_was_away_for_less_than_an_offer_waits_gets_all_that_were_made_in_their_order(
    center: Center,
) -> None:
    casa1 = await center.phone("CASA-1")
    await casa1.goes_away()
    first = await center.raise_alert(needs=["shelter"])
    await center.clock_advance(seconds=1)
    second = await center.raise_alert(needs=["shelter"])
    await center.clock_advance(seconds=30)
    casa1.frames.clear()
    await casa1.comes_back()
    offers = [card["folio"] for card in casa1.frames[0]["cards"] if card["card"] == "assignment"]
    assert offers == [first.folio, second.folio]


async def test_an_offer_made_and_passed_on_while_the_phone_was_away_is_gone_when_it_comes_back(
    center: Center, console: Console, lima2: Phone
) -> None:
    kilo7 = await center.phone("KILO-7")
    before = kilo7.last_seq
    await kilo7.goes_away()
    alert = await center.raise_alert()
    await console.expect_need(alert, "police", "offered", "KILO-7")
    await center.clock_advance(seconds=20)
    await lima2.expect_offer(alert)
    assert kilo7.last_seq == before
    await kilo7.comes_back()
    await kilo7.expect_nothing()
    assert len(kilo7.gone) == 1
    await console.expect_unit("KILO-7", "free")


async def test_an_offer_that_still_stands_is_there_when_the_phone_comes_back(center: Center, lima2: Phone) -> None:
    kilo7 = await center.phone("KILO-7")
    await kilo7.goes_away()
    alert = await center.raise_alert()
    await center.clock_advance(seconds=10)
    await kilo7.comes_back()
    await kilo7.expect_offer(alert)
    await kilo7.accepts(alert)
    await lima2.expect_nothing()


async def test_a_frame_that_comes_twice_does_no_harm(center: Center, kilo7: Phone) -> None:
    alert = await center.raise_alert()
    await kilo7.expect_offer(alert)
    for _ in range(2):
        await kilo7.goes_away()
        await kilo7.comes_back()
        await kilo7.expect_offer(alert)
        assert len(kilo7.assignments()) == 1


async def test_a_console_that_comes_back_shows_the_board_as_it_stands(center: Center, kilo7: Phone) -> None:
    console = await center.console()
    over = await center.raise_alert()
    await console.expect_need(over, "police", "offered", "KILO-7")
    await console.disconnect()
    (await center.tell(over, "cancel", reason="duplicate")).must_be(200)
    open_now = await center.raise_alert()
    back = await center.console()
    await back.expect_need(open_now, "police", "offered", "KILO-7")
    assert over.id not in back.cards


async def test_a_session_a_day_old_opens_nothing_any_more(center: Center) -> None:
    token = await center.token_for("KILO-7")
    center.clock.advance(DAY_S)
    (await center.get("/api/session", token=token)).must_be(401, "not_signed_in")
