"""Signing in and out by password, proving again who one is, and one's own sessions."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from app.clock import rfc3339
from app.dispatch.commands import Refusal
from app.gate import NotLetIn
from app.security.permissions import Action, require
from app.security.sessions import Viewer
from app.store.people import Session

from . import account_bodies as b
from .caller import Address, Asker, Here, need_proof, token_of
from .entry import about, forget_cookie, signed_in

router = APIRouter(prefix="/api/session", tags=["session"])
SessionId = Annotated[UUID, Path()]


@router.post("", status_code=201)
async def sign_in(body: b.SignIn, request: Request, here: Here, address: Address) -> Response:
    """Open a session; one that came along ends. 401 `wrong_login` says nothing more on purpose.

    401 `second_way_needed`: send it again with a `code`. 409 `new_password_missing`: a one-time secret is good for
    one thing, to set a password. 429 `too_many_attempts`: wait.
    """
    passwords, old = here.ways.passwords, token_of(request)
    if body.secret is not None:
        token, viewer = await passwords.exchange(
            body.login, body.secret, body.new_password, address=address, instead_of=old
        )
    else:
        token, viewer = await passwords.sign_in(
            body.login, body.password or "", body.code, address=address, instead_of=old
        )
    return signed_in(here, token, viewer, body.give)


@router.get("/ways")
async def ways(here: Here) -> dict[str, bool]:
    """Which ways in this center has beside the password; the sign-in page offers no other."""
    return {"passkey": here.ways.passkeys.origin is not None, "oidc": here.ways.oidc.issuer is not None}


@router.get("")
async def who_am_i(here: Here, asker: Asker) -> dict[str, Any]:
    """Who is signed in."""
    return about(here, asker)


@router.delete("", status_code=204)
async def sign_out(request: Request, asker: Asker, here: Here) -> Response:
    """End the session, and with it what its device hears."""
    token = token_of(request)
    if token is not None:
        await here.gate.sign_out(token)
    return forget_cookie(here, Response(status_code=204))


@router.post("/prove")
async def prove(body: b.Proof, here: Here, asker: Asker, address: Address) -> dict[str, Any]:
    """Show again who one is, for what asks for a proof. 409 `proof_wrong`: the session stays as it was."""
    require(asker, Action.OWN_ACCOUNT)
    try:
        if body.credential is not None:
            viewer = await here.ways.passkeys.prove(asker, body.credential.told())
        else:
            viewer = await here.ways.passwords.prove(asker, body.password or "", body.code, address=address)
    except NotLetIn as problem:
        # No 401: a page would take it for the end of its session.
        code = "second_way_needed" if problem.code == "second_way_needed" else "proof_wrong"
        raise Refusal(code, problem.sentence) from None
    return {"proved_at": rfc3339(viewer.proved_at), "for_s": here.settings.proof_fresh_s}


@router.post("/prove/options")
async def prove_options(here: Here, asker: Asker, address: Address) -> dict[str, Any]:
    """What to give `navigator.credentials.get` to prove by passkey."""
    require(asker, Action.OWN_ACCOUNT)
    return {"publicKey": await here.ways.passkeys.asking(viewer=asker, address=address)}


@router.put("/password", status_code=204)
async def set_password(body: b.NewPassword, here: Here, asker: Asker) -> Response:
    """Another password from now on; one's other sessions end. Asks for a fresh proof."""
    require(asker, Action.OWN_ACCOUNT)
    need_proof(here, asker)
    await here.ways.passwords.change(asker, body.password)
    return Response(status_code=204)


@router.get("/all")
async def own_sessions(here: Here, asker: Asker) -> dict[str, Any]:
    """One's own sessions, the newest first."""
    require(asker, Action.OWN_ACCOUNT)
    return {"sessions": [session_shape(one, asker) for one in await here.gate.sessions(asker.person)]}


@router.delete("/all/{session}", status_code=204)
async def end_own_session(session: SessionId, here: Here, asker: Asker) -> Response:
    """End one of one's own; its sockets close within 2 s."""
    require(asker, Action.OWN_ACCOUNT)
    if not await here.gate.end(asker.person, only=str(session)):
        raise Refusal("unknown_session", "You have no such session, or it has ended.")
    return Response(status_code=204)


def session_shape(session: Session, asker: Viewer) -> dict[str, Any]:
    """One session, as its person or an admin is told of it."""
    return {
        "id": session.id,
        "way": session.way,
        "opened_at": rfc3339(session.opened_at),
        "used_at": rfc3339(session.seen_at),
        "this": session.id == asker.session,
    }
