"""`naranja swarm`: many invented nights against the core, each with everything going wrong that can."""

import sys
from typing import Annotated

import msgspec
import typer

from simulator.swarm import WORKERS, Failure, as_dict, as_text, swarm


def swarm_command(
    seeds: Annotated[int, typer.Option(min=1, help="How many nights, from seed 0 on.")] = 20,
    seed: Annotated[int | None, typer.Option(help="This night only.")] = None,
    hours: Annotated[float, typer.Option(min=0.1, help="How long each night is.")] = 24.0,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = WORKERS,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
) -> None:
    """Play nights from their seeds; every promise is looked at after every command. Fails if one is broken."""

    def tell(failure: Failure) -> None:
        sys.stderr.write(f"{failure}\n")

    found = swarm(range(seeds) if seed is None else [seed], hours, workers, tell)
    sys.stdout.write((msgspec.json.encode(as_dict(found)).decode() if as_json else as_text(found)) + "\n")
    if found.failures:
        raise typer.Exit(1)
