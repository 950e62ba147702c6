"""What is said to be saved is saved: a killed database, a second service beside the first."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest_asyncio

from tests.patience import PATIENCE_S

from .center import Answer, Center, a_center, an_alert
from .phone import Phone


@pytest_asyncio.fixture(loop_scope="session")
async def alone(tmp_path: Path) -> AsyncIterator[Center]:
    """A center with a PostgreSQL of its own as its child."""
    center = a_center(tmp_path, None)
    try:
        await center.start()
        await center.settle()
        yield center
    finally:
        await center.stop()


async def test_a_call_raised_while_postgresql_is_killed_is_not_saved_and_the_same_id_saves_it_exactly_once(
    alone: Center,
) -> None:
    kilo7 = await alone.phone("KILO-7")
    postgres = alone.service.postgres
    assert postgres is not None
    assert postgres.pid is not None
    sent = an_alert()
    rival: Any = await asyncpg.connect(postgres.dsn())
    try:
        await rival.execute("BEGIN")
        await rival.execute("SELECT 1 FROM centers FOR UPDATE")
        raising = asyncio.create_task(alone.post("/api/alerts", sent))
        await until_somebody_waits_for_a_row(postgres.dsn())
        os.kill(postgres.pid, signal.SIGKILL)
        (await raising).must_be(503, "not_saved")
    finally:
        rival.terminate()

    saved = await until_saved(alone, sent)
    assert (await alone.post("/api/alerts", sent)).must_be(201).body == saved.body
    (alert,) = (await alone.get("/api/alerts")).must_be(200).body["alerts"]
    assert alert["id"] == sent["id"]
    assert [type(entry.event).__name__ for entry in await alone.log()].count("AlertRaised") == 1
    await kilo7.until(lambda: len(kilo7.assignments()) == 1, "the offer")


async def test_what_was_saved_before_the_database_was_killed_is_there_after_it(alone: Center) -> None:
    postgres = alone.service.postgres
    assert postgres is not None
    assert postgres.pid is not None
    saved = [await alone.raise_alert() for _ in range(5)]
    os.kill(postgres.pid, signal.SIGKILL)
    await until_saved(alone, an_alert())
    # A back-end may outlive its PostgreSQL for a moment and save: then whoever asks next may meet the end.
    async with asyncio.timeout(PATIENCE_S):
        while (answer := await alone.get("/api/alerts?open=false")).status != 200:
            answer.must_be(503, "not_saved")
            await asyncio.sleep(0.1)
    heads = answer.body["alerts"]
    assert {alert.id for alert in saved} <= {head["id"] for head in heads}
    assert sorted(head["folio"] for head in heads) == [f"N-{number}" for number in range(1, 7)]


async def test_what_one_service_commits_the_screens_of_another_show_by_the_bell_alone(
    center: Center, kilo7: Phone
) -> None:
    deaf_to_time = center.settings.model_copy(update={"poll_every_s": 3600.0})
    other = Center(deaf_to_time, clock=center.clock)
    try:
        await other.start()
        await other.sign_in()
        console, lima2 = await other.console(), await other.phone("LIMA-2")
        alert = await center.raise_alert()
        await console.expect_need(alert, "police", "offered", "KILO-7")
        await kilo7.expect_offer(alert)
        await kilo7.declines(alert)
        await lima2.expect_offer(alert)
        await lima2.accepts(alert)
        await lima2.expect_place(alert)
        await console.expect_need(alert, "police", "accepted", "LIMA-2")
        await kilo7.expect_nothing()
    finally:
        await other.stop()


async def test_two_services_that_tick_at_the_same_deadline_pass_an_offer_on_once(
    center: Center, lima2: Phone, mike9: Phone
) -> None:
    other = Center(center.settings, clock=center.clock)
    try:
        await other.start()
        kilo7 = await center.phone("KILO-7", silent=True)
        alert = await center.raise_alert()
        await kilo7.expect_offer(alert)
        await asyncio.gather(center.clock_advance(seconds=20), other.clock_advance(seconds=0))
        await lima2.expect_offer(alert)
        await mike9.expect_nothing()
        assert (await center.kinds(alert)).count("OfferExpired") == 1
    finally:
        await other.stop()


async def until_somebody_waits_for_a_row(dsn: str) -> None:
    """Return as soon as a statement waits for somebody else's transaction."""
    watcher: Any = await asyncpg.connect(dsn)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                if await watcher.fetchval(waiting):
                    return
                await asyncio.sleep(0.01)
    finally:
        await watcher.close()


async def until_saved(center: Center, sent: dict[str, Any]) -> Answer:
    """Send it again with the same id, as the answer says, until it is saved."""
    async with asyncio.timeout(PATIENCE_S):
        while (answer := await center.post("/api/alerts", sent)).status != 201:
            answer.must_be(503, "not_saved")
            await asyncio.sleep(0.05)
    return answer
