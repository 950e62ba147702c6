"""Password hashes are slow and large on purpose: few at once, the others wait."""

import asyncio

from app.security.passwords import check, check_nobody, hash_password

HASHES_AT_ONCE = 2
"""Each takes 64 MiB and one core for about a tenth of a second; a storm of sign-ins gets no more than these."""


class Hashing:
    """Hashes and checks passwords in threads."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(HASHES_AT_ONCE)

    async def hash(self, password: str) -> str:
        """The hash to keep. Raises WeakPassword."""
        async with self._free:
            return await asyncio.to_thread(hash_password, password)

    async def check(self, hashed: str | None, password: str) -> bool:
        """Whether it is the password; as slow where there is none."""
        async with self._free:
            if hashed is None:
                return await asyncio.to_thread(check_nobody, password)
            return await asyncio.to_thread(check, hashed, password)
