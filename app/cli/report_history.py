"""`naranja report import | sources | forget`: what another system recorded, so that a "before" can be measured."""

import asyncio
import csv
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from app.clock import SystemClock, rfc3339
from app.history import kept
from app.history.map import HistoryMap, read_map
from app.history.reading import History, read_history
from app.history.refused import HistoryRefused, Reason
from app.reports.words import say
from app.settings import Settings

from .center import database, fail, out

BY_HAND = "naranja report"
"""Who did it, where nobody is signed in: whoever may use this machine."""
AsJson = Annotated[bool, typer.Option("--json", help="Counts as JSON.")]


def import_history(
    file: Annotated[Path, typer.Argument(help="The other system's export, CSV.")],
    by: Annotated[Path, typer.Option("--map", help="What its columns mean, YAML; see docs/reports.md.")],
    refused: Annotated[
        Path | None, typer.Option(help="Write a CSV with the number and the reason of each row to look at.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only read and count; needs no database.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take another system's cases in, under the map's name, and say of every row what became of it."""
    now = SystemClock().now()
    try:
        known = read_map(by)
        found = read_history(file, known, now)
        stored = None if dry_run else asyncio.run(_keep(Settings(), known, found, now))
    except HistoryRefused as problem:
        fail(problem.code, problem.sentence)
    if refused is not None:
        _write(found, refused)
    told = {"name": known.name, "stored": stored, "since": rfc3339(found.since), "until": rfc3339(found.until)}
    if as_json:
        sys.stdout.write(msgspec.json.encode({**told, **found.counts()}).decode() + "\n")
        return
    counts = found.counts()
    how = {None: "nothing stored (--dry-run)", True: "stored", False: "is there already; nothing changed"}[stored]
    out.print(f"{known.name}: {how}", highlight=False)
    out.print(f"rows {found.rows}, taken {counts['taken']}, cases {counts['cases']}", highlight=False)
    for reason, count in sorted(found.refused.items()):
        out.print(f"refused  {reason}: {count}", highlight=False)
    for remark, of in sorted(found.remarked.items()):
        out.print(f"taken    {remark}: {', '.join(f'{where} {n}' for where, n in of.items())}", highlight=False)


def list_sources(as_json: AsJson = False) -> None:
    """The imported histories of this center."""
    settings = Settings()
    found = asyncio.run(_every(settings))
    if as_json:
        rows = [
            {
                "name": one.by.name,
                "system": one.by.system,
                "imported_at": rfc3339(one.imported_at),
                "since": rfc3339(one.since),
                "until": rfc3339(one.until),
                "lacks": [point.value for point in one.by.lacks],
                "instead": one.by.instead,
                **one.counts,
            }
            for one in found
        ]
        sys.stdout.write(msgspec.json.encode({"sources": rows}).decode() + "\n")
        return
    if not found:
        out.print("no history was imported")
    for one in found:
        out.print(f"{one.by.name}: {one.by.system}; cases {one.counts['cases']}", highlight=False, soft_wrap=True)
        for fact in one.facts(lambda key, **values: say(key, "en", **values))[1:]:
            out.print(f"    {fact.label}: {fact.text}", highlight=False, soft_wrap=True)


def forget_source(name: Annotated[str, typer.Argument(help="Its name, as `report sources` lists it.")]) -> None:
    """Take an imported history away with all its cases."""
    try:
        asyncio.run(_forget(Settings(), name))
    except HistoryRefused as problem:
        fail(problem.code, problem.sentence)
    out.print(f"{name} is gone", highlight=False)


def _write(found: History, to: Path) -> None:
    """Row, reason and where; never what the cell holds."""
    with to.open("w", encoding="utf-8", newline="") as text:
        lines = csv.writer(text)
        lines.writerow(("row", "reason", "where", "taken"))
        for one in found.noted:
            taken = "no" if isinstance(one.reason, Reason) else "yes"
            lines.writerow((one.row, one.reason.value, one.where, taken))


async def _keep(settings: Settings, by: HistoryMap, found: History, at: float) -> bool:
    async with database(settings) as base, base.transaction() as connection:
        return await kept.keep(connection, settings.center, by, found, at=at, person=BY_HAND)


async def _every(settings: Settings) -> list[kept.Kept]:
    async with database(settings) as base, base.transaction() as connection:
        return await kept.every(connection, settings.center)


async def _forget(settings: Settings, name: str) -> None:
    async with database(settings) as base, base.transaction() as connection:
        await kept.remove(connection, settings.center, name, at=SystemClock().now(), person=BY_HAND)
