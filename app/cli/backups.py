"""`naranja db backup`, `restore` and `drill`: a copy of everything, the way back, and the proof that it is one."""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable
from pathlib import Path
from time import monotonic
from typing import Annotated, Any

import msgspec
import typer

from app.backup import About, amcheck, back_up, lasts, restore, source
from app.children.postgres import EmbeddedPostgres
from app.children.problem import ChildError
from app.clock import SystemClock, rfc3339
from app.security.master_key import KeySourceBroken
from app.security.sealing import Sealer, Unsealable
from app.service import checkpoints_of, first_sealer
from app.settings import Settings
from app.store.session import Database

from .center import err, fail, out
from .db import shape, verified

KEYS_APART = "The master key is not in it: keep that elsewhere, or nobody will read a sealed detail again."
Json = Annotated[bool, typer.Option("--json", help="Figures as JSON.")]


def backup(
    folder: Annotated[Path, typer.Argument(help="A folder that is not there yet, such as /backups/2026-11-30.")],
    as_json: Json = False,
) -> None:
    """Copy the whole database to a folder while the service goes on, and check the copy.

    The master key is NOT in the backup, nor are the prepared roads and the checkpoints. Keep the key elsewhere:
    without it nobody reads a sealed detail again. With DATABASE_URL its user needs the right REPLICATION.
    """

    async def work() -> About:
        async with source(Settings()) as dsn:
            return await back_up(dsn, folder.absolute(), SystemClock().now())

    about = _done(work())
    if as_json:
        _write(msgspec.to_builtins(about))
        return
    out.print(f"backed up: {about.bytes} bytes, {_said(about)}", highlight=False, soft_wrap=True)
    err.print(KEYS_APART, highlight=False)


def restore_command(
    folder: Annotated[Path, typer.Argument(help="What `naranja db backup` made.")],
    as_json: Json = False,
) -> None:
    """Make of a backup the own database of this center, in NARANJA_DATA_DIR. Nothing is written over.

    Needs, besides, the master key of the center: it is not in the backup. What was written after the backup is not
    there afterwards. Afterwards run `naranja db verify`.
    """
    settings = Settings()
    if settings.database_url is not None:
        sentence = (
            "DATABASE_URL names a server, whose files are not ours to write. Its own tools start from"
            f" {folder}/data; or take DATABASE_URL away, and our own PostgreSQL starts on what is restored."
        )
        fail("restore_elsewhere", sentence)
    about = _done(restore(folder.absolute(), settings.data_dir / "postgres"))
    if as_json:
        _write(msgspec.to_builtins(about))
        return
    out.print(f"restored: {_said(about)}; now run `naranja db verify`", highlight=False, soft_wrap=True)


def drill(
    work_in: Annotated[
        Path | None, typer.Option("--in", help="Where there is room; default: the data folder.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Back up, restore beside, start, and check what came back, with the keys at hand. Ends with 1 if it is wrong.

    Checks the chains, every sealed value and every checkpoint of this center as `naranja db verify` does, the last
    event of every center, and each table and index by amcheck.
    Needs twice the room of the database, and leaves nothing.
    """
    found = _done(_drill(Settings(), work_in))
    if as_json:
        _write(found)
    else:
        for name, value in found.items():
            out.print(f"{name:>16}  {value}", highlight=False, soft_wrap=True)
    raise typer.Exit(0 if found["well"] else 1)


async def _drill(settings: Settings, work_in: Path | None) -> dict[str, Any]:
    """The figures of one drill; times in seconds, sizes in bytes."""
    opens, points = await first_sealer(settings), checkpoints_of(settings)
    # Read before the backup: a checkpoint of later is not in it, and rightly.
    lines = points.read_text(encoding="utf-8", errors="replace").splitlines() if points.exists() else []
    place = work_in or settings.data_dir
    with tempfile.TemporaryDirectory(dir=place if place.is_dir() else None, prefix="drill-") as name:
        backup_folder, directory = Path(name) / "backup", Path(name) / "postgres"
        began = monotonic()
        async with source(settings) as dsn:
            about = await back_up(dsn, backup_folder, SystemClock().now())
            after = await lasts(dsn)
        backed_up = monotonic()
        await restore(backup_folder, directory)
        async with EmbeddedPostgres(directory) as postgres:
            restored = monotonic()
            figures = await _looked_at(postgres.dsn(), settings.center, opens, lines)
            there = await lasts(postgres.dsn())
    all_there = there.keys() == after.keys() and all(
        about.lasts.get(center, 0) <= last <= after[center] for center, last in there.items()
    )
    return {
        "well": all_there and figures["verify"]["well"] and not figures["amcheck_found"],
        "bytes": about.bytes,
        "lasts_before": about.lasts,
        "lasts_restored": there,
        "lasts_after": after,
        **figures,
        "backup_s": round(backed_up - began, 3),
        "restore_s": round(restored - backed_up, 3),
        "check_s": round(monotonic() - restored, 3),
    }


async def _looked_at(dsn: str, center: str, opens: Sealer, lines: list[str]) -> dict[str, Any]:
    restored = Database(dsn, None)
    try:
        verdict = await verified(restored, center, opens, lines)
    finally:
        await restored.close()
    looked_at, wrong = await amcheck(dsn)
    return {
        "verify": shape(verdict),
        "checkpoints_from_outside": len(lines),
        "amcheck_relations": looked_at,
        "amcheck_found": wrong,
    }


def _done[T](work: Awaitable[T]) -> T:
    async def waited() -> T:
        return await work

    try:
        return asyncio.run(waited())
    except (ChildError, KeySourceBroken, Unsealable) as problem:
        if isinstance(problem, ChildError) and problem.output:
            err.print(problem.output, highlight=False, markup=False, soft_wrap=True)
        fail(problem.code, problem.sentence)


def _said(about: About) -> str:
    ends = ", ".join(f"{center} up to event {last}" for center, last in about.lasts.items())
    return f"{ends}, begun {rfc3339(about.at)}"


def _write(figures: dict[str, Any]) -> None:
    sys.stdout.write(msgspec.json.encode(figures).decode() + "\n")
