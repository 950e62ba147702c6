"""Nobody is shown what is not theirs: places, names, and least of all where the shelter is."""

import logging
from typing import Any

import pytest

from .center import Center
from .looking import every_row, found_in, reads
from .phone import Phone
from .region import TRUE_LAT, TRUE_LON

HERE = {"lat": 25.66129, "lon": -100.32717}
ADDRESS = "Calle Naranjos 4417, interior 9"
HER_NAME = "Xóchitl Canaria Uribe"
TELEPHONE = "+52 81 5550 4417"
NOTE = "The dog barks at the back door; ring twice."
TOLD = {
    "where": {**HERE, "address": ADDRESS},
    "caller": {"role": "neighbour", "name": "Eusebio Testigo", "telephone": TELEPHONE},
    "people": [{"role": "victim", "name": HER_NAME}],
    "safe_contact": "only by text message",
    "note": NOTE,
}
SECRETS = (ADDRESS, HER_NAME, "Eusebio Testigo", TELEPHONE, "only by text message", NOTE)


async def test_an_offer_hides_the_place_and_a_yes_shows_it_with_the_address_and_is_written_down(
    center: Center, kilo7: Phone
) -> None:
    alert = await center.raise_alert(**TOLD)
    offer = await kilo7.expect_offer(alert)
    assert (offer["where"], offer["told"]) == (None, {})
    for secret in (*SECRETS, str(HERE["lat"]), str(HERE["lon"])):
        assert secret not in str(kilo7.frames)
    assert await reads(center, alert) == []

    await kilo7.accepts(alert)
    card = await kilo7.expect_place(alert)
    assert card["where"] == {**HERE, "address": ADDRESS}
    assert card["told"]["people"] == [TOLD["people"]]
    assert card["told"]["safe_contact"] == [TOLD["safe_contact"]]
    written = await reads(center, alert)
    assert {read["by"] for read in written} == {await center.person("KILO-7")}
    assert {read["what"] for read in written} == {"assignment card"}


async def test_what_is_told_later_reaches_the_unit_that_is_on_its_way(center: Center, kilo7: Phone) -> None:
    alert = await center.raise_alert()
    await kilo7.expect_offer(alert)
    await kilo7.accepts(alert)
    await kilo7.expect_place(alert)
    later = {"note": NOTE, "where": {**HERE, "address": ADDRESS}}
    (await center.patch(f"/api/alerts/{alert.id}", {"note": NOTE})).must_be(200)
    await kilo7.until(lambda: kilo7.card(alert)["told"].get("note") == [NOTE], "the note")
    (await center.patch(f"/api/alerts/{alert.id}", {"note": "ring twice"})).must_be(200)
    await kilo7.until(lambda: kilo7.card(alert)["told"].get("note") == [NOTE, "ring twice"], "both notes")
    (await center.patch(f"/api/alerts/{alert.id}", {"where": later["where"]})).must_be(200)
    await kilo7.until(lambda: kilo7.card(alert)["where"].get("address") == ADDRESS, "the better place")


async def test_a_unit_that_gave_it_back_is_shown_the_place_no_more(center: Center, kilo7: Phone) -> None:
    alert = await center.raise_alert(**TOLD)
    held = await kilo7.expect_offer(alert)
    await kilo7.accepts(alert)
    await kilo7.expect_place(alert)
    (await kilo7.says("withdraw", alert, reason="crash")).must_be(200)
    await kilo7.expect_gone(held["id"])
    kilo7.frames.clear()
    await kilo7.goes_away()
    await kilo7.comes_back()
    await kilo7.expect_nothing()
    assert ADDRESS not in str(kilo7.frames)


async def test_a_shelter_waits_for_her_and_is_not_told_where_she_lives(center: Center) -> None:
    casa1 = await center.phone("CASA-1")
    alert = await center.raise_alert(**{**TOLD, "needs": ["shelter"]})
    offer = await casa1.expect_offer(alert)
    assert offer["travel_s"] is None
    await casa1.accepts(alert)
    await casa1.until(lambda: bool(casa1.card(alert)["told"]), "what she told")
    assert casa1.card(alert)["where"] is None
    for secret in (ADDRESS, str(HERE["lat"]), str(HERE["lon"])):
        assert secret not in str(casa1.frames)


async def test_an_operator_who_reads_an_alert_is_written_down_and_a_unit_may_not_read_it(
    center: Center, kilo7: Phone
) -> None:
    alert = await center.raise_alert(**TOLD)
    (await center.get(f"/api/alerts/{alert.id}", token=kilo7.token)).must_be(403, "forbidden")
    told = (await center.get(f"/api/alerts/{alert.id}")).must_be(200).body
    assert told["where"]["address"] == ADDRESS
    assert [(read["by"], read["what"]) for read in await reads(center, alert)] == [
        (await center.person("KILO-7"), "refused"),
        (await center.person("operator-1"), "alert"),
    ]


async def test_what_she_told_stands_in_the_database_only_sealed(
    center: Center, kilo7: Phone, stories_url: str
) -> None:
    alert = await center.raise_alert(**TOLD)
    (await center.tell(alert, "notes", text="Second canary: the key is under the pot.")).must_be(200)
    rows = await every_row(stories_url)
    assert any(alert.id in text for text in rows["details"])
    for secret in (*SECRETS, "under the pot", str(HERE["lat"]), str(HERE["lon"])):
        assert found_in(rows, secret) == []


async def test_a_unit_that_is_kept_out_is_shown_nothing_and_finds_nothing(
    center: Center, lima2: Phone, mike9: Phone
) -> None:
    kilo7 = await center.phone("KILO-7", crew=("A-101",))
    alert = await center.raise_alert(keep_out={"crew": ["A-101"], "agencies": ["estatal"]})
    offer = await lima2.expect_offer(alert)
    (await center.tell(alert, "needs/police/assign", unit="KILO-7")).must_be(404, "unknown_unit")
    path = f"/api/assignments/{offer['id']}/accept"
    (await center.post(path, {}, token=kilo7.token)).must_be(404, "unknown_assignment")
    await lima2.declines(alert)
    for phone in (kilo7, mike9):
        await phone.expect_nothing()
        assert not phone.was_ever_shown(alert)


async def test_a_unit_that_is_kept_out_later_is_recalled_without_being_told_why(
    center: Center, kilo7: Phone, lima2: Phone
) -> None:
    alert = await center.raise_alert(**TOLD)
    held = await kilo7.expect_offer(alert)
    await kilo7.accepts(alert)
    await kilo7.expect_place(alert)
    told = await center.patch(f"/api/alerts/{alert.id}", {"keep_out": {"units": ["KILO-7"]}})
    told.must_be(200)
    await kilo7.expect_gone(held["id"])
    await lima2.expect_offer(alert)
    await lima2.accepts(alert)
    await lima2.expect_place(alert)
    await kilo7.expect_nothing()
    assert "keep_out" not in str(kilo7.frames)
    kilo7.frames.clear()
    await kilo7.goes_away()
    await kilo7.comes_back()
    await kilo7.expect_nothing()
    assert not any(alert.folio in str(frame) for frame in kilo7.frames)


async def test_nobody_is_shown_another_centers_alert(center: Center, kilo7: Phone, stories_url: str) -> None:
    alert = await center.raise_alert()
    settings = center.settings.model_copy(update={"center": f"{center.settings.center}-neighbour"})
    neighbour = Center(settings)
    try:
        await neighbour.start()
        await neighbour.settle()
        (await neighbour.get(f"/api/alerts/{alert.id}")).must_be(404, "unknown_alert")
        (await neighbour.get("/api/session", token=center.operator)).must_be(401, "not_signed_in")
        assert (await neighbour.get("/api/alerts")).body["alerts"] == []
    finally:
        await neighbour.stop()


async def test_where_the_shelter_truly_is_appears_nowhere(
    center: Center, stories_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, "naranja")
    console, casa1 = await center.console(), await center.phone("CASA-1")
    kilo7 = await center.phone("KILO-7")
    alert = await center.raise_alert(needs=["police", "shelter"])
    for phone in (kilo7, casa1):
        await phone.expect_offer(alert)
        await phone.accepts(alert)
        await phone.expect_state(alert, "accepted")
    (await center.put("/api/units/CASA-1/position", position(center), token=casa1.token)).must_be(403, "forbidden")
    await casa1.reports_position(TRUE_LAT, TRUE_LON)
    await casa1.until(lambda: casa1.frames[-1]["type"] == "problem", "the refusal of a place")
    for step in ("en-route", "on-scene", "contact", "depart", "safe", "done"):
        (await kilo7.says(step, alert)).must_be(200)
    await center.clock_advance(seconds=60)
    await center.restart()
    for path in ("/api/alerts", f"/api/alerts/{alert.id}", f"/api/alerts/{alert.id}/timeline", "/api/units"):
        (await center.get(path)).must_be(200)
    (await center.get("/metrics", token=center.coordinator)).must_be(200)
    await console.everything_sent()

    told = [str(answer) for answer in center.answers]
    shown = [str(frame) for screen in (console, casa1, kilo7) for frame in screen.frames]
    logged = [f"{record.getMessage()} {vars(record)}" for record in caplog.records]
    for true in (f"{TRUE_LAT:.3f}", f"{TRUE_LON:.3f}"):
        assert not any(true in text for text in told + shown)
        assert [line for line in logged if true in line] == []
        assert found_in(await every_row(stories_url), true) == []
    assert len(told) > 15
    assert len(shown) > 15
    assert len(logged) > 15


def position(center: Center) -> dict[str, Any]:
    """Where the shelter's own phone is."""
    return {"lat": TRUE_LAT, "lon": TRUE_LON, "at": "2023-11-14T22:13:20Z"}
