"""Whoever asks the desk is told in time, also while the database takes nothing; nothing is done behind them."""

import asyncio
import logging
from typing import Any

import asyncpg
import pytest

from app.clock import HandClock
from app.desk import Desk, NotSaved
from tests.patience import PATIENCE_S

from .desks import a_call, a_desk, must_agree, raise_alert, staff


async def test_everybody_in_the_queue_is_told_not_saved_in_time_and_saved_when_they_ask_again(
    url: str, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_desk(url, clock, batch_max=2) as desk:
        await staff(desk)
        calls = [a_call() for _ in range(9)]
        monkeypatch.setattr("app.desk.ANSWER_S_MAX", 0.3)
        rival: Any = await asyncpg.connect(url)
        try:
            await rival.execute("BEGIN; LOCK TABLE events IN SHARE MODE")
            # Far less than a statement may take, for one batch after the other.
            async with asyncio.timeout(PATIENCE_S):
                told = await asyncio.gather(*(raise_alert(desk, call) for call in calls), return_exceptions=True)
        finally:
            await rival.close()
        assert all(isinstance(one, NotSaved) for one in told)
        monkeypatch.setattr("app.desk.ANSWER_S_MAX", 60.0)
        receipts = [await raise_alert(desk, call) for call in calls]
        assert len({receipt.folio for receipt in receipts}) == len(calls)
        await must_agree(url, desk)


async def test_of_whom_nobody_waits_for_any_more_nothing_is_done(url: str, clock: HandClock) -> None:
    async with a_desk(url, clock) as desk:
        await staff(desk)
        before = (await desk.board()).seq
        given_up = asyncio.create_task(raise_alert(desk))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
        await raise_alert(desk)
        board = await desk.board()
        assert len(board.alerts) == 1
        assert board.seq > before


async def test_a_log_that_is_ahead_of_the_clock_is_said_once(
    desk: Desk, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    await raise_alert(desk)
    with caplog.at_level(logging.CRITICAL, logger="naranja.desk"):
        clock.advance(-3_600)
        for _ in range(3):
            await raise_alert(desk)
            desk.now()
    assert [record.message for record in caplog.records] == ["the log is ahead of this clock"]
