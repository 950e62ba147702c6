"""Signing in at an agency's own issuer: there and back again."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from app.gate.oidc import CALLBACK
from app.gate.refusals import IssuerRefused

from .caller import Address, Here, token_of
from .entry import set_cookie

BEGUN = "naranja_oidc"
"""The cookie that binds what comes back to the browser that began."""
BEGUN_FOR_S = 300

router = APIRouter(tags=["session"])
Told = Annotated[str, Query(max_length=2000)]


@router.get("/api/session/oidc", status_code=303)
async def begin(here: Here, address: Address) -> Response:
    """Off to the issuer."""
    begun = await here.ways.oidc.begin(address)
    response = RedirectResponse(begun.address, status_code=303)
    # Lax: the way back begins at the issuer, and a strict cookie would not come along.
    response.set_cookie(
        BEGUN,
        begun.binding,
        httponly=True,
        secure=here.settings.secure_cookies,
        samesite="lax",
        path=CALLBACK,
        max_age=BEGUN_FOR_S,
    )
    return response


@router.get(CALLBACK, status_code=303)
async def finish(request: Request, here: Here, code: Told = "", state: Told = "") -> Response:
    """Back from the issuer: a session, and on to the service's own page. 401 `issuer_refused` says no more."""
    binding = request.cookies.get(BEGUN)
    if not (code and state and binding):
        raise IssuerRefused
    token, _ = await here.ways.oidc.finish(code=code, state=state, binding=binding, instead_of=token_of(request))
    response = set_cookie(here, RedirectResponse("/", status_code=303), token)
    response.delete_cookie(
        BEGUN, path=CALLBACK, httponly=True, secure=here.settings.secure_cookies, samesite="lax"
    )
    return response
