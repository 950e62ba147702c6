"""One child program: started with nothing of ours leaking into it, watched, started again, ended."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import IO

from app.children.problem import ChildEnded, ChildError
from app.children.system_user import SystemUser

LAUNCH = Path(__file__).with_name("launch.py")
START_ATTEMPTS_MAX = 5
"""A child that has never been up is given up after so many ends of its own, or at the first problem that
another try will not heal; one that was up is never given up."""
PAUSE_S_MIN, PAUSE_S_MAX = 0.05, 1.0
"""Between two starts; a child that came up and died starts again after the shortest pause."""
PROBE_EVERY_S = 0.02
LOG_BYTES_MAX = 8 * 1024 * 1024
LOG_LOOK_EVERY_S = 60.0
OUTPUT_CHARACTERS_MAX = 2_000

_log = logging.getLogger(__name__)


class State(StrEnum):
    """`down`: it died and is about to be started again; `stopped`: by us, or not started yet."""

    STARTING = "starting"
    UP = "up"
    DOWN = "down"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A program with its arguments, where it runs and as whom, and how it hears that we are dead."""

    arguments: tuple[str, ...]
    directory: Path
    user: SystemUser | None = None
    death_signal: signal.Signals = signal.SIGKILL
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What it is told besides and nobody else may read in a list of processes, such as a password."""


async def spawn(
    command: Command,
    *,
    stdin: int = asyncio.subprocess.DEVNULL,
    stdout: int | IO[bytes] = asyncio.subprocess.DEVNULL,
    stderr: int | IO[bytes],
) -> asyncio.subprocess.Process:
    """Start `command` as our direct child, in a session of its own and with an environment of its own alone.

    So Ctrl-C in the terminal reaches us first, and no `PG…` variable or secret of ours reaches it.
    """
    user = command.user
    # Some Pythons find their own library by this; launch.py takes it away again.
    libraries = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(LAUNCH), str(os.getpid()), str(int(command.death_signal))),
        *(str(user.uid if user else -1), str(user.gid if user else -1), *command.arguments),
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        cwd=command.directory,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"} | libraries | dict(command.environment),
        start_new_session=True,
    )


async def end(process: asyncio.subprocess.Process, steps: tuple[tuple[signal.Signals, float], ...]) -> None:
    """Send each signal and wait its seconds; then kill the process and its group. Returns when it is reaped."""
    for number, within_s in steps:
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), within_s)
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


class Child:
    """Keeps one program running until `stop`.

    1. `prepare` gives the command, anew before every start; 2. `ready` is asked until it says yes;
    3. when the program dies, it is started again after a pause that grows while it keeps dying.
    Its stderr goes to `log`, emptied at `start` and whenever it has grown above `LOG_BYTES_MAX`.
    """

    def __init__(
        self,
        *,
        name: str,
        log: Path,
        prepare: Callable[[], Awaitable[Command]],
        ready: Callable[[], Awaitable[bool]],
        stop_steps: tuple[tuple[signal.Signals, float], ...],
    ) -> None:
        self.name, self.log = name, log
        self._prepare, self._ready, self._stop_steps = prepare, ready, stop_steps
        self._state = State.STOPPED
        self._up = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._failure: ChildError | None = None

    @property
    def state(self) -> State:
        return self._state

    @property
    def pid(self) -> int | None:
        """The running program's process id; None while there is none."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    def start(self) -> None:
        """Begin to watch; a running child is left as it is. `wait_ready` tells when it is up."""
        if self._watcher is not None:
            return
        self.log.write_bytes(b"")
        self.log.chmod(0o600)
        self._state = State.STARTING
        self._watcher = asyncio.create_task(self._watch(), name=f"watch {self.name}")

    async def wait_ready(self, within_s: float) -> None:
        """Return as soon as it is up. Raises ChildError when it was given up, stopped or not up in time."""
        if self._watcher is None:
            raise ChildError("children.stopped", f"{self.name} is stopped.")
        waiting = asyncio.create_task(self._up.wait())
        try:
            await asyncio.wait({waiting, self._watcher}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        if self._up.is_set():
            return
        if self._failure is not None:
            raise self._failure
        sentence = f"{self.name} is {self._state} and was not ready within {within_s:g} s. See {self.log}."
        raise ChildError("children.not_ready", sentence, output=self._last_lines())

    async def stop(self) -> None:
        """End the program within the bounds of its stop steps, and reap it. Safe to call twice."""
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.cancel()
            await asyncio.wait({watcher})
        if self._process is not None:
            await end(self._process, self._stop_steps)
            self._process = None
        self._up.clear()
        self._state = State.STOPPED

    async def _watch(self) -> None:
        failures, pause_s, was_up = 0, PAUSE_S_MIN, False
        while was_up or failures < START_ATTEMPTS_MAX:
            self._state = State.STARTING
            try:
                await self._run_once()
            except ChildError as problem:
                self._failure = problem
                _log.warning("a child is not up", extra={"child": self.name, "code": problem.code})
                if not was_up and not isinstance(problem, ChildEnded):
                    break
            except Exception as mistake:  # noqa: BLE001
                # A mistake of ours must not leave the service without its database: said aloud, then again.
                _log.exception("watching a child failed", extra={"child": self.name})
                self._failure = ChildError("children.failed", f"Watching {self.name} failed: {mistake!r}")
            came_up = self._up.is_set()
            was_up = was_up or came_up
            failures = 0 if came_up else failures + 1
            self._up.clear()
            self._state = State.DOWN
            pause_s = PAUSE_S_MIN if came_up else min(PAUSE_S_MAX, 2 * pause_s)
            await asyncio.sleep(pause_s)
        self._state = State.DOWN

    async def _run_once(self) -> None:
        """One life of the program. Always ends by ChildError: the program ended, or it could not begin."""
        try:
            command = await self._prepare()
            with self.log.open("ab") as log:
                process = self._process = await spawn(command, stderr=log)
        except OSError as problem:
            raise ChildError("children.start_failed", f"{self.name} cannot be started: {problem}") from problem
        ended = asyncio.create_task(process.wait())
        try:
            while not ended.done() and not await self._ready():
                await asyncio.wait({ended}, timeout=PROBE_EVERY_S)
            if not ended.done():
                self._failure = None
                self._state = State.UP
                self._up.set()
            while not (await asyncio.wait({ended}, timeout=LOG_LOOK_EVERY_S))[0]:
                self._bound_log()
        except Exception:
            await end(process, self._stop_steps)
            raise
        finally:
            ended.cancel()
        sentence = f"{self.name} ended by itself with status {process.returncode}. See {self.log}."
        raise ChildEnded("children.ended", sentence, output=self._last_lines())

    def _bound_log(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            if self.log.stat().st_size > LOG_BYTES_MAX:
                os.truncate(self.log, 0)

    def _last_lines(self) -> str:
        return self.log.read_text(errors="replace")[-OUTPUT_CHARACTERS_MAX:] if self.log.exists() else ""
