"""An offer nobody answers goes on in time, also when a process is killed at the very moment it is due.

`python -m tests.many.escalations --tries 100` is the long run, with a PostgreSQL of its own. docs/reliability.md
shows what it prints.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from app.children.postgres import EmbeddedPostgres
from app.dispatch import events as e
from app.dispatch.deadlines import offer_deadline
from app.store import queries, rules
from chaos.figures import bound, machine, seconds
from tests.service_fixture import House, a_house

from .processes import Process, ready, several, start

WAITS_S = 3.0
AROUND_S = 0.15
"""A process is killed at the deadline, give or take this."""
DUE_WITHIN_S = 2.0
PATIENT = {"seen_within_s": WAITS_S, "answer_within_s": WAITS_S}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How late the expiries were committed, by the time in the log (seconds), and offers that expired not once."""

    late_s: tuple[float, ...]
    not_once: int

    @property
    def within(self) -> int:
        return sum(late <= DUE_WITHIN_S for late in self.late_s)


async def escalations(house: House, database_url: str, folder: Path, tries: int, seed: int) -> Figures:
    """Two processes; each time one of them, in turn, is killed when an offer is due. This one never ticks."""
    await house.app.state.ticker.stop()
    chance, late, not_once = random.Random(seed), list[float](), 0
    async with house.service.database.transaction() as connection:
        page = {"clocks": {"police": dict.fromkeys(("standard", "high", "extreme"), PATIENT)}}
        await rules.set_pages(connection, house.service.settings.center, [(0.0, page)])
    await house.service.reload_region()
    async with several(2, database_url, folder) as processes:
        await asyncio.gather(*map(ready, processes))
        for number in range(tries):
            # Who has not looked at an offer is asked no more until heard of: each try begins with a fresh shift.
            await house.on_duty("P-1", "P-2")
            receipt = await house.raised("police")
            first = await house.offered(receipt)
            due_at = offer_deadline((await house.service.desk.board()).assignments[first])
            victim = processes[number % 2]
            await asyncio.sleep(due_at - time.time() + chance.uniform(-AROUND_S, AROUND_S))
            victim.kill()
            ended = await _ends_of(house, receipt["alert"], first, due_at)
            not_once += len(ended) != 1
            late += [ended[0] - due_at] if ended else [float("inf")]
            await house.cancelled(receipt["alert"])
            await house.off_duty("P-1", "P-2")
            processes[number % 2] = await _again(victim, database_url, folder)
    return Figures(late_s=tuple(late), not_once=not_once)


async def _ends_of(house: House, alert: str, assignment: str, due_at: float) -> list[float]:
    """When the offer expired by the log: read a little after it must have."""
    await asyncio.sleep(due_at + DUE_WITHIN_S + 0.5 - time.time())
    async with house.service.database.transaction() as connection:
        entries = await queries.story(connection, house.service.settings.center, alert)
    return [
        entry.at
        for entry in entries
        if isinstance(entry.event, e.OfferExpired) and entry.event.assignment == assignment
    ]


async def _again(victim: Process, database_url: str, folder: Path) -> Process:
    await victim.child.wait()
    process = await start(database_url, folder)
    await ready(process)
    return process


async def _main(tries: int, seed: int) -> Figures:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with EmbeddedPostgres(folder / "postgres") as postgres:
            await postgres.create_database("escalations")
            url = postgres.dsn("escalations")
            async with a_house(url, folder) as house:
                return await escalations(house, url, folder, tries, seed)


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--tries", type=int, default=100)
    words.add_argument("--seed", type=int, default=1)
    asked = words.parse_args()
    found = asyncio.run(_main(asked.tries, asked.seed))
    sound = found.within == asked.tries and not found.not_once
    said = machine() | {
        "seed": asked.seed,
        "run": "escalations",
        "tries": asked.tries,
        "bound_95_a_try": bound(asked.tries),
        "within_2_s": found.within,
        "not_once": found.not_once,
        "late": seconds(found.late_s),
        "sound": sound,
    }
    sys.stdout.write(json.dumps(said) + "\n")
    sys.exit(0 if sound else 1)
