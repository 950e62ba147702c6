"""Base backups of PostgreSQL: taken, checked by their manifest, laid out as a cluster of ours."""

import asyncio
import os
import secrets
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

from app.children.cluster import HERE, SUPERUSER, quoted, write_private
from app.children.problem import ChildError
from app.children.process import OUTPUT_CHARACTERS_MAX, Command, spawn
from app.children.programs import postgres_programs
from app.children.system_user import SystemUser, unprivileged_user

DATA = "data"
"""The folder in a backup that holds PostgreSQL's own files, and nothing that its manifest does not name."""
MANIFEST = "backup_manifest"
ACCESS = "local all all scram-sha-256\nlocal replication all scram-sha-256\n"
"""Who may come in where a backup is laid out: whoever reaches the socket and has the password."""


async def take(dsn: str, folder: Path) -> None:
    """Copy the whole server behind `dsn` and the journal written meanwhile to `folder/data`, and check the copy.

    The server goes on working. Raises ChildError (`children.backup.failed`, `children.backup.broken`).
    """
    server, password = _without_password(dsn)
    problem = await _run(
        *("pg_basebackup", "--dbname", server, "--no-password", "--pgdata", str(folder / DATA)),
        *("--wal-method=stream", "--checkpoint=fast", "--manifest-checksums=SHA256"),
        environment={} if password is None else {"PGPASSWORD": password},
    )
    if problem is not None:
        sentence = (
            "PostgreSQL gave no backup: its user needs the right REPLICATION, pg_hba.conf a line for replication, "
            f"and {folder} room."
        )
        raise ChildError("children.backup.failed", sentence, output=problem)
    await check(folder)


async def check(folder: Path) -> None:
    """Every file is there as the manifest says, and the journal can be read. Raises `children.backup.broken`."""
    if not (folder / DATA / MANIFEST).is_file():
        raise ChildError("children.backup.broken", f"{folder} is no backup: {DATA}/{MANIFEST} is not there.")
    problem = await _run("pg_verifybackup", "--quiet", str(folder / DATA))
    if problem is not None:
        raise ChildError("children.backup.broken", f"The backup in {folder} is not whole.", output=problem)


async def lay_out(folder: Path, directory: Path, database: str, name: str) -> None:
    """Make of the backup in `folder` what `EmbeddedPostgres(directory)` starts: `data` and a new `password`.

    What the old server was told (its files of settings) is left behind: it may wait for a standby that is not
    here, or let in whom we do not know. `database` is called `name` afterwards. Raises ChildError
    (`children.restore.failed`).
    """
    data, user = directory / DATA, await asyncio.to_thread(unprivileged_user)
    await asyncio.to_thread(_copy, folder / DATA, data, user)
    password = secrets.token_urlsafe(32)
    write_private(directory / "password", password)
    programs = await postgres_programs(user)
    command = Command(
        arguments=(
            str(programs / "postgres"),
            "--single",
            "-D",
            HERE,
            "-c",
            "log_min_error_statement=panic",
            "postgres",
        ),
        directory=data,
        user=user,
    )
    statements = [
        f"DO $$ BEGIN CREATE ROLE {SUPERUSER}; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
        f"ALTER ROLE {SUPERUSER} SUPERUSER LOGIN PASSWORD '{password}'",
    ]
    if database != name:
        statements.append(f"ALTER DATABASE {quoted(database)} RENAME TO {quoted(name)}")
    process = await spawn(
        command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, output = await process.communicate("".join(f"{one}\n" for one in statements).encode())
    said = output.decode(errors="replace")
    # It goes on after an error and ends well: what it said is what counts.
    if process.returncode != 0 or " ERROR: " in said:
        problem = said.replace(password, "…")[-OUTPUT_CHARACTERS_MAX:]
        raise ChildError("children.restore.failed", f"The backup in {folder} does not open.", output=problem)


def _copy(source: Path, data: Path, user: SystemUser | None) -> None:
    shutil.copytree(source, data, symlinks=True)
    (data / "postgresql.conf").write_text("")
    (data / "postgresql.auto.conf").write_text("")
    (data / "pg_hba.conf").write_text(ACCESS)
    (data / "pg_ident.conf").write_text("")
    data.chmod(0o700)
    if user is not None:
        for path in (data, *data.rglob("*")):
            os.chown(path, user.uid, user.gid, follow_symlinks=False)
    os.sync()


async def _run(program: str, *arguments: str, environment: dict[str, str] | None = None) -> str | None:
    """Run one of PostgreSQL's programs as ourselves; None when it ended well, else what it said last."""
    programs = await postgres_programs(None)
    command = Command(
        arguments=(str(programs / program), *arguments), directory=Path("/"), environment=environment or {}
    )
    process = await spawn(command, stderr=asyncio.subprocess.PIPE)
    try:
        _, output = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    said = output.decode(errors="replace")[-OUTPUT_CHARACTERS_MAX:].strip()
    return None if process.returncode == 0 else said or f"{program} ended with {process.returncode}"


def _without_password(dsn: str) -> tuple[str, str | None]:
    """The address as it may stand in a list of processes, and the password apart."""
    parts = urlsplit(dsn)
    who, at, where = parts.netloc.rpartition("@")
    name, colon, password = who.partition(":")
    if not colon:
        return dsn, None
    return parts._replace(netloc=f"{name}{at}{where}").geturl(), unquote(password)
