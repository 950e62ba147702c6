"""What processes tell each other beside the log: the number of the newest change, the lines of units, who lives.

None of it is to be believed after a crash of the database: the tables are unlogged.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from .tables import lines, marks, processes

MARKED = """
WITH mark AS (
  INSERT INTO marks (center, epoch, change) VALUES (:center, :epoch, 1)
  ON CONFLICT (center) DO UPDATE SET change = marks.change + 1
  RETURNING change
)"""
"""How a statement takes the number of its change, and holds it until the commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitLine:
    """A unit's line as the process that had it last said: up since `at`, or ended then (s since 1970 UTC)."""

    unit: str
    process: str
    up: bool
    at: float


_UP = text(f"""
{MARKED}
INSERT INTO lines (center, unit, process, up, at, change)
SELECT :center, u, :process, true, :at, mark.change FROM mark, unnest(CAST(:units AS text[])) AS t(u)
ON CONFLICT (center, unit) DO UPDATE
SET process = excluded.process, up = true, at = excluded.at, change = excluded.change""")  # noqa: S608
_DOWN = text(f"""
{MARKED}
INSERT INTO lines (center, unit, process, up, at, change)
SELECT :center, u, :process, false, a, mark.change
FROM mark, unnest(CAST(:units AS text[]), CAST(:ats AS float8[])) AS t(u, a)
ON CONFLICT (center, unit) DO UPDATE
SET up = false, at = excluded.at, change = excluded.change WHERE lines.process = :process""")  # noqa: S608
_ORPHANED = text(f"""
{MARKED}
UPDATE lines SET up = false, at = :at, change = mark.change FROM mark
WHERE lines.center = :center AND lines.up
  AND NOT EXISTS (SELECT FROM processes p WHERE p.center = lines.center AND p.process = lines.process)""")  # noqa: S608
_BEAT = text("""
INSERT INTO processes (center, process, beat) VALUES (:center, :process, 1)
ON CONFLICT (center, process) DO UPDATE SET beat = processes.beat + 1 RETURNING beat""")


async def epoch(connection: AsyncConnection, center: str) -> str | None:
    """Since when the tables have been filled, as a name; None: nothing was written yet."""
    found = await connection.execute(select(marks.c.epoch).where(marks.c.center == center))
    return found.scalar_one_or_none()


async def lines_up(
    connection: AsyncConnection, center: str, process: str, units: Collection[str], at: float
) -> None:
    """These units have a line at this process, wherever they had one before."""
    if units:
        said = {"center": center, "epoch": process, "process": process, "units": sorted(units), "at": at}
        await connection.execute(_UP, said)


async def lines_down(connection: AsyncConnection, center: str, process: str, ended: dict[str, float]) -> None:
    """The last lines of these units at this process ended then; who has one elsewhere since keeps it."""
    if ended:
        units = sorted(ended)
        said = {"center": center, "epoch": process, "process": process, "units": units}
        await connection.execute(_DOWN, {**said, "ats": [ended[unit] for unit in units]})


async def forget_lines(connection: AsyncConnection, center: str, units: Collection[str]) -> None:
    """Nobody waits for a line of these units that has ended."""
    if units:
        mine = (lines.c.center == center, lines.c.unit.in_(sorted(units)), lines.c.up.is_(False))
        await connection.execute(delete(lines).where(*mine))


async def lines_changed(connection: AsyncConnection, center: str, after: int) -> tuple[list[UnitLine], int]:
    """The lines that changed after the change `after`, and the number to go on from."""
    found = await connection.execute(
        select(lines).where(lines.c.center == center, lines.c.change > after).order_by(lines.c.change)
    )
    rows = found.all()
    changed = [UnitLine(unit=row.unit, process=row.process, up=row.up, at=row.at) for row in rows]
    return changed, max((row.change for row in rows), default=after)


async def beat(connection: AsyncConnection, center: str, process: str) -> int:
    """This process lives. 1: it was not known to, and whatever it had said of its lines is void."""
    said = {"center": center, "process": process}
    return int((await connection.execute(_BEAT, said)).scalar_one())


async def beats(connection: AsyncConnection, center: str) -> dict[str, int]:
    """The last beat of every process."""
    found = await connection.execute(select(processes).where(processes.c.center == center))
    return {row.process: row.beat for row in found}


async def gone(connection: AsyncConnection, center: str, dead: Collection[str], at: float) -> None:
    """These processes do not live any more, and lines of processes that do not live have ended at `at`."""
    ended = (processes.c.center == center, processes.c.process.in_(sorted(dead)))
    await connection.execute(delete(processes).where(*ended))
    await connection.execute(_ORPHANED, {"center": center, "epoch": min(dead), "at": at})
