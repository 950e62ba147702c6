"""docs/performance.md out of the benches' JSON."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

Figures = Mapping[str, Any]


KEPT = "<!-- Kept as it is, written by hand: -->"
"""What stands after this line in the page before stands there in the next one."""


def page(found: Mapping[str, Figures], before: str = "") -> str:
    """The whole page, in place of the page `before`.

    `found`: name of a bench -> `machine`, `date`, `command` and its `figures`.
    """
    parts = [
        "# What it costs",
        "Written by `naranja figures` from `docs/figures/*.json`; by hand only what stands below its last figures."
        " Times depend on the machine and on what else it does; every ratio is of two sides measured in turns in"
        " one run, and is the median of the rounds' own ratios.",
    ]
    for name, (title, body) in _PARTS.items():
        if name in found:
            told = found[name]
            parts += [f"## {title}", body(told["figures"]), _origin(told)]
    _, mark, by_hand = before.partition(KEPT)
    return "\n\n".join([*parts, KEPT]) + (by_hand if mark else "\n")


def read_figures(folder: Path) -> dict[str, Figures]:
    """Name of a bench -> what was kept of it."""
    return {
        name: msgspec.json.decode(file.read_bytes())
        for name in _PARTS
        if (file := folder / f"{name}.json").exists()
    }


def _origin(told: Figures) -> str:
    return f"`{told['command']}`, {told['date']}, {told['machine']}."


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join("–" if cell is None else str(cell) for cell in line) + " |" for line in lines
    )


def _dispatch(figures: Figures) -> str:
    rows = []
    for scenario, systems in figures["scenarios"].items():
        for system, row in systems.items():
            rows.append([scenario, system, row["p50_ms"], row["p99_ms"], row["per_s"], row["failed"]])
    ratios = [
        [scenario, other, to["p50"], to["p99"], to["achieved"]]
        for scenario, systems in figures["scenarios"].items()
        for other, to in systems.get("naranja", {}).get("to", {}).items()
    ]
    absolute = _table(["rate", "system", "P50 ms", "P99 ms", "alerts/s", "failed"], rows)
    parts = [absolute, _table(["rate", "ours to", "P50", "P99", "alerts/s"], ratios)]
    if "highest_per_s" in figures:
        parts.append(_highest(figures))
    return "\n\n".join(parts)


def _highest(figures: Figures) -> str:
    """The last step before the first with a P99 above 50 ms; who is not above it at the last step does more."""
    highest, top = figures["highest_per_s"], figures["climbed_to_per_s"]
    ours = highest["naranja"]
    rows = [
        [system, f"{rate:g}" if rate < 0.9 * top else f"{rate:g} or more", round(ours / rate, 2) if rate else None]
        for system, rate in highest.items()
    ]
    return _table(["system", "highest rate kept up (P99 at most 50 ms), alerts/s", "ours to it"], rows)


def _stages(figures: Figures) -> str:
    rows = [[stage, row["p50_ms"], row["p99_ms"], row["computing_ms"]] for stage, row in figures["stages"].items()]
    return _table(["stage", "P50 ms", "P99 ms", "of it computing, ms"], rows)


def _push(figures: Figures) -> str:
    names = ("hub_last_ms", "bare_last_ms", "ratio", "hub_kib_idle", "bare_kib_idle")
    rows = [[count, *(row[name] for name in names)] for count, row in figures["by_sockets"].items()]
    return _table(["sockets", "hub, last ms", "bare, last ms", "ratio", "KiB an idle one", "of the bare"], rows)


def _scale(figures: Figures) -> str:
    units = figures["latency_to_that_of_1000_units"]
    sizes = list(next(iter(units.values())))
    by_units = _table(
        ["latency to that of 1,000 units", *sizes],
        [[name.replace("_", " "), *row.values()] for name, row in units.items()],
    )
    rates, ratios = figures["alerts_saved_per_s_by_centers"], figures["rate_to_that_of_one_center"]
    centers = _table(
        ["centers in one process", "alerts saved/s", "to one center"],
        [[count, rates[count], ratios[count]] for count in rates],
    )
    return f"{by_units}\n\n{centers}"


def _flat(figures: Figures) -> str:
    return _table(["figure", "value"], [[name.replace("_", " "), value] for name, value in figures.items()])


_PARTS: Mapping[str, tuple[str, Callable[[Figures], str]]] = {
    "dispatch": ("Alert posted until its patrol's phone has it", _dispatch),
    "stages": ("The same, one alert at a time, stage by stage", _stages),
    "push": ("One card to many sockets", _push),
    "positions": ("Fixes a second", _flat),
    "scale": ("More units, more centers", _scale),
}
