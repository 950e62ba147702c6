"""Codes of an authenticator app (TOTP, RFC 6238) beside the password: each counts once."""

import hmac
import logging

import pyotp

from app.clock import Clock
from app.dispatch.commands import Refusal
from app.security.sealing import Sealer, Unsealable
from app.security.sessions import Viewer
from app.store import audit, second_ways
from app.store.own import TOTP
from app.store.session import Database

STEP_S = 30
"""How long one code is shown."""
STEPS_ASIDE = 1
"""Codes of so many steps before and after count, too: clocks of telephones differ, and people type."""
_ISSUER = "Naranja"
_LOG = logging.getLogger("naranja.gate")


class Codes:
    """Enrols apps and takes their codes."""

    def __init__(self, database: Database, sealer: Sealer, clock: Clock, center: str) -> None:
        self._database, self._sealer, self._clock, self._center = database, sealer, clock, center

    async def enrol(self, viewer: Viewer) -> str:
        """The `otpauth:` address of a new secret, shown this once; it counts when a code of it has confirmed it.

        Raises Refusal `totp_enrolled`.
        """
        secret = pyotp.random_base32()
        sealed = self._sealer.seal_own(TOTP, viewer.person, secret.encode())
        async with self._database.transaction() as connection:
            if not await second_ways.enrol_totp(connection, self._center, viewer.person, sealed):
                raise Refusal("totp_enrolled", "An authenticator app is set up already. Remove it first.")
        return pyotp.TOTP(secret, interval=STEP_S).provisioning_uri(name=viewer.login, issuer_name=_ISSUER)

    async def confirm(self, viewer: Viewer, code: str) -> None:
        """From now on a password alone does not sign in. Raises Refusal `totp_missing` or `code_wrong`."""
        async with self._database.transaction() as connection:
            kept = await second_ways.totp_of(connection, viewer.person)
        if kept is None or kept.confirmed:
            raise Refusal("totp_missing", "There is no authenticator app to confirm. Set one up first.")
        if not await self._takes(viewer.person, kept, code):
            raise Refusal("code_wrong", "The code is wrong or was used already. Wait for the next one.")
        async with self._database.transaction() as connection:
            at = self._clock.now()
            await second_ways.confirm_totp(connection, viewer.person, at)
            await audit.write(connection, self._center, at=at, by=viewer.person, what="own totp added")

    async def remove(self, viewer: Viewer) -> None:
        """A password alone signs in again. Raises Refusal `totp_missing`."""
        async with self._database.transaction() as connection:
            if not await second_ways.remove_totp(connection, viewer.person):
                raise Refusal("totp_missing", "No authenticator app is set up.")
            at = self._clock.now()
            await audit.write(connection, self._center, at=at, by=viewer.person, what="own totp removed")

    async def wanted(self, person: str) -> bool:
        """Whether this person's password counts only with a code."""
        async with self._database.transaction() as connection:
            kept = await second_ways.totp_of(connection, person)
        return kept is not None and kept.confirmed

    async def takes(self, person: str, code: str) -> bool:
        """Whether this is a code of the person's confirmed app that was not taken before; now it is."""
        async with self._database.transaction() as connection:
            kept = await second_ways.totp_of(connection, person)
        return kept is not None and kept.confirmed and await self._takes(person, kept, code)

    async def _takes(self, person: str, kept: second_ways.Totp, code: str) -> bool:
        try:
            secret = self._sealer.open_own(TOTP, person, kept.sealed).decode()
        except Unsealable as problem:
            _LOG.critical("the secret of an app does not open", extra={"person": person, "code": problem.code})
            return False
        now = int(self._clock.now() // STEP_S)
        app = pyotp.TOTP(secret, interval=STEP_S)
        steps = [
            step
            for step in range(now - STEPS_ASIDE, now + STEPS_ASIDE + 1)
            if hmac.compare_digest(app.generate_otp(step).encode(), code.encode())
        ]
        if not steps:
            return False
        # The database decides: of two processes that are shown one code at once, one takes it.
        async with self._database.transaction() as connection:
            return await second_ways.use_step(connection, person, steps[0])
