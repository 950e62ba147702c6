"""`naranja simulate`: policies side by side on the same calls, crews and roads, over many seeds; or what if."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.clock import SystemClock
from app.geo.files import RegionError
from app.reports.files import as_shape
from app.reports.findings import Findings, find
from app.reports.page import page_html, page_pdf, page_text
from app.reports.seeds import SEEDS_MIN, Sample
from app.reports.table import Table
from app.reports.trial_page import trial_page
from app.reports.trial_tables import About, Moved, Taken, trial_dict
from app.reports.words import say
from app.settings import Settings
from simulator.calibrate import PUBLISHED_S, calibrate
from simulator.calls import CallsError, read_calls
from simulator.demand import Demand
from simulator.nights import WORKERS, Night, nights
from simulator.real_calls import real_calls
from simulator.region import load_region, made_up_city
from simulator.told import OURS, about, calibration, compared_with, taken
from simulator.tornado import moved, nights_of
from simulator.trial import Plan, Policy

from .center import err, fail
from .what_if import Changes, what_if

DAYS = 7.0
TORNADO_SEEDS = 5
"""A tornado plays each seed some hundred times."""


def simulate(
    region: Annotated[
        Path | None,
        typer.Option(help="A folder with zones.geojson, units.csv and, if wanted, streets (.osm.pbf)."),
    ] = None,
    policies: Annotated[str, typer.Option(help="Which, divided by commas; ours is always among them.")] = ",".join(
        Policy
    ),
    seeds: Annotated[int, typer.Option(min=SEEDS_MIN, help="How many, from seed 0 on.")] = 30,
    days: Annotated[
        float | None,
        typer.Option(min=0.1, help="Days of calls for each seed; default: 7, or all days of --calls."),
    ] = None,
    calls: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="Real calls, not drawn ones: a CSV with time, latitude, longitude."
        ),
    ] = None,
    a_day: Annotated[float | None, typer.Option(min=0.0, help="Calls a day; else by the region's people.")] = None,
    calibrated: Annotated[
        bool,
        typer.Option("--calibrate", help="Move one assumption until the relay's mean is the published 42 min."),
    ] = False,
    tornado: Annotated[
        bool, typer.Option("--tornado", help="Each assumption 20 % less and more: what the answer depends on.")
    ] = False,
    tornado_seeds: Annotated[int, typer.Option(min=SEEDS_MIN, help="Seeds of the tornado.")] = TORNADO_SEEDS,
    what: Annotated[
        bool, typer.Option("--what-if", help="The center's own alerts of a period against what is changed.")
    ] = False,
    start: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="What-if and --calls: first local day.")
    ] = None,
    end: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], help="What-if: last local day; default: last month."),
    ] = None,
    patrols: Annotated[
        str | None, typer.Option(help="What-if: other staffing, like police=+2,zone north=-1.")
    ] = None,
    units: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="What-if: other stations, as a units CSV.")
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="What-if: other rules, JSON as `naranja rules`."),
    ] = None,
    streets: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="What-if: streets (.osm.pbf); else an invented net."),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = WORKERS,
    lang: Annotated[Literal["es", "en"], typer.Option(help="The language of the words.")] = "es",
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
    pdf: Annotated[Path | None, typer.Option(dir_okay=False, help="Write the page as a PDF.")] = None,
    html: Annotated[Path | None, typer.Option(dir_okay=False, help="Write the page as one HTML file.")] = None,
) -> None:
    """Try policies before they meet a real night. Without a region: a made-up city."""

    def run(plan: Plan, wanted: Sequence[Night], said: str) -> list[Sample]:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=err, transient=True) as progress:
            return list(progress.track(nights(plan, wanted, workers), total=len(wanted), description=said))

    if what:
        changes = Changes(patrols=patrols, units=units, rules=rules, streets=streets)
        _tell(*what_if(changes, start, end, range(seeds), lang, run), as_json=as_json, pdf=pdf, html=html)
        return
    chosen = _policies(policies)
    try:
        ground = load_region(region) if region else made_up_city()
    except (RegionError, ValueError) as problem:
        fail(getattr(problem, "code", "region_wrong"), str(problem))
    plan, remarks = Plan(region=ground, demand=Demand(a_day=a_day), days=days or DAYS), list[str]()
    facts: dict[str, str] = {}
    if calls is not None:
        if a_day is not None:
            fail("calls_and_a_day", "Real calls are as many as they are: leave --a-day out.")
        plan, facts, remarks = _with_calls(plan, calls, start, days, lang)
    if calibrated:
        err.print(f"calibrating the relay on {seeds} seeds: takes minutes", highlight=False)
        found = calibrate(plan, range(seeds))
        plan, remarks = found.plan, [*remarks, calibration(found, lang, PUBLISHED_S)]
    wanted = [Night(policy=policy, seed=seed) for policy in chosen for seed in range(seeds)]
    samples = run(plan, wanted, f"{len(chosen)} policies x {seeds} seeds")
    by_policy = {policy.value: samples[at * seeds : (at + 1) * seeds] for at, policy in enumerate(chosen)}
    against, moves = compared_with(chosen), []
    if tornado:
        wanted = nights_of(plan.assumptions, (OURS, against), range(tornado_seeds))
        moves = moved(wanted, run(plan, wanted, f"tornado x {tornado_seeds} seeds"), OURS, against)
    told = about(plan, chosen, seeds, lang, remarks)
    told = replace(told, facts={**told.facts, **facts})
    _tell(find(by_policy, OURS), taken(plan.assumptions), moves, told, (), as_json=as_json, pdf=pdf, html=html)


def _with_calls(
    plan: Plan, path: Path, start: datetime | None, days: float | None, language: str
) -> tuple[Plan, dict[str, str], list[str]]:
    """The plan with the calls of this file, and what is told of them. Ends the command where it holds none."""
    zone = ZoneInfo(Settings().time_zone)
    if days is not None and days != int(days):
        fail("days_not_whole", "Of real calls whole days are played.")
    try:
        read = read_calls(path, zone, start.date() if start else None, int(days) if days else None)
        found = real_calls(read, plan.region, zone)
    except CallsError as problem:
        fail("calls_wrong", str(problem))
    plan = replace(plan, demand=found.demand, days=found.days, first_day=found.first_day, time_zone=zone)
    number = len(found.demand.calls)
    last = found.first_day + timedelta(days=found.days - 1)
    facts = {"alerts": str(number), "period": f"{found.first_day} – {last}"}
    why = ", ".join(f"{say(f'left_out.{code}', language)} {n}" for code, n in sorted(found.left_out.items()))
    return plan, facts, [say("note.calls", language, rows=str(found.rows), calls=str(number), why=why or "0")]


def _policies(named: str) -> list[Policy]:
    try:
        chosen = [Policy(name.strip()) for name in named.split(",") if name.strip()]
    except ValueError:
        fail("unknown_policy", f"Policies are {', '.join(Policy)}.")
    return list(dict.fromkeys([*chosen, *([] if OURS in chosen else [OURS])]))


def _tell(
    found: Findings,
    assumed: Sequence[Taken],
    moves: Sequence[Moved],
    told: About,
    more: Sequence[Table],
    *,
    as_json: bool,
    pdf: Path | None,
    html: Path | None,
) -> None:
    """Files where they were asked for, and the figures on the terminal or as JSON."""
    page = trial_page(found, assumed, moves, told, more)
    if pdf is not None:
        pdf.write_bytes(page_pdf(page, SystemClock().now()))
    if html is not None:
        html.write_text(page_html(page), encoding="utf-8")
    if as_json:
        shape = {**trial_dict(found, assumed, moves, told), **{one.name: as_shape(one)["shown"] for one in more}}
        sys.stdout.write(msgspec.json.encode(shape).decode() + "\n")
    elif pdf is None and html is None:
        sys.stdout.write(page_text(page))
