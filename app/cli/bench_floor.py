"""The whole way of an alert beside the reference floor: its load, its servers and ours, in alternating rounds."""

import asyncio
import json
import math
import os
import statistics
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from app.children.postgres import EmbeddedPostgres

from .bench_adapter import CENTER_FILE, KEPT, Adapter
from .bench_center import furnish
from .center import fail

SYSTEMS = ("bare/single", "asgi/single", "fastapi/orm")
"""Of the reference, measured beside ours: the floor, the same behind a web server, what most would write."""
NICER = "nice"
KEPT_UP_P99_MS, KEPT_UP_FAILED, KEPT_UP_SHARE = 50.0, 0.001, 0.93
"""A rate is kept up with such a P99, such a share of failures at most, and such a share that comes through. So the
reference looks for the highest, too; but it begins at 200 a second, and falls where the floor misses that."""


async def floor_figures(
    floor: Path, *, units: int, rounds: int, seconds: float, rates: Sequence[str], climb: Sequence[str]
) -> dict[str, Any]:
    """Medians over the rounds, milliseconds and alerts a second, and ours as ratios to each of the others'.

    `climb`: rising rates; of these it is only said which is the highest that is kept up.
    """
    if find_spec("picows") is None:
        fail(
            "picows_missing", "The reference floor needs the package picows; it comes with the development tools."
        )
    with TemporaryDirectory() as name:
        folder = Path(name)
        async with EmbeddedPostgres(folder / "postgres") as postgres:
            for database in (KEPT, "perf"):
                await postgres.create_database(database)
            center = await furnish(postgres.dsn(KEPT), folder / "center", units)
            described, found = folder / "center.json", folder / "floor.json"
            described.write_bytes(msgspec.json.encode(center))
            asked = {
                "--dsn": postgres.dsn("perf"),
                "--systems": ",".join(SYSTEMS),
                "--adapter": f"{Adapter.__module__}:{Adapter.__qualname__}",
                "--units": str(units),
                "--rates": ",".join([*rates, *climb]),
                "--secs": str(seconds),
                "--rounds": str(rounds),
                "--closed": "",
                "--json": str(found),
            }
            process = await asyncio.create_subprocess_exec(
                NICER,
                sys.executable,
                "-m",
                Adapter.__module__,
                str(floor),
                *(part for option in asked.items() for part in option),
                stdout=sys.stderr,
                env={**os.environ, CENTER_FILE: str(described)},
                cwd=folder,
            )
            if await process.wait() != 0 or not found.exists():
                fail("floor_failed", "The reference floor did not run to its end; what it said is above.")
            return figures_of(json.loads(found.read_bytes()), units=units, rounds=rounds, climb=climb)


def figures_of(
    found: Mapping[str, Sequence[Mapping[str, float]]], *, units: int, rounds: int, climb: Sequence[str] = ()
) -> dict[str, Any]:
    """The figures out of what the reference wrote: `system|scenario` -> a row of each round.

    A ratio is the median of the rounds' own ratios: what slows the machine slows both sides of one round.
    """
    figures: dict[str, Any] = {"units": units, "rounds": rounds, "scenarios": {}, "anchors": {}}
    steps = [f"{float(rate):g}/s" for rate in climb]
    for key, rows in found.items():
        system, _, scenario = key.partition("|")
        if scenario.startswith("anchor:"):
            place = figures["anchors"].setdefault(scenario.removeprefix("anchor:"), {})
            place[system] = {name: _median(rows, name) for name in ("p50", "p99")}
            continue
        named = scenario.removeprefix("open ")
        if named in steps:
            continue
        row: dict[str, Any] = {f"{name}_ms": _median(rows, name) for name in ("p50", "p99")}
        row |= {"per_s": _median(rows, "achieved"), "failed": sum(int(each.get("fail", 0)) for each in rows)}
        if system == Adapter.name:
            row["to"] = {
                other: {name: _ratio(rows, found.get(f"{other}|{scenario}", ()), name) for name in _COMPARED}
                for other in SYSTEMS
            }
        figures["scenarios"].setdefault(named, {})[system] = row
    if steps:
        figures["highest_per_s"] = {
            system: _highest(climb, [found.get(f"{system}|open {step}", ()) for step in steps])
            for system in (*SYSTEMS, Adapter.name)
        }
        figures["climbed_to_per_s"] = float(climb[-1])
    return figures


def _highest(climb: Sequence[str], steps: Sequence[Sequence[Mapping[str, float]]]) -> float:
    """Alerts a second that came through at the last step before the first that was not kept up, the median over
    the rounds; 0 where the first was not."""
    reached = []
    for climbing in zip(*steps, strict=False):
        kept = list(takewhile(lambda step: _is_kept_up(*step), zip(map(float, climb), climbing, strict=True)))
        reached.append(kept[-1][1]["achieved"] if kept else 0.0)
    return round(statistics.median(reached), 1) if reached else 0.0


def _is_kept_up(rate: float, row: Mapping[str, float]) -> bool:
    failed, through = row["fail"] > KEPT_UP_FAILED * row["n"], row["achieved"] >= KEPT_UP_SHARE * rate
    return row["p99"] <= KEPT_UP_P99_MS and through and not failed


_COMPARED = ("p50", "p99", "achieved")


def _median(rows: Sequence[Mapping[str, float]], name: str) -> float | None:
    return round(statistics.median(_known(rows, name)), 3) if _known(rows, name) else None


def _ratio(ours: Sequence[Mapping[str, float]], theirs: Sequence[Mapping[str, float]], name: str) -> float | None:
    pairs = [(a[name], b[name]) for a, b in zip(ours, theirs, strict=False) if b[name] and math.isfinite(b[name])]
    found = [a / b for a, b in pairs if math.isfinite(a)]
    return round(statistics.median(found), 2) if found else None


def _known(rows: Sequence[Mapping[str, float]], name: str) -> list[float]:
    """Where nothing came through in a round there is no figure."""
    return [row[name] for row in rows if math.isfinite(row[name])]
