"""`naranja demo` and `naranja replay`: the real service with its children, and players who are strangers to it."""

import asyncio
import sys
from collections.abc import Sequence
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

from app.clock import ScaledClock
from app.region import copy_region, listed_units
from app.settings import Settings
from app.store import queries, rules
from app.store import region as rows
from simulator.calls import CallsError, read_calls
from simulator.cast import guests
from simulator.live.results import DemoResult, ReplayResult
from simulator.live.stage import NotReady
from simulator.play import demo as play_demo
from simulator.play import replay as play_replay

from .center import database, desk, err, fail
from .invented import invent
from .players import FOR_EVER_S, let_guests_in, sign_everybody_in
from .serving import WITHOUT_TLS, serving, stop_at_ctrl_c

REPLAY = "-replay"
"""A replay has a center of its own, with a copy of the region: invented answers never enter a real log."""
SLOW_MACHINE_S = 2.0
"""What this machine may take for an offer to reach a crew. A replay's clock makes `speed` times as much of it, so
its offers wait so much longer; otherwise they would pass unseen because of the speed and not of the crews."""


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
    made = await invent(folder, seed)
    async with database(made.settings) as found:
        password = await let_guests_in(made.settings, found, made.units)
    try:
        async with (
            stop_at_ctrl_c() as stop,
            serving(made.settings, WITHOUT_TLS) as service,
        ):
            logins = ", ".join(login for login, _, _ in guests(made.units))
            look = f"look at {service.address.base_url} as {logins}; password {password}"
            err.print(look, highlight=False, soft_wrap=True)
            return await play_demo(service.address, made.city, made.tokens, seconds, seed, Console(), stop=stop)
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
        async with stop_at_ctrl_c() as stop, serving(settings, environment) as service:
            view = None if quiet else Console()
            return await play_replay(service.address, calls, tokens, units, speed, seed=seed, view=view, stop=stop)
    except NotReady as problem:
        fail("service_not_ready", str(problem))


def _patient(book: Sequence[rules.Page], patience_s: float) -> list[rules.Page]:
    """The same book, with every offer waiting so much longer; before its first page, too."""
    patient: list[rules.Page] = []
    for begins, differences in ((0.0, {}), *book):
        clocks = rules.rules_of(differences).patient(patience_s).clocks
        patient.append((begins, {**differences, "clocks": msgspec.to_builtins(clocks)}))
    return patient
