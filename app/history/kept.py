"""Imported histories of a center: kept under their names, beside its log and never in it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from app.reports.response_times import Period
from app.reports.table import Fact
from app.reports.timeline import Timeline
from app.store import audit, histories
from app.store.histories import CaseRow, HistoryRow

from .case import Case, told
from .map import HistoryMap
from .reading import History
from .refused import HistoryRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One history that is kept: its map, when it was imported, what was counted.

    `since` is when its first case began, `until` the last moment it knows of; seconds since 1970 UTC.
    """

    by: HistoryMap
    imported_at: float
    since: float
    until: float
    counts: dict[str, Any]

    def facts(self, say: Callable[..., str], before: str = "") -> tuple[Fact, ...]:
        """What is printed with every figure made of it. `before` begins the keys where it is the "before" only."""
        refused = ", ".join(f"{reason} {count}" for reason, count in self.counts["refused"].items())
        instead = "; ".join(say("said.instead", point=point, by=by) for point, by in self.by.instead.items())
        said = {
            "history": f"{self.by.name}: {self.by.system}",
            "history_lacks": ", ".join(self.by.lacks) or say("said.nothing"),
            "history_instead": instead or say("said.nothing"),
            "history_refused": f"{sum(self.counts['refused'].values())} / {self.counts['rows']}"
            + (f" ({refused})" if refused else ""),
            "history_remarks": " ".join(self.by.remarks) or say("said.nothing"),
        }
        label = f"{say('fact.before')}: " if before else ""
        return tuple(
            Fact(key=f"{before}{key}", label=f"{label}{say(f'fact.{key}')}", text=text)
            for key, text in said.items()
        )


async def keep(
    connection: AsyncConnection, center: str, by: HistoryMap, found: History, *, at: float, person: str
) -> bool:
    """Store what a file held; False where the same file by the same map is there already, and nothing changes.

    Raises HistoryRefused where the name stands for something else, or where there is nothing to keep.
    """
    if not found.cases:
        raise HistoryRefused("no_case", "The file holds no case that could be taken; nothing was stored.")
    row = HistoryRow(
        name=by.name,
        digest=found.digest,
        imported_at=at,
        since=found.since,
        until=found.until,
        map=by.model_dump(mode="json"),
        counts=found.counts(),
    )
    cases = [CaseRow(id=case.id, began=case.began, body=msgspec.to_builtins(case)) for case in found.cases]
    if not await histories.add(connection, center, row, cases):
        if any(there.digest == found.digest for there in await histories.every(connection, center)):
            return False
        raise HistoryRefused(
            "source_exists", f"{by.name} is another file or map; remove it first, or give this one its own name."
        )
    await _audited(connection, center, "import_history", by.name, len(cases), at, person)
    return True


async def every(connection: AsyncConnection, center: str) -> list[Kept]:
    """Every history of the center, by name."""
    return [
        Kept(
            by=HistoryMap.model_validate(row.map),
            imported_at=row.imported_at,
            since=row.since,
            until=row.until,
            counts=dict(row.counts),
        )
        for row in await histories.every(connection, center)
    ]


async def named(connection: AsyncConnection, center: str, name: str) -> Kept:
    """The history of that name. Raises HistoryRefused where there is none."""
    for one in await every(connection, center):
        if one.by.name == name:
            return one
    raise HistoryRefused("unknown_source", "There is no imported history of that name.")


async def timelines_of(connection: AsyncConnection, center: str, of: Kept, period: Period) -> list[Timeline]:
    """Its cases of the period as the log would tell them, in the order in which they began."""
    rows = await histories.cases(connection, center, of.by.name, period.start, period.end)
    found = [told(msgspec.convert(row.body, Case), of.by) for row in rows]
    return period.of(found)


async def remove(connection: AsyncConnection, center: str, name: str, *, at: float, person: str) -> None:
    """Take a history away with all its cases. Raises HistoryRefused where there is none of that name."""
    if not await histories.remove(connection, center, name):
        raise HistoryRefused("unknown_source", "There is no imported history of that name.")
    await _audited(connection, center, "remove_history", name, 1, at, person)


async def _audited(
    connection: AsyncConnection, center: str, what: str, name: str, count: int, at: float, person: str
) -> None:
    await audit.write(connection, center, at=at, by=person, what=what, count=count, said={"history": name})
