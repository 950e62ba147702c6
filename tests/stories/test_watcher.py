"""The watcher: every look is looked at once, whoever restarts, and however many processes there are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.security.looks import InsiderRules, InsiderRulesRefused
from app.service import open_service
from app.store import flags
from app.store.tables import watched
from tests.patience import until

from .center import Center, Raised, a_center

CALLER = {"role": "neighbour", "name": "Eusebio Testigo", "telephone": "81 5550 4417"}


@pytest_asyncio.fixture(loop_scope="session")
async def hers(center: Center) -> Raised:
    """An alert of the home of operator-2, whom nobody has looked up yet."""
    await center.employs("operator-2", "operator")
    await center.service.households.keep_staff(
        "operator-2", telephones=[CALLER["telephone"]], addresses=[], by=await center.person("operator-2")
    )
    return await center.raise_alert(caller=CALLER)


@pytest_asyncio.fixture(loop_scope="session")
async def beside(center: Center, stories_url: str, tmp_path: Path) -> AsyncIterator[Center]:
    """Another process of the same center, before the same database and with the same clock."""
    other = a_center(tmp_path, stories_url, center=center.settings.center)
    other.clock = center.clock
    try:
        await other.start()
        yield other
    finally:
        await other.stop()


async def kept(center: Center) -> list[flags.Flag]:
    async with center.service.database.transaction() as connection:
        return await flags.page(connection, center.settings.center, 100)


async def looked_up_to(center: Center) -> int:
    async with center.service.database.transaction() as connection:
        found = await connection.execute(select(watched.c.row).where(watched.c.center == center.settings.center))
        return int(found.scalar_one())


async def reads(center: Center, alert: Raised, by: str = "operator-1") -> None:
    """One row of the audit, as the door writes it."""
    await center.service.details.read(alert.id, by=await center.person(by), what="alert", at=center.clock.now())


async def test_a_look_is_flagged_at_the_next_look_of_the_watcher_with_ids_and_codes_only(
    center: Center, hers: Raised
) -> None:
    await reads(center, hers)
    await center.looks()
    (flag,) = await kept(center)
    assert (flag.rule, flag.person, flag.alert) == ("colleague", await center.person("operator-1"), hers.id)
    assert flag.said == {"whose": "colleague"}, "and not whose"
    assert (flag.at, flag.looked_at) == (center.clock.now(), center.clock.now())
    assert flag.outcome is None


async def test_what_was_read_while_nobody_looked_is_flagged_after_a_restart_and_once(
    center: Center, hers: Raised
) -> None:
    await reads(center, hers)
    await center.restart()
    await center.looks()
    for _ in range(3):
        assert await center.looks() == 0
    assert len(await kept(center)) == 1
    before = await looked_up_to(center)
    await center.restart()
    await center.looks()
    assert await looked_up_to(center) == before > 0
    assert len(await kept(center)) == 1


async def test_two_processes_that_look_at_once_flag_once(center: Center, beside: Center, hers: Raised) -> None:
    for by in ("operator-1", "supervisor-1", "coordinator-1"):
        await reads(center, hers, by)
        await asyncio.gather(*(each.looks() for each in (center, beside) for _ in range(4)))
    await center.looks()
    assert len(await kept(center)) == 3


async def claimed(connection: AsyncConnection, center: Center) -> bool:
    """This connection is who looks now."""
    return await flags.claim(connection, center.settings.center) is not None


async def test_while_another_process_looks_nothing_waits_and_nothing_is_lost(center: Center, hers: Raised) -> None:
    async with center.service.database.transaction() as connection:
        await until(lambda: claimed(connection, center))
        await reads(center, hers)
        assert await center.looks() == 0
    await center.looks()
    assert len(await kept(center)) == 1


async def test_a_center_with_numbers_of_its_own_goes_by_them(tmp_path: Path, stories_url: str) -> None:
    async with AsyncExitStack() as stack:
        wrong = a_center(tmp_path, stories_url, center="numbers-0", insiders={"lists": 2})
        with pytest.raises(InsiderRulesRefused, match="no insider rule lists"):
            await open_service(wrong.settings, stack)
    center = a_center(tmp_path, stories_url, center="numbers-1", insiders={"lists_max": 2})
    try:
        await center.start()
        await center.settle()
        assert center.service.insiders == InsiderRules(lists_max=2)
        for _ in range(3):
            (await center.get("/api/alerts")).must_be(200)
        await center.looks()
        assert [flag.said for flag in await kept(center)] == [{"lists": 3}]
    finally:
        await center.stop()
