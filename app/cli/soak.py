"""`naranja soak`: the real service under a long storm, and whether it grows, leaks or slows."""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import msgspec
import typer

from simulator.live.stage import NotReady
from simulator.soak import PEAK_PER_S, Soaked, Storm, soak

from .center import err, fail
from .invented import invent
from .serving import WITHOUT_TLS, serving, stop_at_ctrl_c


def soak_command(
    minutes: Annotated[float, typer.Option(min=0.2, help="How long; 1440 is a whole day.")] = 30.0,
    times: Annotated[float, typer.Option(min=0.1, help="Times the busiest hour of a large center.")] = 10.0,
    seed: Annotated[int, typer.Option(help="Draws the city, the calls and the crews.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
) -> None:
    """Let calls come at so many times a large center's peak to a city of 284 units, each with a phone that drives.

    Every minute is told on the way. Fails if anything acknowledged is lost, held twice or nobody's.
    """
    with TemporaryDirectory(prefix="naranja-soak-") as folder:
        found = asyncio.run(_soak(Path(folder), minutes * 60, times * PEAK_PER_S, seed))
    if as_json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        for name, value in msgspec.to_builtins(found).items():
            sys.stdout.write(f"{name:>32}  {value}\n")
    if not found.sound:
        raise typer.Exit(1)


async def _soak(folder: Path, seconds: float, per_s: float, seed: int) -> Soaked:
    made = await invent(folder, seed, "capital")

    def tell(words: str) -> None:
        err.print(words, highlight=False, soft_wrap=True)

    storm = Storm(city=made.city, units=made.units, tokens=made.tokens, seconds=seconds, per_s=per_s, seed=seed)
    try:
        async with stop_at_ctrl_c() as stop, serving(made.settings, WITHOUT_TLS) as service:
            return await soak(service.address, service.pid, storm, tell, stop)
    except NotReady as problem:
        fail("service_not_ready", str(problem))
