"""Everything the description of the API allows and everything it does not, sent to a real service by every role.

`python -m tests.fuzz.api --cases 10000` is `make fuzz-api`.
"""

import argparse
import asyncio
import json
import logging
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.children.postgres import EmbeddedPostgres
from app.dispatch.model import Board, UnitState
from tests.service_fixture import House, a_house

HERE = Path(__file__).parent
PHASES = "examples,coverage,fuzzing,stateful"
EXAMPLES = 40
"""For each operation and role, besides what the phase `coverage` makes up from the description."""
WITHOUT_RATE: dict[str, Any] = {"requests_burst_max": 10**9, "requests_per_s_max": 1e9}
"""One session asks more here than a person ever does."""
ROLES = {
    "operator": "operator",
    "supervisor": "supervisor",
    "coordinator": "coordinator",
    "auditor": "auditor",
    "admin": "admin",
    "center": "center",
    "unit": "P-1",
    "shelter": "S-1",
    "nobody": None,
}
"""Role, and whose token of the house that is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the run of one role came to; `operations` counts those that were tried."""

    role: str
    operations: int
    cases: int
    failures: tuple[str, ...]


class Loud(logging.Handler):
    """Counts what the service itself calls an error meanwhile."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """One more."""
        self.heard.append(f"{record.name}: {record.msg}")


async def fuzz(house: House, role: str, *, examples: int, seed: int, phases: str = PHASES) -> Found:
    """Send it all in the name of one role. Signing out is left out: it would end the run."""
    who = ROLES[role]
    with tempfile.TemporaryDirectory() as folder:
        described, report = Path(folder, "openapi.json"), Path(folder, "report.json")
        await asyncio.to_thread(described.write_text, json.dumps(house.app.openapi()))
        arguments = [
            *("--config-file", str(HERE / "schemathesis.toml"), "run", str(described), "--url", house.url),
            *("--max-examples", str(examples), "--seed", str(seed), "--phases", phases, "--mode", "all"),
            *("--continue-on-failure", "--no-color"),
            *("--suppress-health-check", "all", "--warnings", "off", "--generation-database", "none"),
            *("--exclude-method", "DELETE", "--request-timeout", "20"),
            *("--report", "json", "--report-json-path", str(report)),
            *(() if who is None else ("--header", f"Authorization: Bearer {house.tokens[who]}")),
        ]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "schemathesis.cli", *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=folder,
            env={
                **os.environ,
                "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"),
                "NARANJA_FUZZ_IDS": json.dumps(_ids(await house.service.desk.board())),
            },
        )
        said = (await process.communicate())[0].decode(errors="replace")
        try:
            told = json.loads(await asyncio.to_thread(report.read_text))
        except FileNotFoundError:
            raise RuntimeError(f"schemathesis did not run:\n{said}") from None
    failures = [said] if told["test_cases"]["unique_failures"] or told["errors"] or process.returncode else []
    return Found(
        role=role,
        operations=told["operations"]["tested"],
        cases=told["test_cases"]["generated"],
        failures=tuple(failures),
    )


def _ids(board: Board) -> dict[str, list[str]]:
    """What there is in this house to ask for."""
    return {"alert": list(board.alerts), "assignment": list(board.assignments), "unit": list(board.units)}


async def keep_busy(house: House) -> None:
    """Some work under way, so that there is something to find."""
    units = (await house.service.desk.board()).units
    await house.on_duty(*(code for code, unit in units.items() if unit.state is UnitState.OFF_DUTY))
    for needs in (("police",), ("police", "prosecutor", "shelter"), ("shelter",), ("prosecutor",)):
        await house.raised(*needs)


async def in_every_role(examples: int, seed: int) -> list[Found]:
    """A house of its own, and every role in it, one after the other."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        async with EmbeddedPostgres(Path(folder, "postgres")) as server:
            await server.create_database("fuzz")
            async with a_house(server.dsn("fuzz"), Path(folder), **WITHOUT_RATE) as house:
                for role in ROLES:
                    await keep_busy(house)
                    found.append(await fuzz(house, role, examples=examples, seed=seed))
                    sys.stderr.write(f"{role}: {found[-1].cases} cases\n")
                # It lives, and does what it is for.
                await house.raised("police")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what was found as JSON; 0 where enough was sent and nothing broke."""
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--cases", type=int, default=10_000, help="fewer than this is no proof")
    said.add_argument("--examples", type=int, default=EXAMPLES, help="for each operation and role")
    said.add_argument("--seed", type=int, default=20261123)
    chosen = said.parse_args(arguments)
    loud = Loud()
    logging.getLogger().addHandler(loud)
    found = asyncio.run(in_every_role(chosen.examples, chosen.seed))
    cases = sum(one.cases for one in found)
    broken = [failure for one in found for failure in one.failures]
    sys.stderr.write("\n".join(broken))
    figures = {
        "seed": chosen.seed,
        "cases": cases,
        "by_role": {one.role: one.cases for one in found},
        "operations": max(one.operations for one in found),
        "runs_with_failures": len(broken),
        "errors_in_log": loud.heard,
    }
    sys.stdout.write(f"{json.dumps(figures)}\n")
    return int(bool(broken or loud.heard or cases < chosen.cases))


if __name__ == "__main__":
    sys.exit(main())
