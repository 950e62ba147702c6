"""`naranja report`: response times out of the log, and one alert of it as evidence."""

import asyncio
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import typer

from app.chronicle import Chronicle
from app.clock import SystemClock, instant
from app.evidence import Evidence, RecordsAltered, gather, render
from app.reports.export import as_dict, as_text
from app.reports.figures import response_times
from app.reports.files import as_csv
from app.reports.frame import Frame
from app.reports.response_times import KEYS, Period, Row, Shifts, rows_of
from app.reports.targets import PUBLISHED, Target, in_force
from app.settings import Settings
from app.store import queries

from .center import database, err, fail, out

app = typer.Typer(help="Response times out of the log; or one alert as evidence.", invoke_without_command=True)
BY_HAND = "naranja report"
"""Who asked, where nobody is signed in: whoever may use this machine."""


@app.callback()
def report(
    context: typer.Context,
    start: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First local day; default: yesterday.")
    ] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last local day; default: today.")
    ] = None,
    by: Annotated[
        str, typer.Option(help=f"Grouping: some of {', '.join(KEYS)}; empty: none.")
    ] = "institution,zone",
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Figures as CSV.")] = False,
    lang: Annotated[Literal["es", "en"], typer.Option(help="The language of the words.")] = "es",
    center: Annotated[
        list[str] | None, typer.Option(help="A center of the same database, or several; default: this one.")
    ] = None,
) -> None:
    """n, missing, unattended, P50 and P90 of every interval."""
    if context.invoked_subcommand is not None:
        return
    settings = Settings()
    zone = ZoneInfo(settings.time_zone)
    now = SystemClock().now()
    today = datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    first = start.replace(tzinfo=zone) if start else today - timedelta(days=1)
    last = end.replace(tzinfo=zone) if end else today
    period = Period(start=instant(first), end=instant(last + timedelta(days=1)))
    try:
        keys = [part for part in by.split(",") if part]
        rows = asyncio.run(_rows(settings, center or [settings.center], period, keys, now))
    except ValueError as problem:
        fail("unknown_grouping", str(problem))
    if as_json:
        sys.stdout.write(msgspec.json.encode(as_dict(rows, period, now, settings.small_cell_min)).decode() + "\n")
        return
    frame = Frame(period=period, at=now, time_zone=zone, language=lang, floor=settings.small_cell_min)
    table = response_times(rows, keys, frame)
    sys.stdout.write(as_csv(table) if csv else as_text(table))


@app.command()
def evidence(
    alert: Annotated[UUID, typer.Argument(help="The alert's id.")],
    to: Annotated[Path, typer.Option("--out", help="The PDF to write.")],
) -> None:
    """One alert as a PDF that can be checked by hand: ids, times, hashes, and the checkpoint that covers them."""
    settings = Settings()
    try:
        found = asyncio.run(_evidence(settings, str(alert)))
    except RecordsAltered as problem:
        fail(problem.code, problem.sentence)
    if found is None:
        fail("unknown_alert", "There is no alert with this id.")
    to.write_bytes(asyncio.run(render(found, ZoneInfo(settings.time_zone))))
    if found.checkpoint is None:
        err.print("No checkpoint covers this alert yet; a running service signs one each minute.", highlight=False)
    out.print(f"{len(found.steps)} rows of the log are in {to}", highlight=False, soft_wrap=True)


async def _evidence(settings: Settings, alert: str) -> Evidence | None:
    async with database(settings) as found, found.transaction() as connection:
        return await gather(connection, settings.center, alert, by=BY_HAND, at=SystemClock().now())


async def _rows(settings: Settings, centers: list[str], period: Period, by: list[str], now: float) -> list[Row]:
    zone = ZoneInfo(settings.time_zone)
    async with database(settings) as found:
        async with found.transaction() as connection:
            unknown = set(centers) - await queries.center_ids(connection)
        if unknown:
            fail("unknown_center", f"There is no center {', '.join(sorted(unknown))} in this database.")
        told = await Chronicle(found, centers, zone).since(period.start)
    own = (Target(**target.model_dump()) for target in settings.targets)
    return rows_of(
        told.seen,
        by,
        at=now,
        period=period,
        shifts=Shifts(time_zone=zone),
        targets=in_force((*own, *PUBLISHED), datetime.fromtimestamp(period.start, zone).date()),
    )
