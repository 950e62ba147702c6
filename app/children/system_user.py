"""Whom a program runs as when the service itself is root: PostgreSQL refuses root, and rightly."""

import fcntl
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.children.problem import ChildError

NAME = "naranja"
ACCOUNTS = Path("/etc")
_WAYS = (
    ("useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"),
    ("adduser", "-S", "-D", "-H", "-s", "/sbin/nologin"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemUser:
    """A user of this machine."""

    name: str
    uid: int
    gid: int


def unprivileged_user(owner_uid: int | None = None) -> SystemUser | None:
    """The user to become, or None when we are not root and stay who we are.

    `owner_uid`, who owns the files already, is kept; else the user `naranja`, made when absent; else
    `nobody`. Raises ChildError (`children.no_user`) when there is none of these.
    """
    if os.geteuid() != 0:
        return None
    if owner_uid is not None and owner_uid != 0:
        return _by_uid(owner_uid)
    if (user := _by_name(NAME) or made(NAME) or _by_name("nobody")) is not None:
        return user
    sentence = (
        f"PostgreSQL does not run as root and no other user could be made. Add a system user {NAME!r}, "
        "start the service as another user, or set DATABASE_URL to a PostgreSQL that runs already."
    )
    raise ChildError("children.no_user", sentence)


def made(name: str) -> SystemUser | None:
    """A system user of that name, newly made, or made meanwhile by another; None where no way leads to it."""
    with _alone():
        for way in _WAYS:
            if (user := _by_name(name)) is not None:
                return user
            if (program := shutil.which(way[0])) is not None:
                subprocess.run([program, *way[1:], name], capture_output=True, check=False)  # noqa: S603
    return _by_name(name)


@contextmanager
def _alone() -> Iterator[None]:
    """One service of this machine at a time.

    `useradd` looks for the name before it takes its lock: of two at once the second replaces the first one's user
    by one with another uid, and files of the first then belong to nobody.
    """
    folder = os.open(ACCOUNTS, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _by_name(name: str) -> SystemUser | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return SystemUser(name=name, uid=entry.pw_uid, gid=entry.pw_gid) if entry.pw_uid != 0 else None


def _by_uid(uid: int) -> SystemUser:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        # Containers have files of users without a name; PostgreSQL asks for one only in initdb.
        return SystemUser(name=str(uid), uid=uid, gid=uid)
    return SystemUser(name=entry.pw_name, uid=uid, gid=entry.pw_gid)
