"""Signing in and out."""

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from app.security.browser import session_cookie

from .bodies import SignIn
from .caller import Asker, Here, token_of

router = APIRouter(prefix="/api/session", tags=["session"])


def _about(viewer: Asker) -> dict[str, Any]:
    return {
        "person": viewer.person,
        "login": viewer.login,
        "role": viewer.role.value,
        "unit": viewer.unit,
        "center": viewer.center,
    }


@router.post("", status_code=201)
async def sign_in(body: SignIn, here: Here) -> Response:
    """Open a session. 401 `wrong_login` says nothing more on purpose."""
    token, viewer = await here.gate.sign_in(body.login, body.password)
    about = _about(viewer)
    if body.give == "token":
        about["token"] = token
    response = JSONResponse(about, status_code=201, headers={"Location": "/api/session"})
    if body.give == "cookie":
        response.set_cookie(
            session_cookie(secure=here.settings.secure_cookies),
            token,
            httponly=True,
            secure=here.settings.secure_cookies,
            samesite="strict",
            max_age=round(here.settings.session_absolute_s),
        )
    return response


@router.get("")
async def who_am_i(asker: Asker) -> dict[str, Any]:
    """Who is signed in."""
    return _about(asker)


@router.delete("", status_code=204)
async def sign_out(request: Request, asker: Asker, here: Here) -> Response:
    """End the session."""
    token = token_of(request)
    if token is not None:
        await here.gate.sign_out(token)
    response = Response(status_code=204)
    secure = here.settings.secure_cookies
    response.delete_cookie(session_cookie(secure=secure), httponly=True, secure=secure, samesite="strict")
    return response
