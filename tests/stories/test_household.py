"""One household, several calls: they count together while she is in need, and nobody can look households up."""

import asyncio
from typing import Any

import asyncpg

from app.clock import rfc3339

from .center import Center, an_alert
from .looking import every_row, found_in
from .phone import Console, Phone

TELEPHONE, WRITTEN_OTHERWISE = "+52 81 5550 4417", "044 (81) 5550-4417"
ADDRESS, SPELLED_OTHERWISE = "Av. Juárez 4417, Col. Centro", "AVENIDA JUAREZ No. 4417, colonia Centro"
SILENT, REPORTED_ALREADY = "70104", "60205"


def caller(telephone: str, name: str = "Eusebio Testigo") -> dict[str, Any]:
    """Who calls, and from which telephone."""
    return {"role": "neighbour", "name": name, "telephone": telephone}


def at(address: str) -> dict[str, Any]:
    """Her home with its address as this caller says it."""
    return {"lat": 25.6601, "lon": -100.3201, "address": address}


async def test_a_second_call_from_her_telephone_joins_raises_and_brings_the_earlier_time(
    center: Center, console: Console, kilo7: Phone, lima2: Phone
) -> None:
    began = center.clock.now()
    alert = await center.raise_alert(caller=caller(TELEPHONE))
    await kilo7.takes(alert)
    await center.clock_advance(seconds=30)
    answer = await center.calls(
        caller=caller(WRITTEN_OTHERWISE, "Her daughter"),
        threat={"weapon_present": "yes"},
        received_at=rfc3339(began - 40),
    )
    answer.must_be(200)
    assert (answer.body["joined"], answer.body["alert"], answer.body["folio"]) == (True, alert.id, alert.folio)
    assert answer.headers["location"] == f"/api/alerts/{alert.id}"

    card = await console.expect_alert(alert, level="extreme", received_at=rfc3339(began - 40))
    assert [call["received_at"] for call in card["calls"]] == [rfc3339(began), rfc3339(began - 40)]
    assert len((await center.get("/api/alerts")).body["alerts"]) == 1
    await lima2.expect_nothing()
    told = (await center.get(f"/api/alerts/{alert.id}")).must_be(200).body["details"]
    assert [one["value"]["name"] for one in told if one["kind"] == "caller"] == ["Eusebio Testigo", "Her daughter"]


async def test_a_call_about_her_address_spelled_otherwise_joins_though_another_telephone_calls(
    center: Center, kilo7: Phone
) -> None:
    alert = await center.raise_alert(where=at(ADDRESS), caller=caller(TELEPHONE))
    answer = await center.calls(where=at(SPELLED_OTHERWISE), caller=caller("81 1234 5678"))
    assert (answer.body["joined"], answer.body["alert"]) == (True, alert.id)
    next_door = await center.calls(where=at("Av. Juárez 4419, Col. Centro"))
    assert next_door.body["joined"] is False


async def test_calls_of_one_household_in_the_same_moment_are_one_alert(center: Center, kilo7: Phone) -> None:
    said = [an_alert(where=at(ADDRESS), caller=caller(f"81 1234 567{digit}")) for digit in range(8)]
    answers = await asyncio.gather(*(center.post("/api/alerts", each) for each in said))
    assert sorted(answer.status for answer in answers) == [200] * 7 + [201]
    assert len({answer.body["alert"] for answer in answers}) == 1


async def test_after_it_was_closed_the_next_call_is_a_new_alert_high_at_once_and_a_silent_one_too(
    center: Center, console: Console, kilo7: Phone
) -> None:
    silent = await center.raise_alert(incident=SILENT, caller=caller("81 1234 5678"))
    assert silent.receipt["level"] == "standard"
    (await center.tell(silent, "cancel", reason="test_call")).must_be(200)

    for count, (incident, reason) in enumerate(
        (
            ("30503", None),
            ("30503", "repeat"),
            (SILENT, "silent_call_with_history"),
            (REPORTED_ALREADY, "reported_again"),
        )
    ):
        alert = await center.raise_alert(incident=incident, caller=caller(TELEPHONE))
        card = await console.expect_alert(alert, level="high" if reason else "standard", history=count)
        assert [step["reason"] for step in card["steps"]] == ([reason] if reason else [])
        await kilo7.takes(alert, "on-scene", "done")
        ending = {"disposition": "attended", "safe": "yes", "whereabouts": "home"}
        (await center.tell(alert, "close", **ending)).must_be(200)


async def test_a_call_that_joined_wrongly_is_split_off_with_its_own_time_and_place(
    center: Center, console: Console, kilo7: Phone, lima2: Phone
) -> None:
    began = center.clock.now()
    alert = await center.raise_alert(caller=caller(TELEPHONE), keep_out={"units": ["MIKE-9"]})
    await kilo7.takes(alert)
    elsewhere = {"lat": 25.6702, "lon": -100.3209}
    joined = await center.calls(
        caller=caller(TELEPHONE, "Her sister"), where=elsewhere, received_at=rfc3339(began - 60)
    )
    assert joined.body["joined"] is True
    await console.expect_alert(alert, received_at=rfc3339(began - 60))
    (await center.tell(alert, "split", call=alert.id)).must_be(422, "first_call")
    own = (await center.tell(alert, "split", call=joined.body["id"], needs=["police"])).must_be(201).raised()
    await console.expect_alert(alert, received_at=rfc3339(began))
    card = await console.expect_alert(own, received_at=rfc3339(began - 60), where=elsewhere)
    assert card["folio"] == "N-2"
    assert (await lima2.takes(own))["alert"] == own.id
    told = (await center.get(f"/api/alerts/{own.id}")).must_be(200).body["details"]
    assert [one["value"]["name"] for one in told if one["kind"] == "caller"] == ["Her sister"]


async def test_nobody_can_list_households_or_learn_by_what_one_is_known(
    center: Center, console: Console, kilo7: Phone, stories_url: str
) -> None:
    alert = await center.raise_alert(where=at(ADDRESS), caller=caller(TELEPHONE))
    await kilo7.takes(alert)
    await kilo7.expect_place(alert)
    await console.expect_alert(alert, household=True)
    for path in ("", "/timeline"):
        (await center.get(f"/api/alerts/{alert.id}{path}")).must_be(200)
    doors = (await center.get("/openapi.json")).must_be(200).body["paths"]
    assert not [path for path in doors if "victim" in path or "search" in path]
    households = {path: set(methods) for path, methods in doors.items() if "household" in path}
    assert households == {"/api/people/{login}/household": {"put"}}, "staff's own are set, and read by nobody"
    (await center.get("/api/households")).must_be(404)
    await console.everything_sent()

    names = await household_names(stories_url, center.settings.center)
    assert len(names) == 2
    seen = [str(answer) for answer in center.answers]
    seen += [str(frame) for screen in (console, kilo7) for frame in screen.frames]
    assert not [name for name in names if any(name in text for text in seen)]
    rows = await every_row(stories_url)
    for secret in (TELEPHONE, "528155504417", ADDRESS, "avenida juarez 4417"):
        assert found_in(rows, secret) == []


async def household_names(url: str, center: str) -> list[str]:
    """What this center's board calls its households."""
    connection: Any = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT token FROM households WHERE center = $1", center)
        return [str(row["token"]) for row in rows]
    finally:
        await connection.close()
