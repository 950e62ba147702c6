"""Every second is written down: the points of a story, and the report that counts them."""

from app.clock import rfc3339

from .center import Center, Raised
from .phone import Console, Phone


async def test_closing_is_refused_while_a_need_is_unaccepted_and_asks_whether_she_is_safe(
    center: Center, kilo7: Phone
) -> None:
    alert = await center.raise_alert()
    await kilo7.expect_offer(alert)
    ending = {"disposition": "attended", "safe": "yes", "whereabouts": "relatives"}
    (await center.tell(alert, "close", **ending)).must_be(409, "need_unaccepted")
    await kilo7.accepts(alert)
    (await center.tell(alert, "close", disposition="attended")).must_be(422, "invalid")
    (await center.tell(alert, "close", **ending)).must_be(200)
    (await center.tell(alert, "close", **ending)).must_be(404, "unknown_alert")
    await kilo7.expect_state(alert, "accepted")
    (await kilo7.says("done", alert)).must_be(409, "not_on_scene")
    (await kilo7.says("on-scene", alert)).must_be(200)
    (await kilo7.says("done", alert)).must_be(200)
    await kilo7.expect_nothing()


async def test_an_offer_is_delivered_when_the_device_says_that_it_has_it(center: Center, console: Console) -> None:
    kilo7 = await center.phone("KILO-7", silent=True)
    alert = await center.raise_alert()
    await kilo7.expect_offer(alert)
    await center.clock_advance(seconds=3)
    assert (await points(center, alert))["T5"] is None
    kilo7.silent = False
    await kilo7.receives()
    await console.until(lambda: "delivered" in console.need(alert, "police")["stamps"], "the delivery")
    assert (await points(center, alert))["T5"] == rfc3339(center.clock.now())
    await center.clock_advance(seconds=3)
    await kilo7.receives()
    await kilo7.everything_sent()
    assert (await points(center, alert))["T5"] == rfc3339(center.clock.now() - 3)


async def test_every_point_of_the_story_stands_in_the_timeline_and_in_the_report(
    center: Center, kilo7: Phone
) -> None:
    began = center.clock.now()
    call = {
        "received_at": rfc3339(began - 50),
        "answered_at": rfc3339(began - 40),
        "located_at": rfc3339(began - 5),
    }
    alert = await center.raise_alert(**call)
    await kilo7.expect_offer(alert)
    await center.clock_advance(seconds=8)
    await kilo7.accepts(alert)
    for step, seconds in (("en-route", 20), ("on-scene", 240), ("contact", 30), ("depart", 600), ("safe", 900)):
        await center.clock_advance(seconds=seconds)
        (await kilo7.says(step, alert, at_device="2001-01-01T00:00:00Z")).must_be(200)
    await center.clock_advance(seconds=60)
    (await kilo7.says("done", alert)).must_be(200)
    await center.clock_advance(seconds=2)
    (await center.tell(alert, "close", disposition="attended", safe="yes", whereabouts="relatives")).must_be(200)

    told = await points(center, alert)
    told.pop("T5")
    after_s = {
        "T0": -50,
        "T1": -40,
        "T2": -5,
        "T3": 0,
        "T4": 0,
        "T6": 8,
        "T7": 28,
        "T8": 268,
        "T9": 298,
        "T11": 898,
        "T12": 1798,
        "T13": 1858,
        "T15": 1860,
    }
    expected: dict[str, str | None] = {point: rfc3339(began + seconds) for point, seconds in after_s.items()}
    assert told == {**expected, "T10": None, "T14": None}

    report = (await center.get("/api/reports/response-times?by=institution", token=center.coordinator)).must_be(
        200
    )
    rows = {row["interval"]: row for row in report.body["rows"] if row["n"]}
    assert {name: row["p50_s"] for name, row in rows.items()} == {
        "processing": 0,
        "acceptance": 8,
        "turnout": 20,
        "travel": 240,
        "response": 318,
        "safety": None,  # Of fewer than ten: how far the shelter is stays unsaid.
        "answering": 10,
        "call_taking": 40,
    }
    csv = (
        await center.get("/api/reports/response-times.csv?interval=response", token=center.coordinator)
    ).must_be(200)
    assert "318" in csv.body


async def test_a_call_nobody_reached_counts_as_unattended_and_is_not_left_out(center: Center) -> None:
    await center.raise_alert()
    await center.clock_advance(seconds=100)
    path = "/api/reports/response-times?by=&interval=response"
    (row,) = (await center.get(path, token=center.coordinator)).must_be(200).body["rows"]
    assert (row["n"], row["unattended"], row["p50_s"]) == (0, 1, None)
    assert row["waited_longest_s"] == 100


async def test_only_a_coordinator_reads_reports(center: Center, kilo7: Phone) -> None:
    for token in (center.operator, kilo7.token):
        (await center.get("/api/reports/response-times", token=token)).must_be(403, "forbidden")


async def points(center: Center, alert: Raised) -> dict[str, str | None]:
    """The time points of the alert as its timeline tells them."""
    told: dict[str, str | None] = (
        (await center.get(f"/api/alerts/{alert.id}/timeline")).must_be(200).body["points"]
    )
    return told
