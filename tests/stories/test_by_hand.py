"""By hand: the desk may do what the rules do, under the same rules; and a word of duress looks like a cancel."""

import logging
from typing import Any

import pytest

from app.clock import rfc3339

from .center import Answer, Center
from .looking import every_row, found_in
from .phone import Console, Phone

WORDS = {"cancel": "Jacaranda Azul", "duress": "la tía Ramona"}


async def test_needs_are_added_and_called_off_and_whoever_holds_one_is_let_go(
    center: Center, console: Console, kilo7: Phone
) -> None:
    fiscal1 = await center.phone("FISCAL-1")
    alert = await center.raise_alert()
    await kilo7.takes(alert)
    (await center.tell(alert, "needs", institution="prosecutor")).must_be(200)
    held = await fiscal1.takes(alert)
    (await center.tell(alert, "needs/prosecutor/call-off", reason="not_wanted")).must_be(200)
    await fiscal1.expect_gone(held["id"])
    await console.expect_need(alert, "prosecutor", "called_off")
    (await center.tell(alert, "needs/prosecutor/call-off", reason="not_wanted")).must_be(404, "unknown_need")
    (await center.tell(alert, "needs", institution="police")).must_be(200)
    await console.expect_need(alert, "police-2", "stuck")
    await fiscal1.expect_nothing()


async def test_nobody_is_assigned_by_hand_who_could_not_go(center: Center, kilo7: Phone, lima2: Phone) -> None:
    first, second = await center.raise_alert(), await center.raise_alert()
    await kilo7.takes(first)
    offer = await lima2.expect_offer(second)
    for unit, status, code in (
        ("KILO-7", 409, "unit_not_free"),
        ("LIMA-2", 409, "unit_asked"),
        ("MIKE-9", 409, "unit_not_free"),
        ("FISCAL-1", 404, "unknown_unit"),
        ("NOBODY", 404, "unknown_unit"),
    ):
        (await center.tell(second, "needs/police/assign", unit=unit)).must_be(status, code)
    (await center.tell(first, "needs/police/recall", reason="needed_elsewhere")).must_be(200)
    (await center.tell(second, "needs/police/assign", unit="KILO-7")).must_be(200)
    await lima2.expect_gone(offer["id"])
    assert lima2.why == {offer["id"]: "assigned_by_hand"}
    assert (await kilo7.takes(second))["why_text"] == "assigned by hand"
    (await center.tell(second, "needs/police/recall", token=kilo7.token, reason="x")).must_be(403, "forbidden")


async def test_a_person_asks_the_neighbouring_center_without_waiting_for_the_clock(
    center: Center, console: Console, kilo7: Phone
) -> None:
    alert = await center.raise_alert()
    (await center.tell(alert, "needs/police/neighbour")).must_be(409, "no_neighbour")
    await center.goes_by(neighbours={"centro": "vecino"})
    (await center.tell(alert, "needs/police/neighbour", token=kilo7.token)).must_be(403, "forbidden")
    (await center.tell(alert, "needs/police/neighbour")).must_be(200)
    await console.until(lambda: console.need(alert, "police")["neighbour"] is not None, "the neighbour")
    assert console.need(alert, "police")["neighbour"]["center"] == "vecino"
    (await center.tell(alert, "needs/police/neighbour")).must_be(409, "neighbour_asked")
    await kilo7.takes(alert)
    (await center.tell(alert, "needs/police/neighbour")).must_be(409, "need_accepted")


async def test_two_alerts_that_are_one_go_on_as_one_with_the_earlier_time_and_the_higher_level(
    center: Center, console: Console, kilo7: Phone, lima2: Phone
) -> None:
    began = center.clock.now()
    one = await center.raise_alert(received_at=rfc3339(began - 50), threat={"children_present": "yes"})
    other = await center.raise_alert(needs=["police", "prosecutor"])
    await kilo7.takes(one)
    spare = await lima2.expect_offer(other)
    (await center.tell(other, "merge", into=other.id)).must_be(422, "same_alert")
    (await center.tell(other, "merge", into=one.id)).must_be(200)
    await lima2.expect_gone(spare["id"])
    card = await console.expect_alert(one, received_at=rfc3339(began - 50), level="high")
    assert [call["id"] for call in card["calls"]] == [one.id, other.id]
    assert [need["need"] for need in card["needs"]] == ["police", "prosecutor"]
    await console.expect_need(one, "police", "accepted", "KILO-7")
    await console.expect_need(one, "prosecutor", "stuck")
    await console.until(lambda: other.id not in console.cards, "the other to be gone")
    (await center.tell(other, "cancel", reason="mistake")).must_be(404, "unknown_alert")


async def test_without_her_code_word_nothing_is_cancelled_and_with_it_everything_is(
    center: Center, console: Console, kilo7: Phone
) -> None:
    alert = await center.raise_alert(code_words=WORDS)
    held = await kilo7.takes(alert, "en-route")
    for said in ({}, {"word": "jacaranda"}, {"word": "tia"}):
        (await center.tell(alert, "cancel", reason="all_is_well", **said)).must_be(422, "code_word_wrong")
    await kilo7.everything_sent()
    assert kilo7.card(alert)["state"] == "en_route"
    (await center.tell(alert, "cancel", reason="all_is_well", word="  jacaranda AZUL ")).must_be(200)
    await kilo7.expect_gone(held["id"])
    assert (await center.kinds(alert))[-1] == "AlertCancelled"


async def test_the_word_of_duress_is_answered_like_a_cancel_and_the_desk_sees_an_extreme_alert_that_goes_on(
    center: Center,
    console: Console,
    kilo7: Phone,
    lima2: Phone,
    stories_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "naranja")
    alert, plain = await center.raise_alert(code_words=WORDS), await center.raise_alert(code_words=WORDS)
    await kilo7.takes(alert, "en-route")
    await lima2.takes(plain)
    under_duress = (await center.tell(alert, "cancel", reason="all_is_well", word="La Tia Ramona")).must_be(200)
    freely = (await center.tell(plain, "cancel", reason="all_is_well", word="jacaranda azul")).must_be(200)
    assert alike(under_duress) == alike(freely)

    card = await console.expect_alert_alarm(alert, "duress")
    assert (card["level"], card["state"], card["steps"][-1]["reason"]) == ("extreme", "open", "duress")
    await kilo7.until(lambda: kilo7.card(alert)["level"] == "extreme", "the level on its way")
    await center.clock_advance(seconds=120)
    await console.until(lambda: console.cards[alert.id]["alarm"]["times"] == 2, "the alarm to sound again")
    (await center.tell(alert, "acknowledge")).must_be(200)
    by = await center.person("operator-1")
    await console.until(lambda: console.cards[alert.id]["alarm"]["acknowledged_by"] == by, "the name")
    rows = await every_row(stories_url)
    for word in (*WORDS.values(), "Tia Ramona", "jacaranda"):
        assert found_in(rows, word) == []
        assert not any(word in f"{record.getMessage()} {vars(record)}" for record in caplog.records)
        assert word not in str((await center.get(f"/api/alerts/{alert.id}")).must_be(200).body)


def alike(answer: Answer) -> Any:
    """The answer without what tells any two apart: whose it is and its place in the log."""
    own = {"id", "seq", "at", "alert", "folio"}
    return {name: value for name, value in answer.body.items() if name not in own}
