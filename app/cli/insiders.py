"""`naranja people household | flags`: whose home a household is, and what was flagged."""

import asyncio
import sys
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from app.clock import SystemClock, rfc3339
from app.dispatch.commands import SERVICE, Refusal
from app.household import keep_staff
from app.settings import Settings
from app.store import flags as rows
from app.store import people

from .center import database, fail, out, sealer

FLAGS_MAX = 1_000
"""Flags listed at most."""


class Home(msgspec.Struct, forbid_unknown_fields=True):
    """What is read from a pipe."""

    telephones: list[str] = []
    addresses: list[str] = []


def household(login: Annotated[str, typer.Argument(help="Whose home it is.")]) -> None:
    """Say the own telephones and addresses of a person, in place of those known before. Only hashes are kept.

    They are asked for, or read from a pipe as JSON: {"telephones": [...], "addresses": [...]}. Never on the
    command line, where they would stand in its history.
    """
    home = _asked() if sys.stdin.isatty() else _piped()

    async def work() -> int:
        settings = Settings()
        async with database(settings) as found:
            return await keep_staff(
                found,
                await sealer(settings, found, SystemClock()),
                center=settings.center,
                region=settings.telephone_region,
                login=login,
                telephones=home.telephones,
                addresses=home.addresses,
                by=SERVICE,
                at=SystemClock().now(),
            )

    try:
        known = asyncio.run(work())
    except Refusal as refusal:
        fail(refusal.code, refusal.sentence)
    out.print(f"{login} is known by {known} telephones and addresses")


def flags(
    as_json: Annotated[bool, typer.Option("--json", help="Every flag with ids, codes and counts.")] = False,
    only_open: Annotated[bool, typer.Option("--open", help="Only what nobody has reviewed.")] = False,
) -> None:
    """What the insider rules have flagged, open ones first. Auditors review them; see docs/insiders.md."""

    async def work() -> tuple[list[rows.Flag], dict[str, str]]:
        settings = Settings()
        async with database(settings) as found, found.transaction() as connection:
            listed = await rows.page(connection, settings.center, FLAGS_MAX, only_open=only_open)
            known = await people.by_ids(connection, settings.center, {flag.person for flag in listed})
        return listed, {id: person.login for id, person in known.items()}

    listed, logins = asyncio.run(work())
    if as_json:
        shown = [flag.told(logins) for flag in listed]
        sys.stdout.write(msgspec.json.encode({"flags": shown}).decode() + "\n")
        return
    table = Table("flagged", "rule", "login", "alert", "said", "outcome")
    for flag in listed:
        said = ", ".join(f"{name} {value}" for name, value in flag.said.items())
        login = logins.get(flag.person, flag.person)
        table.add_row(rfc3339(flag.at), flag.rule, login, flag.alert or "", said, flag.outcome or "open")
    out.print(table if listed else "nothing is flagged")


def _asked() -> Home:
    home = Home()
    for what, kept in (("Telephone", home.telephones), ("Address", home.addresses)):
        while said := typer.prompt(f"{what} (nothing: no more)", default="", show_default=False):
            kept.append(said)
    return home


def _piped() -> Home:
    try:
        return msgspec.json.decode(sys.stdin.buffer.read(), type=Home)
    except msgspec.DecodeError:
        fail("invalid", 'Give {"telephones": [...], "addresses": [...]} as JSON.')
