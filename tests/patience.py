"""How long tests wait, and how a promise of seconds is measured on a machine that does much else."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable

PATIENCE_S = 60.0
"""Whoever waits so long waits for ever. A wait ends as soon as it may; its bound only keeps a broken thing from
holding up the run."""
ATTEMPTS_MAX = 6


async def until(true: Callable[[], object], within_s: float = PATIENCE_S) -> None:
    """Return as soon as it is so, or as what it gives to wait for says so."""
    async with asyncio.timeout(within_s):
        while not (  # noqa: ASYNC110  # whatever it is, it has no event to wait for
            await found if inspect.isawaitable(found := true()) else found
        ):
            await asyncio.sleep(0.01)


async def promised(within_s: float, attempt: Callable[[], Awaitable[float]], attempts: int = ATTEMPTS_MAX) -> None:
    """Fail unless one of a few attempts took no longer than was promised; each returns its seconds.

    Other work on the machine only ever adds to a time, and a promise that is broken is broken every time. What an
    attempt asserts must hold in each.
    """
    took_s: list[float] = []
    while len(took_s) < attempts and (not took_s or min(took_s) > within_s):
        took_s.append(await attempt())
    assert min(took_s) <= within_s, took_s
