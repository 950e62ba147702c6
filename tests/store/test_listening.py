"""What was committed is heard by who listens and by other desks: each entry once, and in order."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from app.clock import HandClock
from app.desk import Desk, NotSaved
from app.dispatch import commands as c
from app.dispatch.commands import Refusal
from app.dispatch.events import Entry
from app.dispatch.model import Board
from app.store.commit import BELL
from tests.patience import PATIENCE_S

from .desks import a_desk, caught_up, must_agree, raise_alert, rows, the_log


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
            async with asyncio.timeout(PATIENCE_S):
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
