"""Whom a program runs as when the service itself is root: PostgreSQL refuses root, and rightly."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass

from app.children.problem import ChildError

NAME = "naranja"
_WAYS = (
    ("useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME),
    ("adduser", "-S", "-D", "-H", "-s", "/sbin/nologin", NAME),
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
    if (user := _by_name(NAME)) is not None:
        return user
    for way in _WAYS:
        if (program := shutil.which(way[0])) is not None:
            subprocess.run([program, *way[1:]], capture_output=True, check=False)  # noqa: S603
            # Asked again instead of believing the status: a second service may have been quicker.
            if (user := _by_name(NAME)) is not None:
                return user
    if (user := _by_name("nobody")) is not None:
        return user
    sentence = (
        f"PostgreSQL does not run as root and no other user could be made. Add a system user {NAME!r}, "
        "start the service as another user, or set DATABASE_URL to a PostgreSQL that runs already."
    )
    raise ChildError("children.no_user", sentence)


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
