"""Positions in several processes: what one has taken the other counts with; nobody brings back who must hide."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
import pytest_asyncio

from app.clock import HandClock
from app.desk import Desk
from app.dispatch import commands as c
from app.geo.point import Point
from app.positions import Positions

from .desks import CENTER, a_database, a_desk, caught_up, raise_alert, rows

THERE = Point(25.661, -100.32)


@pytest_asyncio.fixture(loop_scope="session")
async def other(url: str, clock: HandClock, desk: Desk) -> AsyncIterator[Desk]:
    """A second process before the same board."""
    async with a_desk(url, clock) as other:
        await caught_up(desk, other)
        yield other


@asynccontextmanager
async def positions_of(url: str, desk: Desk, clock: HandClock) -> AsyncIterator[Positions]:
    """The positions of one process, kept and learnt when the test says so."""
    async with a_database(url) as database:
        yield Positions(desk, database, clock, CENTER, str(uuid4()))


async def passed_on(taken: Positions, learnt: Positions) -> None:
    """One second later: what was taken here is kept, and read there."""
    await taken._keep()
    await learnt._learn()


async def test_a_fix_taken_by_one_process_is_known_to_the_other_and_moves_the_unit_there(
    url: str, clock: HandClock, desk: Desk, other: Desk
) -> None:
    async with positions_of(url, desk, clock) as here, positions_of(url, other, clock) as there:
        await here.take("P1", THERE, 5.0, clock.now())
        await passed_on(here, there)
        assert other.ground.position("P1") == (THERE, clock.now())
        assert other.ground.moved_at("P1") == clock.now()
        assert there.fresh() == {"P1"}
        await passed_on(here, there)
        assert there.fresh() == set()


async def test_an_older_fix_of_another_process_does_not_take_a_unit_back(
    url: str, clock: HandClock, desk: Desk, other: Desk
) -> None:
    async with positions_of(url, desk, clock) as here, positions_of(url, other, clock) as there:
        await here.take("P1", Point(25.662, -100.32), 5.0, clock.now())
        await here._keep()
        clock.advance(10)
        await there.take("P1", THERE, 5.0, clock.now())
        await there._learn()
        assert other.ground.position("P1") == (THERE, clock.now())


async def test_a_fix_too_old_to_be_believed_is_not_brought_back_again_and_again(
    url: str, clock: HandClock, desk: Desk, other: Desk
) -> None:
    async with positions_of(url, desk, clock) as here, positions_of(url, other, clock) as there:
        await here.take("P1", THERE, 5.0, clock.now())
        clock.advance(desk.rules.fix_age_max_s + 1)
        await passed_on(here, there)
        assert other.ground.position("P1") != (THERE, clock.now())
        assert there.fresh() == set()


async def test_a_unit_heard_at_another_process_is_not_quiet_at_this_one(
    url: str, clock: HandClock, desk: Desk, other: Desk
) -> None:
    async with positions_of(url, desk, clock) as here, positions_of(url, other, clock) as there:
        other.ground.line_down("P1", clock.now())
        clock.advance(60)
        await here.take("P1", THERE, 5.0, clock.now())
        await passed_on(here, there)
        assert other.ground.quiet(clock.now()) == [(clock.now(), "P1")]


@pytest.mark.parametrize("goes", ["off_duty", "with_her"])
async def test_who_has_gone_home_or_left_with_her_is_not_brought_back_by_another_process(
    url: str, clock: HandClock, desk: Desk, other: Desk, goes: str
) -> None:
    async with positions_of(url, desk, clock) as here, positions_of(url, other, clock) as there:
        await here.take("P1", THERE, 5.0, clock.now())
        await here._keep()
        if goes == "off_duty":
            await desk.perform(c.EndDuty(id=str(uuid4()), by="x", unit="P1"))
        else:
            await raise_alert(desk)
            (assignment,) = (await desk.board()).assignments
            for step in (c.Accept, c.GoEnRoute, c.ArriveOnScene, c.Depart):
                await desk.perform(step(id=str(uuid4()), by="x", unit="P1", assignment=assignment))
        await caught_up(desk, other)
        await there._learn()
        known = other.ground.position("P1")
        assert known is not None
        assert known[1] is None
        assert there.fresh() == set()
        await here._keep()
        assert await rows(url, "SELECT 1 FROM positions WHERE unit = 'P1'") == []
