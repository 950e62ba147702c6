"""`naranja figures`: the pages of figures, out of what the runs have left."""

from pathlib import Path
from typing import Annotated

import typer

from .center import fail, out
from .reliability_page import page, read_results


def figures(
    results: Annotated[Path, typer.Option(help="The folder of chaos-*.json.")] = Path("docs/figures"),
    to: Annotated[Path, typer.Option(help="The page that is written.")] = Path("docs/reliability.md"),
) -> None:
    """Write docs/reliability.md from the results of `naranja chaos … --json`."""
    found = read_results(results)
    if not found:
        fail("no_results", f"There is no chaos-*.json in {results}.")
    to.write_text(page(found), encoding="utf-8")
    out.print(f"{to}: {len(found)} results")
