"""The desk and its store: one effect for one id, nothing half saved, nobody taken along by another's bug."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from app.clock import HandClock
from app.desk import Desk, DeskBusy, IdReused, NotSaved
from app.details import PLACE
from app.dispatch import commands as c
from app.dispatch import events as e
from app.dispatch.commands import Refusal
from app.dispatch.decide import Decision
from app.dispatch.decide import decide as really_decide
from app.dispatch.events import Entry
from app.dispatch.model import Board, Institution, NeedState
from app.store import audit
from app.store.commit import BELL
from app.store.log import LogWriter

from .desks import (
    CENTER,
    EVERYBODY,
    HOME,
    a_call,
    a_database,
    a_desk,
    caught_up,
    must_agree,
    raise_alert,
    rows,
    staff,
    station,
    the_log,
)

WAITS_S = 5.0
"""Whoever waits so long waits for ever."""


async def test_an_answer_is_kept_with_its_id_and_given_again(desk: Desk, url: str) -> None:
    call = a_call()
    first = await raise_alert(desk, call)
    seq = (await desk.board()).seq
    assert await raise_alert(desk, call) == first
    assert (await desk.board()).seq == seq
    assert first.folio == "N-1"
    assert [(need.need, need.state, need.unit) for need in first.needs] == [("police", "offered", "P1")]
    await must_agree(url, desk)


async def test_the_same_id_many_times_in_one_batch_is_one_command(desk: Desk, url: str) -> None:
    call = a_call()
    receipts = await asyncio.gather(*(raise_alert(desk, call) for _ in range(20)))
    assert all(receipt == receipts[0] for receipt in receipts)
    entries = await must_agree(url, desk)
    assert sum(entry.command == call.id for entry in entries) == 3


async def test_an_answer_is_known_to_a_desk_that_was_not_there(desk: Desk, url: str, clock: HandClock) -> None:
    call = a_call()
    first = await raise_alert(desk, call)
    await desk.perform(c.CancelAlert(id=str(uuid4()), by="x", alert=call.id, reason="mistake"))
    async with a_desk(url, clock) as later:
        assert await raise_alert(later, call) == first
        await must_agree(url, desk, later)


async def test_a_refusal_is_an_answer_too(desk: Desk) -> None:
    early = c.EndDuty(id=str(uuid4()), by="x", unit="P9")
    for _ in range(2):
        with pytest.raises(Refusal, match="There is no unit P9") as refused:
            await desk.perform(early)
        assert refused.value.code == "unknown_unit"


async def test_what_the_service_is_refused_today_it_may_do_tomorrow(desk: Desk, clock: HandClock) -> None:
    call = a_call()
    await raise_alert(desk, call)
    (assignment,) = (await desk.board()).assignments
    expire = c.ExpireOffer(id="expire-1", by=c.SERVICE, assignment=assignment)
    with pytest.raises(Refusal):
        await desk.perform(expire)
    clock.advance(20)
    await desk.perform(expire)
    assert assignment not in (await desk.board()).assignments


async def test_another_command_under_a_used_id_is_refused(desk: Desk, url: str) -> None:
    call = a_call()
    await raise_alert(desk, call)
    with pytest.raises(IdReused):
        await raise_alert(desk, a_call(call.id, Institution.SHELTER))
    with pytest.raises(IdReused):
        await desk.perform(c.StartDuty(id=call.id, by="operator", unit="P1"))
    await must_agree(url, desk)


async def test_a_later_device_clock_makes_it_no_other_command(desk: Desk) -> None:
    call = a_call()
    first = await raise_alert(desk, replace(call, at_device=1.0))
    assert await raise_alert(desk, replace(call, at_device=2.0)) == first


async def test_zones_drawn_anew_between_two_tries_make_it_no_other_command(desk: Desk) -> None:
    call = a_call()
    first = await raise_alert(desk, call)
    assert await raise_alert(desk, replace(call, zone="norte", zone_how="nearest")) == first
    more = c.TellMore(id=str(uuid4()), by="x", alert=call.id, zone="centro")
    told = await desk.perform(more, {PLACE: HOME})
    assert await desk.perform(replace(more, zone="norte"), {PLACE: HOME}) == told
    with pytest.raises(IdReused):
        await desk.perform(replace(more, zone=None, threat={"strangled": "yes"}))


async def test_a_bug_that_one_command_wakes_fails_only_that_one(
    desk: Desk, url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls = [a_call() for _ in range(5)]

    def decide(board: Board, command: c.Command, *others: Any) -> Decision:
        if command.id == calls[2].id:
            raise RuntimeError("poison")
        return really_decide(board, command, *others)

    monkeypatch.setattr("app.batch.decide", decide)
    results = await asyncio.gather(*(raise_alert(desk, call) for call in calls), return_exceptions=True)
    assert isinstance(results[2], NotSaved)
    saved = [result for result in results if isinstance(result, c.Receipt)]
    assert [receipt.alert for receipt in saved] == [call.id for call in calls if call is not calls[2]]
    assert any("bug" in record.message for record in caplog.records)
    await must_agree(url, desk)
    monkeypatch.undo()
    assert (await raise_alert(desk, calls[2])).folio == "N-5"


async def test_a_queue_that_is_full_says_so_and_the_others_are_served(url: str, clock: HandClock) -> None:
    async with a_desk(url, clock, queue_max=3) as desk:
        await staff(desk)
        results = await asyncio.gather(*(raise_alert(desk) for _ in range(5)), return_exceptions=True)
        assert [isinstance(result, DeskBusy) for result in results] == [False, False, False, True, True]
        await raise_alert(desk)
        await must_agree(url, desk)


async def test_a_batch_larger_than_one_commit_is_written_in_several(url: str, clock: HandClock) -> None:
    async with a_desk(url, clock, batch_max=4) as desk:
        await staff(desk)
        receipts = await asyncio.gather(*(raise_alert(desk) for _ in range(30)))
        assert [receipt.folio for receipt in receipts] == [f"N-{number}" for number in range(1, 31)]
        await must_agree(url, desk)


async def test_what_nobody_waits_for_shares_a_commit_with_others_and_waits_for_none_for_long(
    desk: Desk, url: str
) -> None:
    await raise_alert(desk)
    (offered,) = (await desk.board()).assignments.values()
    told = c.ConfirmDelivery(id=str(uuid4()), by=c.SERVICE, assignment=offered.id, unit=offered.unit)
    sharing = asyncio.create_task(desk.perform(told, shares=True))
    await asyncio.sleep(0)
    assert desk.waiting == 1
    later = await raise_alert(desk, a_call())
    assert (await sharing).seq < later.seq
    note = c.AddNote(id=str(uuid4()), by="operator", alert=offered.alert)
    async with asyncio.timeout(WAITS_S):
        await desk.perform(note, shares=True)
    await must_agree(url, desk)


async def test_a_desk_that_stops_finishes_what_it_has_accepted(url: str, clock: HandClock) -> None:
    async with a_desk(url, clock) as desk:
        await staff(desk)
        waiting = [asyncio.create_task(raise_alert(desk)) for _ in range(3)]
        await asyncio.sleep(0)
        await desk.stop()
        saved = {(await receipt).alert for receipt in waiting}
    assert saved == {entry.event.alert for entry in await the_log(url) if isinstance(entry.event, e.AlertRaised)}


async def test_a_desk_that_stops_while_the_database_takes_nothing_tells_whoever_waits_that_it_is_not_saved(
    url: str, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.desk.FINISH_S_MAX", 0.2)
    rival: Any = await asyncpg.connect(url)
    async with a_desk(url, clock) as desk:
        await staff(desk)
        try:
            await rival.execute("BEGIN")
            await rival.execute("SELECT 1 FROM centers FOR UPDATE")
            waiting = [asyncio.create_task(raise_alert(desk)) for _ in range(3)]
            await asyncio.sleep(0)
            await desk.stop()
            results = await asyncio.gather(*waiting, return_exceptions=True)
        finally:
            rival.terminate()
        assert all(isinstance(result, NotSaved) for result in results)
        with pytest.raises(NotSaved):
            await desk.perform(a_call())


async def test_a_desk_that_has_stopped_takes_nothing_and_says_so(desk: Desk) -> None:
    await desk.stop()
    with pytest.raises(NotSaved):
        await raise_alert(desk)
    with pytest.raises(NotSaved):
        await desk.board()


async def test_a_bug_in_one_who_listens_costs_neither_the_asker_nor_the_others(
    desk: Desk, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Entry] = []

    def stumble(entries: Sequence[Entry], board: Board) -> None:
        raise RuntimeError("cannot hear")

    desk.listen(stumble)
    desk.listen(lambda entries, board: heard.extend(entries))
    receipt = await raise_alert(desk)
    assert heard[-1].seq == receipt.seq
    assert any("listens" in record.message for record in caplog.records)
    await must_agree(url, desk)


async def test_when_its_connection_is_cut_the_desk_says_not_saved_and_begins_anew(desk: Desk, url: str) -> None:
    call = a_call()
    killed = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    await rows(url, f"{killed} AND pid <> pg_backend_pid()")
    with pytest.raises(NotSaved):
        await raise_alert(desk, call)
    assert (await raise_alert(desk, call)).folio == "N-1"
    await must_agree(url, desk)


async def test_who_listens_hears_every_entry_once_and_in_order_though_the_line_was_cut(
    desk: Desk, url: str, clock: HandClock
) -> None:
    heard: list[Entry] = []
    desk.listen(lambda entries, board: heard.extend(entries))
    began = (await desk.board()).seq
    await raise_alert(desk)
    async with a_desk(url, clock) as other:
        await raise_alert(other)
        await rows(
            url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        with pytest.raises(NotSaved):
            await raise_alert(desk)
        async with a_desk(url, clock) as third:
            await raise_alert(third)
        await caught_up(desk)
    await raise_alert(desk)
    assert heard == (await the_log(url))[began:]


async def test_a_commit_rings_the_bell_with_a_number_and_another_desk_catches_up(
    desk: Desk, url: str, clock: HandClock
) -> None:
    rung: asyncio.Queue[str] = asyncio.Queue()
    bell: Any = await asyncpg.connect(url)
    try:
        await bell.add_listener(BELL, lambda _connection, _pid, _channel, payload: rung.put_nowait(payload))
        async with a_desk(url, clock) as other:
            known = await other.board()
            receipt = await raise_alert(desk)
            async with asyncio.timeout(5):
                assert await rung.get() == f"main:{receipt.seq}"
            assert (await other.board()).seq == known.seq
            await caught_up(desk, other)
            assert await other.board() == await desk.board()
            assert other.ground.alert_place(receipt.alert or "") == desk.ground.alert_place(receipt.alert or "")
            with pytest.raises(Refusal):
                await desk.perform(c.StartDuty(id=str(uuid4()), by="x", unit="P1"))
            assert rung.empty()
    finally:
        await bell.close()


async def test_a_place_told_later_is_where_another_desk_searches(desk: Desk, url: str, clock: HandClock) -> None:
    receipt = await raise_alert(desk)
    moved = {"lat": 25.7, "lon": -100.4}
    more = c.TellMore(id=str(uuid4()), by="x", alert=receipt.alert or "", zone="norte")
    async with a_desk(url, clock) as other:
        await other.board()
        await desk.perform(more, {PLACE: moved})
        await caught_up(desk, other)
        place = other.ground.alert_place(receipt.alert or "")
        assert place is not None
        assert (place.lat, place.lon) == (moved["lat"], moved["lon"])


async def test_of_two_places_told_in_one_moment_the_later_one_counts(
    desk: Desk, url: str, clock: HandClock
) -> None:
    receipt = await raise_alert(desk)
    places = [{"lat": 25.6 + number / 100, "lon": -100.4} for number in range(6)]
    for place in places:
        more = c.TellMore(id=str(uuid4()), by="x", alert=receipt.alert or "", zone="norte")
        await desk.perform(more, {PLACE: place})
    async with a_desk(url, clock) as later:
        await later.board()
        known = later.ground.alert_place(receipt.alert or "")
    assert known is not None
    assert known.lat == places[-1]["lat"]


async def test_the_same_id_with_other_personal_data_is_another_command(desk: Desk) -> None:
    call = a_call()
    await raise_alert(desk, call, note="he is armed")
    assert (await raise_alert(desk, call, note="he is armed")).alert == call.id
    with pytest.raises(IdReused):
        await raise_alert(desk, call, note="he has left")


async def test_a_deadline_comes_although_the_log_is_ahead_of_the_clock(desk: Desk, clock: HandClock) -> None:
    await raise_alert(desk)
    ahead = (await desk.board()).at
    clock.advance(-86_400)
    assert clock.now() < ahead - 3600
    first = desk.now()
    assert first >= ahead
    await asyncio.sleep(0.01)
    assert desk.now() > first


async def test_the_place_of_a_refused_command_steers_nobody_in_its_batch(desk: Desk) -> None:
    receipt = await raise_alert(desk)
    alert = receipt.alert or ""
    (live,) = (await desk.board()).assignments.values()
    far = {"lat": 25.66 + 0.1, "lon": -100.32}
    wrong = c.TellMore(id=str(uuid4()), by="x", alert=alert, zone="norte", threat={"no_such_question": "yes"})
    no = c.Decline(id=str(uuid4()), by="x", assignment=live.id, unit=live.unit, reason="far")
    told, _ = await asyncio.gather(desk.perform(wrong, {PLACE: far}), desk.perform(no), return_exceptions=True)
    assert isinstance(told, Refusal)
    (again,) = (await desk.board()).assignments.values()
    assert again.why.distance_m is not None
    assert again.why.distance_m < 2000
    place = desk.ground.alert_place(alert)
    assert place is not None
    assert place.lat == HOME["lat"]


async def test_an_alert_that_is_over_leaves_the_board_and_its_body_but_not_its_folio(desk: Desk, url: str) -> None:
    receipt = await raise_alert(desk)
    await desk.perform(c.CancelAlert(id=str(uuid4()), by="x", alert=receipt.alert or "", reason="mistake"))
    (row,) = await rows(url, "SELECT state, on_board, body, folio FROM alerts")
    assert tuple(row) == ("cancelled", False, None, "N-1")
    (row,) = await rows(url, "SELECT live, capacity, body, state FROM assignments")
    assert tuple(row) == (False, None, None, "CalledOff")
    assert desk.ground.alert_place(receipt.alert or "") is None
    await must_agree(url, desk)


async def test_an_alert_that_comes_and_goes_within_one_batch_is_in_the_log_and_off_the_board(
    desk: Desk, url: str
) -> None:
    call = a_call()
    cancel = c.CancelAlert(id=str(uuid4()), by="x", alert=call.id, reason="mistake")
    await asyncio.gather(raise_alert(desk, call), desk.perform(cancel), raise_alert(desk))
    entries = await must_agree(url, desk)
    assert [type(entry.event).__name__ for entry in entries if entry.command == cancel.id] == [
        "CalledOff",
        "AlertCancelled",
    ]
    assert [row["state"] for row in await rows(url, "SELECT state FROM alerts ORDER BY folio")] == [
        "cancelled",
        "open",
    ]


@pytest.mark.parametrize("told", ["with the alert", "later"])
async def test_a_shelter_where_the_aggressor_may_be_is_not_asked_from_the_very_command_that_says_so(
    url: str, clock: HandClock, told: str
) -> None:
    async with a_desk(url, clock) as desk:
        await staff(desk, EVERYBODY)
        beside = station([facts.code for facts in EVERYBODY].index("R1"))
        his = {"avoid": [{"lat": beside.lat, "lon": beside.lon}]}
        call = replace(a_call(None, Institution.SHELTER), avoid_zones=frozenset({"norte"}))
        if told == "later":
            await raise_alert(desk, replace(call, avoid_zones=frozenset()))
            more = c.TellMore(id=str(uuid4()), by="x", alert=call.id, avoid_zones=frozenset({"norte"}))
            await desk.perform(more, his)
        else:
            await raise_alert(desk, call, **his)
        (need,) = (await desk.board()).alerts[call.id].needs
        assert need.state is NeedState.STUCK
        assert need.why_not is not None
        assert need.why_not.too_close == 1


async def test_who_writes_to_the_audit_does_not_wait_for_a_desk_that_holds_the_center(url: str) -> None:
    """That desk may wait for a key that is being destroyed, which is written down: both would wait for ever."""
    async with a_database(url) as database:
        line: Any = await database.connect()
        try:
            async with (
                LogWriter(line, CENTER).alone(),
                asyncio.timeout(WAITS_S),
                database.transaction() as connection,
            ):
                await audit.write(connection, CENTER, at=1.0, by="somebody", what="alert")
        finally:
            await line.close()
    assert [row["by"] for row in await rows(url, "SELECT by FROM audit WHERE what = 'alert'")] == ["somebody"]
