"""`naranja figures`: the pages of figures, out of what the runs have left."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from . import performance_page, reliability_page
from .center import fail, out


def _performance(results: Path, before: str) -> str | None:
    found = performance_page.read_figures(results)
    return performance_page.page(found, before) if found else None


def _reliability(results: Path, _: str) -> str | None:
    found = reliability_page.read_results(results)
    return reliability_page.page(found) if found else None


PAGES: dict[str, Callable[[Path, str], str | None]] = {
    "performance.md": _performance,
    "reliability.md": _reliability,
}
"""Page -> what it is to say, from the folder of results and the page as it stands; None: it has no results."""


def figures(
    results: Annotated[Path, typer.Option(help="The folder of what the runs have left.")] = Path("docs/figures"),
    docs: Annotated[Path, typer.Option(help="The folder of the pages.")] = Path("docs"),
) -> None:
    """Write the pages of figures anew."""
    written = []
    for name, say in PAGES.items():
        page = docs / name
        said = say(results, page.read_text(encoding="utf-8") if page.exists() else "")
        if said is not None:
            page.write_text(said, encoding="utf-8")
            written.append(name)
    if not written:
        fail("no_results", f"There are no results in {results}.")
    out.print(", ".join(written))
