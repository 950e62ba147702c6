"""A desk that stops: what it has accepted is finished or said not to be saved, and it takes nothing more."""

import asyncio
from typing import Any

import asyncpg
import pytest

from app.clock import HandClock
from app.desk import Desk, NotSaved
from app.dispatch import events as e

from .desks import a_call, a_desk, raise_alert, staff, the_log


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
