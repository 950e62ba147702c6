"""`naranja people`: who may sign in."""

import asyncio
import sys
from typing import Annotated
from uuid import uuid4

import typer
from rich.table import Table

from app.clock import SystemClock
from app.gate import Gate
from app.security.passwords import WeakPassword, hash_password
from app.security.sessions import OF_UNITS, Role
from app.settings import Settings
from app.store import people
from app.store.session import Database

from . import insiders
from .center import database, fail, out

app = typer.Typer(help="Who may sign in.", no_args_is_help=True)
app.command()(insiders.household)
app.command()(insiders.flags)
Login = Annotated[str, typer.Argument(help="A staff number or call sign, not a name.")]


@app.command()
def add(
    login: Login,
    role: Annotated[Role, typer.Option(help="What the person is.")],
    unit: Annotated[str | None, typer.Option(help="The unit's code, for role `unit` or `shelter`.")] = None,
    no_password: Annotated[bool, typer.Option(help="An account that signs in with a token only.")] = False,
) -> None:
    """Add an account. The password is asked for, or read from a pipe."""
    if (role in OF_UNITS) != (unit is not None):
        fail("unit_missing", "A person of role unit or shelter, and nobody else, has --unit.")
    hashed = None if no_password else _hashed()

    async def work() -> None:
        settings = Settings()
        person = people.Person(
            id=str(uuid4()),
            center=settings.center,
            login=login,
            role=role.value,
            unit=unit,
            password=hashed,
            disabled=False,
        )
        async with database(settings) as found, found.transaction() as connection:
            await people.add(connection, person)

    try:
        asyncio.run(work())
    except people.LoginTaken:
        fail("login_taken", f"{login} is taken.")
    out.print(f"{login} is added as {role.value}")


@app.command("list")
def list_people() -> None:
    """Every account."""

    async def work() -> list[people.Person]:
        settings = Settings()
        async with database(settings) as found, found.transaction() as connection:
            return await people.everybody(connection, settings.center)

    table = Table("login", "role", "unit", "signs in with", "shut out")
    for person in asyncio.run(work()):
        way = "password" if person.password else "token"
        table.add_row(person.login, person.role, person.unit or "", way, "yes" if person.disabled else "")
    out.print(table)


@app.command()
def disable(login: Login) -> None:
    """Shut an account out and end its sessions."""
    asyncio.run(_change(login, disabled=True))
    out.print(f"{login} is shut out")


@app.command()
def enable(login: Login) -> None:
    """Let an account in again."""
    asyncio.run(_change(login, disabled=False))
    out.print(f"{login} is let in")


@app.command()
def token(login: Login) -> None:
    """Open a session for an account and print its token: for devices that are set up by hand. Keep it secret."""

    async def work() -> str:
        settings = Settings()
        async with database(settings) as found:
            person = await _person(found, settings, login)
            gate = Gate(
                found,
                SystemClock(),
                center=settings.center,
                idle_s=settings.session_idle_s,
                absolute_s=settings.session_absolute_s,
            )
            return await gate.hand_token(person)

    out.print(asyncio.run(work()), highlight=False, soft_wrap=True)


async def _change(login: str, *, disabled: bool) -> None:
    settings = Settings()
    async with database(settings) as found:
        person = await _person(found, settings, login)
        async with found.transaction() as connection:
            await people.set_disabled(connection, person.id, disabled, SystemClock().now())


async def _person(found: Database, settings: Settings, login: str) -> people.Person:
    async with found.transaction() as connection:
        person = await people.by_login(connection, settings.center, login)
    if person is None:
        fail("unknown_login", f"There is no {login}.")
    return person


def _hashed() -> str:
    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    try:
        return hash_password(password)
    except WeakPassword as problem:
        fail(problem.code, problem.sentence)
