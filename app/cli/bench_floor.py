"""The whole way of an alert beside the reference floor: its load, its servers and ours, in alternating rounds."""

import asyncio
import json
import math
import os
import statistics
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
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


async def floor_figures(
    floor: Path, *, units: int, rounds: int, seconds: float, rates: str, ramp: bool
) -> dict[str, Any]:
    """Medians over the rounds, milliseconds and alerts a second, and ours as ratios to each of the others'."""
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
                "--rates": rates,
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
                *(["--ramp"] if ramp else []),
                stdout=sys.stderr,
                env={**os.environ, CENTER_FILE: str(described)},
                cwd=folder,
            )
            if await process.wait() != 0 or not found.exists():
                fail("floor_failed", "The reference floor did not run to its end; what it said is above.")
            return figures_of(json.loads(found.read_bytes()), units=units, rounds=rounds)


def figures_of(found: Mapping[str, Sequence[Mapping[str, float]]], *, units: int, rounds: int) -> dict[str, Any]:
    """The figures out of what the reference wrote: `system|scenario` -> a row of each round.

    A ratio is the median of the rounds' own ratios: what slows the machine slows both sides of one round.
    """
    figures: dict[str, Any] = {"units": units, "rounds": rounds, "scenarios": {}, "anchors": {}}
    for key, rows in found.items():
        system, _, scenario = key.partition("|")
        if scenario.startswith("anchor:"):
            place = figures["anchors"].setdefault(scenario.removeprefix("anchor:"), {})
            place[system] = {name: _median(rows, name) for name in ("p50", "p99")}
            continue
        named = "ramp" if scenario.startswith("ramp") else scenario.removeprefix("open ")
        row: dict[str, Any] = {f"{name}_ms": _median(rows, name) for name in ("p50", "p99")}
        row |= {"per_s": _median(rows, "achieved"), "failed": sum(int(each.get("fail", 0)) for each in rows)}
        if system == Adapter.name:
            row["to"] = {
                other: {name: _ratio(rows, found.get(f"{other}|{scenario}", ()), name) for name in _COMPARED}
                for other in SYSTEMS
            }
        figures["scenarios"].setdefault(named, {})[system] = row
    return figures


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
