"""`naranja keys`: the keys a center seals with, a new version of them, another master key."""

import asyncio
import sys
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from app import keys
from app.clock import SystemClock, rfc3339
from app.keys import Rotated, Version
from app.settings import Settings

from .center import database, err, fail, out, sealer

app = typer.Typer(help="The keys a center seals with.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Figures as JSON.")]


@app.command()
def show(as_json: AsJson = False) -> None:
    """Every version of the center's key: since when, until when, and how much is under it. No key is shown."""

    async def work() -> list[Version]:
        settings, clock = Settings(), SystemClock()
        async with database(settings) as found:
            return await keys.versions(found, await sealer(settings, found, clock), settings.center)

    found = asyncio.run(work())
    if as_json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        return
    table = Table("version", "made", "destroyed", "seals now", "alerts under it", "own values under it")
    for one in found:
        retired = "" if one.retired_at is None else rfc3339(one.retired_at)
        now = "yes" if one.seals_now else ""
        table.add_row(str(one.version), rfc3339(one.made_at), retired, now, str(one.alerts), str(one.own))
    out.print(table)


@app.command()
def rotate(as_json: AsJson = False) -> None:
    """Make a new version, wrap everything anew with it and destroy the old one, while the service goes on.

    It may be ended at any moment; the next call goes on with it.
    """

    async def work() -> Rotated:
        settings, clock = Settings(), SystemClock()
        async with database(settings) as found:
            told = await sealer(settings, found, clock)
            return await keys.rotate(found, told, settings.center, clock, progress=None if as_json else _say)

    done = asyncio.run(work())
    if as_json:
        sys.stdout.write(msgspec.json.encode(done).decode() + "\n")
    else:
        began = "went on with" if done.continued else "made"
        gone = ", ".join(str(version) for version in done.destroyed) or "none"
        out.print(f"{began} version {done.version}; {done.moved} wrapped anew; destroyed: {gone}", highlight=False)
    if done.left:
        fail("rows_left", f"{done.left} rows do not open and stay under their old version, which is kept.")


@app.command()
def rewrap() -> None:
    """Wrap the center's keys with the first master key, after it was put before the old one.

    Afterwards the old master key opens nothing here any more, and its line can be taken away.
    """

    async def work() -> int:
        settings, clock = Settings(), SystemClock()
        async with database(settings) as found:
            return await keys.rewrap(found, await sealer(settings, found, clock), settings.center)

    out.print(f"{asyncio.run(work())} keys wrapped anew", highlight=False)


def _say(done: int, todo: int) -> None:
    err.print(f"{done} of {todo} wrapped anew", highlight=False)
