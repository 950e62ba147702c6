"""The same id twice has the effect of once and gets the first answer, whatever happened in between."""

import asyncio
from uuid import uuid4

from .center import Center, an_alert
from .phone import Phone


async def test_the_same_call_twice_is_one_alert_with_one_answer(center: Center, kilo7: Phone) -> None:
    sent = an_alert()
    first = (await center.post("/api/alerts", sent)).must_be(201)
    again = (await center.post("/api/alerts", sent)).must_be(201)
    assert again.body == first.body
    assert again.headers["location"] == first.headers["location"] == f"/api/alerts/{sent['id']}"
    assert len((await center.get("/api/alerts")).body["alerts"]) == 1


async def test_the_same_call_twenty_times_at_once_is_one_alert_with_one_answer(
    center: Center, kilo7: Phone, lima2: Phone
) -> None:
    sent = an_alert()
    answers = await asyncio.gather(*(center.post("/api/alerts", sent) for _ in range(20)))
    assert {answer.status for answer in answers} == {201}
    assert all(answer.body == answers[0].body for answer in answers)
    (alert,) = (await center.get("/api/alerts")).body["alerts"]
    assert alert["folio"] == answers[0].body["folio"] == "N-1"
    await lima2.expect_nothing()


async def test_an_answer_repeated_after_the_world_has_moved_on_is_still_the_first_answer(
    center: Center, kilo7: Phone, lima2: Phone
) -> None:
    alert = await center.raise_alert()
    await kilo7.expect_offer(alert)
    yes = {"id": str(uuid4())}
    path = f"/api/assignments/{kilo7.card(alert)['id']}/accept"
    first = (await center.post(path, yes, token=kilo7.token)).must_be(200)
    (await center.tell(alert, "needs/police/recall", reason="nearer_found")).must_be(200)
    again = (await center.post(path, yes, token=kilo7.token)).must_be(200)
    assert again.body == first.body
    await lima2.expect_offer(alert)


async def test_a_refusal_repeated_is_the_same_refusal_though_it_could_be_done_now(
    center: Center, kilo7: Phone
) -> None:
    alert = await center.raise_alert()
    await kilo7.expect_offer(alert)
    closing = {"id": str(uuid4()), "disposition": "attended", "safe": "yes", "whereabouts": "home"}
    first = (await center.tell(alert, "close", **closing)).must_be(409, "need_unaccepted")
    await kilo7.accepts(alert)
    again = (await center.tell(alert, "close", **closing)).must_be(409, "need_unaccepted")
    assert again.body == first.body
    (await center.tell(alert, "close", disposition="attended", safe="yes", whereabouts="home")).must_be(200)


async def test_after_a_restart_the_first_answers_still_stand(center: Center, kilo7: Phone) -> None:
    sent, wrong = an_alert(), {"id": str(uuid4()), "need": "police"}
    raised = (await center.post("/api/alerts", sent)).must_be(201)
    path = f"/api/alerts/{sent['id']}/acknowledge"
    refused = (await center.post(path, wrong)).must_be(409, "no_alarm")
    await center.restart()
    assert (await center.post("/api/alerts", sent)).body == raised.body
    assert (await center.post(path, wrong)).must_be(409, "no_alarm").body == refused.body
    assert len((await center.get("/api/alerts")).body["alerts"]) == 1


async def test_another_call_under_a_used_id_is_refused_and_changes_nothing(center: Center) -> None:
    sent = an_alert()
    (await center.post("/api/alerts", sent)).must_be(201)
    other = {**sent, "needs": ["police", "shelter"]}
    (await center.post("/api/alerts", other)).must_be(409, "id_reused")
    (alert,) = (await center.get("/api/alerts")).body["alerts"]
    assert [need["need"] for need in alert["needs"]] == ["police"]


async def test_two_taps_on_yes_from_two_phones_of_one_crew_are_one_yes(center: Center, kilo7: Phone) -> None:
    alert = await center.raise_alert()
    await kilo7.expect_offer(alert)
    taps = await asyncio.gather(*(kilo7.says("accept", alert) for _ in range(2)))
    assert sorted(tap.status for tap in taps) == [200, 409]
    assert (await center.kinds(alert)).count("Accepted") == 1
