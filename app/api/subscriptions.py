"""Where a unit's device hears web push: kept for the session that says it, and gone with it."""

from urllib.parse import urlsplit

from fastapi import APIRouter, Response

from app.dispatch.commands import Refusal
from app.gate.subscriptions import Hears
from app.security.permissions import Action, require
from app.security.push_key import push_key, told_to_browsers
from app.settings import HERE, Settings

from . import account_bodies as b
from .caller import Asker, Here
from .errors import NotSignedIn

router = APIRouter(prefix="/api/session/push", tags=["session"])


@router.get("")
async def key(here: Here, asker: Asker) -> dict[str, str | None]:
    """The key a browser subscribes with (`applicationServerKey`). null: this center sends no web push."""
    require(asker, Action.SUBSCRIBE_PUSH)
    return {
        "key": None if here.settings.answers_for_push is None else told_to_browsers(push_key(here.sealer.push))
    }


@router.put("", status_code=204)
async def subscribe(body: b.Push, here: Here, asker: Asker) -> Response:
    """This device hears there from now on. 422 `push_address_refused`: no https address of a push service."""
    require(asker, Action.SUBSCRIBE_PUSH)
    if not _public(body.endpoint, here.settings):
        raise Refusal("push_address_refused", "A push service has an https address with a name.")
    hears = Hears(endpoint=body.endpoint, p256dh=body.keys.p256dh, auth=body.keys.auth)
    if not await here.ways.subscriptions.put(asker, hears):
        raise NotSignedIn
    return Response(status_code=204)


@router.delete("", status_code=204)
async def unsubscribe(here: Here, asker: Asker) -> Response:
    """This device hears nothing any more."""
    require(asker, Action.SUBSCRIBE_PUSH)
    await here.ways.subscriptions.remove(asker.session)
    return Response(status_code=204)


def _public(endpoint: str, settings: Settings) -> bool:
    """Whether the service may be made to speak to this address: by TLS, to a name, at the usual port."""
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    if parts.username is not None or parts.password is not None:
        return False
    if settings.push_to_this_machine and parts.scheme == "http" and host == "127.0.0.1":
        return True
    # A number instead of a name, or a name without a dot, is a machine of this house.
    named = "." in host and not host.replace(".", "").isdigit() and ":" not in host and host not in HERE
    return parts.scheme == "https" and named and port in {None, 443}
