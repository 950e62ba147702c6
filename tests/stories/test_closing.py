"""Nothing closes by itself: a person says whether she is safe, where, and what became of the order."""

from typing import Any

from .center import Center
from .phone import Console, Phone

ENDING: dict[str, Any] = {"disposition": "attended", "safe": "yes", "whereabouts": "relatives"}


async def test_while_anybody_is_still_looked_for_an_alert_is_not_closed(
    center: Center, console: Console, kilo7: Phone, lima2: Phone
) -> None:
    alert = await center.raise_alert(needs=["police", "shelter"])
    await kilo7.takes(alert)
    # Stuck, though a human was called, is not accepted.
    await console.expect_need(alert, "shelter", "stuck")
    (await center.tell(alert, "close", **ENDING)).must_be(409, "need_unaccepted")
    (await center.tell(alert, "needs/shelter/call-off", reason="stays_with_family")).must_be(200)
    (await kilo7.says("withdraw", alert, reason="crash")).must_be(200)
    await lima2.expect_offer(alert)
    (await center.tell(alert, "close", **ENDING)).must_be(409, "need_unaccepted")
    await lima2.takes(alert)
    (await center.tell(alert, "close", **ENDING)).must_be(200)


async def test_closing_asks_whether_she_is_safe_and_where_as_a_choice_and_never_an_address(
    center: Center, kilo7: Phone
) -> None:
    alert = await center.raise_alert()
    await kilo7.takes(alert, "on-scene")
    for missing in ("disposition", "safe", "whereabouts"):
        body = {name: value for name, value in ENDING.items() if name != missing}
        (await center.tell(alert, "close", **body)).must_be(422, "invalid")
    for where, code in (("Calle Once 11", "invalid"), ("at_her_sisters", "whereabouts_unknown")):
        refused = (await center.tell(alert, "close", **{**ENDING, "whereabouts": where})).must_be(422, code)
        assert where not in str(refused.body)
    (await center.tell(alert, "close", **{**ENDING, "safe": "perhaps"})).must_be(422, "invalid")
    (await center.tell(alert, "close", token=kilo7.token, **ENDING)).must_be(403, "forbidden")
    (await center.tell(alert, "close", **ENDING, note="She is at her sister's.")).must_be(200)
    (entry,) = [entry for entry in await center.log(alert) if type(entry.event).__name__ == "AlertClosed"]
    assert (entry.event.safe, entry.event.whereabouts) == ("yes", "relatives")  # type: ignore[union-attr]
    assert entry.by == await center.person("operator-1")


async def test_closing_asks_what_became_of_the_order_where_its_clock_runs(
    center: Center, console: Console, kilo7: Phone
) -> None:
    fiscal1 = await center.phone("FISCAL-1")
    alert = await center.raise_alert(needs=["police", "prosecutor"])
    await kilo7.takes(alert, "on-scene")
    await fiscal1.takes(alert, "contact", "done")
    (await center.tell(alert, "close", **ENDING)).must_be(409, "order_open")
    (await center.tell(alert, "close", **ENDING, order="lost")).must_be(422, "order_outcome_unknown")
    (await center.tell(alert, "close", **ENDING, order="not_wanted")).must_be(200)
    await kilo7.expect_state(alert, "on_scene")
    (await kilo7.says("done", alert)).must_be(200)
    await kilo7.expect_nothing()
    await console.until(lambda: alert.id not in console.cards, "the alert to leave the board")


async def test_a_silent_call_and_one_said_to_be_reported_already_are_closed_by_nobody_but_a_person(
    center: Center, console: Console
) -> None:
    alerts = [await center.raise_alert(incident=incident) for incident in ("70104", "60205")]
    await center.clock_advance(seconds=3600)
    for alert in alerts:
        await console.expect_alert(alert, state="open")
        assert (await console.expect_alarm(alert, "police"))["times"] > 5
