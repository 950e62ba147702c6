"""The protection order is due so long after she called; a late one calls a human until it is settled."""

from app.clock import rfc3339

from .center import Center
from .phone import Console
from .region import HOME

FOUR_HOURS_S = 4 * 3600.0
ONCE, DOCE = "Calle Once 11", "Calle Doce 12"


async def test_four_hours_after_the_call_an_open_order_calls_a_human_and_the_prosecutor_sees_that_it_is_late(
    center: Center, console: Console
) -> None:
    fiscal1 = await center.phone("FISCAL-1")
    called_at = center.clock.now() - 600
    due_at = rfc3339(called_at + FOUR_HOURS_S)
    alert = await center.raise_alert(needs=["prosecutor"], received_at=rfc3339(called_at))
    await fiscal1.takes(alert, "contact")
    open_order = {"due_at": due_at, "outcome": None, "late": False}
    assert (await console.expect_alert(alert, order=open_order))["alarm"] is None
    assert fiscal1.card(alert)["order"] == open_order

    await center.clock_advance(seconds=FOUR_HOURS_S - 601)
    assert console.cards[alert.id]["alarm"] is None
    await center.clock_advance(seconds=1 + 120)
    await console.expect_alert_alarm(alert, "order_late")
    await console.until(lambda: console.cards[alert.id]["alarm"]["times"] == 2, "the alarm to sound again")
    await fiscal1.until(lambda: fiscal1.card(alert)["order"]["late"], "that the order is late")

    (await fiscal1.says("order", alert, outcome="written_on_a_napkin")).must_be(422, "order_outcome_unknown")
    (await fiscal1.says("order", alert, outcome="issued")).must_be(200)
    card = await console.expect_alert_alarm(alert, None)
    assert card["order"] == {"due_at": due_at, "outcome": "issued", "late": False}
    points = (await center.get(f"/api/alerts/{alert.id}/timeline")).must_be(200).body["points"]
    assert points["T14"] == rfc3339(center.clock.now())
    (await center.tell(alert, "order", outcome="refused")).must_be(409, "order_settled")


async def test_an_earlier_call_moves_the_clock_and_where_no_prosecutor_was_asked_nobody_waits_for_an_order(
    center: Center, console: Console
) -> None:
    await center.goes_by(order_within_s=600.0)
    began = center.clock.now()
    asked, unasked = [
        await center.raise_alert(where={**HOME, "address": address}, needs=needs)
        for address, needs in ((ONCE, ["prosecutor"]), (DOCE, ["shelter"]))
    ]
    for alert in (asked, unasked):
        earlier = {"where": alert.sent["where"], "needs": alert.sent["needs"]}
        await center.calls(**earlier, received_at=rfc3339(began - 300))
        card = await console.expect_alert(alert, received_at=rfc3339(began - 300))
        assert card["order"]["due_at"] == rfc3339(began + 300)
    await center.clock_advance(seconds=300)
    await console.expect_alert_alarm(asked, "order_late")
    await console.everything_sent()
    assert console.cards[unasked.id]["alarm"] is None


async def test_a_new_law_counts_from_its_date_and_changes_no_clock_that_runs(
    center: Center, console: Console
) -> None:
    began = center.clock.now()
    await center.has_book((began + 60, {"order_within_s": 7200.0}))
    before = await center.raise_alert(needs=["prosecutor"])
    await center.clock_advance(seconds=60)
    after = await center.raise_alert(needs=["prosecutor"])
    for alert, due_at in ((before, began + FOUR_HOURS_S), (after, began + 60 + 7200)):
        card = await console.expect_alert(alert, state="open")
        assert card["order"]["due_at"] == rfc3339(due_at)
