"""A copy of a running cluster of ours, checked, and laid down again as the cluster of a new directory.

Only the wheel's programs do it: `pg_basebackup` copies and takes the journal along, `pg_verifybackup` reads every
byte of the copy again. No key of the service is in a cluster, so none is in a copy.
"""

import asyncio
import os
import re
import shlex
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from app.children.cluster import SUPERUSER
from app.children.postgres import running_sockets
from app.children.problem import ChildError
from app.children.process import OUTPUT_CHARACTERS_MAX, Command, end, spawn
from app.children.programs import postgres_programs
from app.children.system_user import SystemUser, unprivileged_user

BASE = "base"
"""The copy's data directory, in the folder of the backup."""
PASSWORD = "password"  # noqa: S105  # the name of a file
"""The superuser's password, beside it: it opens nothing without the copy, and the copy nothing without it."""
RUNNING = frozenset({"postmaster.pid", "postmaster.opts"})
"""What a data directory has only while it is served; PostgreSQL leaves both out of a copy."""
_SEGMENT = re.compile(r"[0-9A-F]{24}")


async def copy_cluster(directory: Path, folder: Path) -> None:
    """Copy the running cluster of `directory` (as EmbeddedPostgres keeps it) to `folder / BASE`.

    Raises ChildError: `children.backup.not_running`, `.failed`.
    """
    sockets = running_sockets(directory)
    if sockets is None:
        sentence = f"No PostgreSQL of ours runs in {directory}, so there is nothing to copy from."
        raise ChildError("children.backup.not_running", sentence)
    user = await asyncio.to_thread(lambda: unprivileged_user((directory / "data").stat().st_uid))
    programs = await postgres_programs(user)
    password = (directory / PASSWORD).read_text().strip()
    await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True)
    with _of(user, folder), _passfile(folder, password, user) as passfile:
        # The password is on no command line: anybody may read those.
        address = f"host={sockets} port=5432 user={SUPERUSER} dbname=postgres passfile={passfile.name}"
        await _run(
            folder,
            user,
            *(str(programs / "pg_basebackup"), "--dbname", address, "--pgdata", BASE, "--no-password"),
            *("--wal-method=stream", "--checkpoint=fast", "--manifest-checksums=SHA256", "--label=naranja"),
        )
    _write_private(folder / PASSWORD, password)


async def verify_copy(folder: Path) -> None:
    """Every file of the copy is there with the bytes it was made with, and its journal can be read.

    Raises ChildError: `children.backup.missing`, `.damaged`.
    """
    base = folder / BASE
    if not (base / "backup_manifest").is_file() or not (folder / PASSWORD).is_file():
        raise ChildError("children.backup.missing", f"There is no whole backup in {folder}.")
    user = await asyncio.to_thread(lambda: unprivileged_user(base.stat().st_uid))
    programs = await postgres_programs(user)
    try:
        await _run(base, user, str(programs / "pg_verifybackup"), "--exit-on-error", "--quiet", ".")
    except ChildError as problem:
        sentence = f"The backup in {folder} is not as it was made. Take an older one."
        raise ChildError("children.backup.damaged", sentence, output=problem.output) from problem


def lay_down(folder: Path, directory: Path, *, archive: Path | None = None, until: float | None = None) -> None:
    """Make `directory` (absent or empty) a cluster of the copy in `folder`, that EmbeddedPostgres can start.

    With `archive` the journal that was archived since is played on it at its first start, up to `until` (seconds
    since 1970 UTC) where that is said. It then begins a time line of its own, so what it archives overwrites
    nothing. The folder of the backup stays as it is. Raises ChildError (`children.backup.occupied`).
    """
    if directory.exists() and any(directory.iterdir()):
        sentence = f"{directory} is not empty. Nothing was changed: move it away first, and keep it."
        raise ChildError("children.backup.occupied", sentence)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=directory, prefix="init-"))
    user = unprivileged_user()
    if user is not None:
        os.chown(fresh, user.uid, user.gid)
    data = fresh / "data"
    shutil.copytree(folder / BASE, data, symlinks=True)
    for name in RUNNING:
        (data / name).unlink(missing_ok=True)
    _ask_for_journal(data, archive, until)
    for path in (data, *data.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
        if user is not None:
            os.chown(path, user.uid, user.gid)
    _sync_all(data)
    _write_private(directory / PASSWORD, (folder / PASSWORD).read_text().strip())
    # The data directory is there whole or not at all; what a cut copy leaves is swept at the next start.
    data.rename(directory / "data")
    fresh.rmdir()


def archive_settings(archive: Path) -> dict[str, str]:
    """What a server is told so that each piece of its journal is in `archive` a minute after it was written.

    A piece is on disk under its name whole or not at all. `%p` and `%f` are PostgreSQL's: the piece and its name.
    """
    place = shlex.quote(str(archive)).replace("%", "%%")
    part, whole = f"{place}/%f.part", f"{place}/%f.gz"
    return {
        "archive_mode": "on",
        "archive_command": f'gzip --stdout "%p" > {part} && sync {part} && mv -f {part} {whole}',
        "archive_timeout": "60",
    }


def open_archive(archive: Path, owner: SystemUser | None) -> None:
    """Make the folder of the archive, where its cluster's user may write and nobody else may look."""
    archive.mkdir(mode=0o700, parents=True, exist_ok=True)
    archive.chmod(0o700)
    if owner is not None:
        os.chown(archive, owner.uid, owner.gid)


def archived(archive: Path) -> list[str]:
    """The names of the pieces of journal in `archive`, oldest first."""
    return sorted(file.stem for file in archive.glob("*.gz") if _SEGMENT.fullmatch(file.stem))


def _ask_for_journal(data: Path, archive: Path | None, until: float | None) -> None:
    place = None if archive is None else shlex.quote(str(archive.resolve())).replace("%", "%%")
    fetch = "false" if place is None else f'gzip --decompress --stdout {place}/%f.gz > "%p"'
    # Nobody is let in before the journal is played: until then it would answer and take no row.
    lines = [f"restore_command = {_literal(fetch)}", "recovery_target_timeline = 'latest'", "hot_standby = off"]
    if until is not None:
        moment = datetime.fromtimestamp(until, UTC).isoformat(sep=" ")
        lines += [f"recovery_target_time = {_literal(moment)}", "recovery_target_action = 'promote'"]
    with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))
    (data / "recovery.signal").touch()


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def _of(user: SystemUser | None, folder: Path) -> Iterator[None]:
    """The folder is the cluster's user's while its program writes there."""
    if user is None:
        yield
        return
    os.chown(folder, user.uid, user.gid)
    try:
        yield
    finally:
        os.chown(folder, os.geteuid(), os.getegid())


@contextmanager
def _passfile(folder: Path, password: str, user: SystemUser | None) -> Iterator[Path]:
    path = folder / ".pgpass"
    _write_private(path, f"*:*:*:{SUPERUSER}:{password}")
    if user is not None:
        os.chown(path, user.uid, user.gid)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


async def _run(folder: Path, user: SystemUser | None, *arguments: str) -> None:
    """Run a program in `folder` to its end. Raises ChildError (`children.backup.failed`)."""
    command = Command(arguments=arguments, directory=folder, user=user)
    process = await spawn(command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    try:
        output, _ = await process.communicate()
    finally:
        await end(process, ())
    if process.returncode != 0:
        sentence = f"{Path(arguments[0]).name} ended with status {process.returncode}; is the disk full?"
        said = output.decode(errors="replace")[-OUTPUT_CHARACTERS_MAX:]
        raise ChildError("children.backup.failed", sentence, output=said)


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, stat.S_IRUSR | stat.S_IWUSR)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{text}\n")
        file.flush()
        os.fsync(file.fileno())


def _sync_all(folder: Path) -> None:
    """Make every file below safe on disk before it is given its name."""
    for path in (*folder.rglob("*"), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
