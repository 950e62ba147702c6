"""Who watches a race over the database: by plain questions, by the tables' board, and by a tally."""

import asyncio
from typing import Any

from app.dispatch.events import Entry
from app.dispatch.evolve import evolve
from app.dispatch.model import Board, UnitState
from app.store import board as board_rows
from app.store.commit import BELL
from app.store.log import LogWriter
from simulator.tally import Tally

from .desks import CENTER, PREFIX
from .racers import Line

OVER_CAPACITY = """
SELECT count(*) FROM (
  SELECT 1 FROM assignments AS a JOIN units AS u ON u.center = a.center AND u.code = a.unit
  WHERE a.live GROUP BY a.center, a.unit, u.capacity HAVING count(*) > u.capacity
) AS found"""
TWICE = """
SELECT count(*) FROM (
  SELECT 1 FROM assignments WHERE live GROUP BY center, unit, slot HAVING count(*) > 1
  UNION ALL
  SELECT 1 FROM assignments WHERE live AND state <> 'offered' GROUP BY alert, need HAVING count(*) > 1
) AS found"""
MAY_CHANGE_NOTHING = frozenset({"SetPlaces", "ReachSafety"})
"""Commands that can be taken without anything happening: it was so before."""
OF_THE_SERVICE = frozenset({"ExpireHold"})
"""What the service asks of itself: a refusal is kept nowhere, for too early once must not mean never."""
_TAKEN = frozenset({UnitState.HELD, UnitState.BUSY, UnitState.OCCUPIED})


class Referee:
    """Looks at a connection of its own, as often as the bell rings and once more after each round."""

    def __init__(self, connection: Any) -> None:
        self.board = Board(center=CENTER, prefix=PREFIX)
        self.looks, self.lost = 0, 0
        self._connection, self._log = connection, LogWriter(connection, CENTER)
        self._turn = asyncio.Lock()
        self._tally = Tally()
        self._over_capacity, self._twice = 0, 0
        self._last: dict[str, int] = {}

    @property
    def over_capacity(self) -> int:
        """How often more was promised than there is."""
        return self._over_capacity + self._tally.over_capacity

    @property
    def twice(self) -> int:
        """How often a slot, or a need, was given twice."""
        return self._twice + self._tally.twice

    async def watch(self) -> None:
        """Look whenever somebody has written, until cancelled."""
        rang = asyncio.Event()
        await self._connection.add_listener(BELL, lambda *_: rang.set())
        while True:
            await rang.wait()
            rang.clear()
            await self.look()

    async def look(self) -> None:
        """Ask the tables, and compare their board with what the log leads to."""
        async with self._turn:
            self.looks += 1
            self._over_capacity += await self._connection.fetchval(OVER_CAPACITY)
            self._twice += await self._connection.fetchval(TWICE)
            seen = await board_rows.load(self._connection, CENTER)
            for entry in await self._log.entries_after(self.board.seq):
                if entry.seq <= seen.seq:
                    self._follow(entry)
            assert self.board == seen, "the tables are not what the log leads to"
            for unit in seen.units.values():
                taken = sum(slot in _TAKEN for slot in unit.slots)
                self._over_capacity += taken > len(unit.slots) or len(unit.held) > taken

    async def nobody_writes(self) -> None:
        """Return when whoever had begun to write, also one that is dead by now, has written it or has not."""
        async with self._turn:
            await self._connection.execute("SELECT 1 FROM centers FOR UPDATE")

    def _follow(self, entry: Entry) -> None:
        assert entry.seq == self.board.seq + 1, "the log has a gap"
        self.board = evolve(self.board, entry.event, entry.at)
        self._tally.count(entry.event)
        self._last[entry.command] = entry.seq

    async def compare(self, ledger: list[Line]) -> None:
        """Whether everything a racer was answered is kept: its answer, and what it made happen."""
        async with self._turn:
            known = await self._log.answers([line.command for line in ledger])
        for line in ledger:
            if line.refused is not None and line.kind in OF_THE_SERVICE:
                continue
            _, kept = known.get(line.command, (b"", None))
            same = kept is not None and (kept == line.receipt or kept.refused == line.refused is not None)
            happened = line.receipt is None or self._last.get(line.command) == line.receipt.seq
            self.lost += not same or not (happened or line.kind in MAY_CHANGE_NOTHING)
        self._last.clear()
