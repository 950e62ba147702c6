"""Processes of this machine, as Linux shows them: whose child is whose, and the end of a whole PostgreSQL."""

import os
import resource
import signal
from contextlib import suppress
from pathlib import Path


def children(parent: int) -> list[int]:
    """The processes this one has started and that have not been fetched yet; none where it is gone itself."""
    found = ""
    with suppress(OSError):
        found = " ".join((task / "children").read_text() for task in Path(f"/proc/{parent}/task").iterdir())
    return [int(pid) for pid in found.split()]


def kill_cluster(postmaster: int | None) -> None:
    """SIGKILL to the postmaster and to all its children: none of them finishes what it had begun."""
    if postmaster is None:
        return
    # The order matters: a postmaster that sees a child die would end the others in its own way.
    below = children(postmaster)
    for pid in (postmaster, *below):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def resident_bytes(pid: int) -> int:
    """The memory a process has in use; 0 where it is gone."""
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def allow_many_files() -> None:
    """Let this process have as many lines open as the machine lets it ask for."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
