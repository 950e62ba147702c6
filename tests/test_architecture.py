"""The floors of the house: imports run downward only, files form no circle, the core stays pure."""

import ast
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FLOORS: Mapping[str, int] = {
    "app.main": 7,
    "app.serving": 7,
    "app.cli": 7,
    "app.api": 6,
    "app.push": 6,
    "app.ticker": 6,
    "app.envoy": 6,
    "app.notary": 6,
    "app.watcher": 6,
    "app.synthetic": 6,
    "app.pages": 6,
    "chaos": 6,
    "app.region": 5,
    "app.backup": 5,
    "app.verify": 5,
    "app.evidence": 5,
    "app.service": 5,
    "app.opening": 5,
    "app.positions": 5,
    "app.lines": 5,
    "app.gate": 5,
    "app.household": 5,
    "app.erasing": 5,
    "app.retention": 5,
    "app.exports": 5,
    "app.history": 5,
    "app.chronicle": 5,
    "app.keys": 5,
    "app.desk": 5,
    "app.followed": 5,
    "app.batch": 5,
    "app.details": 5,
    "app.denied": 5,
    "app.glass": 5,
    "simulator": 5,
    "app.store": 4,
    "app.security": 4,
    "app.cards": 4,
    "app.reports": 4,
    "app.dispatch": 3,
    "app.geo": 2,
    "app.settings": 1,
    "app.clock": 1,
    "app.children": 1,
    "app.measures": 1,
    "app.traces": 1,
}
"""Room -> floor. A room is a file, a folder, or files that share the beginning of their name (`app/cli*.py`)."""

NEIGHBOURS = {
    ("app.batch", "app.details"): "sealed details are written in the transaction of the event",
    ("app.desk", "app.batch"): "a batch is what one commit of the desk is made of",
    ("app.desk", "app.followed"): "the desk decides on the board as the log has it, and moves it",
    ("app.followed", "app.details"): "where alerts are is sealed, and the ground has to know it",
    ("app.desk", "app.details"): "the desk is given the key with which a batch is sealed",
    ("app.exports", "app.details"): "an export opens what is sealed, by the one way to it",
    ("app.exports", "app.household"): "a person is found by the keyed hash of their number or address",
    ("app.cards", "app.security"): "what of a card is shown to whom is said in the table of fields",
    ("app.glass", "app.details"): "the note on broken glass is sealed with the alert's own key",
    ("app.household", "app.desk"): "which rules count, and not saved is said as the desk says it",
    ("app.retention", "app.erasing"): "the schedule erases as a person does",
    ("app.positions", "app.desk"): "a unit not heard of for long is heard again by its position",
    ("app.lines", "app.desk"): "the ground of the desk is told which units have a line",
    ("app.region", "app.desk"): "the units of a region are listed through the one door",
    ("app.region", "app.service"): "an import finds its files and keys where the service has them",
    ("app.service", "app.denied"): "service puts the parts below the doors together",
    ("app.service", "app.glass"): "service puts the parts below the doors together",
    ("app.service", "app.desk"): "service puts the parts below the doors together",
    ("app.service", "app.details"): "service puts the parts below the doors together",
    ("app.service", "app.gate"): "service puts the parts below the doors together",
    ("app.service", "app.household"): "service puts the parts below the doors together",
    ("app.service", "app.erasing"): "service puts the parts below the doors together",
    ("app.service", "app.exports"): "service puts the parts below the doors together",
    ("app.service", "app.retention"): "service puts the parts below the doors together",
    ("app.service", "app.chronicle"): "service puts the parts below the doors together",
    ("app.service", "app.keys"): "service puts the parts below the doors together",
    ("app.service", "app.lines"): "service puts the parts below the doors together",
    ("app.service", "app.positions"): "service puts the parts below the doors together",
    ("app.verify", "app.region"): "the kind under which the true place of a sealed unit is sealed",
    ("app.store", "app.security"): "rows are chained as they are written",
    ("app.synthetic", "app.api"): "the synthetic center's door is served as the real one's is",
    ("app.opening", "app.service"): "what is opened, again and again until the database is there",
    ("app.opening", "app.desk"): "not saved is how a desk says that the database is away",
    ("app.serving", "app.main"): "a process serves what main wires",
    ("app.cli", "app.serving"): "`naranja serve` serves in this process, or keeps several",
    ("app.cli", "app.main"): "`naranja serve` starts what main wires",
}
"""The only imports between two rooms of one floor, each with its reason."""

MAY_USE: Mapping[str, frozenset[str]] = {
    "simulator": frozenset({"app.dispatch", "app.geo", "app.reports", "app.clock"}),
    # A stranger that starts the programs, and reads the records when all is over.
    "chaos": frozenset({"app.children", "app.clock", "app.dispatch", "app.geo", "app.store", "simulator"}),
}
"""Rooms that may use less than what lies below them."""

USED_BY: Mapping[str, frozenset[str]] = {
    "simulator": frozenset({"app.cli", "chaos"}),
    "chaos": frozenset({"app.cli"}),
    "app.main": frozenset({"app.cli", "app.serving"}),
    "app.serving": frozenset({"app.cli"}),
}
"""Rooms that only these may use."""

PURE = frozenset(
    {
        "bisect",
        "collections",
        "dataclasses",
        "enum",
        "immutables",
        "itertools",
        "math",
        "numpy",
        "operator",
        "scipy",
        "sys",
        "typing",
        "unicodedata",
        "uuid",
    }
)
"""All that `app.dispatch` may import from outside the project: no clock, no chance, no I/O. Some calculate."""

CHANCE = frozenset({"uuid1", "uuid4", "uuid6", "uuid7", "uuid8"})
"""Ids made of the time or of chance: the core is told its ids."""

NOW = frozenset({"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"})
"""Ways to read the wall clock; only `app.clock` may."""

Sources = Mapping[str, str]
"""Module name -> its source."""

parse = cache(ast.parse)


@cache
def import_statements(source: str) -> list[ast.Import | ast.ImportFrom]:
    """Every import in the source, those in functions too."""
    return [node for node in ast.walk(parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]


@cache
def the_house() -> Sources:
    """Every module of the service, of the simulator and of what breaks them."""
    files = [*ROOT.glob("app/**/*.py"), *ROOT.glob("simulator/**/*.py"), *ROOT.glob("chaos/**/*.py")]
    return {_module(file.relative_to(ROOT)): file.read_text(encoding="utf-8") for file in sorted(files)}


def _module(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(module: str) -> str | None:
    """The room a module is in, or None for a module outside the house."""
    parts = module.split(".")
    for name in (".".join(parts[:2]), parts[0]):
        if name in FLOORS:
            return name
    return "app.cli" if module.startswith("app.cli_") else None


def imports(module: str, source: str, known: Sources) -> Iterator[str]:
    """The full name of every module that `source` imports, wherever in the file it does."""
    is_package = any(other.startswith(f"{module}.") for other in known)
    for node in import_statements(source):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        else:
            base = node.module or ""
            if node.level:
                above = module.split(".")[: None if is_package and node.level == 1 else -node.level + is_package]
                base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                below = f"{base}.{alias.name}"
                yield below if below in known or (base == "app" and room(below)) else base


def against_the_floors(house: Sources) -> list[str]:
    """Every import that does not run downward, in words."""
    found = []
    for module, source in house.items():
        here = room(module)
        for there_module in imports(module, source, house):
            there = room(there_module)
            if there is None or there == here or here is None:
                continue
            down = FLOORS[there] < FLOORS[here] or (here, there) in NEIGHBOURS
            wanted = there in MAY_USE.get(here, {there}) and here in USED_BY.get(there, {here})
            if not (down and wanted):
                found.append(f"{module} (floor {FLOORS[here]}) imports {there_module} (floor {FLOORS[there]})")
    return found


def circles(house: Sources) -> list[str]:
    """Every circle of files that import each other, each named once by its first file."""
    arrows = {
        m: {to for to in imports(m, source, house) if to in house and to != m} for m, source in house.items()
    }
    reached: dict[str, set[str]] = {}
    for start, first in arrows.items():
        seen: set[str] = set()
        ahead = list(first)
        while ahead:
            module = ahead.pop()
            if module not in seen:
                seen.add(module)
                ahead += arrows[module]
        reached[start] = seen
    rings = {tuple(sorted(to for to in reached[m] if m in reached[to])) for m in arrows if m in reached[m]}
    return [" <-> ".join(ring) for ring in sorted(rings)]


def impurities(house: Sources) -> list[str]:
    """What the core imports that has a clock, chance or the world in it."""
    found = []
    for module, source in house.items():
        if room(module) != "app.dispatch":
            continue
        outside = {to for to in imports(module, source, house) if room(to) is None}
        found += [f"{module} imports {to}" for to in sorted(outside) if to.split(".")[0] not in PURE]
        for node in ast.walk(parse(source)):
            name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            if name in CHANCE:
                found.append(f"{module} makes an id by {name}")
    return found


def clock_readers(house: Sources) -> list[str]:
    """Whoever reads the wall clock and is not `app.clock`."""
    found = []
    for module, source in house.items():
        if module == "app.clock":
            continue
        for node in ast.walk(parse(source)):
            if isinstance(node, ast.Attribute):
                read = ".".join(ast.unparse(node).split(".")[-2:])
                if read in NOW:
                    found.append(f"{module} reads {read}")
            elif isinstance(node, ast.ImportFrom) and node.module == "time":
                found += [
                    f"{module} takes time.{alias.name}" for alias in node.names if f"time.{alias.name}" in NOW
                ]
    return found


def late_imports(house: Sources) -> list[str]:
    """Imports hidden in functions."""
    return [
        f"{module} line {node.lineno}"
        for module, source in house.items()
        for function in ast.walk(parse(source))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def homeless(house: Sources) -> list[str]:
    """Files that stand in no room."""
    return [module for module in house if room(module) is None and module != "app"]


@pytest.mark.parametrize(
    "look",
    [against_the_floors, circles, impurities, clock_readers, late_imports, homeless],
    ids=lambda f: f.__name__,
)
def test_the_house_stands(look: Callable[[Sources], list[str]]) -> None:
    assert look(the_house()) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("app.dispatch.fake", "from app.desk import Desk"),
        ("app.dispatch.fake", "from app import desk"),
        ("app.dispatch.fake", "from ..store import board"),
        ("app.dispatch.fake", "def late():\n    import app.store.board"),
        ("app.geo.fake", "from app.dispatch.model import Unit"),
        ("app.api.fake", "from app.push.hub import Hub"),
        ("app.api.fake", "import simulator.engine"),
        ("app.details", "from app.desk import Desk"),
        ("app.cards.fake", "from ..reports import timeline"),
        ("app.settings", "import app.clock"),
        ("app.ticker", "from app.main import create"),
        ("simulator.fake", "from app.store import board"),
        ("simulator.live", "from app.api import bodies"),
        ("simulator.city.streets", "from app.settings import Settings"),
    ],
)
def test_an_import_that_runs_up_or_sideways_is_found(module: str, source: str) -> None:
    assert len(against_the_floors({**the_house(), module: source})) > len(against_the_floors(the_house()))


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("app.api.fake", "from app.desk import Desk\nfrom app.dispatch import commands"),
        ("app.desk", "from app.details import seal\nfrom app.store import board"),
        ("app.store.fake", "from . import tables\nfrom app.dispatch.model import Board"),
        ("app.cli_serve", "from app.main import create\nimport simulator.trial"),
        ("simulator.live", "import httpx\nfrom app.reports import timeline"),
    ],
)
def test_an_import_that_runs_down_is_fine(module: str, source: str) -> None:
    house = {module: source, "app.store": "", "app.store.tables": "", "app.dispatch.commands": ""}
    assert against_the_floors(house) == []


def test_a_circle_of_files_is_found() -> None:
    house = {
        "app.geo.one": "from . import two",
        "app.geo.two": "from .three import x",
        "app.geo.three": "import app.geo.one",
        "app.geo.four": "from .one import y",
    }
    assert circles(house) == ["app.geo.one <-> app.geo.three <-> app.geo.two"]


@pytest.mark.parametrize(
    "source",
    [
        "import asyncio",
        "import time",
        "from datetime import datetime",
        "import random",
        "import os.path",
        "from pydantic import BaseModel",
        "import sqlalchemy",
        "import asyncpg",
        "from fastapi import APIRouter",
        "from uuid import uuid4\nx = uuid4()",
    ],
)
def test_what_makes_the_core_impure_is_found(source: str) -> None:
    assert impurities({"app.dispatch.fake": source})


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\nx = datetime.now()",
        "import datetime as d\nx = d.datetime.now(d.UTC)",
        "import time\nx = time.time()",
        "from time import time",
    ],
)
def test_who_reads_the_wall_clock_is_found(source: str) -> None:
    assert clock_readers({"app.push.fake": source})


def test_an_import_hidden_in_a_function_and_a_file_without_a_room_are_found() -> None:
    assert late_imports({"app.api.fake": "async def f():\n    import json"}) == ["app.api.fake line 2"]
    assert homeless({"app.utils": "", "app.helpers.text": ""}) == ["app.utils", "app.helpers.text"]
