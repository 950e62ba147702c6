"""The real service as a process of its own, for players who are strangers to it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from app.settings import Settings
from simulator.live.stage import NotReady
from simulator.live.wire import ServiceAddress

from .center import err

STARTED_WITHIN_S = 90.0
STOPPED_WITHIN_S = 30.0
OVERRULED = ("DATABASE_URL", "OSRM_URL", "NARANJA_MASTER_KEY_FILE", "NARANJA_MASTER_KEY_COMMAND")
"""What the service of a show takes from the show's settings only: a demo must not meet a real database."""

WITHOUT_TLS = {"NARANJA_SECURE_COOKIES": "false"}
"""There is none on the way to this very machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """A running service: what strangers are told, and its process."""

    address: ServiceAddress
    pid: int


@asynccontextmanager
async def serving(settings: Settings, environment: Mapping[str, str]) -> AsyncIterator[Serving]:
    """`naranja serve` as a process of its own, on a free port, until the block ends. Raises NotReady.

    It does not hear our Ctrl-C: the players go first, and then it is told.
    """
    errors = settings.data_dir / "service.log"
    folder = settings.data_dir.resolve()
    inherited = {name: value for name, value in os.environ.items() if name not in OVERRULED}
    if settings.database_url is not None:
        inherited["DATABASE_URL"] = settings.database_url.get_secret_value()
    if settings.master_key_file is not None:
        inherited["NARANJA_MASTER_KEY_FILE"] = str(settings.master_key_file.resolve())
    if settings.master_key_command is not None:
        inherited["NARANJA_MASTER_KEY_COMMAND"] = settings.master_key_command
    if settings.osrm_url is not None:
        inherited["OSRM_URL"] = settings.osrm_url
    with errors.open("w") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app.cli", "serve", "--host", "127.0.0.1", "--port", "0"),
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env={
                **inherited,
                "NARANJA_DATA_DIR": str(folder),
                "NARANJA_TIME_ZONE": settings.time_zone,
                "COLUMNS": "500",
                **environment,
            },
            # Away from the `.env` of the folder we are called in: it may name a real database.
            cwd=folder,
            start_new_session=True,
        )
    try:
        said = await _said(process, errors)
        osrm = said.get("roads", "").partition("own OSRM at ")[2] or settings.osrm_url
        yield Serving(address=ServiceAddress(base_url=said["address"], osrm_url=osrm), pid=process.pid)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            try:
                await asyncio.wait_for(process.wait(), STOPPED_WITHIN_S)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _said(process: asyncio.subprocess.Process, errors: Path) -> dict[str, str]:
    """What the service says it stands on; the address comes last."""
    said: dict[str, str] = {}
    if process.stdout is None:
        raise RuntimeError("the service's output was not piped")
    with suppress(TimeoutError):
        async with asyncio.timeout(STARTED_WITHIN_S):
            while "address" not in said and (line := (await process.stdout.readline()).decode()):
                what, _, how = line.strip().partition("  ")
                said[what] = how.strip()
    if "address" not in said:
        raise NotReady("the service did not start: " + await asyncio.to_thread(_last_lines, errors))
    for what, how in said.items():
        err.print(f"{what:>12}  {how}", highlight=False)
    return said


def _last_lines(log: Path) -> str:
    return " ".join(log.read_text().strip().splitlines()[-5:])


@asynccontextmanager
async def stop_at_ctrl_c() -> AsyncIterator[asyncio.Event]:
    """An event that Ctrl-C sets, so that everything ends in order."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for kind in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(kind, stop.set)
    try:
        yield stop
    finally:
        for kind in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(kind)
