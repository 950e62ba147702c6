"""Passkeys (WebAuthn): registering a device, signing in and proving with it. A person is always verified."""

import logging
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import webauthn
from sqlalchemy.ext.asyncio import AsyncConnection
from webauthn.helpers import base64url_to_bytes, options_to_json_dict, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.clock import Clock
from app.dispatch.commands import Refusal
from app.security.sessions import Viewer, Way
from app.store import audit, second_ways
from app.store.people import Person
from app.store.second_ways import CredentialTaken, Passkey
from app.store.session import Database

from .challenges import ANSWERED_WITHIN_S, Challenges
from .refusals import WrongPasskey, not_set_up
from .sessions import Gate

PASSKEYS_MAX = 10
"""Passkeys one person may have."""
REGISTER, SIGN_IN, PROVE = "passkey register", "passkey sign in", "passkey prove"
_NAME = "Naranja"
_TIMEOUT_MS = round(ANSWERED_WITHIN_S * 1000)
_UNREADABLE = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError)
"""What the library raises for what is no answer at all."""
_LOG = logging.getLogger("naranja.gate")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkeys:
    """`origin` is the service as browsers know it; its host is the relying party. None: not set up."""

    database: Database
    clock: Clock
    center: str
    gate: Gate
    challenges: Challenges
    origin: str | None

    async def registering(self, viewer: Viewer) -> Json:
        """Options for `navigator.credentials.create`. Raises Refusal."""
        host = self._host()
        challenge = await self.challenges.new(REGISTER, session=viewer.session)
        options = webauthn.generate_registration_options(
            rp_id=host,
            rp_name=_NAME,
            user_id=UUID(viewer.person).bytes,
            user_name=viewer.login,
            challenge=challenge.encode(),
            timeout=_TIMEOUT_MS,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=known.credential) for known in await self.of(viewer.person)
            ],
        )
        return options_to_json_dict(options)

    async def register(self, viewer: Viewer, credential: Json) -> Passkey:
        """Keep the device's key. Raises Refusal `passkey_refused`, `passkey_taken` or `too_many_passkeys`."""
        host = self._host()
        refused = Refusal("passkey_refused", "This passkey was not accepted. Ask for new options and try again.")
        challenge = await self._asked(credential, REGISTER, viewer.session)
        if challenge is None:
            raise refused
        try:
            found = webauthn.verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=host,
                expected_origin=self.origin or "",
                require_user_verification=True,
            )
        except _UNREADABLE as problem:
            _LOG.info(
                "a new passkey was not accepted", extra={"person": viewer.person, "error": type(problem).__name__}
            )
            raise refused from None
        at = self.clock.now()
        passkey = Passkey(
            id=str(uuid4()),
            person=viewer.person,
            credential=found.credential_id,
            public_key=found.credential_public_key,
            sign_count=found.sign_count,
            made_at=at,
            used_at=None,
        )
        try:
            async with self.database.transaction() as connection:
                if len(await second_ways.passkeys_of(connection, viewer.person)) >= PASSKEYS_MAX:
                    raise Refusal(
                        "too_many_passkeys", f"One account has at most {PASSKEYS_MAX}. Remove one first."
                    )
                await second_ways.add_passkey(connection, passkey)
                await self._note(connection, viewer, "own passkey added", passkey.id)
        except CredentialTaken:
            raise Refusal("passkey_taken", "This passkey is registered already.") from None
        return passkey

    async def of(self, person: str) -> list[Passkey]:
        """The person's passkeys, oldest first."""
        async with self.database.transaction() as connection:
            return await second_ways.passkeys_of(connection, person)

    async def remove(self, viewer: Viewer, passkey: str) -> None:
        """This passkey signs in no more. Raises Refusal `unknown_passkey`."""
        async with self.database.transaction() as connection:
            if not await second_ways.remove_passkey(connection, viewer.person, passkey):
                raise Refusal("unknown_passkey", "You have no such passkey.")
            await self._note(connection, viewer, "own passkey removed", passkey)

    async def asking(self, *, viewer: Viewer | None, address: str) -> Json:
        """Options for `navigator.credentials.get`: to sign in, or for a viewer to prove again.

        To sign in nobody is named: the device knows its accounts, and a stranger learns of none here.
        """
        host = self._host()
        known = [] if viewer is None else await self.of(viewer.person)
        purpose, session = (SIGN_IN, None) if viewer is None else (PROVE, viewer.session)
        challenge = await self.challenges.new(purpose, session=session, address=address)
        options = webauthn.generate_authentication_options(
            rp_id=host,
            challenge=challenge.encode(),
            timeout=_TIMEOUT_MS,
            allow_credentials=[PublicKeyCredentialDescriptor(id=passkey.credential) for passkey in known],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json_dict(options)

    async def sign_in(self, credential: Json, *, instead_of: str | None) -> tuple[str, Viewer]:
        """A fresh token for who holds the device. Raises WrongPasskey."""
        person = await self._signed(credential, SIGN_IN, None)
        return await self.gate.open(person, Way.PASSKEY, proved_at=self.clock.now(), instead_of=instead_of)

    async def prove(self, viewer: Viewer, credential: Json) -> Viewer:
        """The viewer is still who signed in. Raises WrongPasskey."""
        person = await self._signed(credential, PROVE, viewer.session)
        if person.id != viewer.person:
            raise WrongPasskey
        return await self.gate.proved(viewer)

    async def _signed(self, credential: Json, purpose: str, session: str | None) -> Person:
        """Whose device has signed our challenge just now, with the person verified. Raises WrongPasskey."""
        host = self._host()
        challenge = await self._asked(credential, purpose, session)
        try:
            key = base64url_to_bytes(credential["rawId"])
        except _UNREADABLE:
            raise WrongPasskey from None
        async with self.database.transaction() as connection:
            found = await second_ways.passkey_by_credential(connection, self.center, key)
        if challenge is None or found is None or found[1].disabled:
            raise WrongPasskey
        passkey, person = found
        try:
            _check_handle(credential, person, needed=session is None)
            signed = webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=host,
                expected_origin=self.origin or "",
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
        except _UNREADABLE as problem:
            # A count that does not grow may be a copy of the device: whoever watches the log should see it.
            _LOG.warning("a passkey was refused", extra={"passkey": passkey.id, "error": type(problem).__name__})
            raise WrongPasskey from None
        async with self.database.transaction() as connection:
            if not await second_ways.passkey_used(
                connection,
                passkey.id,
                known=passkey.sign_count,
                sign_count=signed.new_sign_count,
                at=self.clock.now(),
            ):
                raise WrongPasskey
        return person

    async def _asked(self, credential: Json, purpose: str, session: str | None) -> bytes | None:
        """The challenge that this answers, used up by that; None where it was not asked by us for this."""
        try:
            told = parse_client_data_json(base64url_to_bytes(credential["response"]["clientDataJSON"]))
            challenge = told.challenge
            taken = await self.challenges.take(challenge.decode("ascii"), purpose, session=session)
        except _UNREADABLE:
            return None
        return challenge if taken else None

    async def _note(self, connection: AsyncConnection, viewer: Viewer, what: str, passkey: str) -> None:
        await audit.write(
            connection, self.center, at=self.clock.now(), by=viewer.person, what=what, said={"passkey": passkey}
        )

    def _host(self) -> str:
        host = urlsplit(self.origin or "").hostname
        if host is None:
            raise not_set_up("passkeys_not_set_up", "Passkeys are", "NARANJA_PUBLIC_ORIGIN")
        return host


def _check_handle(credential: Json, person: Person, *, needed: bool) -> None:
    """The device names the person as we did when it was registered. Where we named them now, it need not."""
    handle = credential["response"].get("userHandle")
    if handle is None and not needed:
        return
    if base64url_to_bytes(handle) != UUID(person.id).bytes:
        raise WrongPasskey
