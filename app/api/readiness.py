"""Whether this process should be sent requests: everything an alert needs to be saved and followed, looked at now.

Each check says why. What makes help slower but not uncertain, such as roads that do not answer, is said and does
not make a process unready: every other process would be in the same case, and none would be left.
"""

import asyncio
import shutil
import time
from typing import Literal, NotRequired, TypedDict

from app.children.process import State
from app.clock import SystemClock, rfc3339
from app.desk import NotSaved
from app.service import Service
from app.store.session import GONE, Standing

ASK_S_MAX = 3.0
"""A database that does not answer within this is not ready, whatever it will say."""
WRITTEN_S_MAX = 5.0
"""This process writes that it lives twice a second; the last that was taken must not be older."""
LOOKED_S_MAX = 5.0
"""The log is looked at every second; so old may the last look be."""
CLOCK_S_MAX = 5.0
"""The clocks of machines that keep time differ by milliseconds; a fix of a position may be so far ahead."""
TICKED_S_MAX = 5.0
"""The ticker goes round every second."""
DISK_BYTES_MIN = 256 * 2**20
"""Under this the disk of our own database is nearly full."""
ONLY_SAID = frozenset({"roads", "synthetic"})
"""What is no cause to be taken out."""
LATE_S_MAX = 1.0
"""How long it is waited for the board to reach the log before it is said to lag."""


class Check(TypedDict):
    """Whether it is as it should be, and what was seen."""

    ok: bool
    says: NotRequired[str]


class Readiness(TypedDict):
    """Whether to send requests here. `checks` by name; all but `roads` and `synthetic` must be ok."""

    status: Literal["ready", "not ready", "draining"]
    at: str
    checks: dict[str, Check]


async def readiness(service: Service, ticked_at: float, synthetic: tuple[bool, str]) -> Readiness:
    """Look at everything now. `ticked_at`: when the ticker last went round (monotonic seconds).

    `synthetic`: whether a synthetic alert has gone the whole way lately, and how that is said.
    """
    now = service.clock.now()
    try:
        async with asyncio.timeout(ASK_S_MAX):
            standing = await service.database.standing(service.settings.center)
    except GONE as problem:
        checks: dict[str, Check] = {"database": _no(f"it does not answer: {type(problem).__name__}")}
    else:
        checks = {
            "database": _database(service, standing),
            "log": await _log(service, standing),
            "clock": _clock(service, standing, (now + service.clock.now()) / 2),
        }
    checks |= {"ticker": _age(ticked_at, TICKED_S_MAX), "children": _children(service), "roads": _roads(service)}
    checks["synthetic"] = Check(ok=synthetic[0], says=synthetic[1])
    if service.postgres is not None:
        checks["disk"] = _disk(service)
    well = all(check["ok"] for name, check in checks.items() if name not in ONLY_SAID)
    status: Literal["ready", "not ready", "draining"] = "ready" if well else "not ready"
    return Readiness(status="draining" if service.draining else status, at=rfc3339(now), checks=checks)


def _no(says: str) -> Check:
    return Check(ok=False, says=says)


def _age(at: float, most_s: float) -> Check:
    age_s = time.monotonic() - at
    return Check(ok=True) if age_s <= most_s else _no(f"last {age_s:.0f} s ago")


def _database(service: Service, standing: Standing) -> Check:
    """It says that it takes writes, and it has just taken one."""
    if not standing.writable:
        return _no("it takes no writes: a standby, or made read-only")
    return _age(service.lines.written_at, WRITTEN_S_MAX)


async def _log(service: Service, standing: Standing) -> Check:
    """The board is where the log was when the database was asked."""
    desk = service.desk
    try:
        async with asyncio.timeout(LATE_S_MAX):
            while (await desk.board()).seq < standing.last_seq:
                desk.look()
                await asyncio.sleep(0.02)
    except (NotSaved, TimeoutError) as problem:
        return _no("the board is not there" if isinstance(problem, NotSaved) else "the board lags behind the log")
    return _age(desk.looked_at, LOOKED_S_MAX)


def _clock(service: Service, standing: Standing, now: float) -> Check:
    if not isinstance(service.clock, SystemClock):
        return Check(ok=True, says="simulated")
    ahead_s = now - standing.at
    return Check(ok=abs(ahead_s) <= CLOCK_S_MAX, says=f"{ahead_s:+.3f} s beside the database's")


def _children(service: Service) -> Check:
    """What this process itself has started. Roads are no cause to be taken out."""
    if service.postgres is None or service.postgres.state is State.UP:
        return Check(ok=True)
    return _no(f"PostgreSQL is {service.postgres.state}")


def _roads(service: Service) -> Check:
    if service.osrm is not None:
        return Check(ok=service.osrm.state is State.UP, says=str(service.osrm.state))
    return Check(ok=True, says="other" if service.settings.osrm_url else "none")


def _disk(service: Service) -> Check:
    free = shutil.disk_usage(service.settings.data_dir).free
    return Check(ok=free >= DISK_BYTES_MIN, says=f"{free // 2**20} MiB free")
