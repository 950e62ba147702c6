"""What the tests of child programs look at: processes."""

import os
from contextlib import suppress
from pathlib import Path


def lives(pid: int) -> bool:
    """Whether a process runs: a dead one that was not fetched yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except (FileNotFoundError, ProcessLookupError):
        return False


def processes_in(folder: Path) -> list[int]:
    """Every living process whose working directory is `folder`."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and (entry / "cwd").samefile(folder) and lives(int(entry.name)):
                found.append(int(entry.name))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


def may_look_into(pid: int) -> bool:
    """Whether we are let into another user's process; root in a container often is not."""
    return os.access(f"/proc/{pid}/cwd", os.R_OK)


def listening(pid: int) -> list[str]:
    """The network addresses a process listens on, as the kernel writes them (hexadecimal, address:port)."""
    own = {os.readlink(file) for file in Path(f"/proc/{pid}/fd").iterdir()}
    tables = (Path(f"/proc/net/{table}").read_text().splitlines()[1:] for table in ("tcp", "tcp6"))
    rows = [line.split() for table in tables for line in table]
    return [row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in own]


def what_others_see(pid: int) -> bytes:
    """A process's command line and environment."""
    process = Path(f"/proc/{pid}")
    return (process / "cmdline").read_bytes() + (process / "environ").read_bytes()


def program(pid: int) -> Path:
    """The file a process runs."""
    return Path(f"/proc/{pid}/exe").resolve()


def children(pid: int) -> list[int]:
    """The processes it has started and that live; none where it is gone itself."""
    found = ""
    with suppress(OSError):
        found = " ".join((each / "children").read_text() for each in Path(f"/proc/{pid}/task").iterdir())
    return [int(child) for child in found.split() if lives(int(child))]
