"""`naranja simulate`: policies side by side on the same calls, crews and roads, over many seeds."""

import sys
from collections import defaultdict
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from app.geo.files import RegionError
from simulator.demand import Demand
from simulator.parts import parts
from simulator.region import load_region, made_up_city
from simulator.trial import Plan, Policy
from simulator.trials import WORKERS, Trial, trials

from .center import err, fail, out


def simulate(
    region: Annotated[
        Path | None,
        typer.Option(help="A folder with zones.geojson, units.csv and, if wanted, streets (.osm.pbf)."),
    ] = None,
    policies: Annotated[str, typer.Option(help="Which, divided by commas.")] = ",".join(Policy),
    seeds: Annotated[int, typer.Option(min=1, help="How many, from seed 0 on.")] = 30,
    days: Annotated[float, typer.Option(min=0.1, help="Days of calls for each seed.")] = 7.0,
    a_day: Annotated[float | None, typer.Option(min=0.0, help="Calls a day; else by the region's people.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = WORKERS,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
) -> None:
    """Try policies before they meet a real night. Without a region: a made-up city."""
    try:
        chosen = [Policy(name.strip()) for name in policies.split(",")]
    except ValueError:
        fail("unknown_policy", f"Policies are {', '.join(Policy)}.")
    try:
        ground = load_region(region) if region else made_up_city()
    except (RegionError, ValueError) as problem:
        fail(getattr(problem, "code", "region_wrong"), str(problem))
    plan = Plan(region=ground, demand=Demand(a_day=a_day), days=days)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    played: list[Trial] = []
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(f"{len(chosen)} policies x {seeds} seeds", total=len(chosen) * seeds)
        for trial in trials(plan, chosen, range(seeds), workers):
            played.append(trial)
            progress.advance(task)
    figures = [_figures(policy, [trial for trial in played if trial.played.policy is policy]) for policy in chosen]
    told = {"region": ground.name, "roads": ground.roads, "seeds": seeds, "days": days, "policies": figures}
    if as_json:
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
        return
    _show(told)


def _figures(policy: Policy, played: list[Trial]) -> dict[str, Any]:
    """Seconds T8 - T0 of everybody who was reached, and how many were not."""
    by_seed: dict[int, list[float]] = defaultdict(list)
    unattended = 0
    for trial in sorted(played, key=lambda trial: trial.played.seed):
        for seconds in trial.played.responses.values():
            if seconds is None:
                unattended += 1
            else:
                by_seed[trial.played.seed].append(seconds)
    everybody = np.concatenate([np.array(each) for each in by_seed.values()]) if by_seed else np.array([np.nan])
    p50, p90 = np.quantile(everybody, (0.5, 0.9))
    return {
        "policy": policy.value,
        "n": sum(map(len, by_seed.values())),
        "unattended": unattended,
        "p50_s": round(float(p50), 1),
        "p90_s": round(float(p90), 1),
        "mean_s": round(float(everybody.mean()), 1),
        "mean_s_by_part": parts(timeline for trial in played for timeline in trial.played.timelines),
        "mean_s_by_seed": {seed: round(sum(each) / len(each), 1) for seed, each in by_seed.items()},
        "machine_s": round(sum(trial.took_s for trial in played), 2),
    }


def _show(told: dict[str, Any]) -> None:
    out.print(f"[bold]{told['region']}[/], {told['seeds']} seeds of {told['days']:g} days; {told['roads']}")
    table = Table("policy", "n", "unattended", "P50 min", "P90 min", "mean min", "machine s")
    for one in told["policies"]:
        minutes = (f"{one[name] / 60:.1f}" for name in ("p50_s", "p90_s", "mean_s"))
        table.add_row(one["policy"], str(one["n"]), str(one["unattended"]), *minutes, f"{one['machine_s']:.1f}")
    out.print(table)
