"""Accounts, for the admin: who there is, what they are, where they are signed in, and how to begin anew."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Response
from starlette.responses import JSONResponse

from app.clock import rfc3339
from app.dispatch.commands import Refusal
from app.gate.accounts import Account, OneTimeSecret
from app.security.permissions import Action, require

from . import account_bodies as b
from .caller import Asker, Here, need_proof
from .session import session_shape

router = APIRouter(prefix="/api/people", tags=["people"])
Login = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,40}$")]


@router.get("")
async def everybody(here: Here, asker: Asker) -> dict[str, Any]:
    """Every account, by login."""
    require(asker, Action.MANAGE_PEOPLE)
    return {"people": [_shape(account) for account in await here.ways.accounts.everybody()]}


@router.post("", status_code=201)
async def add(body: b.NewPerson, here: Here, asker: Asker) -> Response:
    """A new account, with the one-time secret to hand over. Asks for a fresh proof."""
    require(asker, Action.MANAGE_PEOPLE)
    need_proof(here, asker)
    accounts = here.ways.accounts
    given = await accounts.invite(body.login, body.role, body.unit, by=asker.person)
    said = _shape(await accounts.account(body.login)) | _secret(given)
    return JSONResponse(said, status_code=201, headers={"Location": f"/api/people/{body.login}"})


@router.get("/{login}")
async def one(login: Login, here: Here, asker: Asker) -> dict[str, Any]:
    """One account."""
    require(asker, Action.MANAGE_PEOPLE)
    return _shape(await here.ways.accounts.account(login))


@router.patch("/{login}")
async def change(login: Login, body: b.PersonChanges, here: Here, asker: Asker) -> dict[str, Any]:
    """Another role or unit, shut out or let in; every session of theirs ends. Asks for a fresh proof."""
    require(asker, Action.MANAGE_PEOPLE)
    need_proof(here, asker)
    accounts = here.ways.accounts
    await accounts.change(login, by=asker.person, role=body.role, unit=body.unit, disabled=body.disabled)
    return _shape(await accounts.account(login))


@router.post("/{login}/reset")
async def reset(login: Login, here: Here, asker: Asker) -> dict[str, Any]:
    """All their ways and sessions are gone; a one-time secret to hand over. Asks for a fresh proof."""
    require(asker, Action.MANAGE_PEOPLE)
    need_proof(here, asker)
    return _secret(await here.ways.accounts.reset(login, by=asker.person))


@router.get("/{login}/sessions")
async def sessions(login: Login, here: Here, asker: Asker) -> dict[str, Any]:
    """Where they are signed in."""
    require(asker, Action.MANAGE_PEOPLE)
    account = await here.ways.accounts.account(login)
    found = await here.gate.sessions(account.person.id)
    return {"sessions": [session_shape(session, asker) for session in found]}


@router.delete("/{login}/sessions", status_code=204)
async def end_sessions(login: Login, here: Here, asker: Asker) -> Response:
    """They are signed out everywhere; their sockets close within 2 s."""
    require(asker, Action.MANAGE_PEOPLE)
    await here.ways.accounts.end_sessions(login, by=asker.person)
    return Response(status_code=204)


@router.delete("/{login}/sessions/{session}", status_code=204)
async def end_session(login: Login, session: Annotated[UUID, Path()], here: Here, asker: Asker) -> Response:
    """That one ends."""
    require(asker, Action.MANAGE_PEOPLE)
    if not await here.ways.accounts.end_sessions(login, by=asker.person, only=str(session)):
        raise Refusal("unknown_session", f"{login} has no such session, or it has ended.")
    return Response(status_code=204)


def _shape(account: Account) -> dict[str, Any]:
    person = account.person
    return {
        "login": person.login,
        "role": person.role,
        "unit": person.unit,
        "disabled": person.disabled,
        "password": person.password is not None,
        "totp": account.totp,
        "passkeys": account.passkeys,
    }


def _secret(given: OneTimeSecret) -> dict[str, Any]:
    return {"secret": given.secret, "secret_until": rfc3339(given.expires_at)}
