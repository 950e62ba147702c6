"""Servers that a dead service left on our data directory: ended only when it is certain whose they are."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from app.children.problem import ChildError

LOOK_EVERY_S = 0.02
END_BY_ITSELF_S = 30.0
"""A postmaster hears of its service's death and stops by itself; its own children do when it dies."""
FAST_S, IMMEDIATE_S = 15.0, 5.0


async def clear_leftovers(data: Path, lock_files: tuple[Path, ...]) -> None:
    """Return when no server works on `data` any more, and no lock file will mislead the next one.

    The caller holds the directory's own lock, so whatever runs belongs to nobody. A process is sent a signal
    only after it was seen to be a `postgres` that works in `data`. Raises ChildError
    (`children.postgres.orphan`) when a living process cannot be told or does not end.
    """
    named = {file: pid for file in lock_files if (pid := _postmaster(file)) is not None}
    for file, pid in named.items():
        if works_on(pid, data) is not False:
            await _end(pid, data, file)
    # A killed postmaster's children are busy with its shared memory for a moment longer.
    if not await _gone(lambda: any(works_on(p, data) for p in _processes()), END_BY_ITSELF_S):
        left = ", ".join(str(p) for p in _processes() if works_on(p, data))
        raise ChildError("children.postgres.orphan", f"Old PostgreSQL processes of {data} do not end: {left}.")
    for file, pid in named.items():
        if _exists(pid) and works_on(pid, data) is False:
            # The number belongs to somebody else now, or to a dead process its parent has not fetched.
            # PostgreSQL could not tell and would refuse. Nobody works on the directory: we just looked.
            file.unlink(missing_ok=True)


async def _end(pid: int, data: Path, lock_file: Path) -> None:
    steps = ((signal.SIGINT, FAST_S), (signal.SIGQUIT, IMMEDIATE_S))
    if works_on(pid, data) is None:
        if await _gone(lambda: works_on(pid, data) is None, END_BY_ITSELF_S):
            return
        sentence = (
            f"Process {pid}, named by {lock_file}, is a PostgreSQL that lives, and it cannot be "
            "seen whether it serves this directory. Stop it, then start the service again."
        )
        raise ChildError("children.postgres.orphan", sentence)
    for number, within_s in steps:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        if await _gone(lambda: works_on(pid, data) is True, within_s):
            return
    raise ChildError("children.postgres.orphan", f"PostgreSQL {pid} of {data} does not end; kill it by hand.")


async def _gone(there: Callable[[], bool], within_s: float) -> bool:
    """Whether `there` has become false within `within_s` seconds."""
    until = time.monotonic() + within_s
    while there():
        if time.monotonic() > until:
            return False
        await asyncio.sleep(LOOK_EVERY_S)
    return True


def works_on(pid: int, data: Path) -> bool | None:
    """Whether `pid` is a living PostgreSQL process in `data`; None when that may not or cannot be seen."""
    process = Path("/proc") / str(pid)
    if not Path("/proc/self/stat").exists():
        return None if _exists(pid) else False
    try:
        name, _, rest = (process / "stat").read_text(errors="replace").rpartition(")")
        if rest.split()[0] in {"Z", "X"} or not name.partition("(")[2].startswith("postgres"):
            return False
        return (process / "cwd").samefile(data)
    except (FileNotFoundError, ProcessLookupError):
        return False
    except PermissionError:
        return None


def _postmaster(lock_file: Path) -> int | None:
    """The process number in the lock file; None when there is no file or no number in it."""
    try:
        first = lock_file.read_text(errors="replace").partition("\n")[0].strip().lstrip("-")
    except FileNotFoundError:
        return None
    return int(first) if first.isdecimal() and int(first) > 1 else None


def _processes() -> list[int]:
    """Every process we can see; none where the system does not list them."""
    listing = Path("/proc")
    return [int(p.name) for p in listing.iterdir() if p.name.isdecimal()] if listing.is_dir() else []


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
