"""One script, played by the pure core in memory and by desk and store: the same events, the same board."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence

import pytest
import pytest_asyncio

from app.clock import HandClock
from app.desk import Desk
from app.dispatch import commands as c
from app.dispatch.commands import Refusal
from app.dispatch.deadlines import due
from app.dispatch.decide import decide
from app.dispatch.events import Entry, UnitListed
from app.dispatch.model import Board
from app.dispatch.rules import Rules
from app.geo.ground import LiveGround
from app.geo.point import Point
from app.store.session import upgrade
from tests.store.desks import (
    CENTER,
    EVERYBODY,
    PREFIX,
    TIME_ZONE,
    a_clock,
    a_desk,
    fold,
    must_agree,
    staff,
    station,
    the_log,
)
from tests.store.script import Said, Script

STEPS = 160
TOGETHER = 6
"""Commands that share a commit."""


@pytest_asyncio.fixture(loop_scope="session")
async def migrated(database_url: str) -> AsyncIterator[str]:
    await upgrade(database_url)
    yield database_url


class Memory:
    """The pure core, a board, a log and a ground, and nothing else."""

    def __init__(self, clock: HandClock, rules: Rules) -> None:
        self.board = Board(center=CENTER, prefix=PREFIX)
        self.log: list[Entry] = []
        self.ground = LiveGround(None, TIME_ZONE)
        self._clock, self._rules = clock, rules

    def replay(self, entries: Sequence[Entry]) -> None:
        """Begin with what has happened already."""
        self.board, self.log = fold(entries), list(entries)
        listed = [entry.event.unit for entry in entries if isinstance(entry.event, UnitListed)]
        for number, facts in enumerate(EVERYBODY):
            assert facts.code in listed
            self.ground.station(facts.code, station(number))

    def perform(self, said: Said) -> c.Receipt | str:
        """The receipt, or the code of the refusal."""
        command = said.command
        self.ground.begin()
        self.ground.propose(dict([said.place]) if said.place else {})
        try:
            decision = decide(self.board, command, self._clock.now(), self._rules, self.ground)
        except Refusal as refusal:
            return refusal.code
        for event in decision.events:
            seq = len(self.log) + 1
            entry = Entry(seq=seq, at=decision.receipt.at, by=command.by, command=command.id, event=event)
            self.log.append(entry)
        self.board = decision.board
        if said.place:
            self.ground.place_alert(*said.place)
        return decision.receipt


async def both(memory: Memory, desk: Desk, script: Iterable[Said]) -> None:
    """Perform this in memory one by one and at the desk all at once: the answers are the same."""
    batch, expected = [], []
    for said in script:
        batch.append(said)
        expected.append(memory.perform(said))
    assert await asyncio.gather(*(through_the_desk(desk, said) for said in batch)) == expected


async def through_the_desk(desk: Desk, said: Said) -> c.Receipt | str:
    """The receipt, or the code of the refusal."""
    try:
        return await desk.perform(said.command, said.values)
    except Refusal as refusal:
        return refusal.code


@pytest.mark.parametrize("together", [1, TOGETHER])
@pytest.mark.parametrize("seed", [1, 2])
async def test_the_core_in_memory_and_the_desk_with_its_store_tell_the_same_story(
    migrated: str, seed: int, together: int
) -> None:
    clock, rules = a_clock(), Rules()
    # A place told in one commit with other commands counts for all of them at once, so there none is moved.
    script = Script(seed, places_move=together == 1)
    async with a_desk(migrated, clock, rules=rules) as desk:
        await staff(desk, EVERYBODY)
        memory = Memory(clock, rules)
        memory.replay(await the_log(migrated))
        for _ in range(STEPS // together):
            clock.advance(script.pause_s())
            if script.chance(0.3):
                code, place = script.a_unit(memory.board), script.somewhere()
                for ground in (memory.ground, desk.ground):
                    ground.fix(code, Point(place["lat"], place["lon"]), clock.now())
            await both(
                memory,
                desk,
                [Said(command, {}) for command in due(memory.board, clock.now(), rules, memory.ground)],
            )
            await both(memory, desk, (script.next(memory.board) for _ in range(together)))

        entries = await must_agree(migrated, desk)
        assert entries == memory.log
        assert await desk.board() == memory.board
        assert len({type(entry.event) for entry in entries}) > 15
