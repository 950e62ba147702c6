"""`naranja report`: response times out of the log."""

import asyncio
import sys
from datetime import datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
import typer

from app.clock import SystemClock, instant
from app.reports.export import as_dict, as_text
from app.reports.figures import response_times
from app.reports.files import as_csv
from app.reports.frame import Frame
from app.reports.response_times import KEYS, Period, Row, Shifts, summarise
from app.reports.targets import PUBLISHED, Target, in_force
from app.reports.timeline import timelines
from app.settings import Settings
from app.store import queries

from .center import database, fail


def report(
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
) -> None:
    """n, missing, unattended, P50 and P90 of every interval."""
    settings = Settings()
    zone = ZoneInfo(settings.time_zone)
    now = SystemClock().now()
    today = datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    first = start.replace(tzinfo=zone) if start else today - timedelta(days=1)
    last = end.replace(tzinfo=zone) if end else today
    period = Period(start=instant(first), end=instant(last + timedelta(days=1)))
    try:
        rows = asyncio.run(_rows(settings, period, [part for part in by.split(",") if part], now))
    except ValueError as problem:
        fail("unknown_grouping", str(problem))
    if as_json:
        sys.stdout.write(msgspec.json.encode(as_dict(rows, period, now, settings.small_cell_min)).decode() + "\n")
        return
    frame = Frame(period=period, at=now, time_zone=zone, language=lang, floor=settings.small_cell_min)
    table = response_times(rows, [part for part in by.split(",") if part], frame)
    sys.stdout.write(as_csv(table) if csv else as_text(table))


async def _rows(settings: Settings, period: Period, by: list[str], now: float) -> list[Row]:
    async with database(settings) as found, found.transaction() as connection:
        entries = await queries.stories(connection, settings.center, period.start, period.end)
    zone = ZoneInfo(settings.time_zone)
    own = (Target(**target.model_dump()) for target in settings.targets)
    return summarise(
        period.of(timelines(entries).values()),
        by,
        at=now,
        shifts=Shifts(time_zone=zone),
        targets=in_force((*own, *PUBLISHED), datetime.fromtimestamp(period.start, zone).date()),
    )
