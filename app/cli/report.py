"""`naranja report`: response times out of the log or an imported history, and one alert of it as evidence."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from app.geo.zones import Zones
from app.history import kept
from app.history.refused import HistoryRefused
from app.reports.change import change_table, zones_table
from app.reports.data_errors import data_errors
from app.reports.export import as_dict, as_text
from app.reports.figures import response_times
from app.reports.files import as_csv, as_geojson, as_parquet, as_pdf, as_xlsx
from app.reports.frame import Frame
from app.reports.intervals import INTERVALS
from app.reports.response_times import KEYS, Period, Shifts, summarise
from app.reports.table import Table
from app.reports.targets import PUBLISHED, Target, in_force
from app.reports.timeline import Timeline
from app.settings import Settings
from app.store import queries, region

from .center import database, err, fail, out
from .report_history import BY_HAND, forget_source, import_history, list_sources

app = typer.Typer(
    help="Response times out of the log or of an imported history; or one alert as evidence.",
    invoke_without_command=True,
)
app.command("import")(import_history)
app.command("sources")(list_sources)
app.command("forget")(forget_source)


def _known(interval: str) -> str:
    if interval not in INTERVALS:
        fail("unknown_grouping", f"There is no interval {interval}; there are {', '.join(INTERVALS)}.")
    return interval


FILES = ("csv", "xlsx", "pdf", "parquet", "geojson")
From = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First local day.")]
To = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last local day.")]
Source = Annotated[str | None, typer.Option(help="An imported history instead of the log.")]
Interval = Annotated[str, typer.Option(help=f"One of {', '.join(INTERVALS)}.", callback=_known)]
Lang = Annotated[Literal["es", "en"], typer.Option(help="The language of the words.")]
OutFile = Annotated[Path | None, typer.Option("--out", help=f"Write a file: {', '.join(FILES)}, by its ending.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """The cases of one period, of the log or of `source`."""

    period: Period
    timelines: Sequence[Timeline]
    source: kept.Kept | None
    zones: Zones


@app.callback()
def report(
    context: typer.Context,
    start: From = None,
    end: To = None,
    by: Annotated[
        str, typer.Option(help=f"Grouping: some of {', '.join(KEYS)}; empty: none.")
    ] = "institution,zone",
    source: Source = None,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Figures as CSV.")] = False,
    to: OutFile = None,
    lang: Lang = "es",
    center: Annotated[
        list[str] | None, typer.Option(help="A center of the same database, or several; default: this one.")
    ] = None,
) -> None:
    """n, missing, unattended, P50 and P90 of every interval; of yesterday and today, or of the whole SOURCE."""
    if context.invoked_subcommand is not None:
        return
    settings, now = Settings(), SystemClock().now()
    told = asyncio.run(_told(settings, start, end, source, now, center))
    frame = _frame(settings, told, now, lang)
    keys = [part for part in by.split(",") if part]
    own = (Target(**target.model_dump()) for target in settings.targets)
    day = datetime.fromtimestamp(told.period.start, frame.time_zone).date()
    try:
        rows = summarise(
            told.timelines,
            keys,
            at=frame.at,
            shifts=Shifts(time_zone=frame.time_zone),
            targets=in_force((*own, *PUBLISHED), day),
        )
    except ValueError as problem:
        fail("unknown_grouping", str(problem))
    if as_json:
        facts = {fact.key: fact.text for fact in frame.about}
        figures = as_dict(rows, told.period, frame.at, settings.small_cell_min)
        sys.stdout.write(msgspec.json.encode({**figures, **({"about": facts} if facts else {})}).decode() + "\n")
        return
    _show(response_times(rows, keys, frame), frame, told.zones, csv=csv, to=to)


@app.command()
def compare(
    start: From = None,
    end: To = None,
    before_start: Annotated[
        datetime | None, typer.Option("--before-from", formats=["%Y-%m-%d"], help="First local day before.")
    ] = None,
    before_end: Annotated[
        datetime | None, typer.Option("--before-to", formats=["%Y-%m-%d"], help="Last local day before.")
    ] = None,
    interval: Interval = "response",
    source: Source = None,
    before_source: Annotated[
        str | None, typer.Option(help="An imported history for the before; without days, the whole of it.")
    ] = None,
    control: Annotated[str, typer.Option(help="Zones in which nothing was changed, by comma.")] = "",
    csv: Annotated[bool, typer.Option("--csv", help="The table as CSV.")] = False,
    to: OutFile = None,
    lang: Lang = "es",
) -> None:
    """Before against after, with what chance can do; the before of the log or of an imported history."""
    settings, now = Settings(), SystemClock().now()
    if before_source is None and (before_start is None or before_end is None):
        fail("bad_period", "Say --before-from and --before-to, or --before-source.")
    after = asyncio.run(_told(settings, start, end, source, now))
    before = asyncio.run(_told(settings, before_start, before_end, before_source, now))
    if before.period.end > after.period.start:
        fail("bad_period", "The before ends before the after begins.")
    frame = _frame(settings, after, now, lang, before)
    zones = frozenset(part for part in control.split(",") if part)
    shifts = Shifts(time_zone=frame.time_zone)
    table = change_table(before.timelines, after.timelines, before.period, interval, frame, shifts, zones)
    _show(table, frame, after.zones, csv=csv, to=to)


@app.command("zones")
def zones(
    first: Annotated[str, typer.Argument(help="Ids of zones, by comma.")],
    second: Annotated[str, typer.Argument(help="Ids of others, by comma.")],
    start: From = None,
    end: To = None,
    interval: Interval = "response",
    source: Source = None,
    csv: Annotated[bool, typer.Option("--csv", help="The table as CSV.")] = False,
    to: OutFile = None,
    lang: Lang = "es",
) -> None:
    """Two groups of zones side by side over the same days, with what chance can do."""
    settings, now = Settings(), SystemClock().now()
    told = asyncio.run(_told(settings, start, end, source, now))
    groups = [frozenset(part for part in words.split(",") if part) for words in (first, second)]
    frame = _frame(settings, told, now, lang)
    shifts = Shifts(time_zone=frame.time_zone)
    try:
        table = zones_table(told.timelines, (groups[0], groups[1]), interval, frame, shifts)
    except ValueError as problem:
        fail("unknown_grouping", str(problem))
    _show(table, frame, told.zones, csv=csv, to=to)


@app.command("errors")
def errors(
    start: From = None,
    end: To = None,
    source: Source = None,
    csv: Annotated[bool, typer.Option("--csv", help="The table as CSV.")] = False,
    to: OutFile = None,
    lang: Lang = "es",
) -> None:
    """Every interval that cannot be true, by folio: for who can put the record right. Holds single cases."""
    settings, now = Settings(), SystemClock().now()
    told = asyncio.run(_told(settings, start, end, source, now))
    frame = _frame(settings, told, now, lang)
    _show(data_errors(told.timelines, frame), frame, told.zones, csv=csv, to=to)


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


async def _told(
    settings: Settings,
    start: datetime | None,
    end: datetime | None,
    source: str | None,
    now: float,
    centers: Sequence[str] | None = None,
) -> _Told:
    """The cases of these local days; without days of yesterday and today, or of all that the source knows."""
    zone, center = ZoneInfo(settings.time_zone), settings.center
    async with database(settings) as found:
        async with found.transaction() as connection:
            unknown = set(centers or ()) - await queries.center_ids(connection)
            if unknown:
                fail("unknown_center", f"There is no center {', '.join(sorted(unknown))} in this database.")
            try:
                of = None if source is None else await kept.named(connection, center, source)
            except HistoryRefused as problem:
                fail(problem.code, problem.sentence)
            first, last = (of.since, of.until) if of else (now - timedelta(days=1).total_seconds(), now)
            period = _days(start, end, first, last, zone)
            zones = await region.load_zones(connection, center)
            told = await kept.timelines_of(connection, center, of, period) if of else None
        if told is None:
            # Apart from the transaction above: to fold a long log takes longer than one may stand idle.
            told = period.of((await Chronicle(found, centers or [center], zone).since(period.start)).timelines)
        return _Told(period=period, timelines=told, source=of, zones=zones)


def _days(start: datetime | None, end: datetime | None, first: float, last: float, zone: ZoneInfo) -> Period:
    """From the local day `start` to the local day `end`, both whole; without them those of `first` and `last`."""
    first_day, last_day = (
        asked or datetime.fromtimestamp(at, zone).replace(hour=0, minute=0, second=0, microsecond=0)
        for asked, at in ((start, first), (end, last))
    )
    since = instant(first_day.replace(tzinfo=zone))
    until = instant(last_day.replace(tzinfo=zone) + timedelta(days=1))
    if until <= since:
        fail("bad_period", "A period runs forward.")
    return Period(start=since, end=until)


def _frame(settings: Settings, told: _Told, now: float, lang: str, before: _Told | None = None) -> Frame:
    """What stands around the figures; an imported history is seen as it was when it ended."""
    frame = Frame(
        period=told.period,
        at=min(now, told.source.until) if told.source else now,
        time_zone=ZoneInfo(settings.time_zone),
        language=lang,
        floor=settings.small_cell_min,
        zones={zone.id: zone.name for zone in told.zones},
    )
    about = told.source.facts(frame.say) if told.source else ()
    if before is not None and before.source is not None:
        about = (*about, *before.source.facts(frame.say, "before_"))
    return replace(frame, about=about)


def _show(table: Table, frame: Frame, zones: Zones, *, csv: bool, to: Path | None) -> None:
    if to is None:
        sys.stdout.write(as_csv(table) if csv else as_text(table))
        return
    match to.suffix:
        case ".csv":
            made = as_csv(table).encode()
        case ".xlsx":
            made = as_xlsx(table, frame.at)
        case ".pdf":
            made = as_pdf(table, frame.at)
        case ".parquet":
            made = as_parquet(table)
        case ".geojson":
            made = as_geojson(table, zones.outlines())
        case _:
            fail("unknown_format", f"A report is written as {', '.join(FILES)}.")
    to.write_bytes(made)
    out.print(f"{len(table.rows)} rows are in {to}", highlight=False, soft_wrap=True)
