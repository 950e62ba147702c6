"""Who asks: the session of a request, from its cookie or its bearer token."""

from typing import Annotated

from fastapi import Depends, Request

from app.security.sessions import Viewer
from app.service import Service

from .errors import NotSignedIn

COOKIE = "naranja_session"


def service_of(request: Request) -> Service:
    """The center this process serves."""
    service: Service = request.app.state.service
    return service


def token_of(request: Request) -> str | None:
    """The token a request carries, never from its address."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and token:
        return token.strip()
    return request.cookies.get(COOKIE)


async def viewer_of(request: Request) -> Viewer:
    """Who asks. Raises NotSignedIn."""
    token = token_of(request)
    viewer = await service_of(request).gate.who(token) if token else None
    if viewer is None:
        raise NotSignedIn
    return viewer


Here = Annotated[Service, Depends(service_of)]
Asker = Annotated[Viewer, Depends(viewer_of)]
