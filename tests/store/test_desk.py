"""The desk and its store: nothing half saved, nobody taken along by another's bug, tables and memory agree."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from app.clock import HandClock
from app.desk import Desk, DeskBusy, NotSaved
from app.dispatch import commands as c
from app.dispatch.decide import Decision
from app.dispatch.decide import decide as really_decide
from app.dispatch.model import Board
from app.store import audit
from app.store.log import LogWriter
from tests.patience import PATIENCE_S

from .desks import CENTER, a_call, a_database, a_desk, must_agree, raise_alert, rows, staff


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
    async with asyncio.timeout(PATIENCE_S):
        await desk.perform(note, shares=True)
    await must_agree(url, desk)


async def test_when_its_connection_is_cut_the_desk_says_not_saved_and_begins_anew(desk: Desk, url: str) -> None:
    call = a_call()
    killed = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    await rows(url, f"{killed} AND pid <> pg_backend_pid()")
    with pytest.raises(NotSaved):
        await raise_alert(desk, call)
    assert (await raise_alert(desk, call)).folio == "N-1"
    await must_agree(url, desk)


async def test_a_deadline_comes_although_the_log_is_ahead_of_the_clock(desk: Desk, clock: HandClock) -> None:
    await raise_alert(desk)
    ahead = (await desk.board()).at
    clock.advance(-86_400)
    assert clock.now() < ahead - 3600
    first = desk.now()
    assert first >= ahead
    await asyncio.sleep(0.01)
    assert desk.now() > first


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


async def test_who_writes_to_the_audit_does_not_wait_for_a_desk_that_holds_the_center(url: str) -> None:
    """That desk may wait for a key that is being destroyed, which is written down: both would wait for ever."""
    async with a_database(url) as database:
        line: Any = await database.connect()
        try:
            async with (
                LogWriter(line, CENTER).alone(),
                asyncio.timeout(PATIENCE_S),
                database.transaction() as connection,
            ):
                await audit.write(connection, CENTER, at=1.0, by="somebody", what="alert")
        finally:
            await line.close()
    assert [row["by"] for row in await rows(url, "SELECT by FROM audit WHERE what = 'alert'")] == ["somebody"]
