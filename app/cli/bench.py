"""`naranja bench`: what things cost, as ratios to a bare floor measured in the same run."""

import asyncio
import statistics
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any
from uuid import uuid4

import asyncpg
import msgspec
import typer

from app.dispatch.commands import CancelAlert, ListUnits, RaiseAlert, StartDuty, UnitFacts
from app.dispatch.model import Institution
from app.service import Service, open_service
from app.settings import Settings
from app.store.rows import PlaceRow, RegionRows

from .bench_chronicle import chronicle_figures
from .bench_floor import floor_figures
from .bench_match import match_figures
from .bench_positions import positions_figures
from .bench_push import push_figures
from .bench_report import report_figures
from .bench_rotate import rotate_figures
from .bench_scale import scale_figures
from .bench_stages import stages_figures
from .bench_verify import verify_figures
from .center import out
from .figures import ms

app = typer.Typer(help="What things cost.", no_args_is_help=True)


@app.command()
def dispatch(
    units: Annotated[int, typer.Option(help="Patrols on duty.")] = 1000,
    rounds: Annotated[int, typer.Option(help="Alerts raised, each beside one bare insert.")] = 200,
    floor: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, resolve_path=True, help="The reference floor.")
    ] = None,
    seconds: Annotated[float, typer.Option(help="With the floor: how long each rate is kept up.")] = 8.0,
    rates: Annotated[str, typer.Option(help="With the floor: alerts a second, after commas.")] = "1,50",
    climb: Annotated[
        str, typer.Option(help="With the floor: rising rates, to find the highest that is kept up.")
    ] = "",
    stages: Annotated[bool, typer.Option("--stages", help="One alert at a time, stage by stage.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
) -> None:
    """An alert posted until its patrol's phone has it, beside the reference floor; without one, an alert decided
    and saved by the desk, beside one bare durable insert."""
    if stages:
        _show(asyncio.run(stages_figures(units, rounds)), as_json)
        return
    if floor is None:
        _show(asyncio.run(_dispatch(units, rounds)), as_json)
        return
    steps = climb.split(",") if climb else []
    figures = floor_figures(
        floor, units=units, rounds=rounds, seconds=seconds, rates=rates.split(","), climb=steps
    )
    _show(asyncio.run(figures), as_json)


@app.command()
def match(
    rounds: Annotated[int, typer.Option(help="Decisions measured on each board.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
) -> None:
    """One decision on boards of 100 to 100,000 units, and a hundred needs at once."""
    _show(match_figures(rounds), as_json)


@app.command()
def verify(
    rows: Annotated[int, typer.Option(help="Rows of log, audit and details, made up for this.")] = 100_000,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
) -> None:
    """One whole check of the records of a made-up center, in a database of its own."""
    _show(asyncio.run(verify_figures(rows)), as_json)


@app.command()
def rotate(
    rows: Annotated[int, typer.Option(min=100, help="Sealed alerts that stand there.")] = 100_000,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
) -> None:
    """The center's key rotated while alerts are taken and read; the rotating process is killed once midway."""
    _show(asyncio.run(rotate_figures(rows)), as_json)


@app.command()
def report(
    rows: Annotated[int, typer.Option(min=10_000, help="Responses, made up from a seed.")] = 1_000_000,
    rounds: Annotated[int, typer.Option(min=1, help="Times each way is measured, in turns.")] = 3,
    alerts: Annotated[int, typer.Option(help="Alerts of the log that is folded; 0: none.")] = 10_000,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
) -> None:
    """P50 and P90 by zone, shift and institution beside PostgreSQL's percentile_cont; and what the log costs."""
    figures = asyncio.run(report_figures(rows, rounds))
    _show(figures | (asyncio.run(chronicle_figures(alerts, rounds)) if alerts else {}), as_json)


@app.command()
def positions(
    units: Annotated[int, typer.Option(help="Units of the made-up center.")] = 500,
    rounds: Annotated[int, typer.Option(min=2, help="Rounds, in turns with the bare ones.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
) -> None:
    """Fixes a second taken, checked and kept by one process, beside bare decoding and checking."""
    _show(asyncio.run(positions_figures(units, rounds)), as_json)


@app.command()
def push(
    sockets: Annotated[str, typer.Option(help="Open sockets, after commas.")] = "1000,5000,10000",
    rounds: Annotated[int, typer.Option(help="Cards sent to all, in turns with the bare loop.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
) -> None:
    """One card to many consoles through the real hub, beside a bare loop over the same library."""
    _show(asyncio.run(push_figures([int(count) for count in sockets.split(",")], rounds)), as_json)


@app.command()
def scale(
    rounds: Annotated[int, typer.Option(help="Decisions measured on each board.")] = 30,
    alerts: Annotated[int, typer.Option(help="Alerts of each round with 1, 2 and 4 centers.")] = 80,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
) -> None:
    """How costs grow from a hundred units to a hundred thousand, and with 1, 2 and 4 centers in one database."""
    _show(asyncio.run(scale_figures(rounds, alerts)), as_json)


def _show(figures: dict[str, Any], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.encode(figures).decode() + "\n")
        return
    for name, value in figures.items():
        out.print(f"{name:>40}  {value}", highlight=False)


async def _dispatch(units: int, rounds: int) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            service = await open_service(Settings(data_dir=Path(folder), database_url=None, osrm_url=None), stack)
            await _staff(service, units)
            # A table of its own is made by the database's owner, not by the role the service works as.
            bare = await asyncpg.connect(service.database.dsn)
            stack.push_async_callback(bare.close)
            await bare.execute("CREATE TABLE bench (id bigint GENERATED ALWAYS AS IDENTITY, body text)")
            saved, floor = [], []
            for _ in range(rounds):
                floor.append(await _timed(bare.execute("INSERT INTO bench (body) VALUES ($1)", "x" * 200)))
                alert = str(uuid4())
                raised = service.desk.perform(
                    RaiseAlert(id=alert, by="bench", zone="z"), {"place": {"lat": 25.4, "lon": -101.9}}
                )
                saved.append(await _timed(raised))
                await service.desk.perform(CancelAlert(id=str(uuid4()), by="bench", alert=alert, reason="bench"))
    return {
        "units": units,
        "rounds": rounds,
        "alert_saved_p50_ms": ms(saved, 50),
        "alert_saved_p99_ms": ms(saved, 99),
        "bare_insert_p50_ms": ms(floor, 50),
        "bare_insert_p99_ms": ms(floor, 99),
        "ratio_p50": round(statistics.median(saved) / statistics.median(floor), 2),
    }


async def _staff(service: Service, units: int) -> None:
    codes = [f"P-{number}" for number in range(units)]
    facts = tuple(UnitFacts(code=code, institution=Institution.POLICE, agency="bench", zone="z") for code in codes)
    places = tuple(
        PlaceRow(unit=code, lat=25.3 + number % 100 * 0.002, lon=-102.0 + number // 100 * 0.002)
        for number, code in enumerate(codes)
    )
    region = RegionRows(places=places, zones=(), summary={})
    await service.desk.perform(ListUnits(id=str(uuid4()), by="bench", units=facts), region=region)
    duty = (StartDuty(id=str(uuid4()), by="bench", unit=code) for code in codes)
    await asyncio.gather(*(service.desk.perform(command) for command in duty))


async def _timed(work: Any) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began
