"""Several processes of one service, forked from one that has imported everything: one that dies is back at once.

A program of its own (`python -m app.serving.forkserver`), started by `naranja serve --workers`. It has no event
loop and one thread only, so a fork of it is whole. It does not outlive its parent, nor do its children outlive it.
"""

import gc
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable

from app.api.server import GRACE_S
from app.children.launch import end_with_parent
from app.main import create_app
from app.service import WONT_START
from app.settings import Settings

from .logs import set_up
from .server import NotStarted, serve_on

PAUSE_S_MIN, PAUSE_S_MAX = 0.05, 5.0
STEADY_S = 2.0
"""A process that lived this long did not fail to start."""
KILLED_AFTER_S = 15.0
"""Beyond the drain and the grace for requests, a process that does not end is ended."""
ENDS = frozenset({signal.SIGTERM, signal.SIGINT})
HEARD = ENDS | {signal.SIGCHLD}

_LOG = logging.getLogger("naranja.workers")


class ForkServer:
    """Keeps `count` processes that run `serve`, until told to end; they then have `end_within_s` seconds."""

    def __init__(self, serve: Callable[[], None], count: int, end_within_s: float) -> None:
        self._serve, self._end_within_s = serve, end_within_s
        self._due = [0.0] * count
        self._began: dict[int, float] = {}
        self._pause_s = PAUSE_S_MIN
        self._unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)

    def run(self) -> None:
        """Until SIGTERM or SIGINT."""
        while True:
            self._fork_what_is_due()
            wait_s = max(0.0, min(self._due, default=time.monotonic() + PAUSE_S_MAX) - time.monotonic())
            heard = signal.sigtimedwait(HEARD, wait_s)
            if heard is not None and heard.si_signo in ENDS:
                break
            for status, lived_s in self._reaped():
                self._plan(status, lived_s)
        self._end()

    def _fork_what_is_due(self) -> None:
        now = time.monotonic()
        due = [at for at in self._due if at <= now]
        self._due = [at for at in self._due if at > now]
        for _ in due:
            parent, pid = os.getpid(), os.fork()
            if pid == 0:
                self._become(parent)
            self._began[pid] = now

    def _become(self, parent: int) -> None:
        """What a forked process does; it never returns to what its parent was doing."""
        status = 1
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, self._unblocked)
            # Ctrl-C is for the parent, who tells us.
            os.setsid()
            end_with_parent(parent, signal.SIGTERM)
            self._serve()
            status = 0
        except (*WONT_START, NotStarted) as problem:
            _LOG.critical("the service does not start", extra={"code": problem.code})
        except BaseException:  # noqa: BLE001  # the last place where it can be said
            _LOG.critical("a bug", exc_info=True)
        finally:
            sys.stdout.flush()
            os._exit(status)

    def _reaped(self) -> list[tuple[int, float]]:
        """The processes that have ended: exit status, or a signal's number with a minus, and how long it lived."""
        found = []
        while self._began:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            found.append((os.waitstatus_to_exitcode(status), time.monotonic() - self._began.pop(pid)))
        return found

    def _plan(self, status: int, lived_s: float) -> None:
        """When another is started in place of one that has ended."""
        self._pause_s = PAUSE_S_MIN if lived_s > STEADY_S else min(PAUSE_S_MAX, 2 * self._pause_s)
        self._due.append(time.monotonic() + self._pause_s)
        _LOG.error("a process ended; it is started again", extra={"status": status})

    def _end(self) -> None:
        for pid in self._began:
            os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + self._end_within_s
        while self._began and (left_s := until - time.monotonic()) > 0:
            signal.sigtimedwait({signal.SIGCHLD}, left_s)
            self._reaped()
        for pid in self._began:
            _LOG.critical("a process does not end; it is killed")
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def end_within_s(settings: Settings) -> float:
    """How long the processes have to end in order; then they are killed."""
    return settings.drain_s + GRACE_S + KILLED_AFTER_S


def main(listener: int, count: int) -> None:
    """Serve by `count` processes on the socket of this number."""
    settings = Settings()
    set_up(settings.log_format)
    app = create_app(settings)
    if threading.active_count() > 1:
        raise RuntimeError("a fork of several threads may hang")
    # What is there now is there for good: no collection touches it, so the children go on sharing its pages.
    gc.collect()
    gc.freeze()
    listening = socket.socket(fileno=listener)
    ForkServer(lambda: serve_on(listening, app, settings), count, end_within_s(settings)).run()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
