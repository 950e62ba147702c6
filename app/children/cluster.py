"""PostgreSQL's data directory: made whole or not at all, checked before use; and its socket's folder."""

import asyncio
import hashlib
import os
import secrets
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.children.problem import ChildError
from app.children.process import OUTPUT_CHARACTERS_MAX, Command, spawn
from app.children.programs import postgres_programs
from app.children.system_user import SystemUser, unprivileged_user

SUPERUSER = "naranja"
MAJOR = "18"
HERE = "/proc/self/cwd"
"""How the programs name the data directory when we are root: they start in it, and so need no way
through the folders above, which may be root's alone (/root, a temporary folder)."""
SOCKET_PATH_BYTES_MAX = 107
SOCKET_NAME = ".s.PGSQL.5432"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A data directory ready to be served."""

    data: Path
    sockets: Path
    programs: Path
    user: SystemUser | None
    password: str

    @property
    def lock_files(self) -> tuple[Path, Path]:
        """Where PostgreSQL notes who serves the data and who serves the socket."""
        return self.data / "postmaster.pid", self.sockets / f"{SOCKET_NAME}.lock"

    def data_argument(self) -> str:
        return HERE if self.user is not None else str(self.data)


async def open_cluster(directory: Path) -> Cluster:
    """The cluster of `directory`, made by initdb when there is none; the caller holds the directory's lock.

    Raises ChildError: `children.no_user`, `children.postgres.unreadable`, `.initdb_failed`, `.damaged`,
    `.version`, `.not_ours`.
    """
    data = directory / "data"
    user = await asyncio.to_thread(lambda: unprivileged_user(data.stat().st_uid if data.exists() else None))
    programs = await postgres_programs(user)
    await asyncio.to_thread(_sweep, directory)
    if not await asyncio.to_thread(data.exists):
        await _initialise(directory, programs, user)
    password = await asyncio.to_thread(_checked_password, directory, user)
    sockets = await asyncio.to_thread(socket_directory, data, user)
    return Cluster(data=data, sockets=sockets, programs=programs, user=user, password=password)


async def _initialise(directory: Path, programs: Path, user: SystemUser | None) -> None:
    """initdb in a folder beside, then one rename: a cut at any point leaves nothing that looks like a cluster."""
    work = Path(tempfile.mkdtemp(dir=directory, prefix="init-"))
    fresh, password_file = work / "data", work / "password"
    password = secrets.token_urlsafe(32)
    fresh.mkdir(mode=0o700)
    write_private(password_file, password)
    write_private(directory / "password", password)
    if user is not None:
        for path in (work, fresh, password_file):
            os.chown(path, user.uid, user.gid)
    command = Command(
        arguments=(
            *(str(programs / "initdb"), "-D", HERE if user is not None else str(fresh)),
            *("--username", SUPERUSER, "--pwfile", "../password"),
            *("--auth-local=scram-sha-256", "--auth-host=reject", "--encoding=UTF8", "--data-checksums"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"),
        ),
        directory=fresh,
        user=user,
    )
    process = await spawn(command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise ChildError(
            "children.postgres.initdb_failed",
            f"PostgreSQL could not lay out its files in {directory}; is the disk full or read-only?",
            output=output.decode(errors="replace")[-OUTPUT_CHARACTERS_MAX:],
        )
    fresh.rename(directory / "data")
    sync(directory)
    shutil.rmtree(work)


def _sweep(directory: Path) -> None:
    """Remove what a cut initdb or restore left, and an empty data folder: none was ever served."""
    for leftover in (*directory.glob("init-*"), *directory.glob("restore-*")):
        # One that an ending initdb still writes to may resist; it goes at the next start.
        shutil.rmtree(leftover, ignore_errors=True)
    data = directory / "data"
    if data.is_dir() and not any(data.iterdir()):
        data.rmdir()


def _checked_password(directory: Path, user: SystemUser | None) -> str:
    """The superuser's password. Raises ChildError when the files are not a whole cluster of ours."""
    data = directory / "data"
    version_file, control_file, password_file = (
        data / "PG_VERSION",
        data / "global/pg_control",
        directory / "password",
    )
    owner = user.uid if user is not None else os.geteuid()
    if data.stat().st_uid != owner:
        sentence = f"{data} belongs to another user (uid {data.stat().st_uid}); start the service as that user."
        raise ChildError("children.postgres.not_ours", sentence)
    if missing := [str(p) for p in (version_file, control_file, password_file) if not p.is_file()]:
        sentence = (
            f"{', '.join(missing)} is missing, so the database cannot be opened. Nothing was changed: restore "
            "a backup, or move the folder away to begin with an empty database."
        )
        raise ChildError("children.postgres.damaged", sentence)
    if (version := version_file.read_text().strip()) != MAJOR:
        sentence = f"{data} was made by PostgreSQL {version}, this is {MAJOR}: restore a backup into a new folder."
        raise ChildError("children.postgres.version", sentence)
    return password_file.read_text().strip()


def socket_directory(data: Path, user: SystemUser | None) -> Path:
    """A folder with mode 0700 for the socket, the same at every start, short enough for a socket's address.

    A folder somebody else put there is not used: then it gets a name nobody can guess.
    """
    name = f"naranja-{hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:16]}"
    owner, group = (user.uid, user.gid) if user is not None else (os.geteuid(), os.getegid())
    parent = _socket_parent(user is not None, len(name))
    place = parent / name
    try:
        place.mkdir(mode=0o700)
    except FileExistsError:
        found = place.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {owner, os.geteuid()}:
            place = Path(tempfile.mkdtemp(dir=parent, prefix="naranja-"))
    os.chown(place, owner, group)
    place.chmod(0o700)
    return place


def _socket_parent(as_root: bool, name_bytes: int) -> Path:
    """The first folder for passing things that we may write to, that another user may enter, and that is short."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    own = [Path(runtime)] if runtime else []
    places = [Path("/run"), Path("/tmp")] if as_root else [*own, Path(tempfile.gettempdir()), Path("/tmp")]  # noqa: S108
    for place in places:
        length = len(os.fsencode(place)) + 1 + name_bytes + 1 + len(SOCKET_NAME)
        if length <= SOCKET_PATH_BYTES_MAX and place.is_dir() and os.access(place, os.W_OK | os.X_OK):
            return place
    names = ", ".join(map(str, places))
    raise ChildError("children.postgres.no_socket_place", f"No folder for a socket can be written to: {names}.")


def quoted(name: str) -> str:
    """`name` as SQL writes a name."""
    return '"' + name.replace('"', '""') + '"'


def write_private(path: Path, text: str) -> None:
    """Write `text` to a file only its owner may read, in full or not at all, safe on disk on return."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{text}\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Make names that were added to `folder` or renamed in it safe on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
