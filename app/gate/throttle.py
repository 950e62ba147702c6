"""Failed attempts to sign in make the next one wait: counted in the database, so that all processes know."""

import asyncio
from dataclasses import dataclass, replace
from ipaddress import IPv6Address, ip_address

from app.clock import Clock
from app.security import throttle as t
from app.security.sealing import Sealer
from app.store import attempts
from app.store.attempts import Count
from app.store.session import Database

from .refusals import TooManyAttempts

COUNTED_AT_ONCE = 2
"""Connections that attempts may use at once: a storm of them leaves the others to who is signed in."""
WAITING_MAX = 1000
"""Attempts of one process that may wait for these; more are not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt under way. It counts as failed until it is said how it ended."""

    whom: bytes
    where: bytes
    both: bytes


class Throttle:
    """Counts under keyed hashes: whoever reads the table learns no login and no address."""

    def __init__(self, database: Database, sealer: Sealer, clock: Clock, center: str) -> None:
        self._database, self._sealer, self._clock, self._center = database, sealer, clock, center
        self._free = asyncio.Semaphore(COUNTED_AT_ONCE)
        self._waiting = 0

    async def begin(self, login: str, address: str) -> Attempt:
        """Count an attempt before anything of it is looked at, so that many at once cannot slip through.

        Raises TooManyAttempts while one of its counts makes it wait; what is refused so is not counted.
        """
        if self._waiting >= WAITING_MAX:
            raise TooManyAttempts(t.FIRST_S)
        self._waiting += 1
        try:
            return await self._begin(login, address)
        finally:
            self._waiting -= 1

    async def _begin(self, login: str, address: str) -> Attempt:
        where = self._sealer.keyed_hash("attempts from", place_of(address))
        account = self._sealer.keyed_hash("attempts on", login)
        both = self._sealer.keyed_hash("attempts on, from", f"{place_of(address)} {login}")
        at = self._clock.now()
        async with self._free, self._database.transaction() as connection:
            known = await attempts.read(connection, self._center, [where, account, both])
            whom = both if at - known[both].succeeded_at < t.FAMILIAR_S else account
            free = {whom: t.FREE_ACCOUNT, where: t.FREE_ADDRESS}
            _look(known, free, at)
            await attempts.ensure(connection, self._center, free)
            # Looked at again under the lock: others may have failed in between.
            known = await attempts.read(connection, self._center, free, lock=True)
            _look(known, free, at)
            for key in free:
                failures = t.counted(known[key].failures, known[key].failed_at, at) + 1
                count = replace(known[key], failures=failures, failed_at=at)
                await attempts.write(connection, self._center, key, count)
        return Attempt(whom=whom, where=where, both=both)

    async def succeeded(self, attempt: Attempt) -> None:
        """It went well: the account's failures are forgotten, and its address is familiar.

        The address keeps its other failures: one account of one's own would otherwise pay for guessing at others.
        """
        at = self._clock.now()
        async with self._free, self._database.transaction() as connection:
            await attempts.take_back(connection, self._center, [attempt.where])
            await attempts.write(connection, self._center, attempt.both, Count(succeeded_at=at))
            if attempt.whom != attempt.both:
                await attempts.write(connection, self._center, attempt.whom, Count())

    async def undecided(self, attempt: Attempt) -> None:
        """Neither failed nor went well: it counts as none."""
        async with self._free, self._database.transaction() as connection:
            await attempts.take_back(connection, self._center, [attempt.where, attempt.whom])


def place_of(address: str) -> str:
    """What counts as one address: of IPv6 a whole /64, which one household or machine has all of."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(IPv6Address(int(found) >> 64 << 64))
    return str(found)


def _look(known: dict[bytes, Count], free: dict[bytes, int], at: float) -> None:
    waits = [
        count.failed_at + t.wait_s(t.counted(count.failures, count.failed_at, at), free[key]) - at
        for key, count in known.items()
        if key in free
    ]
    if max(waits) > 0:
        raise TooManyAttempts(max(waits))
