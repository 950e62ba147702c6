"""docs/reliability.md out of what runs that break things have printed as JSON. Nothing in it is typed by hand."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

TITLES = {
    "kills": "Killed under load",
    "promote": "The primary lost, its standby promoted",
    "messages": "Messages lost, doubled and out of order",
    "phones": "All lines cut at once, then swallowed",
    "disk-full": "The database's disk full",
    "locked": "The log's table locked",
    "clock": "Wall clocks jump an hour",
    "escalations": "An offer due as its process is killed",
    "soak": "A long storm",
}
PLACE = ("at", "seed", "cores", "load", "platform", "python", "postgresql", "naranja")
LEFT_OUT = frozenset({"run", "named", "said", *PLACE})
HEAD = """# Reliability

Written by `naranja figures` from the last run of each kind; do not edit. A probability of which 0 failures were
seen in N tries lies below 3/N with 95 % confidence (`bound_95_…`). Lengths are seconds from the fault.
"""


def page(results: Iterable[Mapping[str, Any]]) -> str:
    """The page, of the newest result of each kind of run."""
    newest: dict[str, Mapping[str, Any]] = {}
    for result in sorted(results, key=lambda one: str(one["at"])):
        newest[result["run"]] = result
    return "\n".join([HEAD, *(_section(newest[run], title) for run, title in TITLES.items() if run in newest)])


def read_results(folder: Path) -> list[dict[str, Any]]:
    """Every result in the files of the folder, a line of JSON each."""
    files = sorted(folder.glob("chaos-*.json"))
    return [msgspec.json.decode(line) for file in files for line in file.read_bytes().splitlines() if line]


def _section(result: Mapping[str, Any], title: str) -> str:
    rows = [f"| {name} | {_words(value)} |" for name, value in result.items() if name not in LEFT_OUT]
    place = ", ".join(f"{name} {result[name]}" for name in PLACE)
    return "\n".join([f"## {title}", "", place + ".", "", "| figure | value |", "|---|---|", *rows, ""])


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_words(one)}" for name, one in value.items()) or "none"
    if isinstance(value, bool):
        return "yes" if value else "NO"
    return f"{value:,}" if isinstance(value, int) else str(value)
