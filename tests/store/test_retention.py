"""Details are kept as long as the book says and no shorter; what is over is erased once, by one process."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from app.clock import HandClock
from app.desk import Desk
from app.dispatch import commands as c
from app.erasing import Eraser, HoldReason
from app.retention import DAY_S, LEASE_S, Retention, RetentionRefused, book_of, keeping_of
from app.store import retention as stored
from app.store.retention import CANCELLED, CLOSED, MERGED, Ending, Page
from app.store.session import Database
from tests.patience import until

from .desks import CENTER, a_database, raise_alert, rows

CLOSED_DAYS, CANCELLED_DAYS = 1825, 730


@pytest_asyncio.fixture(loop_scope="session")
async def database(url: str) -> AsyncIterator[Database]:
    async with a_database(url) as database:
        yield database


@pytest_asyncio.fixture(loop_scope="session")
async def retention(database: Database, clock: HandClock) -> Retention:
    return Retention(database, clock, CENTER)


async def cancelled(desk: Desk, reason: str = "mistake") -> str:
    """An alert that was raised and called off now."""
    alert = (await raise_alert(desk, note="n")).alert or ""
    await desk.perform(c.CancelAlert(id=str(uuid4()), by="x", alert=alert, reason=reason))
    return alert


async def erased(url: str) -> set[str]:
    return {row[0] for row in await rows(url, "SELECT alert::text FROM alert_keys WHERE wrapped IS NULL")}


async def has_book(database: Database, *pages: Page) -> None:
    async with database.transaction() as connection:
        await stored.set_pages(connection, CENTER, pages)


async def test_nothing_is_erased_a_second_before_its_time_and_everything_after(
    url: str, desk: Desk, clock: HandClock, retention: Retention
) -> None:
    first = await cancelled(desk)
    clock.advance(10)
    second = await cancelled(desk)
    opened = (await raise_alert(desk)).alert or ""
    clock.advance(CANCELLED_DAYS * DAY_S - 10.001)
    assert (await retention.due(), await retention.erase_due(by="x")) == ([], [])
    clock.advance(0.002)
    assert await retention.due() == [first]
    assert await erased(url) == set(), "who only asks erases nothing"
    assert await retention.erase_due(by="x") == [first]
    assert await retention.erase_due(by="x") == []
    clock.advance(10)
    assert await retention.erase_due(by="x") == [second]
    clock.advance(100 * 365 * DAY_S)
    assert await retention.erase_due(by="x") == []
    assert await erased(url) == {first, second}
    assert opened not in await erased(url)
    said = await rows(url, "SELECT by, said ->> 'reason' FROM audit WHERE what = 'erase_alert'")
    assert [tuple(row) for row in said] == [("x", "retention")] * 2


async def test_how_it_ended_decides(
    desk: Desk, clock: HandClock, database: Database, retention: Retention
) -> None:
    await has_book(database, (0.0, {"cancelled_days": {"prank": 30, "*": 60}}))
    prank, other = await cancelled(desk, "prank"), await cancelled(desk)
    clock.advance(30 * DAY_S)
    assert await retention.due() == [prank]
    clock.advance(30 * DAY_S)
    assert set(await retention.due()) == {prank, other}


async def test_a_held_alert_is_never_erased(
    url: str, desk: Desk, clock: HandClock, database: Database, retention: Retention
) -> None:
    alert, eraser = await cancelled(desk), Eraser(database, clock, CENTER)
    await eraser.hold(alert, by="x", reason=HoldReason.COURT)
    clock.advance(100 * 365 * DAY_S)
    assert (await retention.due(), await retention.erase_due(by="x")) == ([], [])
    await eraser.release(alert, by="x")
    assert await retention.erase_due(by="x") == [alert]


async def test_a_hold_and_a_round_at_the_same_moment_never_both_win(
    url: str, desk: Desk, clock: HandClock, database: Database, retention: Retention
) -> None:
    alerts, eraser = [await cancelled(desk) for _ in range(8)], Eraser(database, clock, CENTER)
    clock.advance(CANCELLED_DAYS * DAY_S)
    holds = (eraser.hold(alert, by="x", reason=HoldReason.COURT) for alert in reversed(alerts))
    results = await asyncio.gather(retention.erase_due(by="x"), *holds, return_exceptions=True)
    held = {row[0] for row in await rows(url, "SELECT alert::text FROM legal_holds")}
    gone = await erased(url)
    assert held | gone == set(alerts)
    assert not held & gone
    assert sum(isinstance(result, c.Refusal) for result in results) == len(gone)


async def test_one_process_does_the_round_of_a_day_and_another_if_it_falls_silent(
    url: str, desk: Desk, clock: HandClock, database: Database, retention: Retention
) -> None:
    alerts = {await cancelled(desk) for _ in range(3)}
    clock.advance(CANCELLED_DAYS * DAY_S)
    other = Retention(database, clock, CENTER)
    assert sorted(await asyncio.gather(retention.round(), other.round())) == [0, 3]
    assert await erased(url) == alerts
    assert await retention.round() == 0
    late = await cancelled(desk)
    clock.advance(CANCELLED_DAYS * DAY_S)
    async with database.transaction() as connection:
        day = "2027-11-13"
        assert await stored.claim(connection, CENTER, day, at=clock.now(), lease_s=LEASE_S)
        assert not await stored.claim(connection, CENTER, day, at=clock.now() + LEASE_S, lease_s=LEASE_S)
        assert await stored.claim(connection, CENTER, day, at=clock.now() + LEASE_S + 1, lease_s=LEASE_S)
    assert await retention.round() == 0
    clock.advance(DAY_S)
    assert await retention.round() == 1
    assert late in await erased(url)


async def only_erased(url: str, alert: str) -> bool:
    return await erased(url) == {alert}


async def test_the_service_looks_every_hour(url: str, desk: Desk, clock: HandClock, retention: Retention) -> None:
    alert = await cancelled(desk)
    clock.advance((CANCELLED_DAYS - 1) * DAY_S)
    retention.start()
    try:
        for _ in range(30):
            await asyncio.sleep(0.05)
            clock.advance(3600)
        await until(lambda: only_erased(url, alert))
    finally:
        await retention.stop()
    runs = await rows(url, "SELECT ended_at IS NOT NULL, erased FROM retention_runs ORDER BY day")
    assert [row[0] for row in runs] == [True] * len(runs)
    assert sum(row[1] for row in runs) == 1


@pytest.mark.parametrize(
    ("kind", "code", "days"),
    [(CLOSED, "attended", 1825), (CLOSED, "false_alarm", 90), (CANCELLED, "mistake", 730), (MERGED, "", 1825)],
)
def test_what_is_not_named_is_kept_as_usual(kind: str, code: str, days: float) -> None:
    keeping = keeping_of({"closed_days": {"false_alarm": 90}})
    assert keeping.days(Ending(alert="a", at=0.0, kind=kind, code=code)) == days


@pytest.mark.parametrize(
    ("pages", "ended", "now", "due_day"),
    [
        ([], 0, 9999, 1825),
        ([(10, 100)], 20, 21, 120),
        ([(10, 100)], 5, 21, 1830),
        ([(10, 100), (50, 3000)], 20, 30, 120),
        ([(10, 100), (50, 3000)], 20, 60, 3020),
        ([(10, 3000), (50, 100)], 20, 60, 3020),
    ],
    ids=[
        "the defaults",
        "its page",
        "a shorter time takes nothing away",
        "a time to come does not count yet",
        "a longer time counts for what is there",
        "nor does a shorter one that came later",
    ],
)
def test_the_longer_of_then_and_now_counts(
    pages: list[tuple[int, int]], ended: int, now: int, due_day: int
) -> None:
    book = book_of([(begins * DAY_S, {"closed_days": {"*": days}}) for begins, days in pages])
    ending = Ending(alert="a", at=ended * DAY_S, kind=CLOSED, code="attended")
    assert book.due_at(ending, now * DAY_S) == due_day * DAY_S


@pytest.mark.parametrize(
    "page",
    [
        {"open_days": 3},
        {"closed_days": 3},
        {"closed_days": {"attended": 0}},
        {"closed_days": {"attended": -5}},
        {"merged_days": "3"},
        {"merged_days": None},
        {"cancelled_days": {"*": 0.5}},
        {"cancelled_days": {"*": True}},
    ],
)
def test_what_does_not_say_how_long_is_refused(page: dict[str, Any]) -> None:
    with pytest.raises(RetentionRefused):
        keeping_of(page)


async def test_a_book_that_is_none_erases_nothing(
    url: str, desk: Desk, clock: HandClock, database: Database, retention: Retention
) -> None:
    await cancelled(desk)
    await has_book(database, (0.0, {"merged_days": "soon"}))
    clock.advance(100 * 365 * DAY_S)
    with pytest.raises(RetentionRefused):
        await retention.erase_due(by="x")
    assert await erased(url) == set()
