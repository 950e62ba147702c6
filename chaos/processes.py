"""Processes of this machine, as Linux shows them: whose child is whose, and the end of a whole PostgreSQL."""

import os
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
