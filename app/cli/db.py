"""`naranja db`: the database's schema, and whether what it holds is what was written."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from app.clock import SystemClock
from app.security.checkpoints import Signer
from app.security.master_key import KeySourceBroken
from app.security.sealing import Sealer, Unsealable
from app.service import checkpoints_of, first_sealer
from app.settings import Settings
from app.store.session import Database
from app.verify import Points, Verdict, learn_keys, verify

from .center import database, err, fail, out, sealer

app = typer.Typer(help="The database.", no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Bring the schema up to the newest revision."""

    async def work() -> None:
        async with database(Settings()):
            out.print("the schema is up to date")

    asyncio.run(work())


@app.command()
def key() -> None:
    """Print the public key that checks this center's checkpoints. It is no secret; keep it where they are kept."""

    async def work() -> str:
        settings = Settings()
        async with database(settings) as found:
            return Signer.of((await sealer(settings, found, SystemClock())).signing).public

    out.print(asyncio.run(work()), highlight=False, soft_wrap=True)


@app.command("verify")
def verify_command(
    checkpoints: Annotated[
        Path | None, typer.Option(help="Checkpoints kept outside; default: where this center writes them.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="What was found as JSON.")] = False,
) -> None:
    """Check every row of log and audit, every sealed value and every checkpoint. Ends with 1 if one is wrong."""
    settings = Settings()
    lines = _lines(checkpoints, checkpoints_of(settings))
    if not lines:
        err.print("No checkpoints from outside: a log cut at its end, with all that counts it, would not be seen.")
    verdict = asyncio.run(_verify(settings, lines))
    if as_json:
        sys.stdout.write(msgspec.json.encode(shape(verdict)).decode() + "\n")
    else:
        _print(verdict)
    raise typer.Exit(0 if verdict.well else 1)


def _lines(asked: Path | None, usual: Path) -> list[str]:
    path = asked or usual
    if not path.exists():
        if asked is not None:
            fail("no_checkpoints", f"There is no file {asked}.")
        return []
    return path.read_text(encoding="utf-8", errors="replace").splitlines()


async def _verify(settings: Settings, lines: list[str]) -> Verdict:
    try:
        async with database(settings) as found:
            return await verified(found, settings.center, await first_sealer(settings), lines)
    except (KeySourceBroken, Unsealable) as problem:
        fail(problem.code, problem.sentence)


async def verified(found: Database, center: str, opens: Sealer, lines: list[str]) -> Verdict:
    """The verdict on this center, seen in one moment, while a service may go on writing. Raises WrongMasterKey."""
    verdict = Verdict()
    connection: Any = await found.connect(statement_s_max=None)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            # Nothing is mended by looking at it: a key that is gone is found, and not made anew.
            await learn_keys(connection, center, opens)
            points = Points(center=center, key=Signer.of(opens.signing).public)
            points.read_file(lines, verdict)
            await verify(connection, center, opens, points, verdict)
    finally:
        await connection.close()
    return verdict


def shape(verdict: Verdict) -> dict[str, Any]:
    """A verdict for machines."""
    return {
        "well": verdict.well,
        "rows": verdict.rows,
        "erased": verdict.erased,
        "found": verdict.found,
        "findings": verdict.findings,
    }


def _print(verdict: Verdict) -> None:
    for table, count in verdict.rows.items():
        out.print(f"{table:>12}  {count} rows", highlight=False)
    if verdict.well:
        out.print("every row is as it was written", highlight=False)
        return
    for one in verdict.findings:
        out.print(f"{one.what:>14}  {one.table} {one.key}: {one.sentence}", highlight=False, soft_wrap=True)
    out.print(f"{verdict.found} found; the first stands first", highlight=False)
