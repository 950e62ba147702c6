"""What the table does not give is read by breaking glass: with a proof, a reason, for a while, never unseen."""

from typing import Any
from uuid import uuid4

from .center import Answer, Center, Raised
from .looking import every_row, found_in, reads
from .phone import Console, Phone

ADDRESS = "Calle Vidrio 17, patio"
TOLD: dict[str, Any] = {
    "where": {"lat": 25.6601, "lon": -100.3201, "address": ADDRESS},
    "people": [{"role": "victim", "name": "Aurelia Cristal"}],
    "safe_contact": "by her sister",
    "note": "the gate is open",
}
WHY = {"reason": "court", "note": "The judge asks what was known at ten."}


async def smashes(center: Center, token: str, alert: Raised, **more: Any) -> Answer:
    """Somebody breaks glass on the alert."""
    return await center.post(f"/api/alerts/{alert.id}/glass", {**WHY, **more}, token=token)


async def looks(center: Center, token: str, alert: Raised) -> dict[str, Any]:
    """The alert as this person may read it."""
    return (await center.get(f"/api/alerts/{alert.id}", token=token)).must_be(200).body  # type: ignore[no-any-return]


async def closed(center: Center, kilo7: Phone, **facts: Any) -> Raised:
    """An alert the patrol has been at, and that is over."""
    alert = await center.raise_alert(**{**TOLD, **facts})
    await kilo7.takes(alert, "en-route", "on-scene", "done")
    (await center.tell(alert, "close", disposition="attended", safe="yes", whereabouts="relatives")).must_be(200)
    return alert


def told(console: Console) -> list[dict[str, str]]:
    """What the supervisor's console says nobody has taken notice of."""
    found = [frame["open"] for frame in console.frames if frame["type"] == "notice"]
    return found[-1] if found else []


async def expect_notices(console: Console, number: int) -> None:
    """So many are on the screen."""
    await console.until(lambda: len(told(console)) == number, f"{number} notices")


async def test_a_closed_alert_is_masked_until_a_person_who_has_just_proved_who_they_are_gives_a_reason(
    center: Center, kilo7: Phone
) -> None:
    alert = await closed(center, kilo7)
    masked = await looks(center, center.operator, alert)
    assert (masked["read_under"], masked["where"], masked["details"]) == (None, None, [])
    (await smashes(center, center.operator, alert)).must_be(403, "proof_needed")

    token = await center.proves("operator-1")
    broken = (await smashes(center, token, alert)).must_be(201).body
    opened = await looks(center, token, alert)
    assert (opened["read_under"], opened["where"]["address"]) == ("glass", ADDRESS)
    assert {one["kind"] for one in opened["details"]} == {"place", "people", "safe_contact", "note"}
    written = [read for read in await reads(center, alert) if read["what"] == "alert"]
    assert [(read["by"], read["said"]) for read in written] == [
        (await center.person("operator-1"), {"under": "glass", "glass": broken["id"]})
    ]


async def test_it_is_open_for_that_person_and_that_alert_and_for_a_quarter_of_an_hour(
    center: Center, kilo7: Phone
) -> None:
    alert, other = await closed(center, kilo7), await closed(center, kilo7)
    await center.joins("operator-2", "operator")
    token, colleague = await center.proves("operator-1"), await center.proves("operator-2")
    (await smashes(center, token, alert)).must_be(201)
    assert (await looks(center, colleague, alert))["details"] == []
    assert (await looks(center, token, other))["details"] == []
    await center.clock_advance(seconds=899)
    assert (await looks(center, token, alert))["where"]["address"] == ADDRESS
    await center.clock_advance(seconds=1)
    assert (await looks(center, token, alert))["details"] == []
    (await smashes(center, token, alert)).must_be(403, "proof_needed")


async def test_a_coordinator_reads_how_it_goes_and_who_she_is_only_under_glass(
    center: Center, kilo7: Phone, console: Console
) -> None:
    reads_how_it_goes = await center.console("coordinator-1")
    alert = await center.raise_alert(**TOLD)
    await kilo7.takes(alert)
    await reads_how_it_goes.expect_need(alert, "police", "accepted", "KILO-7")
    assert reads_how_it_goes.cards[alert.id]["where"] is None
    await console.expect_need(alert, "police", "accepted", "KILO-7")
    assert console.cards[alert.id]["where"] is not None
    token = await center.proves("coordinator-1")
    masked = await looks(center, token, alert)
    assert (masked["where"], masked["details"], masked["needs"][0]["unit"]) == (None, [], "KILO-7")
    for action, body in (("notes", {"text": "x"}), ("cancel", {"reason": "x"})):
        (await center.tell(alert, action, token=token, **body)).must_be(403, "forbidden")
    (await smashes(center, token, alert)).must_be(201)
    opened = await looks(center, token, alert)
    assert (opened["read_under"], opened["where"]["address"]) == ("glass", ADDRESS)
    assert ADDRESS not in str(reads_how_it_goes.frames)


async def test_supervisors_are_told_at_once_and_it_stays_until_another_of_them_takes_notice(
    center: Center, kilo7: Phone, console: Console
) -> None:
    await center.joins("supervisor-2", "supervisor")
    alert = await closed(center, kilo7)
    first, second = await center.console("supervisor-1"), await center.console("supervisor-2")
    assert told(first) == []
    token = await center.proves("supervisor-1")
    broken = (await smashes(center, token, alert)).must_be(201).body
    for screen in (first, second):
        await expect_notices(screen, 1)
        assert told(screen) == [
            {name: broken[name] for name in ("id", "alert", "by", "reason", "opened_at", "until")}
        ]
    late = await center.console("supervisor-2")
    await expect_notices(late, 1)
    path = f"/api/glass/{broken['id']}/acknowledge"
    (await center.post(path, {}, token=token)).must_be(403, "forbidden")
    (await center.post(path, {}, token=center.operator)).must_be(403, "forbidden")
    (await center.post(path, {}, token=second.token)).must_be(200)
    for screen in (first, second, late):
        await expect_notices(screen, 0)
    await console.everything_sent()
    assert not any(frame["type"] == "notice" for frame in console.frames)


async def test_somebody_else_judges_it_and_an_auditor_reads_no_word_of_it(
    center: Center, kilo7: Phone, stories_url: str
) -> None:
    await center.joins("supervisor-2", "supervisor")
    alert = await closed(center, kilo7)
    token = await center.proves("supervisor-1")
    broken = (await smashes(center, token, alert)).must_be(201).body
    auditor, other = await center.token_for("auditor-1"), await center.token_for("supervisor-2")
    for reader, note in ((auditor, None), (other, WHY["note"])):
        (found,) = (await center.get("/api/glass", token=reader)).must_be(200).body["glass"]
        assert (found["id"], found["login"], found["note"]) == (broken["id"], "supervisor-1", note)
    assert "glass note" in {read["what"] for read in await reads(center, alert)}
    assert found_in(await every_row(stories_url), WHY["note"]) == []

    path = f"/api/glass/{broken['id']}/review"
    (await center.post(path, {"outcome": "justified"}, token=token)).must_be(403, "forbidden")
    (await center.post(path, {"outcome": "fine"}, token=auditor)).must_be(422, "invalid")
    for _ in range(2):
        judged = (await center.post(path, {"outcome": "unjustified"}, token=auditor)).must_be(200).body
        assert (judged["outcome"], judged["reviewed_by"]) == ("unjustified", await center.person("auditor-1"))
    (await center.post(path, {"outcome": "justified"}, token=other)).must_be(409, "reviewed_before")
    assert (await center.get("/api/glass", token=auditor)).body["glass"] == []
    assert len((await center.get("/api/glass?unreviewed=false", token=auditor)).body["glass"]) == 1
    (await center.post(f"/api/glass/{uuid4()}/review", {"outcome": "unclear"}, token=auditor)).must_be(
        404, "unknown_glass"
    )


async def test_a_unit_reads_what_it_once_accepted_and_nothing_that_was_never_its_own(
    center: Center, kilo7: Phone, lima2: Phone
) -> None:
    casa1 = await center.phone("CASA-1")
    alert = await center.raise_alert(**{**TOLD, "needs": ["police", "shelter"]})
    await casa1.takes(alert)
    await kilo7.takes(alert, "en-route", "on-scene")
    (await center.tell(alert, "close", disposition="attended", safe="yes", whereabouts="shelter")).must_be(200)
    for phone, step in ((kilo7, "done"), (casa1, "safe"), (casa1, "done")):
        await phone.goes(alert, step)
    patrol, another, shelter = [await center.proves(code) for code in ("KILO-7", "LIMA-2", "CASA-1")]
    (await center.get(f"/api/alerts/{alert.id}", token=patrol)).must_be(403, "forbidden")
    (await smashes(center, another, alert)).must_be(404, "unknown_alert")
    for token in (patrol, shelter):
        (await smashes(center, token, alert)).must_be(201)
    assert (await looks(center, patrol, alert))["where"]["address"] == ADDRESS
    sheltered = await looks(center, shelter, alert)
    assert (sheltered["where"], {one["kind"] for one in sheltered["details"]}) == (
        None,
        {"people", "safe_contact"},
    )
    assert "needs" not in sheltered
    (await center.get(f"/api/alerts/{alert.id}", token=another)).must_be(403, "forbidden")


async def test_who_is_kept_out_finds_no_alert_to_break_glass_on_whatever_they_are(
    center: Center, console: Console, lima2: Phone
) -> None:
    kilo7 = await center.phone("KILO-7")
    alert = await center.raise_alert(**TOLD)
    await kilo7.takes(alert)
    his_console = await center.console("supervisor-1")
    await his_console.expect_alert(alert, state="open")
    named = {"units": ["KILO-7"], "crew": ["supervisor-1", "coordinator-1"]}
    await center.tell_more(alert, keep_out=named)
    await his_console.expect_gone(alert.id)
    await lima2.takes(alert, "en-route", "on-scene", "done")
    unknown = (await smashes(center, await center.proves("operator-1"), Raised(
        id=str(uuid4()), folio="", sent={}, receipt={}
    ))).must_be(404, "unknown_alert").body  # fmt: skip
    his_console.frames.clear()
    for over in (False, True):
        if over:
            (await center.tell(alert, "close", disposition="attended", safe="yes", whereabouts="home")).must_be(
                200
            )
        for login in ("supervisor-1", "coordinator-1", "KILO-7"):
            token = await center.proves(login)
            assert (await smashes(center, token, alert)).must_be(404, "unknown_alert").body == unknown
        token = await center.proves("supervisor-1")
        for path in (f"/api/alerts/{alert.id}", f"/api/alerts/{alert.id}/timeline"):
            assert (await center.get(path, token=token)).must_be(404).body == unknown
        for path in ("/api/alerts?open=true", "/api/alerts?open=false"):
            assert alert.id not in str((await center.get(path, token=token)).must_be(200).body)
        (await center.tell(alert, "notes", token=token, text="x")).must_be(404, "unknown_alert")
    (await smashes(center, await center.proves("operator-1"), alert)).must_be(201)
    await his_console.everything_sent()
    assert alert.id not in str(his_console.frames)
    assert (await center.get("/api/glass", token=await center.proves("supervisor-1"))).body["glass"] == []


async def test_the_same_id_again_breaks_nothing_more_and_what_may_be_read_needs_no_glass(
    center: Center, kilo7: Phone
) -> None:
    token, other = await center.proves("operator-1"), await center.raise_alert(**TOLD)
    (await smashes(center, token, other)).must_be(409, "glass_not_needed")
    (await center.tell(other, "cancel", reason="test_call")).must_be(200)
    over = await closed(center, kilo7)
    glass = str(uuid4())
    first = (await smashes(center, token, over, id=glass)).must_be(201).body
    await center.clock_advance(seconds=5)
    assert (await smashes(center, token, over, id=glass)).must_be(201).body == first
    (await smashes(center, token, other, id=glass)).must_be(409, "id_reused")
    (await smashes(center, token, over, reason="curious")).must_be(422, "invalid")
