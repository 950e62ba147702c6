"""`naranja people`: who may sign in."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from app.clock import SystemClock, rfc3339
from app.dispatch.commands import Refusal
from app.gate import Accounts, Gate
from app.gate.accounts import FROM_THE_MACHINE
from app.security.passwords import WeakPassword, hash_password
from app.security.sessions import Role
from app.settings import Settings
from app.store import people
from app.store.session import Database

from . import insiders
from .center import database, fail, out, say_secret

app = typer.Typer(help="Who may sign in.", no_args_is_help=True)
app.command()(insiders.household)
app.command()(insiders.flags)
Login = Annotated[str, typer.Argument(help="A staff number or call sign, not a name.")]


@app.command()
def add(
    login: Login,
    role: Annotated[Role, typer.Option(help="What the person is.")],
    unit: Annotated[str | None, typer.Option(help="The unit's code, for role `unit` or `shelter`.")] = None,
    no_password: Annotated[bool, typer.Option(help="An account without one: for a token, or `reset`.")] = False,
) -> None:
    """Add an account. The password is asked for, or read from a pipe."""
    hashed = None if no_password else _hashed()
    _with(lambda accounts: accounts.add(login, role, unit, by=FROM_THE_MACHINE, password=hashed))
    out.print(f"{login} is added as {role.value}")


@app.command("list")
def list_people() -> None:
    """Every account."""

    table = Table("login", "role", "unit", "signs in with", "shut out")
    for account in _with(lambda accounts: accounts.everybody()):
        person = account.person
        ways = ["password"] if person.password else []
        ways += ["code"] if account.totp else []
        ways += [f"{account.passkeys} passkeys"] if account.passkeys else []
        said = ", ".join(ways) or "token"
        table.add_row(person.login, person.role, person.unit or "", said, "yes" if person.disabled else "")
    out.print(table)


@app.command()
def disable(login: Login) -> None:
    """Shut an account out and end its sessions."""
    _with(lambda accounts: accounts.change(login, by=FROM_THE_MACHINE, disabled=True))
    out.print(f"{login} is shut out")


@app.command()
def enable(login: Login) -> None:
    """Let an account in again."""
    _with(lambda accounts: accounts.change(login, by=FROM_THE_MACHINE, disabled=False))
    out.print(f"{login} is let in")


@app.command()
def sessions(login: Login) -> None:
    """Where somebody is signed in."""

    async def work(accounts: Accounts) -> list[people.Session]:
        return await accounts.gate.sessions((await accounts.account(login)).person.id)

    table = Table("session", "way", "opened", "last used")
    for session in _with(work):
        table.add_row(session.id, session.way, rfc3339(session.opened_at), rfc3339(session.seen_at))
    out.print(table)


@app.command()
def end(
    login: Login,
    session: Annotated[UUID | None, typer.Option(help="Only this one, as `sessions` names it.")] = None,
) -> None:
    """Sign somebody out everywhere; open sockets close within two seconds."""
    only = None if session is None else str(session)
    ended = _with(lambda accounts: accounts.end_sessions(login, by=FROM_THE_MACHINE, only=only))
    out.print(f"{ended} sessions of {login} are ended")


@app.command()
def reset(login: Login) -> None:
    """Take password, passkeys, app and sessions away, and print a one-time secret to begin anew with."""
    say_secret(_with(lambda accounts: accounts.reset(login, by=FROM_THE_MACHINE)))


@app.command()
def first_admin() -> None:
    """Make the first admin of a center, and print the one-time secret to begin with."""
    given = _with(lambda accounts: accounts.first_admin())
    if given is None:
        fail("admin_exists", "There is an admin. `naranja people reset LOGIN` gives that one a new secret.")
    say_secret(given)


@app.command()
def token(login: Login) -> None:
    """Open a session for an account and print its token: for devices that are set up by hand. Keep it secret."""

    async def work() -> str:
        settings = Settings()
        async with database(settings) as found:
            async with found.transaction() as connection:
                person = await people.by_login(connection, settings.center, login)
            if person is None:
                fail("unknown_login", f"There is no {login}.")
            return await _gate(found, settings).hand_token(person)

    out.print(asyncio.run(work()), highlight=False, soft_wrap=True)


def _with[Found](work: Callable[[Accounts], Awaitable[Found]]) -> Found:
    """Do it with the center's accounts; a refusal is said, with its code, and ends the command."""

    async def done() -> Found:
        settings = Settings()
        async with database(settings) as found:
            accounts = Accounts(
                database=found, clock=SystemClock(), center=settings.center, gate=_gate(found, settings)
            )
            return await work(accounts)

    try:
        return asyncio.run(done())
    except Refusal as refusal:
        fail(refusal.code, refusal.sentence)


def _gate(found: Database, settings: Settings) -> Gate:
    return Gate(
        found,
        SystemClock(),
        center=settings.center,
        idle_s=settings.session_idle_s,
        absolute_s=settings.session_absolute_s,
    )


def _hashed() -> str:
    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    try:
        return hash_password(password)
    except WeakPassword as problem:
        fail(problem.code, problem.sentence)
