"""Who asks, and from where: the session of a request, from its cookie or its bearer token, and its address."""

from ipaddress import ip_address
from typing import Annotated

from fastapi import Depends, Request

from app.gate.refusals import proof_needed
from app.security.browser import bearer, session_cookie
from app.security.sessions import Viewer, fresh
from app.service import Service
from app.settings import Settings

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


async def address_of(request: Request) -> str:
    """From where it is asked, as far as it is known."""
    peer = request.client.host if request.client is not None else ""
    return behind_proxies(peer, request.headers.getlist("x-forwarded-for"), service_of(request).settings)


def behind_proxies(peer: str, said: list[str], settings: Settings) -> str:
    """The address nearest to us that is no proxy of ours: what others before it say may be made up."""
    ways = [peer, *reversed([part.strip() for line in said for part in line.split(",")])]
    for address in ways:
        try:
            found = ip_address(address)
        except ValueError:
            return peer
        if not any(found in network for network in settings.trusted_proxies):
            return address
    return ways[-1]


def need_proof(here: Service, asker: Viewer) -> None:
    """Return if the asker has proved lately who they are. Raises Refusal `proof_needed`."""
    if not fresh(asker, here.clock.now(), here.settings.proof_fresh_s):
        raise proof_needed()


async def _service_of(request: Request) -> Service:
    """Not waiting for anything, and all the same a coroutine: the framework runs any other one in a thread."""
    return service_of(request)


Address = Annotated[str, Depends(address_of)]
Here = Annotated[Service, Depends(_service_of)]
Asker = Annotated[Viewer, Depends(viewer_of)]
