"""Live positions: what a unit says of where it is, checked, given to the ground, and passed on to other processes.

Refused and counted: a fix from the future, too old, older than the one known, absurdly far from it, or of a unit
that is not on duty (no one is tracked off duty; what was known of a unit is forgotten when its shift ends).
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from uuid import uuid4

from app.clock import Clock
from app.desk import Desk, NotSaved
from app.dispatch.commands import SERVICE, HearUnit, Refusal
from app.dispatch.events import Departed, DutyEnded, Entry, ReachedSafety
from app.dispatch.model import Board, Unit, UnitState
from app.geo.point import Point, is_within
from app.store import passing
from app.store import positions as rows
from app.store.session import GONE, Database

FUTURE_S_MAX = 5.0
"""A device's clock may be this far ahead."""
SPEED_M_S_MAX = 90.0
"""324 km/h: faster is a jump of the receiver, not of the car."""
JUMP_S_MAX = 120.0
"""After so long a silence a unit may be anywhere."""
PASS_ON_EVERY_S = 0.4
"""How often what was taken is written, and what others wrote is read: they agree within twice this."""

_LOG = logging.getLogger("naranja.positions")


class Positions:
    """The positions of one center's units in this process."""

    def __init__(self, desk: Desk, database: Database, clock: Clock, center: str, process: str) -> None:
        self._desk, self._database, self._clock = desk, database, clock
        self._center, self._process = center, process
        self._unsaved: dict[str, rows.Fix] = {}
        self._over: set[str] = set()
        self._fresh: set[str] = set()
        self.refused: Counter[str] = Counter()
        self.taken = 0
        self._epoch: str | None = None
        self._change = 0
        self._task: asyncio.Task[None] | None = None
        desk.listen(self._heard)

    async def start(self) -> None:
        """Give the ground what was known before, and begin to keep what comes."""
        await self._desk.board()
        await self._learn()
        self._fresh.clear()
        self._task = asyncio.create_task(self._run(), name="positions")

    async def stop(self) -> None:
        """Keep what is not kept yet, and end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            await self._keep()

    async def take(self, code: str, place: Point, accuracy_m: float | None, at: float) -> None:
        """Believe a fix (`at`: seconds since 1970 UTC by the device), or raise Refusal with the reason counted."""
        board = self._desk.known
        if board is None:
            board = await self._desk.board()
        unit = board.units.get(code)
        now = self._clock.now()
        reason = self._against(unit, place, at, now)
        if reason is not None:
            raise self.refuse(reason)
        if unit is not None and unit.withheld:
            # It has left with her: where it is now is for nobody, and is kept nowhere.
            return
        if unit is not None and UnitState.UNREACHABLE in unit.slots:
            await self._desk.perform(HearUnit(id=str(uuid4()), by=SERVICE, unit=code))
        at = min(at, now)
        self._desk.ground.fix(code, place, at)
        self._desk.ground.heard(code, at)
        self._unsaved[code] = rows.Fix(unit=code, lat=place.lat, lon=place.lon, accuracy_m=accuracy_m, at=at)
        self._fresh.add(code)
        self.taken += 1

    def refuse(self, reason: str) -> Refusal:
        """Count a fix that is not believed; the refusal to raise."""
        self.refused[reason] += 1
        return Refusal(reason, _SENTENCES[reason])

    def _against(self, unit: Unit | None, place: Point, at: float, now: float) -> str | None:
        if unit is None:
            return "position_unknown_unit"
        if unit.sealed:
            return "position_sealed"
        if not unit.on_duty:
            return "position_off_duty"
        if at > now + FUTURE_S_MAX:
            return "position_future"
        if at < now - self._desk.book.at(now).fix_age_max_s:
            return "position_too_old"
        known = self._desk.ground.position(unit.code)
        if known is None or known[1] is None:
            return None
        passed = at - known[1]
        if passed < 0:
            return "position_out_of_order"
        if passed < JUMP_S_MAX and not is_within(known[0], place, 50.0 + SPEED_M_S_MAX * max(1.0, passed)):
            return "position_absurd"
        return None

    def _heard(self, entries: Sequence[Entry], _board: Board) -> None:
        for entry in entries:
            if isinstance(entry.event, DutyEnded | Departed | ReachedSafety):
                unit = entry.event.unit
                self._desk.ground.forget(unit)
                self._unsaved.pop(unit, None)
                self._fresh.discard(unit)
                self._over.add(unit)

    def fresh(self) -> set[str]:
        """The units that have moved since this was last asked."""
        fresh, self._fresh = self._fresh, set()
        return fresh

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(PASS_ON_EVERY_S)
            await self._keep()
            try:
                await self._learn()
            except (*GONE, NotSaved) as problem:
                _LOG.warning("positions of other processes not read", extra={"error": type(problem).__name__})

    async def _learn(self) -> None:
        """Give the ground what changed since the last time and is newer than what it knows: from before the start,
        or from other processes."""
        oldest = self._clock.now() - self._desk.rules.fix_age_max_s
        async with self._database.transaction() as connection:
            epoch = await passing.epoch(connection, self._center)
            after = self._change if epoch == self._epoch else 0
            kept, change = await rows.changed(connection, self._center, after, beside=self._process, since=oldest)
        # What the board says after the read counts: who has left with her meanwhile is nowhere.
        board, ground = await self._desk.board(), self._desk.ground
        self._epoch, self._change = epoch, change
        for fix in kept:
            unit, known = board.units.get(fix.unit), ground.position(fix.unit)
            if unit is None or not unit.on_duty or unit.withheld or known is None:
                continue
            if known[1] is None or fix.at > known[1]:
                ground.fix(fix.unit, Point(fix.lat, fix.lon), fix.at)
                ground.heard(fix.unit, fix.at)
                self._fresh.add(fix.unit)

    async def _keep(self) -> None:
        unsaved, self._unsaved = self._unsaved, {}
        over, self._over = self._over, set()
        if not unsaved and not over:
            return
        try:
            async with self._database.transaction() as connection:
                await rows.forget(connection, self._center, over)
                await rows.save(connection, self._center, self._process, list(unsaved.values()))
        except GONE as problem:
            self._over |= over
            _LOG.warning("positions not kept", extra={"count": len(unsaved), "error": type(problem).__name__})


_SENTENCES = {
    "position_bad": "A fix is a place on the Earth and a time that knows its zone.",
    "position_unknown_unit": "There is no such unit.",
    "position_sealed": "A sealed unit does not say where it is.",
    "position_off_duty": "Positions are taken only of units on duty.",
    "position_future": "This fix is from the future: set the device's clock.",
    "position_too_old": "This fix is too old to say anything about now.",
    "position_out_of_order": "A newer fix is known already.",
    "position_absurd": "This is too far from the last fix to be true.",
}
