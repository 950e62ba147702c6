"""`naranja demo` and `naranja replay`: the real service with its children, and players who are strangers to it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.console import Console

from app.clock import ScaledClock, SystemClock
from app.geo.unit_files import read_units
from app.geo.zone_files import read_zones
from app.geo.zones import Zones
from app.region import Files, bring_in, copy_region, listed_units
from app.settings import Settings
from app.store import queries, rules
from app.store import region as rows
from simulator.calls import CallsError, read_calls
from simulator.cast import guests
from simulator.city import make_city
from simulator.live.results import DemoResult, ReplayResult
from simulator.live.stage import NotReady
from simulator.live.wire import ServiceAddress
from simulator.play import demo as play_demo
from simulator.play import replay as play_replay

from .center import database, desk, err, fail
from .players import FOR_EVER_S, let_guests_in, sign_everybody_in

STARTED_WITHIN_S = 90.0
STOPPED_WITHIN_S = 30.0
REPLAY = "-replay"
"""A replay has a center of its own, with a copy of the region: invented answers never enter a real log."""
SLOW_MACHINE_S = 2.0
"""What this machine may take for an offer to reach a crew. A replay's clock makes `speed` times as much of it, so
its offers wait so much longer; otherwise they would pass unseen because of the speed and not of the crews."""
OVERRULED = ("DATABASE_URL", "OSRM_URL", "NARANJA_MASTER_KEY_FILE", "NARANJA_MASTER_KEY_COMMAND")
"""What the service of a show takes from the show's settings only: a demo must not meet a real database."""


def demo(
    seconds: Annotated[float, typer.Option(help="End after so long; 0: at Ctrl-C.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Draws the city, the calls and the crews.")] = 1,
    keep: Annotated[
        Path | None, typer.Option(help="Keep the data in this folder; default: nothing stays.")
    ] = None,
) -> None:
    """A made-up city with its calls, patrols, prosecutors and shelters, live in the terminal."""
    with TemporaryDirectory(prefix="naranja-demo-") as folder:
        result = asyncio.run(_demo(keep or Path(folder), seconds, seed))
    _end(result)


def replay(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Calls: CSV with time, lat, lon.")],
    start: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First local day.")
    ] = None,
    days: Annotated[int | None, typer.Option(help="How many days; default: all from there.")] = None,
    speed: Annotated[float, typer.Option(help="How many times as fast as the wall.")] = 60.0,
    seed: Annotated[int, typer.Option(help="Draws what the crews do.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Only the last line: the figures as JSON.")] = False,
) -> None:
    """Raise real calls at their times, on the imported region with simulated crews, and report.

    It happens in a center of its own (`<center>-replay`), never in the real log; the same again changes nothing.
    """
    try:
        result = asyncio.run(_replay(file, start, days, speed, seed, quiet=as_json))
    except CallsError as problem:
        fail("calls_unreadable", str(problem))
    except rules.RulesRefused as problem:
        fail(problem.code, problem.sentence)
    _end(result)


def _end(result: DemoResult | ReplayResult) -> None:
    sys.stdout.write(result.to_json() + "\n")
    if not result.sound:
        raise typer.Exit(1)


async def _demo(folder: Path, seconds: float, seed: int) -> DemoResult:
    # A made-up city has nobody to hide.
    settings = Settings(
        data_dir=folder / "data", database_url=None, osrm_url=None, master_key_file=None, small_cell_min=1
    )
    settings = settings.model_copy(update={"master_key": None, "master_key_command": None})
    err.print(f"making a city (seed {seed}) and its roads", highlight=False)
    city = await asyncio.to_thread(make_city, folder / "city", seed)
    units = read_units(city.units, Zones(read_zones(city.zones).zones)).units
    async with database(settings) as found:
        files = Files(zones=city.zones, roads=city.osm, units=city.units)
        async with desk(settings, found) as opened:
            await bring_in(files, settings, found, opened)
        tokens = await sign_everybody_in(settings, found, units, SystemClock())
        password = await let_guests_in(settings, found, units)
    try:
        # There is no TLS on the way to this very machine.
        async with _stop_at_ctrl_c() as stop, _service(settings, {"NARANJA_SECURE_COOKIES": "false"}) as service:
            logins = ", ".join(login for login, _, _ in guests(units))
            err.print(
                f"look at {service.base_url} as {logins}; password {password}", highlight=False, soft_wrap=True
            )
            return await play_demo(service, city, tokens, seconds, seed, Console(), stop=stop)
    except NotReady as problem:
        fail("service_not_ready", str(problem))


async def _replay(
    file: Path, start: datetime | None, days: int | None, speed: float, seed: int, *, quiet: bool
) -> ReplayResult:
    real = Settings()
    if real.master_key is not None:
        fail(
            "key_not_passed_on",
            "A replay starts a service, which gets the master key by a file or a command only.",
        )
    zone = ZoneInfo(real.time_zone)
    calls = await asyncio.to_thread(read_calls, file, zone, start.date() if start else None, days, ())
    if calls.refused:
        err.print(f"{len(calls.refused)} rows refused; the first: {calls.refused[0]}", highlight=False)
    settings = real.model_copy(update={"center": f"{real.center}{REPLAY}"})
    # Ids are unique in the whole database; another center may play the same calls.
    own = tuple(replace(call, id=str(uuid5(UUID(call.id), settings.center))) for call in calls.calls)
    calls = replace(calls, calls=own)
    async with database(real) as found:
        async with found.transaction() as connection:
            await rows.ensure_center(connection, settings.center, f"{real.center_name} (replay)", "R")
            book = await rules.pages(connection, real.center)
            await rules.set_pages(connection, settings.center, _patient(book, SLOW_MACHINE_S * speed))
        clock = ScaledClock(calls.start, 1.0)
        async with desk(real, found) as theirs, desk(settings, found, clock) as opened:
            await copy_region(found, (real, theirs), (settings, opened))
            units = await listed_units(settings, found, opened)
        if not units:
            fail("no_units", "This center has no units: import a region first.")
        tokens = await sign_everybody_in(settings, found, units, clock)
        async with found.transaction() as connection:
            known = await queries.known_alerts(connection, settings.center, [call.id for call in calls.calls])
    if len(known) == len(calls.calls):
        # Nothing is left to raise: nobody needs to drive, and nobody has to wait for the calls' times.
        units, clock = [], ScaledClock(calls.end, 1.0)
    environment = {
        "NARANJA_CENTER": settings.center,
        "NARANJA_CLOCK_START": str(clock.start),
        "NARANJA_CLOCK_SPEED": str(speed),
        "NARANJA_SESSION_IDLE_S": str(FOR_EVER_S),
        "NARANJA_SESSION_ABSOLUTE_S": str(FOR_EVER_S),
    }
    try:
        async with _stop_at_ctrl_c() as stop, _service(settings, environment) as service:
            view = None if quiet else Console()
            return await play_replay(service, calls, tokens, units, speed, seed=seed, view=view, stop=stop)
    except NotReady as problem:
        fail("service_not_ready", str(problem))


def _patient(book: Sequence[rules.Page], patience_s: float) -> list[rules.Page]:
    """The same book, with every offer waiting so much longer; before its first page, too."""
    patient: list[rules.Page] = []
    for begins, differences in ((0.0, {}), *book):
        clocks = rules.rules_of(differences).patient(patience_s).clocks
        patient.append((begins, {**differences, "clocks": msgspec.to_builtins(clocks)}))
    return patient


@asynccontextmanager
async def _service(settings: Settings, environment: Mapping[str, str]) -> AsyncIterator[ServiceAddress]:
    """`naranja serve` as a process of its own, on a free port, until the block ends.

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
        yield ServiceAddress(base_url=said["address"], osrm_url=osrm)
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
async def _stop_at_ctrl_c() -> AsyncIterator[asyncio.Event]:
    """An event that Ctrl-C sets, so that everything ends in order."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for kind in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(kind, stop.set)
    try:
        yield stop
    finally:
        for kind in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(kind)
