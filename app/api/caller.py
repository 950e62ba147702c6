"""Who asks: the session of a request, from its cookie or its bearer token."""

from typing import Annotated

from fastapi import Depends, Request

from app.security.browser import bearer, session_cookie
from app.security.sessions import Viewer
from app.service import Service

from .errors import NotSignedIn


def service_of(request: Request) -> Service:
    """The center this process serves."""
    service: Service = request.app.state.service
    return service


def token_of(request: Request) -> str | None:
    """The token a request carries, never from its address."""
    cookie = session_cookie(secure=service_of(request).settings.secure_cookies)
    return bearer(request.headers.get("authorization", "")) or request.cookies.get(cookie)


async def viewer_of(request: Request) -> Viewer:
    """Who asks. Raises NotSignedIn."""
    token = token_of(request)
    viewer = await service_of(request).gate.who(token) if token else None
    if viewer is None:
        raise NotSignedIn
    return viewer


Here = Annotated[Service, Depends(service_of)]
Asker = Annotated[Viewer, Depends(viewer_of)]
