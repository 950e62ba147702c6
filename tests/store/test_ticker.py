"""The ticker performs what is due, once, whatever happens on the way."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from app.clock import HandClock
from app.desk import Desk
from app.dispatch import commands as c
from app.dispatch.commands import Command
from app.dispatch.deadlines import due as really_due
from app.dispatch.model import Board
from app.ticker import SLEEP_S_MAX, Ticker
from tests.patience import PATIENCE_S, until

from .desks import a_desk, must_agree, raise_alert, rows, the_log


@pytest_asyncio.fixture(loop_scope="session")
async def ticker(desk: Desk, clock: HandClock) -> AsyncIterator[Ticker]:
    """A ticker at work."""
    ticker = Ticker(desk, clock)
    ticker.start()
    yield ticker
    await ticker.stop()


async def until_held_by(desk: Desk, unit: str) -> None:
    """Return as soon as this unit, and no other, is asked."""

    async def held() -> bool:
        return [assignment.unit for assignment in (await desk.board()).assignments.values()] == [unit]

    await until(held)


async def a_few_seconds(clock: HandClock) -> None:
    """Let the ticker sleep and wake a few times."""
    for _ in range(4):
        await asyncio.sleep(0.02)
        clock.advance(SLEEP_S_MAX)


async def test_what_is_due_is_performed_when_its_time_has_come(
    desk: Desk, clock: HandClock, ticker: Ticker, url: str
) -> None:
    await raise_alert(desk)
    for unit in ("P1", "P2", "P3"):
        await until_held_by(desk, unit)
        clock.advance(20)
    await ticker.stop()
    await must_agree(url, desk)


async def test_two_tickers_at_two_desks_pass_an_offer_on_once(
    desk: Desk, clock: HandClock, ticker: Ticker, url: str
) -> None:
    async with a_desk(url, clock) as other:
        await raise_alert(desk)
        await must_agree(url, desk, other)
        clock.advance(20)
        await asyncio.gather(Ticker(other, clock).tick(), Ticker(desk, clock).tick())
        await must_agree(url, desk, other)
    entries = await the_log(url)
    assert sum(type(entry.event).__name__ == "OfferExpired" for entry in entries) == 1


async def test_many_deadlines_at_one_moment_are_all_performed(desk: Desk, clock: HandClock, url: str) -> None:
    await asyncio.gather(*(raise_alert(desk) for _ in range(40)))
    clock.advance(30)
    ticker = Ticker(desk, clock)
    assert await ticker.tick() > 0
    assert await ticker.tick() == 0
    entries = await must_agree(url, desk)
    assert sum(type(entry.event).__name__ == "OfferExpired" for entry in entries) == 3


async def test_when_much_is_due_whoever_asks_meanwhile_waits_behind_a_part_of_it_only(
    desk: Desk, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ticker.AT_ONCE", 4)
    await asyncio.gather(*(raise_alert(desk) for _ in range(40)))
    clock.advance(3_600)
    ticking, waited = asyncio.create_task(Ticker(desk, clock).tick()), []
    while not ticking.done():
        waited.append(desk.waiting)
        await asyncio.sleep(0)
    assert await ticking > 20
    assert max(waited) == 4


async def test_a_bug_at_one_tick_does_not_stop_the_ticker(
    desk: Desk,
    clock: HandClock,
    ticker: Ticker,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    stumbled = asyncio.Event()

    def due(board: Board, at: float, *others: Any) -> Sequence[Command]:
        if not stumbled.is_set():
            stumbled.set()
            raise c.BrokenRule("a bug")
        return really_due(board, at, *others)

    await raise_alert(desk)
    await until_held_by(desk, "P1")
    monkeypatch.setattr("app.ticker.due", due)
    clock.advance(20)
    await asyncio.wait_for(stumbled.wait(), PATIENCE_S)
    assert any("ticker" in record.message for record in caplog.records)
    await a_few_seconds(clock)
    await until_held_by(desk, "P2")


async def test_a_database_that_is_away_at_the_deadline_costs_time_and_nothing_else(
    desk: Desk, clock: HandClock, ticker: Ticker, url: str
) -> None:
    await raise_alert(desk)
    await until_held_by(desk, "P1")
    killed: Any = await rows(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    assert killed
    clock.advance(20)
    await a_few_seconds(clock)
    await until_held_by(desk, "P2")
    await desk.perform(c.EndDuty(id=str(uuid4()), by="x", unit="P3"))
    await must_agree(url, desk)
