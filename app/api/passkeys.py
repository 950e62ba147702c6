"""One's own second ways: passkeys and the app of codes; and signing in by passkey."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from starlette.responses import JSONResponse

from app.clock import rfc3339
from app.security.permissions import Action, require
from app.store.second_ways import Passkey

from . import account_bodies as b
from .caller import Address, Asker, Here, need_proof, token_of
from .entry import signed_in

router = APIRouter(prefix="/api/session", tags=["session"])


@router.post("/passkey/options")
async def sign_in_options(here: Here, address: Address) -> dict[str, Any]:
    """What to give `navigator.credentials.get` to sign in. Names nobody."""
    return {"publicKey": await here.ways.passkeys.asking(viewer=None, address=address)}


@router.post("/passkey", status_code=201)
async def sign_in(body: b.SignInByPasskey, request: Request, here: Here) -> Response:
    """Open a session with what the device signed; one that came along ends. 401 `wrong_passkey` says no more."""
    token, viewer = await here.ways.passkeys.sign_in(body.credential.told(), instead_of=token_of(request))
    return signed_in(here, token, viewer, body.give)


@router.get("/passkeys")
async def own_passkeys(here: Here, asker: Asker) -> dict[str, Any]:
    """One's own passkeys, the oldest first."""
    require(asker, Action.OWN_ACCOUNT)
    return {"passkeys": [_shape(passkey) for passkey in await here.ways.passkeys.of(asker.person)]}


@router.post("/passkeys/options")
async def register_options(here: Here, asker: Asker) -> dict[str, Any]:
    """What to give `navigator.credentials.create`. Asks for a fresh proof."""
    require(asker, Action.OWN_ACCOUNT)
    need_proof(here, asker)
    return {"publicKey": await here.ways.passkeys.registering(asker)}


@router.post("/passkeys", status_code=201)
async def register(body: b.NewPasskey, here: Here, asker: Asker) -> Response:
    """Register the device. Asks for a fresh proof: a session left open must not become a way in for good."""
    require(asker, Action.OWN_ACCOUNT)
    need_proof(here, asker)
    passkey = await here.ways.passkeys.register(asker, body.credential.told())
    return JSONResponse(
        _shape(passkey), status_code=201, headers={"Location": f"/api/session/passkeys/{passkey.id}"}
    )


@router.delete("/passkeys/{passkey}", status_code=204)
async def remove(passkey: Annotated[UUID, Path()], here: Here, asker: Asker) -> Response:
    """It signs in no more. Asks for a fresh proof."""
    require(asker, Action.OWN_ACCOUNT)
    need_proof(here, asker)
    await here.ways.passkeys.remove(asker, str(passkey))
    return Response(status_code=204)


@router.post("/totp", status_code=201)
async def enrol_app(here: Here, asker: Asker) -> Response:
    """A secret for an authenticator app, shown this once as an `otpauth:` address. Asks for a fresh proof."""
    require(asker, Action.OWN_ACCOUNT)
    need_proof(here, asker)
    said = {"otpauth": await here.ways.codes.enrol(asker)}
    return JSONResponse(said, status_code=201, headers={"Location": "/api/session/totp"})


@router.put("/totp", status_code=204)
async def confirm_app(body: b.OneCode, here: Here, asker: Asker) -> Response:
    """A code of the app: from now on the password alone does not sign in. Asks for a fresh proof."""
    require(asker, Action.OWN_ACCOUNT)
    need_proof(here, asker)
    await here.ways.codes.confirm(asker, body.code)
    return Response(status_code=204)


@router.delete("/totp", status_code=204)
async def remove_app(here: Here, asker: Asker) -> Response:
    """The password alone signs in again. Asks for a fresh proof."""
    require(asker, Action.OWN_ACCOUNT)
    need_proof(here, asker)
    await here.ways.codes.remove(asker)
    return Response(status_code=204)


def _shape(passkey: Passkey) -> dict[str, Any]:
    return {
        "id": passkey.id,
        "made_at": rfc3339(passkey.made_at),
        "used_at": None if passkey.used_at is None else rfc3339(passkey.used_at),
    }
