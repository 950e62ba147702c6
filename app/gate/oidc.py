"""Signing in at an agency's own issuer (OpenID Connect): authorization code, PKCE, state and nonce.

It opens a session for an account that exists here and makes none. What the issuer is asked and what comes back is
bound to the browser that began: verifier and nonce are worked out of a secret that only its cookie holds.
"""

import base64
import logging
import secrets
from dataclasses import dataclass
from typing import Any

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from app.clock import Clock
from app.security.sealing import Sealer
from app.security.sessions import Viewer, Way
from app.settings import OidcIssuer
from app.store import people
from app.store.session import Database

from .challenges import Challenges
from .refusals import IssuerRefused, IssuerSilent, not_set_up
from .sessions import Gate

CALLBACK = "/api/session/oidc/callback"
PURPOSE = "oidc"
TIMEOUT_S = 5.0
ANSWER_BYTES_MAX = 1_000_000
LEEWAY_S = 30
"""How far the issuer's clock and ours may be apart."""
ALGORITHMS = ["RS256", "PS256", "ES256"]
"""Signatures only, with keys of the issuer's own: none that our client secret could make."""
ASKED_ANEW_AFTER_S = 300
"""The issuer asks its person again who they are where they last did so longer ago."""
_BINDING_BYTES = 32
_LOG = logging.getLogger("naranja.gate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Where the browser goes now, and what its cookie holds until it is back."""

    address: str
    binding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Oidc:
    """`issuer` None: not set up. `origin` is the service as browsers know it."""

    database: Database
    sealer: Sealer
    clock: Clock
    center: str
    gate: Gate
    challenges: Challenges
    issuer: OidcIssuer | None
    origin: str | None

    async def begin(self, address: str) -> Begun:
        """Raises Refusal `oidc_not_set_up`, TooManyAttempts, IssuerSilent."""
        issuer, origin = self._set_up()
        async with _client() as client:
            known = await self._discovered(client, issuer)
        state, binding = await self.challenges.new(PURPOSE, address=address), secrets.token_urlsafe(_BINDING_BYTES)
        asked = prepare_grant_uri(
            _address(known, "authorization_endpoint"),
            client_id=issuer.client_id,
            response_type="code",
            redirect_uri=origin + CALLBACK,
            scope="openid",
            state=state,
            nonce=self._bound("nonce", state, binding),
            code_challenge=create_s256_code_challenge(self._bound("verifier", state, binding)),
            code_challenge_method="S256",
            max_age=ASKED_ANEW_AFTER_S,
        )
        return Begun(address=str(asked), binding=binding)

    async def finish(self, *, code: str, state: str, binding: str, instead_of: str | None) -> tuple[str, Viewer]:
        """A fresh token for whom the issuer names. Raises IssuerRefused, IssuerSilent."""
        issuer, origin = self._set_up()
        if not await self.challenges.take(state, PURPOSE):
            raise IssuerRefused
        async with _client() as client:
            known = await self._discovered(client, issuer)
            given = await self._exchanged(
                client, issuer, known, code, origin, self._bound("verifier", state, binding)
            )
            keys = await _json(client, _address(known, "jwks_uri"))
        claims = self._claims(issuer, given, keys, self._bound("nonce", state, binding))
        login = claims.get(issuer.login_claim)
        async with self.database.transaction() as connection:
            person = await people.by_login(connection, self.center, login) if isinstance(login, str) else None
        if person is None or person.disabled:
            _LOG.info("the issuer named nobody who has an account here")
            raise IssuerRefused
        proved_at = min(float(claims.get("auth_time") or 0.0), self.clock.now())
        return await self.gate.open(person, Way.OIDC, proved_at=proved_at, instead_of=instead_of)

    def _claims(
        self, issuer: OidcIssuer, given: dict[str, Any], keys: dict[str, Any], nonce: str
    ) -> dict[str, Any]:
        """What the issuer has signed for us, about this very sign-in and not long ago. Raises IssuerRefused."""
        try:
            # The library takes the keys as they are told; what is wrong with them it says.
            token = jwt.decode(given["id_token"], KeySet.import_key_set(keys), algorithms=ALGORITHMS)  # type: ignore[arg-type]
            claims = CodeIDToken(
                token.claims,
                token.header,
                {
                    "iss": {"essential": True, "value": issuer.issuer},
                    "aud": {"essential": True, "value": issuer.client_id},
                },
                {"nonce": nonce, "client_id": issuer.client_id, "access_token": given.get("access_token")},
            )
            claims.validate(now=int(self.clock.now()), leeway=LEEWAY_S)
        except (JoseError, ValueError, KeyError, TypeError) as problem:
            _LOG.warning("a token of the issuer was not accepted", extra={"error": type(problem).__name__})
            raise IssuerRefused from None
        return dict(claims)

    async def _discovered(self, client: httpx.AsyncClient, issuer: OidcIssuer) -> dict[str, Any]:
        known = await _json(client, issuer.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if known.get("issuer") != issuer.issuer:
            _LOG.warning("the issuer calls itself by another name than the settings do")
            raise IssuerSilent
        return known

    async def _exchanged(
        self,
        client: httpx.AsyncClient,
        issuer: OidcIssuer,
        known: dict[str, Any],
        code: str,
        origin: str,
        verifier: str,
    ) -> dict[str, Any]:
        """What the issuer gives for the code. Raises IssuerRefused, IssuerSilent."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": origin + CALLBACK,
            "code_verifier": verifier,
        }
        secret = httpx.BasicAuth(issuer.client_id, issuer.client_secret.get_secret_value())
        return await _json(client, _address(known, "token_endpoint"), form, secret)

    def _bound(self, what: str, state: str, binding: str) -> str:
        """43 letters that nobody can work out without the cookie and our key."""
        hashed = self.sealer.keyed_hash(f"oidc {what}", f"{state} {binding}")
        return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()

    def _set_up(self) -> tuple[OidcIssuer, str]:
        if self.issuer is None or self.origin is None:
            raise not_set_up(
                "oidc_not_set_up", "The agency's own sign-in is", "NARANJA_OIDC and NARANJA_PUBLIC_ORIGIN"
            )
        return self.issuer, self.origin


def _client() -> httpx.AsyncClient:
    # No redirects: the addresses are those that the issuer told, and nobody leads us elsewhere.
    return httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False)


async def _json(
    client: httpx.AsyncClient,
    address: str,
    form: dict[str, str] | None = None,
    auth: httpx.BasicAuth | None = None,
) -> dict[str, Any]:
    """What an address of the issuer says. Raises IssuerSilent, or IssuerRefused where it says no."""
    try:
        request = client.build_request("GET" if form is None else "POST", address, data=form)
        answer = await client.send(request, auth=auth)
        if answer.status_code >= 500 or len(answer.content) > ANSWER_BYTES_MAX:
            raise IssuerSilent
        said = answer.json()
    except (httpx.HTTPError, ValueError) as problem:
        _LOG.warning("the issuer did not answer as it should", extra={"error": type(problem).__name__})
        raise IssuerSilent from None
    if answer.status_code != 200 or not isinstance(said, dict):
        raise IssuerRefused
    return said


def _address(known: dict[str, Any], name: str) -> str:
    """An address out of what the issuer tells of itself: as safe as its own. Raises IssuerSilent."""
    told = known.get(name)
    if not isinstance(told, str) or not OidcIssuer.safe(told):
        _LOG.warning("the issuer has no safe address for this", extra={"kind": name})
        raise IssuerSilent
    return told
