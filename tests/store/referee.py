"""Who watches a race over the database: by plain questions, by the tables' board, and by a count of its own."""

import asyncio
from collections import defaultdict
from typing import Any

from app.dispatch import events as e
from app.dispatch.events import Entry
from app.dispatch.evolve import LETS_GO, evolve
from app.dispatch.model import Board, UnitState
from app.store import board as board_rows
from app.store.commit import BELL
from app.store.log import LogWriter

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


class Tally:
    """Who is in which slot, counted from the log alone: it knows neither the board nor what the tables forbid."""

    def __init__(self) -> None:
        self.over_capacity, self.twice = 0, 0
        self._capacity: dict[str, int] = {}
        self._inside: dict[str, dict[int, str]] = defaultdict(dict)
        self._slots: dict[str, int] = {}
        self._accepted: dict[tuple[str, str], str] = {}

    def count(self, event: e.Event) -> None:
        """One more event of the log."""
        match event:
            case e.UnitListed():
                self._capacity[event.unit] = event.capacity
            case e.Offered():
                self._slots[event.assignment] = event.slot
                self._enter(event.unit, event.slot, event.assignment)
            case e.Accepted():
                self.twice += (event.alert, event.need) in self._accepted
                self._accepted[event.alert, event.need] = event.assignment
            case e.PlaceTaken():
                self._enter(event.unit, event.slot, "somebody")
            case e.PlaceFreed():
                del self._inside[event.unit][event.slot]
        if isinstance(event, LETS_GO):
            self._leave(event)

    def _enter(self, unit: str, slot: int, who: str) -> None:
        inside = self._inside[unit]
        self.twice += slot in inside
        inside[slot] = who
        self.over_capacity += len(inside) > self._capacity[unit] or slot >= self._capacity[unit]

    def _leave(self, event: e.AssignmentEvent) -> None:
        slot = self._slots.pop(event.assignment)
        if isinstance(event, e.Housed):
            self._inside[event.unit][slot] = "somebody"
        else:
            del self._inside[event.unit][slot]
        about = (event.alert, event.need)
        if self._accepted.get(about) == event.assignment:
            del self._accepted[about]


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
