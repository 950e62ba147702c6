"""The floors of the pages: imports run downward only, no page imports another, and no policy is broken."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "web/src"
FLOORS: Mapping[str, int] = {
    "console": 4,
    "coordinator": 4,
    "signin": 4,
    "unit": 4,
    "map": 3,
    "ui": 3,
    "state": 2,
    "wire": 1,
    "words": 1,
}
"""Room -> floor. A room may use those below it; two of one floor do not know each other."""

OUTSIDE: Mapping[str, frozenset[str]] = {
    "openapi-fetch": frozenset({"wire"}),
    "uplot": frozenset({"coordinator"}),
    "uplot/dist/uPlot.min.css": frozenset({"coordinator"}),
    "maplibre-gl": frozenset({"map"}),
    "maplibre-gl/dist/maplibre-gl.css": frozenset({"map"}),
    "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url": frozenset({"map"}),
    "open-location-code": frozenset({"console"}),
    "pmtiles": frozenset({"map"}),
}
"""Packages that only these rooms may use. Svelte itself is for all."""

GENERATED = "wire/api.d.ts"
LINES_MAX = 300
_IMPORT = re.compile(
    r"""(?:import|export)\s[^;]*?from\s+["']([^"']+)["']|import\s+["']([^"']+)["']|import\(["']([^"']+)"""
)

Sources = Mapping[str, str]
"""Path below `web/src` -> source."""


def the_pages() -> Sources:
    """Every source file of the pages."""
    files = [file for kind in ("ts", "svelte", "css") for file in SOURCE.rglob(f"*.{kind}")]
    named = {file.relative_to(SOURCE).as_posix(): file.read_text(encoding="utf-8") for file in sorted(files)}
    named.pop(GENERATED, None)
    return named


def _imports(source: str) -> Iterator[str]:
    for found in _IMPORT.findall(source):
        yield next(part for part in found if part)


def against_the_floors(pages: Sources) -> list[str]:
    """Every import that does not run downward, and every package that is not for that room."""
    found = []
    for file, source in pages.items():
        room = file.partition("/")[0]
        for name in _imports(source):
            if name.startswith("."):
                to = (Path(file).parent / name).as_posix()
                parts: list[str] = []
                for part in to.split("/"):
                    if part == "..":
                        parts.pop()
                    else:
                        parts.append(part)
                there = parts[0]
                if there != room and FLOORS.get(there, 9) >= FLOORS.get(room, 0):
                    found.append(f"{file} imports {name}")
            elif not name.startswith("svelte") and room not in OUTSIDE.get(name, frozenset()):
                found.append(f"{file} imports {name}")
    return found


def against_the_policy(pages: Sources) -> list[str]:
    """What the content policy would stop, or what would put markup into a page: found before a browser does."""
    forbidden = (
        r"\sstyle=",
        r"<[^>]*\sstyle:",
        r"\{@html",
        r"\binnerHTML\b",
        r"\beval\(",
        r"\bon\w+=\"",
        r"https?://",
    )
    return [
        f"{file}: {found[0].strip()}"
        for file, source in pages.items()
        for found in [re.search("|".join(forbidden), source)]
        if found is not None
    ]


def homeless(pages: Sources) -> list[str]:
    """Files that stand in no room."""
    return [file for file in pages if file.partition("/")[0] not in FLOORS]


def too_long(pages: Sources) -> list[str]:
    """Files nobody reads in one sitting; lists of words are not read so."""
    return [file for file, text in pages.items() if text.count("\n") > LINES_MAX and not file.startswith("words/")]


@pytest.mark.parametrize(
    "look", [against_the_floors, against_the_policy, homeless, too_long], ids=lambda look: look.__name__
)
def test_the_pages_stand(look: Callable[[Sources], list[str]]) -> None:
    assert look(the_pages()) == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("unit/Fake.svelte", 'import Board from "../console/Board.svelte";'),
        ("console/fake.ts", 'import { Reveal } from "../unit/reveal.ts";'),
        ("wire/fake.ts", 'import { Cards } from "../state/cards.ts";'),
        ("wire/fake.ts", 'import { words } from "../words/words.ts";'),
        ("unit/fake.ts", 'import { Map } from "maplibre-gl";'),
        ("ui/fake.ts", 'const page = await import("../console/main.ts");'),
        ("unit/fake.ts", 'import createClient from "openapi-fetch";'),
        ("state/fake.ts", 'export { es } from "lodash";'),
    ],
)
def test_an_import_that_runs_up_or_sideways_is_found(file: str, source: str) -> None:
    assert len(against_the_floors({file: source})) == 1


@pytest.mark.parametrize(
    "source", ['<p style="color: red">', "<p style:color={x}>", "{@html note}", 'fetch("https://example.org")']
)
def test_what_the_policy_would_stop_is_found(source: str) -> None:
    assert len(against_the_policy({"ui/Fake.svelte": source})) == 1
