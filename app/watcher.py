"""Follows the audit and flags looks of insiders, by the rules in `app/security/insiders.py`.

How far it has looked is in the database, so a restart forgets nothing, and one process at a time does the work.
What it finds and how far it came are one commit.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from app.desk import NotSaved
from app.dispatch.model import Board
from app.security.insiders import findings
from app.security.looks import Finding, Known, Look, Reader
from app.security.parts import AlertFacts, Shift, alert_facts, shifts
from app.security.sessions import OF_UNITS, Role
from app.service import Service
from app.store import audit, flags, households, people, queries
from app.store.audit import AuditRow
from app.store.flags import Flag
from app.store.session import GONE

ROWS_MAX = 2_000
"""Rows of the audit looked at in one transaction."""
MERGES_MAX = 8
"""How often one alert is followed to what it was merged into."""

_LOG = logging.getLogger("naranja.watcher")


class Watcher:
    """One for each process."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._looking = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run(), name="watcher")

    async def stop(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self.look()
            except (*GONE, NotSaved) as problem:
                _LOG.warning("the audit was not looked at", extra={"error": type(problem).__name__})
            except Exception:  # noqa: BLE001  # said loudly; who stands still would let every insider go
                _LOG.critical("a bug in the watcher; it goes on", exc_info=True)
            await asyncio.sleep(self._service.settings.watch_every_s)

    async def look(self) -> int:
        """Look at everything new, and say how many flags there are more. 0 while another process looks."""
        async with self._looking:
            flagged = 0
            while True:
                found, more = await self._look_once()
                flagged += found
                if not more:
                    return flagged

    async def _look_once(self) -> tuple[int, bool]:
        """How many flags are new, and whether there are more rows to look at now.

        1. Claim the work. 2. Read what is new, and what is known about it. 3. Keep what is found, and how far it
        was looked.
        """
        service, center = self._service, self._service.settings.center
        board = await service.desk.board()
        now = service.clock.now()
        async with service.database.transaction() as connection:
            cursor = await flags.claim(connection, center)
            if cursor is None:
                return 0, False
            rows = await audit.after(connection, center, cursor, ROWS_MAX)
            if not rows:
                return 0, False
            known = await self._known(connection, board, rows)
            # After a standstill it is long work, and nobody at the desk is to wait for it.
            found = await asyncio.to_thread(findings, [_look(row) for row in rows], known, service.insiders)
            added = await flags.add(connection, center, [_flag(center, each, now) for each in found])
            # Numbers are given out in the order of commits: nothing comes later under a lower one.
            await flags.move(connection, center, rows[-1].row)
        return added, len(rows) == ROWS_MAX

    async def _known(self, connection: AsyncConnection, board: Board, rows: Sequence[AuditRow]) -> Known:
        center, rules = self._service.settings.center, self._service.insiders
        first, last = min(row.at for row in rows), max(row.at for row in rows)
        readers = await self._readers(connection, board, {row.by for row in rows}, first, last)
        known = await audit.by_people(connection, center, readers, first - rules.recent_s, last)
        recent: dict[str, list[Look]] = {}
        for row in known:
            recent.setdefault(row.by, []).append(_look(row))
        # Of a unit's people also what they read before counts by what the unit held of it.
        alerts = {row.alert for row in rows if row.by in readers and row.alert is not None}
        alerts |= {row.alert for row in known if row.alert is not None and readers[row.by].role in OF_UNITS}
        facts = await self._alerts(connection, alerts)
        over = {
            alert for alert in alerts if facts[alert].over_at is not None or facts[alert].merged_into is not None
        }
        earlier: dict[tuple[str, str], list[float]] = {}
        for row in await audit.of_alerts(connection, center, over, first - rules.after_closing_window_s, last):
            if row.alert is not None and _look(row).shown:
                earlier.setdefault((row.by, row.alert), []).append(row.at)
        flagged = await flags.lately(connection, center, readers, first - rules.again_after_s)
        return Known(
            readers=readers,
            alerts=facts,
            shifts=await self._shifts(connection, readers.values(), facts, first, last),
            staff=await households.staff_of(connection, center, alerts),
            recent=recent,
            earlier=earlier,
            flagged={(flag.rule, flag.person, flag.alert): flag.looked_at for flag in flagged},
        )

    async def _readers(
        self, connection: AsyncConnection, board: Board, ids: Collection[str], first: float, last: float
    ) -> dict[str, Reader]:
        """Those of them that are people; the rest are parts of the service."""
        known = await people.by_ids(connection, self._service.settings.center, ids)
        sessions = await people.sessions_between(connection, known, first, last)
        units = board.units
        return {
            id: Reader(
                id=id,
                login=person.login,
                role=Role(person.role),
                unit=person.unit,
                agency=unit.agency if (unit := units.get(person.unit or "")) is not None else None,
                sessions=tuple(sessions.get(id, ())),
            )
            for id, person in known.items()
        }

    async def _alerts(self, connection: AsyncConnection, wanted: Collection[str]) -> dict[str, AlertFacts]:
        """The facts of these alerts, and of what they were merged into. What the log does not know has none."""
        facts: dict[str, AlertFacts] = {}
        missing = set(wanted)
        for _ in range(MERGES_MAX):
            if not missing:
                break
            entries = await queries.stories_of(connection, self._service.settings.center, missing)
            facts |= {alert: AlertFacts() for alert in missing} | alert_facts(entries)
            missing = {into for one in facts.values() if (into := one.merged_into) is not None} - facts.keys()
        return facts

    async def _shifts(
        self,
        connection: AsyncConnection,
        readers: Collection[Reader],
        facts: Mapping[str, AlertFacts],
        first: float,
        last: float,
    ) -> dict[str, tuple[Shift, ...]]:
        """The shifts of the readers' units, from the first in which they had any of these alerts."""
        found = {}
        for unit in sorted({reader.unit for reader in readers if reader.unit is not None}):
            since = [held.since for each in facts.values() for held in each.held if held.unit == unit]
            entries = await queries.duty_of(
                connection, self._service.settings.center, unit, min(since, default=first), last
            )
            found[unit] = shifts(entries)
        return found


def _look(row: AuditRow) -> Look:
    return Look(
        row=row.row,
        at=row.at,
        by=row.by,
        what=row.what,
        alert=row.alert,
        count=row.count,
        under=(row.said or {}).get("under"),
    )


def _flag(center: str, found: Finding, at: float) -> Flag:
    return Flag(
        id=str(uuid5(NAMESPACE_OID, f"flag:{center}:{found.look.row}:{found.rule.value}")),
        at=at,
        rule=found.rule.value,
        person=found.look.by,
        alert=found.alert,
        row=found.look.row,
        looked_at=found.look.at,
        said=found.said,
    )
