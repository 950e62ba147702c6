"""`naranja rules`: the numbers a center decides by, and from when they count."""

import asyncio
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table

from app.clock import SystemClock, rfc3339
from app.settings import Settings
from app.store import region, rules
from app.store.rules import Page, RulesRefused

from .center import beginning, database, fail, out

app = typer.Typer(help="The numbers a center decides by.", no_args_is_help=True)


@app.command()
def show(
    as_json: Annotated[bool, typer.Option("--json", help="Every number that counts now, and every page.")] = False,
) -> None:
    """What differs from the defaults, from when, and what counts now."""
    book = asyncio.run(_book())
    now = SystemClock().now()
    try:
        counts = rules.book_of(book).at(now)
    except RulesRefused as problem:
        fail(problem.code, problem.sentence)
    current = max((begins for begins, _ in book if begins <= now), default=None)
    if as_json:
        pages = [{"from": rfc3339(begins), "counts": begins == current, "rules": page} for begins, page in book]
        sys.stdout.write(msgspec.json.encode({"now": counts, "pages": pages}).decode() + "\n")
        return
    table = Table("from", "counts now", "what differs from the defaults")
    for begins, page in book:
        table.add_row(rfc3339(begins), "yes" if begins == current else "", msgspec.json.encode(page).decode())
    out.print(table if book else "the defaults count, since ever")


@app.command("set")
def set_rules(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JSON: name -> number.")],
    start: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="Local time; default: now."),
    ] = None,
) -> None:
    """From then on these numbers differ from the defaults, and no others. A running service hears of it at once.

    What counted in the past stays as it was: decisions were made by it.
    """
    settings = Settings()
    why = "Decisions were made by the rules of then; name a time to come, or none for now."
    begins = beginning(start, settings, why)
    try:
        differences = msgspec.json.decode(file.read_bytes())
        if not isinstance(differences, Mapping):
            raise RulesRefused("The file is an object of names and numbers.")
        rules.rules_of(differences)
    except msgspec.DecodeError as problem:
        fail(RulesRefused.code, f"{file.name} is not JSON: {problem}.")
    except RulesRefused as problem:
        fail(problem.code, problem.sentence)
    asyncio.run(_add((begins, differences)))
    out.print(f"these rules count from {rfc3339(begins)}")


async def _book() -> list[Page]:
    settings = Settings()
    async with database(settings) as found, found.transaction() as connection:
        return await rules.pages(connection, settings.center)


async def _add(page: tuple[float, Mapping[str, Any]]) -> None:
    """The page instead of one that begins at the same moment; and the bell, so that a running service reads it."""
    settings = Settings()
    async with database(settings) as found, found.transaction() as connection:
        book = [known for known in await rules.pages(connection, settings.center) if known[0] != page[0]]
        await rules.set_pages(connection, settings.center, [*book, page])
        await region.ring(connection, settings.center)
