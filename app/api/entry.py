"""The answer to whoever has just signed in, by whatever way: who they are, and a cookie or a token."""

from typing import Any, Literal

from starlette.responses import JSONResponse, Response

from app.security.browser import session_cookie
from app.security.sessions import Viewer
from app.service import Service


def about(here: Service, viewer: Viewer) -> dict[str, Any]:
    """Who is signed in, and by which clock on the wall their center lives."""
    return {
        "person": viewer.person,
        "login": viewer.login,
        "role": viewer.role.value,
        "unit": viewer.unit,
        "center": viewer.center,
        "time_zone": here.settings.time_zone,
    }


def signed_in(here: Service, token: str, viewer: Viewer, give: Literal["cookie", "token"]) -> Response:
    """201, with a cookie that no script reads, or with a token."""
    said = about(here, viewer)
    if give == "token":
        said["token"] = token
    response = JSONResponse(said, status_code=201, headers={"Location": "/api/session"})
    return set_cookie(here, response, token) if give == "cookie" else response


def set_cookie(here: Service, response: Response, token: str) -> Response:
    """The session's cookie on this answer."""
    response.set_cookie(
        session_cookie(secure=here.settings.secure_cookies),
        token,
        httponly=True,
        secure=here.settings.secure_cookies,
        samesite="strict",
        max_age=round(here.settings.session_absolute_s),
    )
    return response


def forget_cookie(here: Service, response: Response) -> Response:
    """The browser forgets its session."""
    secure = here.settings.secure_cookies
    response.delete_cookie(session_cookie(secure=secure), httponly=True, secure=secure, samesite="strict")
    return response
