"""Whole processes die under load, and a primary is lost: what was acknowledged is there, once."""

import asyncio
from pathlib import Path

from app.cli.chaos import prepare
from chaos.faults import TEN, Fault, deck
from chaos.figures import bound, kills_figures
from chaos.kills import kills
from chaos.pair import Pair
from simulator.randomness import stream
from tests.service_fixture import a_house

from .saying import Told


def test_of_ten_kills_five_hit_a_service_three_postgresql_and_two_a_back_end() -> None:
    faults = deck(1000, stream(1, "deck"))
    assert [faults.count(fault) for fault in (Fault.SERVICE, Fault.DATABASE, Fault.BACKEND)] == [500, 300, 200]
    assert len(set(TEN)) == 3
    assert bound(1000) == 0.003


async def test_a_service_postgresql_and_a_back_end_are_killed_under_load_and_nothing_is_missing(
    tmp_path: Path,
) -> None:
    result = await kills(await prepare(tmp_path, 1), tmp_path, 4, services=1, seed=1, per_s=1.0, settle_s=3.0)
    figures = kills_figures(result)
    assert figures["sound"], figures
    assert figures["acknowledged"] > 10
    assert result.aftermath.internal == 0
    assert set(figures["killed"]) == {"service", "postgresql", "back-end"}


async def test_a_primary_is_lost_and_everything_acknowledged_is_on_the_promoted_standby(tmp_path: Path) -> None:
    async with Pair(tmp_path / "first", tmp_path / "second") as pair:
        async with a_house(await pair.dsn(), tmp_path) as house:
            told = Told(house, tmp_path)
            await told.raises(5)
            raising = asyncio.create_task(told.raises(10))
            await pair.lose_primary()
            await pair.promote()
            await raising
            await pair.new_standby()
            await told.raises(2)
        assert await told.missing(pair.primary.dsn()) == []
        assert len(told.ledger.acknowledged) == 17
